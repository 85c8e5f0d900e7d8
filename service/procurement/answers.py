"""What happens when a supplier tells us how an order goes?

Four callbacks (`order.*`), one door each; only the supplier of the order may tell. Counts are as the supplier says them;
what is accepted is what our own inspection counts later.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from service.db.history import Told, record_move
from service.errors import BadInput, NotFound
from service.lifecycle import Subject
from service.messages.inbox import Door, Found
from service.messages.outbox import owe_kick
from service.procurement import queries

Number = Annotated[str, Field(pattern=r"^PSN-\d{4}-\d{4,}$", max_length=30)]
Note = Annotated[str | None, Field(max_length=500)]


class OrderUnknown(NotFound):
    """No order has this number."""


class CountsDontFit(BadInput):
    """The counts name other packages than the order, leave one out, or are larger than possible."""


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")

    order: Number
    note: Note = None


class OrderConfirmed(_Told):
    """`order.confirmed`: the supplier takes the order. `due_on`: when it promises to arrive."""

    due_on: date | None = None


class OrderShipped(_Told):
    """`order.shipped`: the goods are on their way."""

    shipped_on: date | None = None


class Count(BaseModel):
    """So many of one package of the order."""

    model_config = ConfigDict(extra="forbid")

    package: str = Field(min_length=1, max_length=20)
    count: int = Field(ge=0, le=100_000)


class OrderArrived(_Told):
    """`order.arrived`: `items` names every package of the order once, 0 where none came."""

    items: list[Count] = Field(min_length=1, max_length=100)
    arrived_on: date | None = None

    @model_validator(mode="after")
    def _each_package_once(self) -> OrderArrived:
        codes = [item.package for item in self.items]
        if len(set(codes)) != len(codes):
            raise ValueError("satu paket disebut dua kali")
        return self


class OrderCancelled(_Told):
    """`order.cancelled`: `reason` is a short word such as OUT_OF_STOCK, `note` free text."""

    reason: str = Field(pattern=r"^[A-Z][A-Z_]{1,29}$")


def find_order(session: Session, data: Any) -> Found:
    """Raises OrderUnknown."""
    row = queries.order_named(session, data.order)
    if row is None:
        raise OrderUnknown(f"Pesanan {data.order} tidak dikenal.")
    assert row.id is not None
    return Found(row.id, row.status, row.supplier_id)


def order_confirmed(session: Session, order_id: int, data: OrderConfirmed, told: Told) -> None:
    record_move(session, Subject.ORDER, order_id, "confirmed", told, **_note(data))


def order_shipped(session: Session, order_id: int, data: OrderShipped, told: Told) -> None:
    record_move(session, Subject.ORDER, order_id, "shipped", told, **_note(data))


def order_arrived(session: Session, order_id: int, data: OrderArrived, told: Told) -> None:
    """Raises CountsDontFit."""
    counts = {item.package: item.count for item in data.items}
    require_packages(session, order_id, counts)
    record_move(session, Subject.ORDER, order_id, "arrived", told, **_note(data))
    queries.write_counts(session, order_id, "arrived", counts)


def order_cancelled(session: Session, order_id: int, data: OrderCancelled, told: Told) -> None:
    """The households keep their parcels; these wait for another order, with another supplier where there is one."""
    why = Told(told.actor, told.at, data.reason)
    record_move(session, Subject.ORDER, order_id, "cancelled", why, **_note(data))
    queries.free_parcels(session, order_id)
    owe_kick(session, "procurement", queries.year_of(session, order_id), told.at)


def require_packages(session: Session, order_id: int, counts: dict[str, int]) -> None:
    """Raises CountsDontFit unless exactly the packages of the order are counted."""
    ordered = {line.package for line in queries.lines_of(session, order_id)}
    if faults := _faults(ordered, counts.keys()):
        raise CountsDontFit(
            "Hitungan tidak cocok dengan pesanan: " + "; ".join(fault["fault"] for fault in faults), faults=faults
        )


def _faults(ordered: set[str], counted: Any) -> list[dict[str, str]]:
    strange = [{"field": "items", "fault": f"paket {code} tidak ada dalam pesanan"} for code in sorted(counted - ordered)]
    missing = [{"field": "items", "fault": f"paket {code} belum dihitung"} for code in sorted(ordered - counted)]
    return strange + missing


def _note(data: _Told) -> dict[str, str]:
    return {"note": data.note} if data.note else {}


DOORS: dict[str, Door] = {
    "order.confirmed": Door(Subject.ORDER, "confirmed", ("supplier",), OrderConfirmed, find_order, order_confirmed),
    "order.shipped": Door(Subject.ORDER, "shipped", ("supplier",), OrderShipped, find_order, order_shipped),
    "order.arrived": Door(Subject.ORDER, "arrived", ("supplier",), OrderArrived, find_order, order_arrived),
    "order.cancelled": Door(Subject.ORDER, "cancelled", ("supplier",), OrderCancelled, find_order, order_cancelled),
}
