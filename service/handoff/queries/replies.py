"""What does an agency's answer need to know of its referral? Built once: each of thousands of answers asks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from service.db.tables import Case, Referral, SetAside
from service.handoff.queries.pages import NoSuchReferral

_NAMED: Any = select(col(Referral.id), col(Referral.status), col(Referral.agency_id)).where(
    col(Referral.number) == bindparam("number")
)
_IS_SET_ASIDE = (col(SetAside.subject) == "referral") & (col(SetAside.subject_id) == col(Referral.id))
_ALL_NAMED: Any = (
    select(
        col(Referral.number), col(Referral.id), col(Referral.status), col(Referral.agency_id), col(Referral.cycle_id),
        col(Referral.version), select(col(SetAside.id)).where(_IS_SET_ASIDE).exists().label("is_set_aside"),
    )
    .where(col(Referral.number).in_(bindparam("numbers", expanding=True)))
    .with_for_update(skip_locked=True)
)  # fmt: skip
_OF_ID: Any = select(col(Referral.case_id), col(Referral.cycle_id)).where(col(Referral.id) == bindparam("_id"))
_CASE: Any = select(col(Case.status)).where(col(Case.id) == bindparam("_id")).with_for_update()


def referral_named(session: Session, number: str) -> Any:
    """id, status and agency_id. Raises NoSuchReferral."""
    row = session.connection().execute(_NAMED, {"number": number}).one_or_none()
    if row is None:
        raise NoSuchReferral(f"Rujukan {number} tidak ada.")
    return row


def referrals_held(session: Session, numbers: Collection[str]) -> dict[str, Any]:
    """number -> id, status, agency_id, cycle_id, version, is_set_aside of those nobody else holds; ours until the end."""
    rows = session.connection().execute(_ALL_NAMED, {"numbers": list(numbers)})
    return {row.number: row for row in rows}


def locked_clock(session: Session, referral_id: int) -> tuple[str, datetime | None, int, int]:
    """status, paused_at, paused_days and cycle_id; the row stays ours until the transaction ends."""
    session.flush()
    columns = (col(Referral.status), col(Referral.paused_at), col(Referral.paused_days), col(Referral.cycle_id))
    row = session.execute(select(*columns).where(col(Referral.id) == referral_id).with_for_update()).one()
    return row[0], row[1], row[2], row[3]


def set_clock(session: Session, referral_id: int, paused_at: datetime | None, reason: str | None, days: int) -> None:
    """Stop a referral's clock or let it run; a change like any other, so its version rises."""
    session.execute(
        update(Referral)
        .where(col(Referral.id) == referral_id)
        .values(paused_at=paused_at, paused_reason=reason, paused_days=days, version=col(Referral.version) + 1)
    )


def raise_version(session: Session, referral_id: int) -> None:
    """Something was added to a referral that is not in its row."""
    session.execute(update(Referral).where(col(Referral.id) == referral_id).values(version=col(Referral.version) + 1))


def case_and_cycle(session: Session, referral_id: int) -> Any:
    """case_id and cycle_id of a referral."""
    return session.connection().execute(_OF_ID, {"_id": referral_id}).one()


def case_status(session: Session, case_id: int) -> str:
    """The case stays ours until the transaction ends."""
    return str(session.connection().execute(_CASE, {"_id": case_id}).scalar_one())
