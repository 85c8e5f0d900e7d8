"""Which referrals and reports has nobody answered, and who was told so already?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, null, or_, select
from sqlmodel import Session, col

from service.db.bulk import insert_rows, one_of_many
from service.db.tables import OutboundMessage, OutcomeReport, Partner, Referral, Reminder
from service.handoff.clocks import terms_of
from service.handoff.terms import Clock, Stay
from service.policy import CyclePolicy

STOOD = or_(col(Referral.paused_at).is_not(None), col(Referral.paused_days) > 0)
PLANNED = (
    select(col(OutcomeReport.id))
    .where(col(OutcomeReport.referral_id) == col(Referral.id), col(OutcomeReport.month) > 0)
    .correlate(Referral)
)
"""The reports by month asked of a referral, as a subquery beside it."""
_OWES = PLANNED.where(col(OutcomeReport.reported_at).is_(None)).exists()
HAS_CLOCK = (col(Referral.status) != "in_service") | ~_OWES
"""Service of which a report is still to be made has no clock of its own: the report has its day, and is reminded of."""
_LAST = PLANNED.with_only_columns(func.max(col(OutcomeReport.due_on))).scalar_subquery()
_COUNTS_FROM = case(
    (col(Referral.status) == "waitlisted", col(Referral.waitlist_until)), (col(Referral.status) == "in_service", _LAST)
)


def clock_of(session: Session, policy: CyclePolicy, now: datetime) -> Clock:
    """The agencies' own terms beside the policy's. Raises WrongTerms where an agency's cannot be read."""
    chosen = select(col(Partner.id), col(Partner.terms)).where(col(Partner.kind) == "agency").order_by(col(Partner.id))
    return Clock(policy, now, {row[0]: terms_of(policy.terms, row[1]) for row in session.execute(chosen) if row[1]})


def staying(
    session: Session, cycle_id: int, status: str, before: datetime, of: Collection[int] = (), but: Collection[int] = ()
) -> set[tuple[int, datetime]]:
    """(referral id, beginning of its stay) at a status since before an instant, whose clock never stood.

    `of` agencies only, if any are named, and none of `but`; see HAS_CLOCK.
    """
    chosen = select(col(Referral.id), col(Referral.status_since)).where(
        col(Referral.cycle_id) == cycle_id,
        col(Referral.status) == status,
        col(Referral.status_since) < before,
        ~STOOD,
    )
    if status == "waitlisted":
        chosen = chosen.where(or_(col(Referral.waitlist_until).is_(None), col(Referral.waitlist_until) < before.date()))
    if status == "in_service":
        chosen = chosen.where(~_OWES, ~PLANNED.where(col(OutcomeReport.due_on) >= before.date()).exists())
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
        insert_rows(session, Reminder, list(rows[0]), (tuple(row.values()) for row in rows))


_STAY = (
    col(Referral.id), col(Referral.number), col(Referral.agency_id), col(Referral.status), col(Referral.status_since),
    _COUNTS_FROM, col(Referral.paused_at), col(Referral.paused_days), null(), col(Referral.id),
)  # fmt: skip


def stood_stays(session: Session, cycle_id: int, statuses: Collection[str], also_reporting: bool = False) -> list[Stay]:
    """Stays whose clock stands or has stood; those with a report to be made only where asked for."""
    chosen = select(*_STAY).where(col(Referral.cycle_id) == cycle_id, col(Referral.status).in_(statuses), STOOD)
    if not also_reporting:
        chosen = chosen.where(HAS_CLOCK)
    return [Stay(*row) for row in session.execute(chosen)]


def stays(session: Session, ids: Iterable[int]) -> list[Stay]:
    chosen = select(*_STAY).where(one_of_many(session, col(Referral.id), sorted(set(ids))), HAS_CLOCK)
    return [Stay(*row) for row in session.execute(chosen)]


def reminders_of(session: Session, subject: str, ids: Iterable[int]) -> dict[tuple[int, datetime], dict[str, datetime]]:
    """(id, beginning of the stay) -> level -> when given."""
    found: dict[tuple[int, datetime], dict[str, datetime]] = {}
    columns = (col(Reminder.subject_id), col(Reminder.status_since), col(Reminder.level), col(Reminder.given_at))
    of_these = one_of_many(session, col(Reminder.subject_id), sorted(set(ids)))
    for subject_id, since, level, given_at in session.execute(
        select(*columns).where(col(Reminder.subject) == subject, of_these)
    ):
        found.setdefault((subject_id, since), {})[level] = given_at
    return found


def mails_owed(session: Session, subject_keys: Collection[str]) -> set[str]:
    """Of these keys, those for which a mail was owed already."""
    chosen = select(col(OutboundMessage.subject_key)).where(
        col(OutboundMessage.kind) == "mail", col(OutboundMessage.subject_key).in_(subject_keys)
    )
    return set(session.execute(chosen).scalars())
