"""What lies with each agency and since when, and which of its referrals are whose turn?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from service.db.tables import Case, Consent, Household, OutcomeReport, Partner, Referral
from service.handoff.queries.closed import RESTS_ON
from service.handoff.queries.follow_up import IS_OWED
from service.handoff.queries.pages import NOT_SENT

_CAME_BACK = col(Referral.status).in_(("declined", "returned"))
_REASON = case((_CAME_BACK, col(Referral.reason)), else_=None)
_CODE = case((_CAME_BACK | (col(Referral.status) == "no_response"), col(Referral.needs_person)), else_=None)


@dataclass(frozen=True)
class Lot:
    """Referrals of one agency at one status that came back for one reason, if they did; `since`: whose clock runs longest."""

    agency_id: int
    agency: str
    sender: str
    status: str
    reason: str | None
    needs_person: str | None
    count: int
    paused: int
    since: datetime


def lots(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[Lot]:
    """By agency's name; nothing that was never sent."""
    chosen = (
        select(
            col(Partner.id), col(Partner.name), col(Partner.sender), col(Referral.status), _REASON, _CODE, func.count(),
            func.sum(case((col(Referral.paused_at).is_not(None), 1), else_=0)),
            func.coalesce(
                func.min(case((col(Referral.paused_at).is_(None), col(Referral.status_since)), else_=None)),
                func.min(col(Referral.status_since)),
            ),
        )
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .where(col(Referral.cycle_id) == cycle_id, col(Referral.status).not_in(NOT_SENT))
        .group_by(col(Partner.id), col(Partner.name), col(Partner.sender), col(Referral.status), _REASON, _CODE)
        .order_by(col(Partner.name), col(Partner.id))
    )  # fmt: skip
    return [Lot(*row) for row in session.execute(_within(chosen, regencies))]


@dataclass(frozen=True)
class Reports:
    """What reports by month an agency owes: the first day after the service ended, how many are late altogether, of all
    the earliest day."""

    first: date | None
    late: int
    oldest: date


def reports_owed(session: Session, cycle_id: int, today: date, regencies: Sequence[str] = ()) -> dict[int, Reports]:
    """By agency id; also of what is concluded, for its reports of 6 and 12 months are asked all the same."""
    first = func.min(case((col(Referral.status) == "concluded", col(OutcomeReport.due_on))))
    late = func.sum(case((col(OutcomeReport.due_on) < today, 1), else_=0))
    oldest = func.min(col(OutcomeReport.due_on))
    chosen = _owed(col(Referral.agency_id), first, late, oldest).where(col(Referral.cycle_id) == cycle_id)
    rows = session.execute(_within(chosen.group_by(col(Referral.agency_id)), regencies))
    return {row[0]: Reports(row[1], row[2], row[3]) for row in rows}


@dataclass(frozen=True)
class Owed:
    """One report by month that an agency owes, with whom it is about."""

    referral: Referral
    person: Household
    month: int
    due_on: date


def reports_due(
    session: Session, cycle_id: int, agency_id: int, until: date, regencies: Sequence[str] = (), limit: int = 100
) -> list[Owed]:
    """Those that fall due until a day, the earliest first."""
    chosen = _owed(Referral, Household, col(OutcomeReport.month), col(OutcomeReport.due_on))
    chosen = chosen.join(Case, col(Case.id) == col(Referral.case_id)).join(
        Household, col(Household.id) == col(Case.household_id)
    )
    chosen = chosen.where(
        col(Referral.cycle_id) == cycle_id, col(Referral.agency_id) == agency_id, col(OutcomeReport.due_on) <= until
    )
    if regencies:
        chosen = chosen.where(col(Case.regency_code).in_(regencies))
    ordered = chosen.order_by(col(OutcomeReport.due_on), col(OutcomeReport.id)).limit(limit)
    return [Owed(*row) for row in session.execute(ordered)]


def report_days(session: Session, referral_ids: Sequence[int]) -> dict[int, date]:
    """referral id -> the day its first report not yet made falls due."""
    chosen = _owed(col(Referral.id), func.min(col(OutcomeReport.due_on))).where(col(Referral.id).in_(referral_ids))
    return {row[0]: row[1] for row in session.execute(chosen.group_by(col(Referral.id)))} if referral_ids else {}


def _owed(*columns: Any) -> Any:
    """Reports by month not made; none of a household that took its consent back."""
    return (
        select(*columns)
        .join(OutcomeReport, col(OutcomeReport.referral_id) == col(Referral.id))
        .join(Consent, RESTS_ON, isouter=True)
        .where(col(OutcomeReport.month) > 0, IS_OWED)
    )


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
