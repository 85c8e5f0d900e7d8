"""Which pages does the console have? All of them, in the order of the menu."""

from __future__ import annotations

from fastapi import APIRouter

from service.api import letters
from service.api.console import (
    agencies,
    batches,
    catalogue,
    claims,
    conflicts,
    decrees,
    documents,
    events,
    exits,
    facilitators,
    funnel,
    household_consents,
    households,
    late,
    login,
    messages,
    needs,
    niks,
    objections,
    orders,
    pairs,
    parcels,
    referral_decisions,
    referrals,
    registry,
    runs,
    signed_letters,
    stock,
    trials,
    visits,
    waiting,
)

router = APIRouter(include_in_schema=False)
for part in (
    login, waiting, decrees, objections, trials, funnel, registry, households, household_consents, pairs, niks, orders, needs,
    catalogue, late, claims, stock, parcels, documents, facilitators, events, conflicts, visits, exits, referrals,
    referral_decisions, agencies, runs, messages, letters, signed_letters, batches,
):  # fmt: skip
    router.include_router(part.router)
