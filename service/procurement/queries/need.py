"""Who waits without a fitting package, and how many of each package does each regency need?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import Case, Household, Package, Parcel

PAGE = 50
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Needed:
    """Parcels of all versions of one package; `by_regency`: code -> how many; `waiting`: not on an order yet."""

    code: str
    name: str
    total: int
    waiting: int
    by_regency: dict[str, int]


def households_without(
    session: Session, cycle_id: int, regencies: Sequence[str] = (), after_id: int = 0, limit: int = PAGE
) -> Rows:
    """(Case, Household) of decreed households without a parcel, by case."""
    statement = (
        select(Case, Household)
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Parcel, col(Parcel.case_id) == col(Case.id), isouter=True)
        .where(*_without(cycle_id, regencies), col(Case.id) > after_id)
        .order_by(col(Case.id))
        .limit(limit)
    )
    return [tuple(row) for row in session.execute(statement)]


def count_without(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> int:
    statement = (
        select(func.count())
        .select_from(Case)
        .join(Parcel, col(Parcel.case_id) == col(Case.id), isouter=True)
        .where(*_without(cycle_id, regencies))
    )
    return session.scalars(statement).one()


def needed_packages(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[Needed]:
    """By code; households that left are not counted."""
    regency, waits = (
        func.substr(col(Parcel.district_code), 1, 5),
        col(Parcel.order_id).is_(None) & (col(Parcel.status) == "planned"),
    )
    statement = (
        select(col(Package.code), regency, waits, func.count(), func.max(col(Package.name)))
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status) != "substituted")
        .group_by(col(Package.code), regency, waits)
    )
    if regencies:
        statement = statement.where(regency.in_(regencies))
    found: dict[str, Needed] = {}
    for code, where, is_waiting, count, name in session.execute(statement.order_by(col(Package.code))):
        kept = found.get(code) or Needed(code, name, 0, 0, {})
        by_regency = kept.by_regency | {where: kept.by_regency.get(where, 0) + count}
        waiting = kept.waiting + (count if is_waiting else 0)
        found[code] = Needed(code, kept.name, kept.total + count, waiting, by_regency)
    return list(found.values())


def _without(cycle_id: int, regencies: Sequence[str]) -> list[Any]:
    wanted: list[Any] = [col(Case.cycle_id) == cycle_id, col(Case.status) == "decreed", col(Parcel.id).is_(None)]
    return wanted + ([col(Case.regency_code).in_(regencies)] if regencies else [])
