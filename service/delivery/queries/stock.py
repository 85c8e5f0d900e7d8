"""How many packages came to each point, and where is each of them now?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import Order, OrderLine, Package, Parcel, SparePackage

Key = tuple[str, int]


def passed_by_point(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> dict[Key, int]:
    """(district, package) -> how many passed the inspection of accepted orders."""
    chosen = (
        select(col(Order.district_code), col(OrderLine.package_id), func.sum(func.coalesce(col(OrderLine.passed), 0)))
        .join(Order, col(Order.id) == col(OrderLine.order_id))
        .where(col(Order.cycle_id) == cycle_id, col(Order.status) == "accepted")
        .group_by(col(Order.district_code), col(OrderLine.package_id))
    )
    return {(row[0], row[1]): int(row[2]) for row in session.execute(_within(chosen, Order, regencies))}


def parcels_by_point(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> dict[Key, dict[str, int]]:
    """(district, package) -> parcel status -> count."""
    chosen = (
        select(col(Parcel.district_code), col(Parcel.package_id), col(Parcel.status), func.count())
        .where(col(Parcel.cycle_id) == cycle_id)
        .group_by(col(Parcel.district_code), col(Parcel.package_id), col(Parcel.status))
    )
    return _nested(session, _within(chosen, Parcel, regencies))


def spares_by_point(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> dict[Key, dict[str, int]]:
    """(district, package) -> spare, written_off, given -> count."""
    chosen = (
        select(col(SparePackage.district_code), col(SparePackage.package_id), col(SparePackage.state), func.count())
        .where(col(SparePackage.cycle_id) == cycle_id)
        .group_by(col(SparePackage.district_code), col(SparePackage.package_id), col(SparePackage.state))
    )
    return _nested(session, _within(chosen, SparePackage, regencies))


def broken_by_point(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> dict[Key, int]:
    """(district, package) -> spares that are not whole."""
    chosen = (
        select(col(SparePackage.district_code), col(SparePackage.package_id), func.count())
        .where(col(SparePackage.cycle_id) == cycle_id, col(SparePackage.state) == "spare")
        .where(col(SparePackage.is_whole).is_(False))
        .group_by(col(SparePackage.district_code), col(SparePackage.package_id))
    )
    return {(row[0], row[1]): int(row[2]) for row in session.execute(_within(chosen, SparePackage, regencies))}


def packages_of(session: Session, cycle_id: int) -> dict[int, Package]:
    chosen = session.scalars(select(Package).where(col(Package.cycle_id) == cycle_id))
    return {package.id: package for package in chosen if package.id is not None}


def spares_at(
    session: Session, cycle_id: int, regencies: Sequence[str] = (), after_id: int = 0, limit: int = 50
) -> list[tuple[SparePackage, Package, str | None, str | None]]:
    """(spare, package, order number, parcel number) of what lies without a household, by number."""
    chosen = (
        select(SparePackage, Package, col(Order.number), col(Parcel.number))
        .join(Package, col(Package.id) == col(SparePackage.package_id))
        .outerjoin(Order, col(Order.id) == col(SparePackage.order_id))
        .outerjoin(Parcel, col(Parcel.id) == col(SparePackage.from_parcel_id))
        .where(col(SparePackage.cycle_id) == cycle_id, col(SparePackage.state) == "spare", col(SparePackage.id) > after_id)
        .order_by(col(SparePackage.id))
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(_within(chosen, SparePackage, regencies))]


def _nested(session: Session, chosen: Any) -> dict[Key, dict[str, int]]:
    found: dict[Key, dict[str, int]] = {}
    for district, package, name, count in session.execute(chosen):
        found.setdefault((district, package), {})[name] = int(count)
    return found


def _within(chosen: Any, table: Any, regencies: Sequence[str]) -> Any:
    return chosen.where(func.substr(col(table.district_code), 1, 5).in_(regencies)) if regencies else chosen
