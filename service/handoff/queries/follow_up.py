"""Which reports are asked of an agency, which are overdue, and how do the two yardsticks of a household stand?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Consent, OutcomeReport, Partner, Referral, Visit
from service.handoff.queries.closed import RESTS_ON

ASKED_AT = ("in_service", "concluded")


IS_OWED = col(OutcomeReport.reported_at).is_(None) & col(Referral.status).in_(ASKED_AT) & col(Consent.withdrawn_at).is_(None)
"""For a statement over OutcomeReport, Referral and, from outside, the Consent it RESTS_ON: it may be asked for."""


def reports_of(session: Session, referral_id: int) -> list[OutcomeReport]:
    """By month; the concluding one (0) first."""
    chosen = select(OutcomeReport).where(col(OutcomeReport.referral_id) == referral_id).order_by(col(OutcomeReport.month))
    return list(session.execute(chosen).scalars())


@dataclass(frozen=True)
class Asked:
    """A report an agency still owes."""

    id: int
    referral_id: int
    number: str
    agency_id: int
    month: int
    due_on: date


def asked(session: Session, cycle_id: int, until: date, agency_id: int | None = None) -> list[Asked]:
    """Reports not made that fall due until a day; none of a household that took its consent back."""
    chosen = (
        select(
            col(OutcomeReport.id), col(Referral.id), col(Referral.number), col(Referral.agency_id),
            col(OutcomeReport.month), col(OutcomeReport.due_on),
        )
        .join(Referral, col(Referral.id) == col(OutcomeReport.referral_id))
        .join(Consent, RESTS_ON, isouter=True)
        .where(col(OutcomeReport.cycle_id) == cycle_id, col(OutcomeReport.due_on) <= until, IS_OWED)
        .order_by(col(OutcomeReport.due_on), col(OutcomeReport.id))
    )  # fmt: skip
    if agency_id is not None:
        chosen = chosen.where(col(Referral.agency_id) == agency_id)
    return [Asked(*row) for row in session.execute(chosen)]


@dataclass(frozen=True)
class Success:
    """One report of an agency, made or planned. `is_asked`: it may be asked for; not of who took its consent back."""

    referral: Referral
    agency: Partner
    report: OutcomeReport
    is_asked: bool


@dataclass(frozen=True)
class Yardsticks:
    """Side by side and never mixed: `movement` is the social agency's (visits), `success` the receivers' (reports)."""

    movement: list[Visit]
    success: list[Success]


def yardsticks(session: Session, case_id: int) -> Yardsticks:
    """Both for one household; oldest first, reports in the order they fall due."""
    visits = select(Visit).where(col(Visit.case_id) == case_id).order_by(col(Visit.visited_on), col(Visit.id))
    reports = (
        select(Referral, Partner, OutcomeReport, col(Consent.withdrawn_at))
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .join(OutcomeReport, col(OutcomeReport.referral_id) == col(Referral.id))
        .join(Consent, RESTS_ON, isouter=True)
        .where(col(Referral.case_id) == case_id)
        .order_by(col(OutcomeReport.due_on), col(OutcomeReport.id))
    )
    return Yardsticks(
        list(session.execute(visits).scalars()),
        [Success(r[0], r[1], r[2], r[0].status in ASKED_AT and r[3] is None) for r in session.execute(reports)],
    )
