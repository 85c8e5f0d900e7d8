"""Which agencies that accepted were told on to their head and did not move all the same, so that a person must act?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from service.clock import WIB
from service.db.tables import Case, Consent, OutcomeReport, Partner, Referral, Reminder
from service.handoff.clocks import ESCALATE, LONGEST_PAUSE
from service.handoff.queries.closed import RESTS_ON
from service.handoff.queries.follow_up import IS_OWED
from service.handoff.terms import REPORT

HELD = ("accepted", "in_service")
PASSED = timedelta(days=1)
SURELY_OVER = timedelta(days=2 * LONGEST_PAUSE)
_AGENCY = (col(Partner.id), col(Partner.name), col(Partner.sender), col(Referral.number))


@dataclass(frozen=True)
class Stuck:
    """What of one agency stays unmoved at one status (or, `what` report, unreported) after it was escalated.

    `first`: a referral of these; `due_on`: of reports, the earliest day.
    """

    agency_id: int
    agency: str
    sender: str
    what: str
    count: int
    first: str
    escalated_at: datetime
    due_on: date | None = None


def stuck(session: Session, cycle_id: int, now: datetime, regencies: Sequence[str] = ()) -> list[Stuck]:
    """By agency and what it does not do; nothing escalated only today, nothing whose clock stands."""
    found: dict[tuple[int, str], Stuck] = {}
    for one in (*_held(session, cycle_id, now, regencies), *_unreported(session, cycle_id, now, regencies)):
        key = (one.agency_id, one.what)
        found[key] = _together(found[key], one) if key in found else one
    return sorted(found.values(), key=lambda one: (one.agency, one.agency_id, one.what))


def _together(one: Stuck, other: Stuck) -> Stuck:
    due_on = min((day for day in (one.due_on, other.due_on) if day), default=None)
    first, earliest = min(one.first, other.first), min(one.escalated_at, other.escalated_at)
    return replace(one, count=one.count + other.count, first=first, escalated_at=earliest, due_on=due_on)


def _held(session: Session, cycle_id: int, now: datetime, regencies: Sequence[str]) -> Iterator[Stuck]:
    told = _escalated(session, cycle_id, now, "referral")
    chosen = select(*_AGENCY, col(Referral.status), col(Referral.id), col(Referral.status_since))
    chosen = _not_standing(chosen, cycle_id, now, regencies).where(col(Referral.status).in_(HELD))
    for agency, name, sender, number, status, id_, since in session.execute(chosen) if told else ():
        if (id_, since) in told:
            yield Stuck(agency, name, sender, status, 1, number, told[id_, since])


def _unreported(session: Session, cycle_id: int, now: datetime, regencies: Sequence[str]) -> Iterator[Stuck]:
    """A report of a service that began again is a new one: it counts only if escalated for its present day."""
    told = {(id_, since.astimezone(WIB).date()): at for (id_, since), at in _escalated(session, cycle_id, now, REPORT).items()}
    chosen = select(*_AGENCY, col(OutcomeReport.id), col(OutcomeReport.due_on))
    chosen = (
        _not_standing(chosen, cycle_id, now, regencies)
        .join(OutcomeReport, col(OutcomeReport.referral_id) == col(Referral.id))
        .join(Consent, RESTS_ON, isouter=True)
        .where(col(OutcomeReport.month) > 0, col(OutcomeReport.due_on) < now.astimezone(WIB).date(), IS_OWED)
    )
    for agency, name, sender, number, id_, due_on in session.execute(chosen) if told else ():
        if (id_, due_on) in told:
            yield Stuck(agency, name, sender, REPORT, 1, number, told[id_, due_on], due_on)


def _escalated(session: Session, cycle_id: int, now: datetime, subject: str) -> dict[tuple[int, datetime], datetime]:
    """(id, beginning of the stay) -> when; compared here and not in SQL, see `clock.given`."""
    chosen = select(col(Reminder.subject_id), col(Reminder.status_since), col(Reminder.given_at)).where(
        col(Reminder.cycle_id) == cycle_id, col(Reminder.subject) == subject, col(Reminder.level) == ESCALATE,
        col(Reminder.given_at) <= now - PASSED,
    )  # fmt: skip
    return {(row[0], row[1]): row[2] for row in session.execute(chosen)}


def _not_standing(chosen: Any, cycle_id: int, now: datetime, regencies: Sequence[str]) -> Any:
    chosen = (
        chosen.select_from(Referral)
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .where(
            col(Referral.cycle_id) == cycle_id,
            or_(col(Referral.paused_at).is_(None), col(Referral.paused_at) <= now - SURELY_OVER),
        )
    )
    if regencies:
        chosen = chosen.join(Case, col(Case.id) == col(Referral.case_id)).where(col(Case.regency_code).in_(regencies))
    return chosen
