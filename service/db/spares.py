"""Which goods lie at a point without a household, how do they come there, and who gets them?

Every package that passed an inspection belongs to a parcel or to a row here, so that a point's stock can be balanced.
Called inside the transaction that frees or takes the goods; guarded, so that one package is never given twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update
from sqlmodel import Session, col

from service.db.tables import Case, Move, Order, Parcel, SparePackage
from service.errors import NotFound

_SPARES: Any = SparePackage
AT_A_TIME = 500
MORE_THAN_WAITED = "MORE_THAN_WAITED"
LEFT_STATUSES = ("returned", "substituted")


class NoSuchSpare(NotFound):
    """No package of the stock has this number."""


def keep_surplus(session: Session, order: Order, package_id: int, count: int, at: datetime) -> None:
    """An accepted order brought more of a package than parcels waited for it."""
    row = {
        "cycle_id": order.cycle_id, "district_code": order.district_code, "package_id": package_id, "order_id": order.id,
        "is_whole": True, "state": "spare", "why": MORE_THAN_WAITED, "came_at": at,
    }  # fmt: skip
    if count > 0:
        session.execute(insert(_SPARES.__table__), [row] * count)


def keep_left(session: Session, parcel_ids: Collection[int], why: str, at: datetime) -> int:
    """The goods of these parcels lost their household; those kept already are passed over. Returns how many are new.

    What was handed over in part before is not whole: nobody else gets it as it is.
    """
    kept = 0
    for chunk in _chunks(parcel_ids):
        rows = [_left_row(row, why, at) for row in session.execute(_left_with_goods().where(col(Parcel.id).in_(chunk)))]
        if rows:
            session.execute(insert(_SPARES.__table__), rows)
        kept += len(rows)
    return kept


def parcels_left_with_goods(session: Session, cycle_id: int) -> list[int]:
    """Parcels without a household any more whose goods had come to the point and are not kept as stock yet."""
    chosen = _left_with_goods().where(col(Parcel.cycle_id) == cycle_id).order_by(col(Parcel.id))
    return [row.id for row in session.execute(chosen)]


def parcels_to_give(session: Session, cycle_id: int) -> list[int]:
    """Waiting parcels without an order for whose package a whole spare lies at the same point."""
    return [row.id for row in session.execute(_waiting_for_spare(cycle_id).order_by(col(Parcel.id)))]


def give(session: Session, cycle_id: int, parcel_ids: Collection[int], at: datetime) -> list[int]:
    """Promise each parcel one whole spare of the same package at the same point, oldest first; who got one, ascending."""
    wanted: dict[tuple[str, int], list[int]] = {}
    for chunk in _chunks(parcel_ids):
        for row in session.execute(_waiting_for_spare(cycle_id).where(col(Parcel.id).in_(chunk)).order_by(col(Parcel.id))):
            wanted.setdefault((row.district_code, row.package_id), []).append(row.id)
    given = []
    for (district, package), parcels in wanted.items():
        for spare, parcel in zip(_free(session, cycle_id, district, package, len(parcels)), parcels, strict=False):
            values = {"state": "given", "to_parcel_id": parcel, "decided_at": at}
            if _change(session, spare, "spare", values):
                given.append(parcel)
    return sorted(given)


def take_back(session: Session, parcel_ids: Collection[int]) -> None:
    """The parcels could not take what they were promised: it is spare again."""
    for chunk in _chunks(parcel_ids):
        mine = update(SparePackage).where(col(SparePackage.to_parcel_id).in_(chunk), col(SparePackage.state) == "given")
        session.execute(mine.values(state="spare", to_parcel_id=None, decided_at=None))


def write_off(session: Session, spare_id: int, by: str, reason: str, at: datetime) -> bool:
    """False when it is no spare (any more)."""
    values = {"state": "written_off", "decided_by": by, "decided_at": at, "reason": reason}
    return _change(session, spare_id, "spare", values)


def spare_numbered(session: Session, spare_id: int) -> SparePackage:
    """Raises NoSuchSpare."""
    found = session.get(SparePackage, spare_id, populate_existing=True)
    if found is None:
        raise NoSuchSpare(f"Barang stok nomor {spare_id} tidak ada.")
    return found


def makers_of(session: Session, spare: SparePackage) -> set[str]:
    """Who made the goods stock: who returned the parcel, or who inspected and accepted the order."""
    of_parcel = and_(col(Move.subject) == "parcel", col(Move.subject_id) == (spare.from_parcel_id or 0))
    left = of_parcel & col(Move.to_status).in_(LEFT_STATUSES)
    of_order = and_(col(Move.subject) == "order", col(Move.subject_id) == (spare.order_id or 0))
    took = of_order & col(Move.event).in_(("inspected", "accepted"))
    chosen = select(col(Move.actor)).where(left if spare.from_parcel_id else took)
    return set(session.scalars(chosen))


def order_of_parcel(session: Session, parcel_id: int) -> int | None:
    """Which order brought a parcel's goods: its own, or that of the spare it was given."""
    own = session.scalars(select(col(Parcel.order_id)).where(col(Parcel.id) == parcel_id)).one_or_none()
    if own is not None:
        return own
    given = select(col(SparePackage.order_id)).where(col(SparePackage.to_parcel_id) == parcel_id)
    return session.scalars(given.where(col(SparePackage.state) == "given")).first()


def _left_with_goods() -> Any:
    """Parcels whose goods came and whose household is gone, without a row of stock."""
    came = select(col(Move.id)).where(
        col(Move.subject) == "parcel", col(Move.subject_id) == col(Parcel.id), col(Move.event) == "arrived"
    )
    opened = select(col(Move.id)).where(
        col(Move.subject) == "parcel", col(Move.subject_id) == col(Parcel.id), col(Move.event) == "partial"
    )
    known = select(col(SparePackage.id)).where(col(SparePackage.from_parcel_id) == col(Parcel.id))
    given = select(col(SparePackage.order_id)).where(col(SparePackage.to_parcel_id) == col(Parcel.id))
    order = func.coalesce(col(Parcel.order_id), given.limit(1).correlate(Parcel).scalar_subquery())
    return select(
        col(Parcel.id), col(Parcel.cycle_id), col(Parcel.district_code), col(Parcel.package_id), order.label("order_id"),
        opened.correlate(Parcel).exists().label("was_opened"),
    ).where(
        col(Parcel.status).in_(LEFT_STATUSES), came.correlate(Parcel).exists(), ~known.correlate(Parcel).exists()
    )  # fmt: skip


def _left_row(row: Any, why: str, at: datetime) -> dict[str, Any]:
    return {
        "cycle_id": row.cycle_id, "district_code": row.district_code, "package_id": row.package_id, "order_id": row.order_id,
        "from_parcel_id": row.id, "is_whole": not row.was_opened, "state": "spare", "why": why[:40], "came_at": at,
    }  # fmt: skip


def _waiting_for_spare(cycle_id: int) -> Any:
    spare = select(col(SparePackage.id)).where(
        col(SparePackage.cycle_id) == cycle_id, col(SparePackage.district_code) == col(Parcel.district_code),
        col(SparePackage.package_id) == col(Parcel.package_id), col(SparePackage.state) == "spare",
        col(SparePackage.is_whole).is_(True),
    )  # fmt: skip
    return (
        select(col(Parcel.id), col(Parcel.district_code), col(Parcel.package_id))
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "planned", col(Parcel.order_id).is_(None))
        .where(or_(col(Case.status) == "decreed", col(Case.status) == "ordered"))
        .where(spare.correlate(Parcel).exists())
    )


def _free(session: Session, cycle_id: int, district: str, package: int, most: int) -> list[int]:
    chosen = select(col(SparePackage.id)).where(
        col(SparePackage.cycle_id) == cycle_id, col(SparePackage.district_code) == district,
        col(SparePackage.package_id) == package, col(SparePackage.state) == "spare", col(SparePackage.is_whole).is_(True),
    )  # fmt: skip
    return list(session.scalars(chosen.order_by(col(SparePackage.id)).limit(most)))


def _change(session: Session, spare_id: int, state: str, values: dict[str, Any]) -> bool:
    guarded = update(SparePackage).where(col(SparePackage.id) == spare_id, col(SparePackage.state) == state)
    done = session.execute(guarded.values(**values).execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _chunks(ids: Collection[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + AT_A_TIME] for start in range(0, len(ordered), AT_A_TIME))
