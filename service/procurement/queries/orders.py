"""What does an order hold, and how are its lines written?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from service.db.bulk import insert_rows, update_rows
from service.db.tables import Case, Cycle, Decree, DeliveryPoint, Move, Order, OrderLine, Package, Parcel, Partner, User

_LINES: Any = OrderLine
_ORDERS: Any = Order


@dataclass(frozen=True)
class Line:
    """So many of one package; `arrived` as the supplier says, `passed` as inspected."""

    order_id: int
    package_id: int
    package: str
    name: str
    quantity: int
    price: int
    arrived: int | None
    passed: int | None


def order_named(session: Session, number: str) -> Order | None:
    return session.scalars(select(Order).where(col(Order.number) == number)).one_or_none()


def year_of(session: Session, order_id: int) -> int:
    statement = select(col(Cycle.year)).join(Order, col(Order.cycle_id) == col(Cycle.id)).where(col(Order.id) == order_id)
    return session.scalars(statement).one()


def lines_of(session: Session, *order_ids: int) -> list[Line]:
    """Lines of one or many orders, by order and package code."""
    statement = (
        select(
            col(OrderLine.order_id), col(Package.id), col(Package.code), col(Package.name), col(OrderLine.quantity),
            col(OrderLine.price), col(OrderLine.arrived), col(OrderLine.passed),
        )
        .join(Package, col(Package.id) == col(OrderLine.package_id))
        .where(col(OrderLine.order_id).in_(order_ids))
        .order_by(col(OrderLine.order_id), col(Package.code))
    )  # fmt: skip
    return [Line(*row) for row in session.execute(statement)]


def insert_orders(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Of one cycle, all with the same columns; their ids in the order of the rows."""
    if not rows:
        return []
    insert_rows(session, Order, list(rows[0]), (tuple(row.values()) for row in rows))
    mine = select(col(Order.number), col(Order.id)).where(col(Order.cycle_id) == rows[0]["cycle_id"])
    ids = {row[0]: row[1] for row in session.execute(mine)}
    return [ids[row["number"]] for row in rows]


def insert_lines(session: Session, rows: Sequence[tuple[int, int, int, int]]) -> None:
    """Rows of order id, package id, quantity, price of one."""
    if rows:
        insert_rows(session, OrderLine, ("order_id", "package_id", "quantity", "price"), rows)


def drafts_of(session: Session, cycle_id: int) -> list[Any]:
    """Orders nobody decided yet, ascending: rows of `id, supplier_id, account_code, amount, contract_form`."""
    columns = (col(Order.id), col(Order.supplier_id), col(Order.account_code), col(Order.amount), col(Order.contract_form))
    drafts = select(*columns).where(col(Order.cycle_id) == cycle_id, col(Order.status) == "draft")
    return list(session.execute(drafts.order_by(col(Order.id))))


def write_forms(session: Session, forms: Sequence[tuple[int, str]]) -> None:
    """Rows of order id, contract form."""
    if forms:
        update_rows(session, Order, ("id", "contract_form"), forms)


def write_counts(session: Session, order_id: int, column: str, counts: Mapping[str, int]) -> None:
    """`column` is `arrived` or `passed`; `counts`: package code -> number."""
    table = _LINES.__table__
    rows = [{"line_package": line.package_id, "counted": counts[line.package]} for line in lines_of(session, order_id)]
    mine = (table.c.order_id == order_id) & (table.c.package_id == bindparam("line_package"))
    session.connection().execute(update(table).where(mine).values({column: bindparam("counted")}), rows)


def write_letter_numbers(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of `order, seq, number`."""
    table = _ORDERS.__table__
    values: dict[str, Any] = {"letter_seq": bindparam("seq"), "letter_number": bindparam("text")}
    session.connection().execute(update(table).where(table.c.id == bindparam("order")).values(values), list(rows))


def order_ids(session: Session, cycle_id: int, status: str) -> list[int]:
    statement = select(col(Order.id)).where(col(Order.cycle_id) == cycle_id, col(Order.status) == status)
    return list(session.scalars(statement.order_by(col(Order.id))))


def orders_at(session: Session, ids: Sequence[int]) -> Sequence[Order]:
    """As they are now, ascending."""
    statement = select(Order).where(col(Order.id).in_(ids)).order_by(col(Order.id))
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def cases_on(session: Session, ids: Sequence[int]) -> list[int]:
    """Decreed cases whose parcel one of the orders brings."""
    statement = (
        select(col(Case.id))
        .join(Parcel, col(Parcel.case_id) == col(Case.id))
        .where(col(Parcel.order_id).in_(ids), col(Case.status) == "decreed")
    )
    return list(session.scalars(statement))


def planned_parcels(session: Session, order_id: int) -> dict[int, list[int]]:
    """Package id -> planned parcels of the order, ascending."""
    statement = select(col(Parcel.package_id), col(Parcel.id)).where(
        col(Parcel.order_id) == order_id, col(Parcel.status) == "planned"
    )
    found: dict[int, list[int]] = {}
    for row in session.execute(statement.order_by(col(Parcel.id))):
        found.setdefault(row[0], []).append(row[1])
    return found


def orders_without_letter(session: Session, cycle_id: int) -> list[int]:
    statement = select(col(Order.id)).where(
        col(Order.cycle_id) == cycle_id, col(Order.letter_number).is_not(None), col(Order.letter_id).is_(None)
    )
    return list(session.scalars(statement.order_by(col(Order.id))))


def supplier_names(session: Session) -> dict[int, str]:
    return {row[0]: row[1] for row in session.execute(select(col(Partner.id), col(Partner.name)))}


def points(session: Session) -> dict[str, DeliveryPoint]:
    """District -> where its goods are handed over."""
    return {point.district_code: point for point in session.scalars(select(DeliveryPoint))}


def person_names(session: Session) -> dict[str, str]:
    """Actor (`user:<login>`) -> name."""
    return {f"user:{row[0]}": row[1] for row in session.execute(select(col(User.login), col(User.name)))}


def approved_decree(session: Session, cycle_id: int) -> Decree | None:
    """The first approved version; later ones amend it."""
    statement = select(Decree).where(col(Decree.cycle_id) == cycle_id, col(Decree.state) == "approved")
    return session.scalars(statement.order_by(col(Decree.version)).limit(1)).first()


def approval_days(session: Session, ids: Sequence[int]) -> dict[int, Any]:
    """Order -> the instant it was approved."""
    statement = select(col(Move.subject_id), col(Move.at)).where(
        col(Move.subject) == "order", col(Move.event) == "approved", col(Move.subject_id).in_(ids)
    )
    return {row[0]: row[1] for row in session.execute(statement)}
