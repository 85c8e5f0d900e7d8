"""What do officials decide about orders: approve, reject, cancel, inspect, accept?

Shared by the API, the console and the commands; each checks who may, for which region, and that the maker is not the checker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from service.clock import WIB
from service.db.history import Told, record_move, record_moves
from service.db.tables import Cycle, Order
from service.errors import BadInput, NotFound, NotNow
from service.letters import take_number
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.policy import CyclePolicy
from service.procurement import queries
from service.procurement.answers import CountsDontFit, require_packages
from service.regions import regency_of
from service.trust.rights import Officer, require, require_other, require_region


class NoSuchOrder(NotFound):
    """No order has this number."""


class NothingToApprove(NotNow):
    """No draft waits."""


class NothingPassed(NotNow):
    """Not one package of the order passed the inspection: it is rejected, not accepted."""


class ReasonMissing(BadInput):
    """A decision that needs its reason came without one."""


@dataclass(frozen=True)
class Accepted:
    """How many parcels came to the delivery point, and how many the order still owes (they wait for a replacement)."""

    at_point: int
    missing: int


def order_by_number(session: Session, number: str) -> Order:
    """Raises NoSuchOrder."""
    order = queries.order_named(session, number)
    if order is None:
        raise NoSuchOrder(f"Pesanan {number} tidak ada.")
    return order


def approve_order(session: Session, officer: Officer, order: Order, told: Told) -> None:
    """The commitment officer signs one draft; its letter gets its number now.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker
        NoSuchMove: it is not a draft (any more).
    """
    order_id = _require(officer, "order.approve", order)
    require_other(officer, order.drafted_by)
    record_move(session, Subject.ORDER, order_id, "approved", told, decided_by=officer.actor)
    cycle = session.get_one(Cycle, order.cycle_id)
    _number_letters(session, cycle, [order_id], told)
    owe_kick(session, "procurement", cycle.year, told.at)


def approve_orders(session: Session, officer: Officer, cycle: Cycle, told: Told) -> list[int]:
    """Sign every draft of the cycle in the officer's regencies, all or none; returns their ids.

    Raises:
        NoRight, MakerIsChecker
        NothingToApprove
    """
    require(officer, "order.approve")
    assert cycle.id is not None
    drafts = queries.orders_at(session, queries.order_ids(session, cycle.id, "draft"))
    mine = [order for order in drafts if not officer.regencies or regency_of(order.district_code) in officer.regencies]
    if not mine:
        raise NothingToApprove(f"Tidak ada konsep pesanan yang menunggu persetujuan pada siklus {cycle.year}.")
    for maker in {order.drafted_by for order in mine}:
        require_other(officer, maker)
    ids = [order.id for order in mine if order.id is not None]
    moved = record_moves(session, Subject.ORDER, ids, "draft", "approved", told, {"decided_by": officer.actor})
    _number_letters(session, cycle, moved, told)
    owe_kick(session, "procurement", cycle.year, told.at)
    return moved


def reject_order(session: Session, officer: Officer, order: Order, reason: str, told: Told) -> None:
    """Refuse a draft, or goods that failed inspection; the parcels go to another supplier where there is one.

    Raises:
        NoRight, OutsideRegion, ReasonMissing, NoSuchMove
    """
    _end(session, officer, order, "rejected", reason, told)


def cancel_order(session: Session, officer: Officer, order: Order, reason: str, told: Told) -> None:
    """Take an order back before it is shipped (a supplier who fails); what it should have brought is ordered elsewhere.

    Raises:
        NoRight, OutsideRegion, ReasonMissing, NoSuchMove
    """
    _end(session, officer, order, "cancelled", reason, told)


def draft_again(session: Session, officer: Officer, order: Order, told: Told) -> int:
    """Let what a rejected order left waiting be drafted anew, also with the same supplier; returns how many parcels.

    Raises:
        NoRight, OutsideRegion
    """
    freed = queries.forget_failed(session, _require(officer, "stage.run", order))
    owe_kick(session, "procurement", session.get_one(Cycle, order.cycle_id).year, told.at)
    return freed


def inspect_order(session: Session, officer: Officer, order: Order, counts: Mapping[str, int], told: Told) -> None:
    """Write down how many of each package (by code) passed; at most what arrived.

    Raises:
        NoRight, OutsideRegion, NoSuchMove
        CountsDontFit: names every package counted wrongly.
    """
    order_id = _require(officer, "order.inspect", order)
    record_move(session, Subject.ORDER, order_id, "inspected", told, inspected_by=officer.actor)
    require_packages(session, order_id, dict(counts))
    lines = queries.lines_of(session, order_id)
    over = [line.package for line in lines if not 0 <= counts[line.package] <= (line.arrived or 0)]
    if over:
        faults = [{"field": code, "fault": "harus antara 0 dan jumlah yang tiba"} for code in over]
        raise CountsDontFit(f"Jumlah lolos melebihi yang tiba atau di bawah nol: {', '.join(over)}.", faults=faults)
    queries.write_counts(session, order_id, "passed", counts)


def accept_order(session: Session, officer: Officer, order: Order, told: Told) -> Accepted:
    """Take over what passed: so many parcels of each package are at the point; the rest waits for a replacement order.

    Raises:
        NoRight, OutsideRegion, NoSuchMove, NothingPassed
        MakerIsChecker: who inspected or drafted does not accept.
    """
    order_id = _require(officer, "order.accept", order)
    session.refresh(order)
    for maker in (order.drafted_by, order.inspected_by):
        require_other(officer, maker or "")
    record_move(session, Subject.ORDER, order_id, "accepted", told)
    if not any(line.passed for line in queries.lines_of(session, order_id)):
        raise NothingPassed(f"Tidak ada paket pesanan {order.number} yang lolos pemeriksaan. Tolak pesanan ini.")
    moved = record_moves(session, Subject.PARCEL, _passed_parcels(session, order_id), "planned", "arrived", told)
    missing = queries.free_parcels(session, order_id)
    _wake_next(session, order.cycle_id, missing, told)
    return Accepted(len(moved), missing)


def _passed_parcels(session: Session, order_id: int) -> list[int]:
    planned = queries.planned_parcels(session, order_id)
    lines = queries.lines_of(session, order_id)
    return [parcel for line in lines for parcel in planned.get(line.package_id, [])[: line.passed or 0]]


def _wake_next(session: Session, cycle_id: int, missing: int, told: Told) -> None:
    cycle = session.get_one(Cycle, cycle_id, populate_existing=True)
    if cycle.status == "procuring":
        record_move(session, Subject.CYCLE, cycle_id, "delivery_started", told)
    owe_kick(session, "delivery", cycle.year, told.at)
    if missing:
        owe_kick(session, "procurement", cycle.year, told.at)


def _end(session: Session, officer: Officer, order: Order, event: str, reason: str, told: Told) -> None:
    order_id = _require(officer, "order.approve", order)
    if not reason.strip():
        raise ReasonMissing("Tuliskan alasannya.")
    record_move(session, Subject.ORDER, order_id, event, told, decided_by=officer.actor, note=reason.strip()[:500])
    queries.free_parcels(session, order_id)
    owe_kick(session, "procurement", session.get_one(Cycle, order.cycle_id).year, told.at)


def _require(officer: Officer, act: str, order: Order) -> int:
    """The order's id, if the officer may do this in its regency."""
    require(officer, act)
    require_region(officer, regency_of(order.district_code))
    assert order.id is not None
    return order.id


def _number_letters(session: Session, cycle: Cycle, order_ids: list[int], told: Told) -> None:
    numbers, year = CyclePolicy.model_validate(cycle.policy).numbers, told.at.astimezone(WIB).year
    taken = [(order_id, take_number(session, "order", year, numbers, numbers.order_code)) for order_id in order_ids]
    rows = [{"order": order_id, "seq": seq, "text": number} for order_id, (seq, number) in taken]
    queries.write_letter_numbers(session, rows)
