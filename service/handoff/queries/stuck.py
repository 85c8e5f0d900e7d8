"""Which agencies that accepted were told on to their head and did not move all the same, so that a person must act?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from service.clock import WIB
from service.db.tables import Case, Consent, OutcomeReport, Partner, Referral, Reminder
from service.handoff.clocks import ESCALATE, LONGEST_PAUSE
from service.handoff.queries.follow_up import ASKED_AT
from service.handoff.terms import REPORT

HELD = ("accepted", "in_service")
PASSED = timedelta(days=1)
SURELY_OVER = timedelta(days=2 * LONGEST_PAUSE)


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
    """By agency; nothing escalated only today, nothing whose clock stands."""
    chosen = (
        _escalated(cycle_id, now, regencies)
        .join(Reminder, (col(Reminder.subject) == "referral") & (col(Reminder.subject_id) == col(Referral.id)))
        .where(col(Reminder.status_since) == col(Referral.status_since), col(Referral.status).in_(HELD))
    )
    return [*(Stuck(*row) for row in session.execute(chosen)), *_reports(session, cycle_id, now, regencies)]


def _reports(session: Session, cycle_id: int, now: datetime, regencies: Sequence[str]) -> list[Stuck]:
    """A report of a service that began again is a new one: it counts only if escalated for its present day."""
    begins = (col(OutcomeReport.due_on), col(Reminder.status_since))
    chosen = (
        _escalated(cycle_id, now, regencies)
        .add_columns(*begins)
        .join(OutcomeReport, col(OutcomeReport.referral_id) == col(Referral.id))
        .join(Reminder, (col(Reminder.subject) == REPORT) & (col(Reminder.subject_id) == col(OutcomeReport.id)))
        .join(Consent, col(Consent.id) == col(Referral.consent_id), isouter=True)
        .where(
            col(OutcomeReport.reported_at).is_(None), col(OutcomeReport.month) > 0, col(Referral.status).in_(ASKED_AT),
            col(Consent.withdrawn_at).is_(None),
        )
        .group_by(*begins)
    )  # fmt: skip
    found: dict[int, Stuck] = {}
    for *row, due_on, since in session.execute(chosen):
        if since.astimezone(WIB).date() == due_on:
            one = replace(Stuck(*row), what=REPORT, due_on=due_on)
            found[one.agency_id] = _together(found[one.agency_id], one) if one.agency_id in found else one
    return list(found.values())


def _together(one: Stuck, other: Stuck) -> Stuck:
    due = min(day for day in (one.due_on, other.due_on) if day)
    earliest = min(one.escalated_at, other.escalated_at)
    return replace(
        one, count=one.count + other.count, first=min(one.first, other.first), escalated_at=earliest, due_on=due
    )  # fmt: skip


def _escalated(cycle_id: int, now: datetime, regencies: Sequence[str]) -> Any:
    """The columns of `Stuck`, by agency; the caller joins what was escalated."""
    chosen = (
        select(
            col(Partner.id), col(Partner.name), col(Partner.sender), col(Referral.status), func.count(),
            func.min(col(Referral.number)), func.min(col(Reminder.given_at)),
        )
        .select_from(Referral)
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .where(
            col(Referral.cycle_id) == cycle_id, col(Reminder.level) == ESCALATE, col(Reminder.given_at) <= now - PASSED,
            or_(col(Referral.paused_at).is_(None), col(Referral.paused_at) <= now - SURELY_OVER),
        )
        .group_by(col(Partner.id), col(Partner.name), col(Partner.sender), col(Referral.status))
        .order_by(col(Partner.name), col(Partner.id))
    )  # fmt: skip
    if regencies:
        chosen = chosen.join(Case, col(Case.id) == col(Referral.case_id)).where(col(Case.regency_code).in_(regencies))
    return chosen
