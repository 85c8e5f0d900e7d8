"""Which agencies have had this household for this purpose, and what was asked of them?"""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Referral

NEVER_HAD = ("drafted", "signed", "withdrawn")


def asked_before(session: Session, case_id: int, purpose: str) -> dict[int, frozenset[str]]:
    """agency id -> service codes asked of it so far, of referrals it was to answer: what we took back ourselves is not here."""
    rows = session.execute(
        select(col(Referral.agency_id), col(Referral.services)).where(
            col(Referral.case_id) == case_id, col(Referral.purpose) == purpose, col(Referral.status).not_in(NEVER_HAD)
        )
    )
    found: dict[int, frozenset[str]] = {}
    for agency_id, services in rows:
        found[agency_id] = found.get(agency_id, frozenset()) | frozenset(services or ())
    return found
