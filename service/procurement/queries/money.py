"""How much money is bound in a cycle: by account, and by supplier; and which accounts and prices are there?

An order binds its lines: what was ordered while it lives, what passed once it is accepted, nothing when it was cancelled or
rejected. So a package from the stock costs nothing twice, whoever gets it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from service.db.tables import Order, OrderLine, Package

ENDED = ("cancelled", "rejected")


def supplier_sums(session: Session, cycle_id: int) -> dict[tuple[int, str | None], tuple[int, int]]:
    """(supplier, account; None: the cycle's own) -> (orders, rupiah) of the orders that still bind money."""
    statement = (
        select(col(Order.supplier_id), col(Order.account_code), func.count(col(Order.id).distinct()), _bound())
        .join(OrderLine, col(OrderLine.order_id) == col(Order.id))
        .where(col(Order.cycle_id) == cycle_id, col(Order.status).not_in(ENDED))
        .group_by(col(Order.supplier_id), col(Order.account_code))
    )
    return {(row[0], row[1]): (int(row[2]), int(row[3])) for row in session.execute(statement)}


def ordered_cost(session: Session, cycle_id: int, own_account: str) -> dict[str, int]:
    """Account -> rupiah bound by orders; `own_account` is the code of the cycle's own."""
    found: dict[str, int] = {}
    for (_, account), (_, amount) in supplier_sums(session, cycle_id).items():
        code = account or own_account
        found[code] = found.get(code, 0) + amount
    return found


def current_prices(session: Session, cycle_id: int, own_account: str) -> dict[str, dict[str, int]]:
    """Account -> package code -> price, of the versions that new parcels get."""
    statement = select(col(Package.account_code), col(Package.code), col(Package.price)).where(
        col(Package.cycle_id) == cycle_id, col(Package.is_current).is_(True)
    )
    found: dict[str, dict[str, int]] = {}
    for account, code, price in session.execute(statement.order_by(col(Package.code))):
        found.setdefault(account or own_account, {})[code] = price
    return found


def _bound() -> Any:
    kept = func.coalesce(col(OrderLine.passed), 0)
    count = case((col(Order.status) == "accepted", kept), else_=col(OrderLine.quantity))
    return func.coalesce(func.sum(count * col(OrderLine.price)), 0)
