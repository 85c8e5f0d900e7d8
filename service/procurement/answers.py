"""What happens when a supplier tells us how an order goes?

Four callbacks (`order.*`), one door each; only the supplier of the order may tell. Counts are as the supplier says them;
what is accepted is what our own inspection counts later. An order may be shipped and arrive in parts, each with a `shipment`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from service.db.history import Told, record_move
from service.errors import NotFound
from service.lifecycle import Subject
from service.messages.inbox import Door, Found
from service.messages.outbox import owe_kick
from service.procurement import queries
from service.procurement.counting import CountsDontFit
from service.procurement.shipments import Arrival, give_up, goods_arrived, goods_shipped

__all__ = ["DOORS", "CountsDontFit", "OrderUnknown"]

Number = Annotated[str, Field(pattern=r"^PSN-\d{4}-\d{4,}$", max_length=30)]
Note = Annotated[str | None, Field(max_length=500)]
Ref = Annotated[str | None, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z ./_-]{0,39}$", max_length=40)]


class OrderUnknown(NotFound):
    """No order has this number."""


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")

    order: Number
    note: Note = None


class OrderConfirmed(_Told):
    """`order.confirmed`: the supplier takes the order. `due_on`: when it promises to arrive."""

    due_on: date | None = None


class Count(BaseModel):
    """So many of one package of the order."""

    model_config = ConfigDict(extra="forbid")

    package: str = Field(min_length=1, max_length=20)
    count: int = Field(ge=0, le=100_000)


def _each_once(items: list[Count]) -> list[Count]:
    codes = [item.package for item in items]
    if len(set(codes)) != len(codes):
        raise ValueError("satu paket disebut dua kali")
    return items


Counts = Annotated[list[Count], AfterValidator(_each_once)]


class OrderShipped(_Told):
    """`order.shipped`: goods are on their way. `shipment`: the supplier's own number of this one; `items`: what is in it."""

    shipped_on: date | None = None
    shipment: Ref = None
    items: Counts = Field(default_factory=list, max_length=100)


class OrderArrived(_Told):
    """`order.arrived`: `items` names every package of the order once, 0 where none came.

    With a `shipment` `items` is what that one brought, and packages may be left out; the order has arrived when everything
    ordered has, or `complete` says that nothing else is to come.
    """

    items: Counts = Field(min_length=1, max_length=100)
    arrived_on: date | None = None
    shipment: Ref = None
    complete: bool | None = None

    @model_validator(mode="after")
    def _a_part_has_a_name(self) -> OrderArrived:
        if self.complete is False and self.shipment is None:
            raise ValueError("kedatangan sebagian menyebut nomor kiriman (shipment)")
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
    """Raises CountsDontFit."""
    goods_shipped(session, order_id, told, data.shipment, _counts(data.items), data.shipped_on, data.note)


def order_arrived(session: Session, order_id: int, data: OrderArrived, told: Told) -> None:
    """Raises CountsDontFit."""
    arrival = Arrival(_counts(data.items), data.shipment, bool(data.complete), data.arrived_on, data.note)
    goods_arrived(session, order_id, told, arrival)


def order_cancelled(session: Session, order_id: int, data: OrderCancelled, told: Told) -> None:
    """The households keep their parcels; these wait for another order, with another supplier where there is one."""
    give_up(session, order_id, Told(told.actor, told.at, data.reason), **_note(data))
    owe_kick(session, "procurement", queries.year_of(session, order_id), told.at)


def _counts(items: list[Count]) -> dict[str, int]:
    return {item.package: item.count for item in items}


def _note(data: _Told) -> dict[str, str]:
    return {"note": data.note} if data.note else {}


DOORS: dict[str, Door] = {
    "order.confirmed": Door(Subject.ORDER, "confirmed", ("supplier",), OrderConfirmed, find_order, order_confirmed),
    "order.shipped": Door(Subject.ORDER, "shipped", ("supplier",), OrderShipped, find_order, order_shipped),
    "order.arrived": Door(Subject.ORDER, "arrived", ("supplier",), OrderArrived, find_order, order_arrived),
    "order.cancelled": Door(Subject.ORDER, "cancelled", ("supplier",), OrderCancelled, find_order, order_cancelled),
}
