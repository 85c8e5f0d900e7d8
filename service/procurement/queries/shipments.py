"""Which shipments of an order were told, and which of its parcels does a supplier who gives up leave behind?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from service.db.tables import Order, Parcel, Shipment


def order_now(session: Session, order_id: int) -> Order:
    """As it is in this transaction, whatever was loaded before."""
    return session.get_one(Order, order_id, populate_existing=True)


def shipment_named(session: Session, order_id: int, ref: str) -> Shipment | None:
    chosen = select(Shipment).where(col(Shipment.order_id) == order_id, col(Shipment.ref) == ref)
    return session.scalars(chosen).one_or_none()


def shipments_of(session: Session, order_id: int) -> Sequence[Shipment]:
    """In the order they were told."""
    return session.scalars(select(Shipment).where(col(Shipment.order_id) == order_id).order_by(col(Shipment.id))).all()


def leave_behind(session: Session, order_id: int, parcel_ids: Sequence[int]) -> int:
    """These parcels wait for another order and know which one failed them; returns how many."""
    freed = 0
    for start in range(0, len(parcel_ids), 500):
        chunk = parcel_ids[start : start + 500]
        statement = update(Parcel).where(
            col(Parcel.id).in_(chunk), col(Parcel.order_id) == order_id, col(Parcel.status) == "planned"
        )
        values: dict[str, Any] = {"order_id": None, "former_order_id": order_id}
        done = session.execute(statement.values(**values).execution_options(synchronize_session=False))
        freed += int(done.rowcount)  # type: ignore[attr-defined]
    return freed


def heirs_of(session: Session, order_id: int) -> list[str]:
    """Numbers of the orders for what this one did not bring."""
    return list(session.scalars(select(col(Order.number)).where(col(Order.replaces_id) == order_id).order_by(col(Order.id))))


def unordered_of(session: Session, order_id: int) -> int:
    """How many parcels this order failed and no other order brings yet."""
    chosen = select(func.count()).where(
        col(Parcel.former_order_id) == order_id, col(Parcel.order_id).is_(None), col(Parcel.status) == "planned"
    )
    return session.scalars(chosen).one()
