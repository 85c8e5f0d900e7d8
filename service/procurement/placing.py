"""How does a supplier learn of an approved order, and who writes its letter?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session

from service import letters
from service.clock import is_demo_home
from service.db.history import record_move, record_moves
from service.db.tables import Cycle, Order
from service.lifecycle import Subject
from service.messages.outbox import owe_webhook
from service.procurement import order_letter, queries
from service.stage import Done, Work


def approved_orders(session: Session, work: Work) -> Sequence[int]:
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


def orders_to_write(session: Session, work: Work) -> Sequence[int]:
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
