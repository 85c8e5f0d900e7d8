"""Which terms does each agency have, by when must a referral move, and what is due of it now?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session

from service.clock import WIB
from service.db.tables import Partner, Referral
from service.errors import BadInput
from service.handoff.clocks import ESCALATE, REMIND, deadline, due_actions, stood_still, terms_of
from service.policy import CyclePolicy, Terms
from service.working_days import add_working_days, end_of_office_day, working_days_between

REPORT = "report"


class Plan(NamedTuple):
    """The reports by month asked of a referral: the day of the first not made, if any, and that of the last."""

    owed: date | None
    last: date


@dataclass(frozen=True)
class Stay:
    """A referral's stay in its status, for the clock; or (`subject` report) a report from the day it falls due."""

    id: int
    number: str
    agency_id: int
    status: str
    status_since: datetime
    counts_from: date | None = None
    """Where not from `status_since`: the day a waiting list was to end, or that of the last report, once all were made."""
    paused_at: datetime | None = None
    paused_days: int = 0
    report_on: date | None = None
    """In service: the day of the next report not made."""
    referral_id: int = 0
    subject: str = "referral"


@dataclass
class Clock:
    """One sweep's view: the hour, the policy, the agencies with terms of their own; remembers what it worked out."""

    policy: CyclePolicy
    now: datetime
    own: dict[int, Terms]
    _seen: dict[tuple[Any, ...], list[str]] = field(default_factory=dict)

    def terms_for(self, agency_id: int) -> Terms:
        return self.own.get(agency_id, self.policy.terms)

    def stood(self, stay: Stay) -> tuple[int, bool]:
        """(working days its clock stood, whether it stands now)."""
        if stay.paused_at is None:
            return stay.paused_days, False
        return stood_still(stay.paused_at, stay.paused_days, self.now, self.policy.local_holidays)

    def ends(self, stay: Stay) -> datetime | None:
        """When its agency must have moved it, standstill included; in service, reported on it. None where no clock runs."""
        if stay.report_on is not None:
            return end_of_office_day(stay.report_on)
        terms, local = self.terms_for(stay.agency_id), self.policy.local_holidays
        return deadline(stay.status, stay.status_since, terms, local, stay.counts_from, self.stood(stay)[0])

    def due(self, stay: Stay) -> list[str]:
        """Levels due now, mildest first, given already or not; none while the clock stands."""
        stood, stands = self.stood(stay)
        if stands:
            return []
        own = stay.agency_id if stay.agency_id in self.own else 0
        key = (stay.status, stay.counts_from, stay.status_since.astimezone(WIB).date(), own, stood)
        if key not in self._seen:
            self._seen[key] = self._work_out(stay, stood)
        return self._seen[key]

    def _work_out(self, stay: Stay, stood: int) -> list[str]:
        terms, local = self.terms_for(stay.agency_id), self.policy.local_holidays
        if stay.subject == REPORT:
            return report_levels(stay.status_since.astimezone(WIB).date(), self.now, terms, local)
        return due_actions(stay.status, stay.status_since, self.now, terms, local, stay.counts_from, stood)


def report_levels(due_on: date, now: datetime, terms: Terms, local_holidays: tuple[date, ...] = ()) -> list[str]:
    """A report is reminded of shortly before its day and escalated some working days after it."""
    today = now.astimezone(WIB).date()
    levels = [REMIND] if working_days_between(today, due_on, local_holidays) <= terms.remind_before else []
    late = end_of_office_day(add_working_days(due_on, terms.escalate_after, local_holidays))
    return [*levels, ESCALATE] if late <= now else levels


def report_horizon(clock: Clock) -> date:
    """Reports due until this day may need a word now."""
    longest = max(terms.remind_before for terms in (clock.policy.terms, *clock.own.values()))
    return clock.now.astimezone(WIB).date() + timedelta(days=21 + 2 * longest)


def stay_of(referral: Referral, plan: Plan | None) -> Stay:
    """Its present stay; `plan`: the reports asked of it, for its service ends with them."""
    assert referral.id is not None
    counts_from, report_on = referral.waitlist_until if referral.status == "waitlisted" else None, None
    if plan and referral.status == "in_service":
        counts_from, report_on = plan.last, plan.owed
    return Stay(
        referral.id, referral.number, referral.agency_id, referral.status, referral.status_since, counts_from,
        referral.paused_at, referral.paused_days, report_on, referral.id,
    )  # fmt: skip


def is_paused(clock: Clock, referral: Referral) -> bool:
    return stood_still(referral.paused_at, referral.paused_days, clock.now, clock.policy.local_holidays)[1]


def set_own_terms(session: Session, partner: Partner, own: dict[str, int]) -> None:
    """An agency's own terms; an empty one takes them away.

    Raises:
        BadInput, WrongTerms
    """
    if partner.kind != "agency":
        raise BadInput("Hanya instansi yang mempunyai tenggat rujukan.")
    terms_of(Terms(), own)
    partner.terms = own or None
    session.add(partner)
    session.flush()
