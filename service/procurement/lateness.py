"""Which suppliers are late with which orders since when, and whom do we remind today?

The deadline is the order's `due_on` (the cycle's `goods_due_on`, else 30 November). A reminder is given once before it and
once when it falls; one mail (and one webhook) for a supplier and day, however many of its orders are concerned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from service import clock
from service.clock import WIB
from service.db.tables import Cycle
from service.lifecycle import Subject, status_of
from service.messages.outbox import owe_mail, owe_webhook
from service.policy import CyclePolicy
from service.procurement.next_step import Facts, next_step
from service.procurement.queries import lateness as queries
from service.procurement.queries.lateness import OpenOrder
from service.stage import Done, Work
from service.trust.partners import make_link
from service.working_days import add_working_days, is_working_day, working_days_between

REMIND, DUE = "remind", "due"
NOT_CONFIRMED, NOT_ARRIVED = "NOT_CONFIRMED", "NOT_ARRIVED"
MOST_NUMBERS = 50


@dataclass(frozen=True)
class LateOrder:
    """An order whose supplier is late. `since`: the first day that was too late; `next_step`: what the office does now."""

    order: OpenOrder
    why: str
    since: date
    working_days: int
    next_step: str


def late_orders(session: Session, cycle: Cycle, today: date, regencies: Sequence[str] = ()) -> list[LateOrder]:
    """Longest late first."""
    assert cycle.id is not None
    policy = CyclePolicy.model_validate(cycle.policy)
    late = [found for order in queries.open_orders(session, cycle.id, regencies) if (found := judge(order, today, policy))]
    return sorted(late, key=lambda one: (one.since, one.order.number))


def judge(order: OpenOrder, today: date, policy: CyclePolicy) -> LateOrder | None:
    """Past the deadline, or silent beyond the days a supplier has to confirm; None when it is in time."""
    local, ends = policy.local_holidays, []
    if order.due_on:
        ends.append((order.due_on, NOT_ARRIVED))
    if order.status == "placed" and (days := status_of(Subject.ORDER, "placed").days):
        began = order.status_since.astimezone(WIB).date()
        ends.append((add_working_days(began, days, local), NOT_CONFIRMED))
    passed = sorted((day, why) for day, why in ends if day < today)
    if not passed:
        return None
    last_day, why = passed[0]
    facts = Facts(order.status, order.due_on, order.ordered, order.arrived)
    days_late = working_days_between(last_day, today, local)
    return LateOrder(order, why, last_day + timedelta(days=1), days_late, next_step(facts, today))


def reminder_day(due_on: date, days_before: int, local_holidays: Iterable[date] = ()) -> date:
    """So many working days before the deadline."""
    local, day = frozenset(local_holidays), due_on
    while days_before > 0:
        day -= timedelta(days=1)
        days_before -= is_working_day(day, local)
    return day


def orders_to_remind(session: Session, work: Work) -> list[int]:
    """Orders with a reminder due and not given."""
    return sorted({order.id for order, _ in _due(session, work)})


def remind_suppliers(work: Work, ids: list[int]) -> Done:
    """Suppliers told today already wait for tomorrow's message."""
    today = clock.today(work.home)
    with work.database.write() as session:
        due = [(order, level) for order, level in _due(session, work) if order.id in set(ids)]
        owed = queries.messages_owed(session, {_key(order.supplier_id, today) for order, _ in due})
        due = [(order, level) for order, level in due if _key(order.supplier_id, today) not in owed]
        queries.keep_reminders(session, [_reminder(work, order, level) for order, level in due])
        for supplier_id in sorted({order.supplier_id for order, _ in due}):
            _tell(session, work, today, [one for one in due if one[0].supplier_id == supplier_id])
    return Done(len({order.id for order, _ in due}))


def _due(session: Session, work: Work) -> list[tuple[OpenOrder, str]]:
    """The severest level due for each order, unless it was given."""
    policy, today = work.policy, clock.today(work.home)
    given, due = queries.reminded(session, work.cycle_id), []
    for order in queries.open_orders(session, work.cycle_id):
        level = _level(order.due_on, today, policy)
        if level and order.due_on and (order.id, level, _instant(order.due_on)) not in given:
            due.append((order, level))
    return due


def _level(due_on: date | None, today: date, policy: CyclePolicy) -> str:
    if due_on is None:
        return ""
    if today >= due_on:
        return DUE
    return REMIND if today >= reminder_day(due_on, policy.terms.remind_before, policy.local_holidays) else ""


def _instant(day: date) -> datetime:
    """How a deadline is written where reminders are kept."""
    return datetime.combine(day, time(), tzinfo=WIB)


def _key(supplier_id: int, today: date) -> str:
    return f"order-reminder:{supplier_id}:{today.isoformat()}"


def _reminder(work: Work, order: OpenOrder, level: str) -> dict[str, Any]:
    assert order.due_on is not None
    return {
        "cycle_id": work.cycle_id, "subject": "order", "subject_id": order.id, "level": level,
        "status_since": _instant(order.due_on), "given_at": work.now,
    }  # fmt: skip


def _tell(session: Session, work: Work, today: date, due: list[tuple[OpenOrder, str]]) -> None:
    """One mail with the supplier's link, and one webhook where it has a system; public numbers only."""
    first, key = due[0][0], _key(due[0][0].supplier_id, today)
    link = make_link(session, first.supplier_id, today + timedelta(days=work.policy.link_valid_days))
    body = {
        "template": "order_reminder.txt", "supplier": first.supplier, "day": today.isoformat(), "orders": len(due),
        "lines": [
            {"number": order.number, "due_on": str(order.due_on), "missing": max(order.ordered - order.arrived, 0)}
            for order, _ in due[:MOST_NUMBERS]
        ],
        "link": f"{work.public_url.rstrip('/')}/r/{link}",
    }  # fmt: skip
    title = "Pengingat: batas tiba barang pesanan"
    owe_mail(session, first.contact, key, title, body, work.now)
    told = [{"order": order.number, "due_on": str(order.due_on), "level": level} for order, level in due]
    owe_webhook(session, first.supplier_id, key, "order.due", {"orders": told}, work.now)
