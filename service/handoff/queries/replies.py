"""What does an agency's answer need to know of its referral? Built once: each of thousands of answers asks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from service.db.tables import Case, Referral
from service.handoff.queries.pages import NoSuchReferral

_NAMED: Any = select(col(Referral.id), col(Referral.status), col(Referral.agency_id)).where(
    col(Referral.number) == bindparam("number")
)
_OF_ID: Any = select(col(Referral.case_id), col(Referral.cycle_id)).where(col(Referral.id) == bindparam("_id"))
_CASE: Any = select(col(Case.status)).where(col(Case.id) == bindparam("_id")).with_for_update()


def referral_named(session: Session, number: str) -> Any:
    """id, status and agency_id. Raises NoSuchReferral."""
    row = session.connection().execute(_NAMED, {"number": number}).one_or_none()
    if row is None:
        raise NoSuchReferral(f"Rujukan {number} tidak ada.")
    return row


def case_and_cycle(session: Session, referral_id: int) -> Any:
    """case_id and cycle_id of a referral."""
    return session.connection().execute(_OF_ID, {"_id": referral_id}).one()


def case_status(session: Session, case_id: int) -> str:
    """The case stays ours until the transaction ends."""
    return str(session.connection().execute(_CASE, {"_id": case_id}).scalar_one())
