"""Which pages does the console have? All of them, in the order of the menu."""

from __future__ import annotations

from fastapi import APIRouter

from service.api import letters
from service.api.console import (
    decrees,
    funnel,
    households,
    login,
    messages,
    objections,
    orders,
    parcels,
    referral_decisions,
    referrals,
    runs,
    waiting,
)

router = APIRouter(include_in_schema=False)
for part in (
    login, waiting, decrees, objections, funnel, households, orders, parcels, referrals, referral_decisions, runs, messages,
    letters,
):  # fmt: skip
    router.include_router(part.router)
