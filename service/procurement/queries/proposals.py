"""Which other packages are asked for, by whom, for which household, and what was decided?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from service.db.tables import Case, Household, Package, PackageProposal, Parcel

OPEN, ACCEPTED, REFUSED = "open", "accepted", "refused"
PAGE = 50
Rows = list[tuple[Any, ...]]


def parcels_with_open(session: Session, cycle_id: int) -> list[int]:
    """Parcels without an order whose household asks for another package; nobody orders before that is decided."""
    statement = (
        select(col(Parcel.id))
        .join(PackageProposal, col(PackageProposal.case_id) == col(Parcel.case_id))
        .where(col(PackageProposal.cycle_id) == cycle_id, col(PackageProposal.state) == OPEN)
        .where(col(Parcel.status) == "planned", col(Parcel.order_id).is_(None))
    )
    return list(session.scalars(statement))


def accepted_packages(session: Session, cycle_id: int) -> dict[int, int]:
    """Case -> the version new parcels get of the package that was last accepted for it."""
    now: Any = select(col(Package.code), col(Package.id).label("id")).where(
        col(Package.cycle_id) == cycle_id, col(Package.is_current).is_(True)
    )
    current = now.subquery()
    statement = (
        select(col(PackageProposal.case_id), current.c.id)
        .join(Package, col(Package.id) == col(PackageProposal.package_id))
        .join(current, current.c.code == col(Package.code))
        .where(col(PackageProposal.cycle_id) == cycle_id, col(PackageProposal.state) == ACCEPTED)
        .order_by(col(PackageProposal.decided_at), col(PackageProposal.id))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def open_for_case(session: Session, case_id: int) -> PackageProposal | None:
    statement = select(PackageProposal).where(col(PackageProposal.case_id) == case_id, col(PackageProposal.state) == OPEN)
    return session.scalars(statement).first()


def proposal_by_id(session: Session, proposal_id: int) -> PackageProposal | None:
    return session.get(PackageProposal, proposal_id, populate_existing=True, with_for_update=True)


def case_locked(session: Session, case_id: int) -> Case:
    """Locked, so that two people who ask for one household come one after the other."""
    return session.scalars(select(Case).where(col(Case.id) == case_id).with_for_update()).one()


def parcel_of(session: Session, case_id: int) -> Parcel | None:
    """The household's newest parcel."""
    statement = select(Parcel).where(col(Parcel.case_id) == case_id).order_by(col(Parcel.id).desc()).limit(1)
    return session.scalars(statement.with_for_update()).first()


def give_package(session: Session, parcel_id: int, package_id: int) -> bool:
    """Another package for a parcel that is not on an order; False when it is on one meanwhile."""
    statement = update(Parcel).where(
        col(Parcel.id) == parcel_id, col(Parcel.status) == "planned", col(Parcel.order_id).is_(None)
    )
    done = session.execute(statement.values(package_id=package_id).execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def proposals(
    session: Session, cycle_id: int, state: str | None = OPEN, regencies: Sequence[str] = (), after_id: int = 0,
    limit: int = PAGE,
) -> Rows:  # fmt: skip
    """(PackageProposal, Package, Case, Household), the oldest first; `regencies` empty means all."""
    statement = (
        select(PackageProposal, Package, Case, Household)
        .join(Package, col(Package.id) == col(PackageProposal.package_id))
        .join(Case, col(Case.id) == col(PackageProposal.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(*_chosen(cycle_id, state, regencies), col(PackageProposal.id) > after_id)
        .order_by(col(PackageProposal.id))
        .limit(limit)
    )
    return [tuple(row) for row in session.execute(statement)]


def proposals_of(session: Session, case_id: int) -> Rows:
    """(PackageProposal, Package) of one household, the newest first."""
    statement = (
        select(PackageProposal, Package)
        .join(Package, col(Package.id) == col(PackageProposal.package_id))
        .where(col(PackageProposal.case_id) == case_id)
        .order_by(col(PackageProposal.id).desc())
    )
    return [tuple(row) for row in session.execute(statement)]


def count_of(session: Session, cycle_id: int, state: str | None = OPEN, regencies: Sequence[str] = ()) -> int:
    statement = (
        select(func.count())
        .select_from(PackageProposal)
        .join(Case, col(Case.id) == col(PackageProposal.case_id))
        .where(*_chosen(cycle_id, state, regencies))
    )
    return session.scalars(statement).one()


def _chosen(cycle_id: int, state: str | None, regencies: Sequence[str]) -> list[Any]:
    wanted: list[Any] = [col(PackageProposal.cycle_id) == cycle_id]
    wanted += [col(PackageProposal.state) == state] if state else []
    return wanted + ([col(Case.regency_code).in_(regencies)] if regencies else [])
