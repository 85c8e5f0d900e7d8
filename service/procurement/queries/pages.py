"""What do people ask about orders: which wait for whom, what happened to one, how many stand where?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import Case, Move, Order, Parcel, Partner
from service.lifecycle import STATUSES, Subject
from service.procurement.queries.orders import Line, lines_of, order_named

FOR_PEOPLE = ("draft", "arrived", "inspected")


@dataclass(frozen=True)
class OrderRow:
    """One order in a list."""

    id: int
    number: str
    status: str
    status_since: datetime
    supplier: str
    district_code: str
    amount: int
    contract_form: str
    drafted_by: str
    inspected_by: str | None
    replaces_id: int | None


@dataclass(frozen=True)
class OrderStory:
    """One order with all that hangs on it. `parcels`: status -> count; `replaced_by`: orders for what it missed."""

    order: Order
    supplier: str
    lines: list[Line]
    parcels: dict[str, int]
    moves: Sequence[Move]
    replaces: str | None
    replaced_by: list[str]


def orders_page(
    session: Session, cycle_id: int, status: str | Sequence[str] | None = None, regencies: Sequence[str] = (),
    after_id: int = 0, limit: int = 50,
) -> list[OrderRow]:  # fmt: skip
    """Orders of a cycle by id (stable while others move); `regencies` empty means all."""
    statement = (
        select(
            col(Order.id), col(Order.number), col(Order.status), col(Order.status_since), col(Partner.name),
            col(Order.district_code), col(Order.amount), col(Order.contract_form), col(Order.drafted_by),
            col(Order.inspected_by), col(Order.replaces_id),
        )
        .join(Partner, col(Partner.id) == col(Order.supplier_id))
        .where(col(Order.cycle_id) == cycle_id, col(Order.id) > after_id)
        .order_by(col(Order.id))
        .limit(limit)
    )  # fmt: skip
    if status:
        statement = statement.where(col(Order.status).in_([status] if isinstance(status, str) else status))
    if regencies:
        statement = statement.where(func.substr(col(Order.district_code), 1, 5).in_(regencies))
    return [OrderRow(*row) for row in session.execute(statement)]


def waiting_orders(session: Session, cycle_id: int, regencies: Sequence[str] = (), limit: int = 500) -> list[OrderRow]:
    """Orders on which a person decides next: to approve, to inspect, to accept; longest waiting first."""
    rows = orders_page(session, cycle_id, FOR_PEOPLE, regencies, limit=limit)
    return sorted(rows, key=lambda row: (row.status_since, row.id))


def counts_by_status(session: Session, cycle_id: int) -> dict[str, int]:
    """Every status of an order with its count, in the order of the table of statuses."""
    statement = select(col(Order.status), func.count()).where(col(Order.cycle_id) == cycle_id).group_by(col(Order.status))
    counted = {row[0]: row[1] for row in session.execute(statement)}
    return {status.name: counted.get(status.name, 0) for status in STATUSES[Subject.ORDER]}


def order_story(session: Session, number: str) -> OrderStory | None:
    order = order_named(session, number)
    if order is None or order.id is None:
        return None
    moves = select(Move).where(col(Move.subject) == "order", col(Move.subject_id) == order.id).order_by(col(Move.id))
    heirs = select(col(Order.number)).where(col(Order.replaces_id) == order.id).order_by(col(Order.id))
    parcels = select(col(Parcel.status), func.count()).where(col(Parcel.order_id) == order.id).group_by(col(Parcel.status))
    replaced = session.get(Order, order.replaces_id) if order.replaces_id else None
    return OrderStory(
        order=order,
        supplier=session.get_one(Partner, order.supplier_id).name,
        lines=lines_of(session, order.id),
        parcels={row[0]: row[1] for row in session.execute(parcels)},
        moves=session.scalars(moves).all(),
        replaces=replaced.number if replaced else None,
        replaced_by=list(session.scalars(heirs)),
    )


def households_on(session: Session, order_id: int) -> list[tuple[int, str, str]]:
    """(household, parcel number, parcel status) of an order, by parcel."""
    statement = (
        select(col(Case.household_id), col(Parcel.number), col(Parcel.status))
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .where(col(Parcel.order_id) == order_id)
        .order_by(col(Parcel.id))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]
