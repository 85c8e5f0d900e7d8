"""Whose household is behind a referral's number on an agency's page, and did it take its word back?"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Case, Consent, Household, Referral


def without_consent(session: Session, referral_ids: Collection[int]) -> frozenset[int]:
    """Ids of those whose consent was withdrawn."""
    chosen = select(col(Referral.id)).join(Consent, col(Consent.id) == col(Referral.consent_id))
    return frozenset(
        session.execute(chosen.where(col(Referral.id).in_(referral_ids), col(Consent.withdrawn_at).is_not(None))).scalars()
    )


def names_by_number(session: Session, numbers: Collection[str]) -> dict[str, str]:
    """A referral's number -> its household's name."""
    chosen = select(col(Referral.number), col(Household.name)).join(Case, col(Case.id) == col(Referral.case_id))
    chosen = chosen.join(Household, col(Household.id) == col(Case.household_id)).where(col(Referral.number).in_(numbers))
    return {number: name for number, name in session.execute(chosen)}
