"""Which households are ready but cannot be referred because none of their consents counts today, and what was the last word?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlmodel import Session, col

from service.db.tables import Case, Consent, Household, Referral
from service.handoff.queries.work import OPEN
from service.handoff.services import PURPOSE

MINE = col(Consent.case_id) == col(Case.id)


@dataclass(frozen=True)
class Unagreed:
    """`withdrawn_at`, `expires_on`: of the household's last consent; None where it never gave one."""

    case_id: int
    household_id: int
    regency_code: str
    ready_since: datetime
    withdrawn_at: datetime | None
    expires_on: date | None


def unagreed(session: Session, cycle_id: int, day: date, regencies: Collection[str] = ()) -> list[Unagreed]:
    """By household."""
    return [_line(case, consent) for case, consent in session.execute(_unagreed(cycle_id, day, regencies))]


def unagreed_case(session: Session, case: Case, day: date) -> Unagreed | None:
    """The same of one household; None where nothing of the kind holds it."""
    found = session.execute(_unagreed(case.cycle_id, day, ()).where(col(Case.id) == case.id)).first()
    return _line(found[0], found[1]) if found else None


def _unagreed(cycle_id: int, day: date, regencies: Collection[str]) -> Any:
    last = select(func.max(col(Consent.id))).where(MINE, col(Consent.purpose) == PURPOSE).correlate(Case).scalar_subquery()
    return (
        _ready(cycle_id, regencies, Case, Consent)
        .join(Consent, col(Consent.id) == last, isouter=True)
        .where(~_agrees(day))
        .order_by(col(Case.household_id))
    )


def referable(session: Session, cycle_id: int, day: date, regencies: Collection[str] = ()) -> tuple[int, datetime | None]:
    """How many ready households can be referred now, and since when the first of them waits."""
    chosen = _ready(cycle_id, regencies, func.count(), func.min(col(Case.status_since))).where(_agrees(day))
    count, since = session.execute(chosen).one()
    return int(count), since


def _ready(cycle_id: int, regencies: Collection[str], *columns: Any) -> Any:
    """Ready cases with nothing under way."""
    under_way = exists().where(col(Referral.case_id) == col(Case.id), OPEN)
    chosen = select(*columns).select_from(Case).join(Household, col(Household.id) == col(Case.household_id))
    chosen = chosen.where(col(Case.cycle_id) == cycle_id, col(Case.status) == "ready", ~under_way)
    return chosen.where(col(Case.regency_code).in_(regencies)) if regencies else chosen


def _agrees(day: date) -> Any:
    """A consent counts today, or the registry says yes and that is still to be written down as one."""
    says_yes, is_registry = col(Household.may_be_referred).is_(True), col(Consent.source) == "registry"
    counts = (
        exists()
        .where(MINE, col(Consent.purpose) == PURPOSE, col(Consent.withdrawn_at).is_(None))
        .where(col(Consent.given_on) <= day, col(Consent.expires_on) >= day, ~is_registry | says_yes)
    )
    return counts.correlate(Case, Household) | (says_yes & ~exists().where(MINE, is_registry).correlate(Case))


def _line(case: Case, consent: Consent | None) -> Unagreed:
    assert case.id is not None
    return Unagreed(
        case.id, case.household_id, case.regency_code, case.status_since,
        consent.withdrawn_at if consent else None, consent.expires_on if consent else None,
    )  # fmt: skip
