"""Which reports are asked of an agency, which are overdue, and how do the two yardsticks of a household stand?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Consent, OutcomeReport, Partner, Referral, Visit
from service.handoff.queries.work import chunks

ASKED_AT = ("in_service", "concluded")


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
        .join(Consent, col(Consent.id) == col(Referral.consent_id), isouter=True)
        .where(
            col(OutcomeReport.cycle_id) == cycle_id, col(OutcomeReport.reported_at).is_(None),
            col(OutcomeReport.due_on) <= until, col(Referral.status).in_(ASKED_AT), col(Consent.withdrawn_at).is_(None),
        )
        .order_by(col(OutcomeReport.due_on), col(OutcomeReport.id))
    )  # fmt: skip
    if agency_id is not None:
        chosen = chosen.where(col(Referral.agency_id) == agency_id)
    return [Asked(*row) for row in session.execute(chosen)]


def with_reports(session: Session, ids: Iterable[int]) -> set[int]:
    """Of these referrals, those of which reports by month are asked."""
    found: set[int] = set()
    for chunk in chunks(ids):
        planned = select(col(OutcomeReport.referral_id)).where(
            col(OutcomeReport.referral_id).in_(chunk), col(OutcomeReport.month) > 0
        )
        found |= set(session.execute(planned.distinct()).scalars())
    return found


@dataclass(frozen=True)
class Success:
    """One report of an agency, made or still asked."""

    referral: Referral
    agency: Partner
    report: OutcomeReport


@dataclass(frozen=True)
class Yardsticks:
    """Side by side and never mixed: `movement` is the social agency's (visits), `success` the receivers' (reports)."""

    movement: list[Visit]
    success: list[Success]


def yardsticks(session: Session, case_id: int) -> Yardsticks:
    """Both for one household; oldest first, reports in the order they fall due."""
    visits = select(Visit).where(col(Visit.case_id) == case_id).order_by(col(Visit.visited_on), col(Visit.id))
    reports = (
        select(Referral, Partner, OutcomeReport)
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .join(OutcomeReport, col(OutcomeReport.referral_id) == col(Referral.id))
        .where(col(Referral.case_id) == case_id)
        .order_by(col(OutcomeReport.due_on), col(OutcomeReport.id))
    )
    return Yardsticks(
        list(session.execute(visits).scalars()), [Success(row[0], row[1], row[2]) for row in session.execute(reports)]
    )
