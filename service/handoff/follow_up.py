"""What does the agency report 3, 6 and 12 months after its service began, and what does that make of the household?

The reports are planned when the service starts, and each is given when its month has come. The agency says in its own words
how it went; beside that stands what the indicators say: all essential ones and at least one conditional one (of the services
asked) is achieved, as in BRAC's graduation criteria. Month 0 is the report with which a referral is concluded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from service.clock import WIB, full_date
from service.db.history import Told
from service.db.tables import Cycle, OutcomeReport
from service.errors import BadInput, NotNow
from service.handoff.months import months_after, opens_on
from service.handoff.outcome import check_outcome, is_positive
from service.handoff.queries import follow_up as queries
from service.handoff.services import BY_CODE
from service.policy import CyclePolicy

ESSENTIAL = ("business_running", "turnover_up")
LAST = 0
REPORTED_AT = ("in_service", "concluded")


class NotPlanned(BadInput):
    """No report of that month is asked of this referral."""


class ReportedAlready(NotNow):
    """That month was reported before; the first word stands, a second goes to a person."""


class MonthNotCome(BadInput):
    """That month lies too far ahead to be reported; the sentence says from which day."""


class EssentialMissing(BadInput):
    """A report answers every essential indicator with yes or no."""


def plan_reports(session: Session, referral_id: int, cycle_id: int, told: Told) -> None:
    """The service has begun (again): its reports fall due so many months from today."""
    began = told.at.astimezone(WIB).date()
    months = CyclePolicy.model_validate(session.get_one(Cycle, cycle_id).policy).referral.outcome_months
    kept = {report.month: report for report in queries.reports_of(session, referral_id)}
    for month in months:
        due_on = months_after(began, month)
        report = kept.get(month) or OutcomeReport(cycle_id=cycle_id, referral_id=referral_id, month=month, due_on=due_on)
        if report.reported_at is None:
            report.due_on = due_on
        session.add(report)
    session.flush()


def keep_report(
    session: Session, referral_id: int, month: int, outcome: str, indicators: Mapping[str, Any], note: str | None, told: Told
) -> OutcomeReport:
    """What the agency told of one month.

    Raises:
        NotPlanned, ReportedAlready, MonthNotCome, EssentialMissing, WrongOutcome
    """
    outcome, kept = check_outcome(outcome, indicators)
    require_essential(kept)
    reports = {report.month: report for report in queries.reports_of(session, referral_id) if report.month != LAST}
    if month not in reports:
        asked = ", ".join(str(planned) for planned in sorted(reports)) or "tidak ada"
        raise NotPlanned(
            f"Laporan bulan ke-{month} tidak diminta. Yang diminta: {asked}.",
            faults=[{"field": "data.month", "fault": f"tidak diminta; yang diminta: {asked}"}],
        )
    report = reports[month]
    if report.reported_at is not None:
        raise ReportedAlready(f"Laporan bulan ke-{month} sudah diterima.", status="reported", event="outcome_reported")
    _require_its_month(report, told)
    report.outcome, report.indicators, report.note = outcome, kept, note
    report.reported_by, report.reported_at = told.actor, told.at
    session.add(report)
    session.flush()
    return report


def _require_its_month(report: OutcomeReport, told: Told) -> None:
    """Raises MonthNotCome."""
    first = opens_on(report.due_on)
    if told.at.astimezone(WIB).date() < first:
        why = f"baru dapat diberikan mulai {full_date(first)}"
        raise MonthNotCome(f"Laporan bulan ke-{report.month} {why}.", faults=[{"field": "data.month", "fault": why}])


def keep_last_report(session: Session, referral_id: int, cycle_id: int, outcome: str, kept: dict[str, Any], told: Told) -> date:
    """The report that concludes, beside those of the months; the day of it."""
    today = told.at.astimezone(WIB).date()
    found = [report for report in queries.reports_of(session, referral_id) if report.month == LAST]
    report = found[0] if found else OutcomeReport(cycle_id=cycle_id, referral_id=referral_id, month=LAST, due_on=today)
    report.due_on, report.outcome, report.indicators = today, outcome, kept
    report.reported_by, report.reported_at = told.actor, told.at
    session.add(report)
    session.flush()
    return today


def require_essential(indicators: Mapping[str, Any]) -> None:
    """Raises EssentialMissing, naming them."""
    missing = [name for name in ESSENTIAL if not isinstance(indicators.get(name), bool)]
    if missing:
        raise EssentialMissing(
            f"Indikator pokok wajib dijawab ya atau tidak: {', '.join(missing)}.",
            faults=[{"field": f"data.indicators.{name}", "fault": "wajib dijawab true atau false"} for name in missing],
        )


def conditional_of(services: Iterable[str] | None) -> tuple[str, ...]:
    """The indicators that show that what was asked was given, in the order asked."""
    return tuple(dict.fromkeys(BY_CODE[code].proof for code in services or () if code in BY_CODE))


def reckoned(indicators: Mapping[str, Any] | None, services: Sequence[str] | None) -> str | None:
    """What the indicators say, whatever the agency calls it; None where the essential ones are not told."""
    told = indicators or {}
    if any(name not in told for name in ESSENTIAL):
        return None
    essential = [is_positive(told[name]) for name in ESSENTIAL]
    conditional = any(is_positive(told[name]) for name in conditional_of(services) if name in told)
    if all(essential) and conditional:
        return "ACHIEVED"
    return "PARTIALLY_ACHIEVED" if any(essential) or conditional else "NOT_ACHIEVED"
