"""Which orders are drafted for what waits, if there is money for all of it?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from service.db.history import Told, record_beginnings
from service.db.tables import Cycle, Order
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.procurement import queries
from service.procurement.budget import Budget, check_budget
from service.procurement.orders import Draft, contract_form, plan_orders
from service.stage import Done, Work


def parcels_to_order(session: Session, work: Work) -> Sequence[int]:
    return queries.parcels_without_order(session, work.cycle_id)


def budget_of(session: Session, cycle: Cycle) -> Budget:
    """What the cycle needs against its ceiling, with the gap and the ways to close it."""
    assert cycle.id is not None
    waiting = [priced for _, priced in queries.waiting(session, cycle.id)]
    ceiling = CyclePolicy.model_validate(cycle.policy).budget_ceiling
    return check_budget(ceiling, queries.ordered_cost(session, cycle.id), waiting)


def draft_orders(work: Work, ids: list[int]) -> Done:
    """Orders for everything that waits, if the money suffices for all of it; else nothing is drafted."""
    with work.database.write() as session:
        if not budget_of(session, work.cycle).is_enough:
            return Done(set_aside=dict.fromkeys(ids, "BUDGET_EXCEEDED"))
        chosen = set(ids)
        waiting = [parcel for parcel, _ in queries.waiting(session, work.cycle_id) if parcel.parcel_id in chosen]
        plan = plan_orders(waiting, queries.suppliers(session))
        _write_orders(session, work, plan.drafts)
    return Done(sum(len(draft.parcel_ids) for draft in plan.drafts), plan.set_aside)


def _write_orders(session: Session, work: Work, drafts: Sequence[Draft]) -> None:
    told, first = work.told(), queries.orders_numbered(session, work.cycle_id) + 1
    orders = [_order(work, draft, number, told) for number, draft in enumerate(drafts, start=first)]
    session.add_all(orders)
    session.flush()
    ids = [order.id for order in orders if order.id is not None]
    record_beginnings(session, Subject.ORDER, ids, work.cycle_id, told)
    lines = [
        {"order_id": order_id, "package_id": package, "quantity": quantity, "price": price}
        for order_id, draft in zip(ids, drafts, strict=True)
        for package, (quantity, price) in draft.lines.items()
    ]
    if lines:
        queries.insert_lines(session, lines)
    for order_id, draft in zip(ids, drafts, strict=True):
        queries.put_on_order(session, order_id, draft.parcel_ids)


def _order(work: Work, draft: Draft, number: int, told: Told) -> Order:
    policy = work.policy
    return Order(
        number=f"PSN-{work.cycle.year}-{number:04d}", cycle_id=work.cycle_id, supplier_id=draft.supplier_id,
        district_code=draft.district_code, status_since=told.at, amount=draft.amount,
        contract_form=contract_form(draft.amount, policy.contract_limits), drafted_by=told.actor,
        due_on=policy.goods_due_on or date(work.cycle.year, 11, 30), replaces_id=draft.replaces_id,
    )  # fmt: skip
