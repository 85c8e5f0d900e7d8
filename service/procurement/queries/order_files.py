"""How does each order of one supplier stand, for the list it fills in?"""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Move, Order, Shipment
from service.procurement.order_files import OrderState
from service.procurement.queries.orders import lines_of

HIDDEN = ("draft", "approved")


def orders_of_supplier(session: Session, supplier_id: int) -> dict[str, OrderState]:
    """By number: every order the supplier was told of."""
    chosen = select(Order).where(col(Order.supplier_id) == supplier_id, col(Order.status).not_in(HIDDEN))
    orders = {order.id or 0: order for order in session.scalars(chosen.order_by(col(Order.number)))}
    states = {
        order_id: OrderState(order.number, order.status, order.district_code, order.due_on)
        for order_id, order in orders.items()
    }
    for line in lines_of(session, *orders):
        states[line.order_id].lines[line.package] = line
    for one in session.scalars(select(Shipment).where(col(Shipment.order_id).in_(orders))):
        states[one.order_id].shipments[one.ref] = one.arrived
    given_up = select(col(Move.subject_id)).where(
        col(Move.subject) == "order", col(Move.subject_id).in_(orders), col(Move.event) == "arrived",
        col(Move.reason).is_not(None),
    )  # fmt: skip
    for order_id in session.scalars(given_up):
        states[order_id].was_given_up = True
    return {state.number: state for state in states.values()}
