"""Which placed orders has their supplier not fulfilled yet, and who was reminded of them already?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import Session, col

from service.db.tables import Order, OrderLine, OutboundMessage, Partner, Reminder

WITH_SUPPLIER = ("placed", "confirmed", "shipped")


@dataclass(frozen=True)
class OpenOrder:
    """An order its supplier holds; `ordered` and `arrived` count packages."""

    id: int
    number: str
    supplier_id: int
    supplier: str
    contact: str
    district_code: str
    status: str
    status_since: datetime
    due_on: date | None
    ordered: int
    arrived: int


def open_orders(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[OpenOrder]:
    """By number; `regencies` empty means all."""
    ordered = func.coalesce(func.sum(col(OrderLine.quantity)), 0)
    arrived = func.coalesce(func.sum(col(OrderLine.arrived)), 0)
    chosen = (
        select(
            col(Order.id), col(Order.number), col(Partner.id), col(Partner.name), col(Partner.contact),
            col(Order.district_code), col(Order.status), col(Order.status_since), col(Order.due_on), ordered, arrived,
        )
        .join(Partner, col(Partner.id) == col(Order.supplier_id))
        .outerjoin(OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(col(Order.cycle_id) == cycle_id, col(Order.status).in_(WITH_SUPPLIER))
        .group_by(col(Order.id), col(Partner.id))
        .order_by(col(Order.number))
    )  # fmt: skip
    if regencies:
        chosen = chosen.where(func.substr(col(Order.district_code), 1, 5).in_(regencies))
    return [OpenOrder(*row) for row in session.execute(chosen)]


def reminded(session: Session, cycle_id: int) -> set[tuple[int, str, datetime]]:
    """(order, level, deadline's instant) of reminders given."""
    chosen = select(col(Reminder.subject_id), col(Reminder.level), col(Reminder.status_since)).where(
        col(Reminder.cycle_id) == cycle_id, col(Reminder.subject) == "order"
    )
    return {(row[0], row[1], row[2]) for row in session.execute(chosen)}


def keep_reminders(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(insert(Reminder), list(rows))


def messages_owed(session: Session, subject_keys: Collection[str]) -> set[str]:
    """Of these keys, those for which a mail or webhook was owed already."""
    chosen = select(col(OutboundMessage.subject_key)).where(col(OutboundMessage.subject_key).in_(subject_keys))
    return set(session.scalars(chosen))
