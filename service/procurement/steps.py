"""How does a decreed household's need become an order that is placed?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from service import letters
from service.clock import is_demo_home
from service.db.history import Told, record_beginnings, record_move, record_moves
from service.db.tables import Cycle, Order
from service.lifecycle import Subject
from service.messages.outbox import owe_webhook
from service.policy import CyclePolicy
from service.procurement import order_letter, queries
from service.procurement.budget import Budget, check_budget
from service.procurement.catalogue import install_catalogue, read_catalogue
from service.procurement.decisions import (
    Accepted,
    accept_order,
    approve_order,
    approve_orders,
    cancel_order,
    draft_again,
    inspect_order,
    order_by_number,
    reject_order,
)
from service.procurement.orders import Draft, contract_form, plan_orders
from service.stage import Done, Step, Work

__all__ = [
    "STEPS", "Accepted", "accept_order", "approve_order", "approve_orders", "budget_of", "cancel_order", "draft_again",
    "inspect_order", "order_by_number", "reject_order",
]  # fmt: skip


def _cases(session: Session, work: Work) -> Sequence[int]:
    return queries.cases_without_parcel(session, work.cycle_id)


def assign_packages(work: Work, ids: list[int]) -> Done:
    """A parcel for every decreed case whose kind of business has a package; the default catalogue where there is none."""
    with work.database.write() as session:
        if not queries.packages(session, work.cycle_id):
            install_catalogue(session, session.get_one(Cycle, work.cycle_id), read_catalogue())
        package_of = queries.package_by_kind(session, work.cycle_id)
        needs = queries.needs(session, work.cycle_id, ids)
        told, first = work.told(), queries.parcels_numbered(session, work.cycle_id) + 1
        rows = [
            {
                "number": f"PKT-{work.cycle.year}-{number:05d}", "cycle_id": work.cycle_id, "case_id": need.case_id,
                "package_id": package_of[need.kind or ""], "district_code": need.district_code, "status": "planned",
                "status_since": told.at, "absences": 0,
            }
            for number, need in enumerate((one for one in needs if one.kind in package_of), start=first)
        ]  # fmt: skip
        record_beginnings(session, Subject.PARCEL, queries.insert_parcels(session, rows), work.cycle_id, told)
    return Done(len(rows), {need.case_id: "NO_PACKAGE" for need in needs if need.kind not in package_of})


def _parcels_of_the_left(session: Session, work: Work) -> Sequence[int]:
    return queries.parcels_of_the_left(session, work.cycle_id)


def release_parcels(work: Work, ids: list[int]) -> Done:
    """Whoever left needs no parcel. An order not placed yet is cancelled and drafted anew without it, never edited."""
    told = work.told()
    with work.database.write() as session:
        for order_id in queries.orders_not_placed(session, ids):
            why = Told(told.actor, told.at, "HOUSEHOLD_LEFT")
            record_move(session, Subject.ORDER, order_id, "cancelled", why)
            queries.free_parcels(session, order_id, as_failed=False)
        return Done(len(record_moves(session, Subject.PARCEL, ids, "planned", "substituted", told)))


def _parcels_to_order(session: Session, work: Work) -> Sequence[int]:
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


def _approved_orders(session: Session, work: Work) -> Sequence[int]:
    return queries.order_ids(session, work.cycle_id, "approved")


def place_orders(work: Work, ids: list[int]) -> Done:
    """Tell each supplier what is ordered; from now on its households' goods are ordered."""
    told = work.told()
    with work.database.write() as session:
        placed = record_moves(session, Subject.ORDER, ids, "approved", "placed", told)
        lines = queries.lines_of(session, *placed)
        for order in queries.orders_at(session, placed):
            mine = [line for line in lines if line.order_id == order.id]
            owe_webhook(session, order.supplier_id, f"order:{order.number}", "order.placed", _placed(order, mine), told.at)
        record_moves(session, Subject.CASE, queries.cases_on(session, placed), "decreed", "ordered", told)
        if placed and session.get_one(Cycle, work.cycle_id, populate_existing=True).status == "decreed":
            record_move(session, Subject.CYCLE, work.cycle_id, "procurement_started", told)
    return Done(len(placed))


def _placed(order: Order, lines: Iterable[queries.Line]) -> dict[str, Any]:
    """The body of `order.placed`; `items` is what `order.arrived` counts again."""
    return {
        "order": order.number, "district": order.district_code, "amount": order.amount,
        "due_on": order.due_on and order.due_on.isoformat(),
        "items": [{"package": line.package, "name": line.name, "count": line.quantity} for line in lines],
    }  # fmt: skip


def _orders_to_write(session: Session, work: Work) -> Sequence[int]:
    return queries.orders_without_letter(session, work.cycle_id)


def render_order_letters(work: Work, ids: list[int]) -> Done:
    """A letter for every approved order; its number was taken at approval."""
    with work.database.read() as session:
        orders = list(queries.orders_at(session, ids))
        around = order_letter.read_around(session, work.cycle_id, orders)
    frame = letters.letter_frame(
        work.policy.letterhead, public_url=work.public_url, home=work.home, synthetic=is_demo_home(work.home)
    )
    codes = [letters.new_code() for _ in orders]
    values = [order_letter.letter_values(work, order, around) for order in orders]
    jobs = [("order", {**frame, **said, "code": code}) for said, code in zip(values, codes, strict=True)]
    pdfs = letters.render_many(jobs)
    for order, code, pdf in zip(orders, codes, pdfs, strict=True):
        letters.keep_file(work.home, "order", order_letter.dated_on(order, around).year, code, pdf)
    with work.database.write() as session:
        kept = [
            _keep_letter(session, work, order, around, code, pdf) for order, code, pdf in zip(orders, codes, pdfs, strict=True)
        ]
    return Done(sum(kept))


def _keep_letter(session: Session, work: Work, order: Order, around: order_letter.Around, code: str, pdf: bytes) -> bool:
    now = session.get_one(Order, order.id)
    if now.letter_id is not None:
        return False
    day, signer = order_letter.dated_on(order, around), order_letter.signer(order, around, work)
    letter = letters.store_letter(
        session, work.home, kind="order", cycle_id=work.cycle_id, subject_key=f"order:{order.number}", pdf=pdf, code=code,
        about=f"Surat pesanan {order.number}", dated_on=day, signer_name=signer["name"], signer_post=signer["post"],
        now=work.now, number=order.letter_number, book="order", year=day.year, seq=order.letter_seq,
    )  # fmt: skip
    now.letter_id = letter.id
    return True


STEPS: tuple[Step, ...] = (
    Step("assign_packages", "Menentukan paket barang", Subject.CASE, _cases, assign_packages, batch=5_000),
    Step("release_parcels", "Melepas paket yang ditinggalkan", Subject.PARCEL, _parcels_of_the_left, release_parcels),
    Step("draft_orders", "Memeriksa pagu dan menyusun pesanan", Subject.PARCEL, _parcels_to_order, draft_orders, batch=30_000),
    Step("place_orders", "Mengirim pesanan", Subject.ORDER, _approved_orders, place_orders),
    Step("render_order_letters", "Mencetak surat pesanan", Subject.ORDER, _orders_to_write, render_order_letters, batch=100),
)
