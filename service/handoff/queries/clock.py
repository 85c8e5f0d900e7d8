"""Which referrals has nobody answered, and who was told so already?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, or_, select
from sqlmodel import Session, col

from service.db.tables import OutboundMessage, Referral, Reminder
from service.handoff.queries.work import chunks


def staying(session: Session, cycle_id: int, status: str, before: datetime) -> set[tuple[int, datetime]]:
    """(referral id, beginning of its stay) at a status since before an instant."""
    chosen = select(col(Referral.id), col(Referral.status_since)).where(
        col(Referral.cycle_id) == cycle_id,
        col(Referral.status) == status,
        col(Referral.status_since) < before,
        or_(col(Referral.waitlist_until).is_(None), col(Referral.waitlist_until) < before.date()),
    )
    return {(row[0], row[1]) for row in session.execute(chosen)}


def given(session: Session, cycle_id: int, level: str) -> set[tuple[int, datetime]]:
    """(referral id, beginning of the stay) to which a level was given already.

    Compared with `staying` here and not in SQL: right after many reminders were written PostgreSQL knows too little
    about them to choose a join that is not quadratic.
    """
    chosen = select(col(Reminder.subject_id), col(Reminder.status_since)).where(
        col(Reminder.cycle_id) == cycle_id, col(Reminder.subject) == "referral", col(Reminder.level) == level
    )
    return {(row[0], row[1]) for row in session.execute(chosen)}


def keep_reminders(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(Reminder), rows)


@dataclass(frozen=True)
class Stay:
    """A referral's stay in its status, for the clock."""

    id: int
    number: str
    agency_id: int
    status: str
    status_since: datetime
    waitlist_until: date | None


def stays(session: Session, ids: Iterable[int]) -> list[Stay]:
    columns = (
        col(Referral.id), col(Referral.number), col(Referral.agency_id), col(Referral.status), col(Referral.status_since),
        col(Referral.waitlist_until),
    )  # fmt: skip
    found: list[Stay] = []
    for chunk in chunks(ids):
        found += [Stay(*row) for row in session.execute(select(*columns).where(col(Referral.id).in_(chunk)))]
    return found


def reminders_of(session: Session, ids: Iterable[int]) -> dict[tuple[int, datetime], dict[str, datetime]]:
    """(referral id, beginning of the stay) -> level -> when given."""
    found: dict[tuple[int, datetime], dict[str, datetime]] = {}
    columns = (col(Reminder.subject_id), col(Reminder.status_since), col(Reminder.level), col(Reminder.given_at))
    for chunk in chunks(ids):
        chosen = select(*columns).where(col(Reminder.subject) == "referral", col(Reminder.subject_id).in_(chunk))
        for subject_id, since, level, given_at in session.execute(chosen):
            found.setdefault((subject_id, since), {})[level] = given_at
    return found


def mails_owed(session: Session, subject_keys: Collection[str]) -> set[str]:
    """Of these keys, those for which a mail was owed already."""
    chosen = select(col(OutboundMessage.subject_key)).where(
        col(OutboundMessage.kind) == "mail", col(OutboundMessage.subject_key).in_(subject_keys)
    )
    return set(session.execute(chosen).scalars())
