"""What lies with each agency and since when, and which of its referrals are whose turn?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from service.db.tables import Case, Household, OutcomeReport, Partner, Referral
from service.handoff.queries.pages import NOT_SENT

OPEN = ("sent", "no_response", "acknowledged", "waitlisted", "accepted", "in_service", "declined", "returned")


@dataclass(frozen=True)
class Lot:
    """Referrals of one agency at one status. `since`: of the one whose clock runs longest; `until`: the first waitlist day."""

    agency_id: int
    agency: str
    sender: str
    status: str
    count: int
    paused: int
    since: datetime
    until: date | None


def lots(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[Lot]:
    """By agency's name; nothing that was never sent."""
    chosen = (
        select(
            col(Partner.id), col(Partner.name), col(Partner.sender), col(Referral.status), func.count(),
            func.sum(case((col(Referral.paused_at).is_not(None), 1), else_=0)),
            func.coalesce(
                func.min(case((col(Referral.paused_at).is_(None), col(Referral.status_since)), else_=None)),
                func.min(col(Referral.status_since)),
            ),
            func.min(col(Referral.waitlist_until)),
        )
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .where(col(Referral.cycle_id) == cycle_id, col(Referral.status).not_in(NOT_SENT))
        .group_by(col(Partner.id), col(Partner.name), col(Partner.sender), col(Referral.status))
        .order_by(col(Partner.name), col(Partner.id))
    )  # fmt: skip
    return [Lot(*row) for row in session.execute(_within(chosen, regencies))]


def first_reports(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> dict[int, date]:
    """agency id -> the day its first report not yet made falls due, of those still in service."""
    chosen = (
        select(col(Referral.agency_id), func.min(col(OutcomeReport.due_on)))
        .join(OutcomeReport, col(OutcomeReport.referral_id) == col(Referral.id))
        .where(
            col(Referral.cycle_id) == cycle_id, col(Referral.status) == "in_service",
            col(OutcomeReport.reported_at).is_(None), col(OutcomeReport.month) > 0,
        )
        .group_by(col(Referral.agency_id))
    )  # fmt: skip
    return {row[0]: row[1] for row in session.execute(_within(chosen, regencies))}


def report_days(session: Session, referral_ids: Sequence[int]) -> dict[int, date]:
    """referral id -> the day its first report not yet made falls due."""
    chosen = (
        select(col(OutcomeReport.referral_id), func.min(col(OutcomeReport.due_on)))
        .where(
            col(OutcomeReport.referral_id).in_(referral_ids), col(OutcomeReport.reported_at).is_(None),
            col(OutcomeReport.month) > 0,
        )
        .group_by(col(OutcomeReport.referral_id))
    )  # fmt: skip
    return {row[0]: row[1] for row in session.execute(chosen)} if referral_ids else {}


def referrals_with(
    session: Session,
    cycle_id: int,
    agency_id: int,
    statuses: Sequence[str],
    regencies: Sequence[str],
    after_id: int,
    limit: int,
) -> list[tuple[Referral, Household]]:
    """An agency's referrals at these statuses, by id; so many at a time."""
    chosen = (
        select(Referral, Household)
        .join(Case, col(Case.id) == col(Referral.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(
            col(Referral.cycle_id) == cycle_id, col(Referral.agency_id) == agency_id, col(Referral.status).in_(statuses),
            col(Referral.id) > after_id,
        )
    )  # fmt: skip
    if regencies:
        chosen = chosen.where(col(Case.regency_code).in_(regencies))
    return [(row[0], row[1]) for row in session.execute(chosen.order_by(col(Referral.id)).limit(limit))]


def _within(chosen: Any, regencies: Sequence[str]) -> Any:
    if not regencies:
        return chosen
    return chosen.join(Case, col(Case.id) == col(Referral.case_id)).where(col(Case.regency_code).in_(regencies))
