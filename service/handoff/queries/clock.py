"""Which referrals and reports has nobody answered, and who was told so already?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, or_, select
from sqlmodel import Session, col

from service.db.tables import OutboundMessage, OutcomeReport, Partner, Referral, Reminder

AT_ONCE = 10_000
STOOD = or_(col(Referral.paused_at).is_not(None), col(Referral.paused_days) > 0)
HAS_REPORTS = (
    select(col(OutcomeReport.id))
    .where(col(OutcomeReport.referral_id) == col(Referral.id), col(OutcomeReport.month) > 0)
    .exists()
)


@dataclass(frozen=True)
class Stay:
    """A referral's stay in its status, for the clock; or (`subject` report) a report from the day it falls due."""

    id: int
    number: str
    agency_id: int
    status: str
    status_since: datetime
    waitlist_until: date | None = None
    paused_at: datetime | None = None
    paused_days: int = 0
    referral_id: int = 0
    subject: str = "referral"


def own_terms(session: Session) -> dict[int, dict[str, Any]]:
    """agency id -> its own terms, of those that have some."""
    chosen = select(col(Partner.id), col(Partner.terms)).where(col(Partner.kind) == "agency").order_by(col(Partner.id))
    return {row[0]: row[1] for row in session.execute(chosen) if row[1]}


def staying(
    session: Session, cycle_id: int, status: str, before: datetime, of: Collection[int] = (), but: Collection[int] = ()
) -> set[tuple[int, datetime]]:
    """(referral id, beginning of its stay) at a status since before an instant, whose clock never stood.

    `of` agencies only, if any are named, and none of `but`. Whose service is followed by reports has no clock of its own.
    """
    chosen = select(col(Referral.id), col(Referral.status_since)).where(
        col(Referral.cycle_id) == cycle_id,
        col(Referral.status) == status,
        col(Referral.status_since) < before,
        or_(col(Referral.waitlist_until).is_(None), col(Referral.waitlist_until) < before.date()),
        ~STOOD,
    )
    if status == "in_service":
        chosen = chosen.where(~HAS_REPORTS)
    if of:
        chosen = chosen.where(col(Referral.agency_id).in_(of))
    if but:
        chosen = chosen.where(col(Referral.agency_id).not_in(but))
    return {(row[0], row[1]) for row in session.execute(chosen)}


def given(session: Session, cycle_id: int, level: str, subject: str = "referral") -> set[tuple[int, datetime]]:
    """(id, beginning of the stay) to which a level was given already.

    Compared with `staying` here and not in SQL: right after many reminders were written PostgreSQL knows too little
    about them to choose a join that is not quadratic.
    """
    chosen = select(col(Reminder.subject_id), col(Reminder.status_since)).where(
        col(Reminder.cycle_id) == cycle_id, col(Reminder.subject) == subject, col(Reminder.level) == level
    )
    return {(row[0], row[1]) for row in session.execute(chosen)}


def keep_reminders(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(Reminder), rows)


_STAY = (
    col(Referral.id), col(Referral.number), col(Referral.agency_id), col(Referral.status), col(Referral.status_since),
    col(Referral.waitlist_until), col(Referral.paused_at), col(Referral.paused_days), col(Referral.id),
)  # fmt: skip


def stood_stays(session: Session, cycle_id: int, statuses: Collection[str]) -> list[Stay]:
    """Stays whose clock stands or has stood; service followed by reports is not among them."""
    has_clock = (col(Referral.status) != "in_service") | ~HAS_REPORTS
    chosen = select(*_STAY).where(col(Referral.cycle_id) == cycle_id, col(Referral.status).in_(statuses), STOOD, has_clock)
    return [Stay(*row) for row in session.execute(chosen)]


def stays(session: Session, ids: Iterable[int]) -> list[Stay]:
    """Service followed by reports has no clock of its own."""
    has_clock = (col(Referral.status) != "in_service") | ~HAS_REPORTS
    found: list[Stay] = []
    for chunk in _chunks(ids):
        found += [Stay(*row) for row in session.execute(select(*_STAY).where(col(Referral.id).in_(chunk), has_clock))]
    return found


def reminders_of(session: Session, subject: str, ids: Iterable[int]) -> dict[tuple[int, datetime], dict[str, datetime]]:
    """(id, beginning of the stay) -> level -> when given."""
    found: dict[tuple[int, datetime], dict[str, datetime]] = {}
    columns = (col(Reminder.subject_id), col(Reminder.status_since), col(Reminder.level), col(Reminder.given_at))
    for chunk in _chunks(ids):
        chosen = select(*columns).where(col(Reminder.subject) == subject, col(Reminder.subject_id).in_(chunk))
        for subject_id, since, level, given_at in session.execute(chosen):
            found.setdefault((subject_id, since), {})[level] = given_at
    return found


def mails_owed(session: Session, subject_keys: Collection[str]) -> set[str]:
    """Of these keys, those for which a mail was owed already."""
    chosen = select(col(OutboundMessage.subject_key)).where(
        col(OutboundMessage.kind) == "mail", col(OutboundMessage.subject_key).in_(subject_keys)
    )
    return set(session.execute(chosen).scalars())


def _chunks(ids: Iterable[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(set(ids))
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))
