"""Which versions of packages does a cycle have, and how do the next ones take their place?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from service.db.tables import BusinessType, Case, Household, Package, PackageItem, PackageProposal, Parcel


def current_packages(session: Session, cycle_id: int) -> Sequence[Package]:
    """The versions new parcels get, by code."""
    statement = select(Package).where(col(Package.cycle_id) == cycle_id, col(Package.is_current).is_(True))
    return session.scalars(statement.order_by(col(Package.code))).all()


def all_versions(session: Session, cycle_id: int) -> Sequence[Package]:
    """By code, the newest version first."""
    statement = select(Package).where(col(Package.cycle_id) == cycle_id)
    return session.scalars(statement.order_by(col(Package.code), col(Package.version).desc())).all()


def newest_versions(session: Session, cycle_id: int) -> dict[str, Package]:
    """Code -> the newest version, given or not."""
    statement = select(Package).where(col(Package.cycle_id) == cycle_id).order_by(col(Package.version))
    return {package.code: package for package in session.scalars(statement)}


def kinds_of(session: Session, cycle_id: int) -> dict[int, list[str]]:
    """Package id -> the kinds of business that get it."""
    statement = select(col(BusinessType.package_id), col(BusinessType.code)).where(col(BusinessType.cycle_id) == cycle_id)
    found: dict[int, list[str]] = {}
    for row in session.execute(statement.order_by(col(BusinessType.id))):
        found.setdefault(row[0], []).append(row[1])
    return found


def items_of_packages(session: Session, ids: Sequence[int]) -> dict[int, list[PackageItem]]:
    """Package id -> its items, in their order."""
    statement = select(PackageItem).where(col(PackageItem.package_id).in_(ids)).order_by(col(PackageItem.id))
    found: dict[int, list[PackageItem]] = {}
    for item in session.scalars(statement):
        found.setdefault(item.package_id, []).append(item)
    return found


def set_current(session: Session, package_ids: Sequence[int], is_current: bool) -> None:
    statement = update(Package).where(col(Package.id).in_(package_ids)).values(is_current=is_current)
    session.execute(statement.execution_options(synchronize_session="fetch"))


def forget_kinds(session: Session, cycle_id: int, codes: Sequence[str]) -> None:
    """These kinds of business get no package any more; their households wait visibly."""
    session.execute(delete(BusinessType).where(col(BusinessType.cycle_id) == cycle_id, col(BusinessType.code).in_(codes)))


def kinds(session: Session, cycle_id: int) -> dict[str, BusinessType]:
    """Kind of business -> its row."""
    statement = select(BusinessType).where(col(BusinessType.cycle_id) == cycle_id).order_by(col(BusinessType.id))
    return {kind.code: kind for kind in session.scalars(statement)}


def move_to_version(session: Session, cycle_id: int, code: str, package_id: int) -> int:
    """Parcels of any version of `code` that are not on an order get this one; how many. What is ordered keeps its version."""
    versions = select(col(Package.id)).where(
        col(Package.cycle_id) == cycle_id, col(Package.code) == code, col(Package.id) != package_id
    )
    statement = update(Parcel).where(col(Parcel.package_id).in_(versions), *_not_ordered(cycle_id))
    return _changed(session, statement.values(package_id=package_id))


def move_kind(session: Session, cycle_id: int, kind: str, package_id: int) -> int:
    """Parcels not on an order of households with this business get the package, unless somebody decided otherwise."""
    decided = select(col(PackageProposal.case_id)).where(
        col(PackageProposal.cycle_id) == cycle_id, col(PackageProposal.state) == "accepted"
    )
    cases = (
        select(col(Case.id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Case.cycle_id) == cycle_id, col(Household.business_type) == kind, col(Case.id).not_in(decided))
    )
    statement = update(Parcel).where(
        col(Parcel.case_id).in_(cases), col(Parcel.package_id) != package_id, *_not_ordered(cycle_id)
    )
    return _changed(session, statement.values(package_id=package_id))


def parcels_by_package(session: Session, cycle_id: int) -> dict[int, tuple[int, int]]:
    """Package id -> (parcels that are not on an order yet, all others)."""
    is_open = (col(Parcel.status) == "planned") & col(Parcel.order_id).is_(None)
    statement = select(col(Parcel.package_id), is_open, func.count()).where(col(Parcel.cycle_id) == cycle_id)
    found: dict[int, list[int]] = {}
    for package_id, waits, count in session.execute(statement.group_by(col(Parcel.package_id), is_open)):
        found.setdefault(package_id, [0, 0])[0 if waits else 1] += count
    return {package_id: (counts[0], counts[1]) for package_id, counts in found.items()}


def _not_ordered(cycle_id: int) -> tuple[Any, ...]:
    return col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "planned", col(Parcel.order_id).is_(None)


def _changed(session: Session, statement: Any) -> int:
    return int(session.execute(statement.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]
