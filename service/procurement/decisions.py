"""What do officials decide about orders: approve, reject, cancel, inspect, accept?

Shared by the API, the console and the commands; each checks who may, for which region, and that the maker is not the checker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from service.clock import WIB
from service.db import spares
from service.db.history import Told, record_move, record_moves
from service.db.tables import Cycle, Order
from service.errors import BadInput, NotFound, NotNow
from service.letters import take_number
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.policy import CyclePolicy
from service.procurement import queries
from service.procurement.counting import require_packages
from service.procurement.inspection import NOTHING_BESIDE, Beside, check_counts
from service.procurement.shipments import give_up
from service.regions import regency_of
from service.trust.rights import Officer, require, require_other, require_region

CANCELLED_BY_OFFICE = "CANCELLED_BY_OFFICE"


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
    """How many parcels came to the point, how many wait for a replacement, how many packages have no household (stock)."""

    at_point: int
    missing: int
    surplus: int = 0


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
    """Take an order back from a supplier who fails; what came already stays, the rest is ordered elsewhere.

    Raises:
        NoRight, OutsideRegion, ReasonMissing, NoSuchMove
    """
    order_id = _require(officer, "order.approve", order)
    said = _reason(reason)
    give_up(session, order_id, Told(told.actor, told.at, CANCELLED_BY_OFFICE), decided_by=officer.actor, note=said)
    owe_kick(session, "procurement", session.get_one(Cycle, order.cycle_id).year, told.at)


def draft_again(session: Session, officer: Officer, order: Order, told: Told) -> int:
    """Let what a rejected order left waiting be drafted anew, also with the same supplier; returns how many parcels.

    Raises:
        NoRight, OutsideRegion
    """
    freed = queries.forget_failed(session, _require(officer, "stage.run", order))
    owe_kick(session, "procurement", session.get_one(Cycle, order.cycle_id).year, told.at)
    return freed


def inspect_order(
    session: Session, officer: Officer, order: Order, counts: Mapping[str, int], told: Told, beside: Beside = NOTHING_BESIDE
) -> None:
    """Write down how many of each package (by code) passed, and what was found beside; in all at most what arrived.

    Raises:
        NoRight, OutsideRegion, NoSuchMove
        CountsDontFit: names every package counted wrongly.
    """
    order_id = _require(officer, "order.inspect", order)
    fields = {"samples_opened": beside.samples_opened, "inspection_note": beside.note.strip()[:500] or None}
    record_move(session, Subject.ORDER, order_id, "inspected", told, inspected_by=officer.actor, **fields)
    require_packages(session, order_id, counts)
    lines = queries.lines_of(session, order_id)
    check_counts(lines, counts, beside)
    queries.write_counts(session, order_id, "passed", counts)
    for column, found in (("damaged", beside.damaged), ("wrong", beside.wrong)):
        queries.write_counts(session, order_id, column, {line.package: found.get(line.package, 0) for line in lines})


def accept_order(session: Session, officer: Officer, order: Order, told: Told) -> Accepted:
    """Take over what passed: so many parcels of each package are at the point; the rest waits for a replacement order.

    The supplier's handover record gets its number now; what passed beyond the waiting parcels is the point's stock.

    Raises:
        NoRight, OutsideRegion, NoSuchMove, NothingPassed
        MakerIsChecker: who inspected or drafted does not accept.
    """
    order_id = _require(officer, "order.accept", order)
    session.refresh(order)
    for maker in (order.drafted_by, order.inspected_by):
        require_other(officer, maker or "")
    seq, number = _receipt_number(session, order, told)
    record_move(session, Subject.ORDER, order_id, "accepted", told, receipt_seq=seq, receipt_number=number)
    lines, planned = queries.lines_of(session, order_id), queries.planned_parcels(session, order_id)
    if not any(line.passed for line in lines):
        raise NothingPassed(f"Tidak ada paket pesanan {order.number} yang lolos pemeriksaan. Tolak pesanan ini.")
    taken = {line.package_id: planned.get(line.package_id, [])[: line.passed or 0] for line in lines}
    came = [parcel for parcels in taken.values() for parcel in parcels]
    moved = record_moves(session, Subject.PARCEL, came, "planned", "arrived", told)
    at_point = set(moved)
    surplus = {line.package_id: (line.passed or 0) - len(at_point.intersection(taken[line.package_id])) for line in lines}
    for package_id, count in surplus.items():
        spares.keep_surplus(session, order, package_id, count, told.at)
    missing = queries.free_parcels(session, order_id)
    _wake_next(session, order.cycle_id, told)
    return Accepted(len(moved), missing, sum(surplus.values()))


def _receipt_number(session: Session, order: Order, told: Told) -> tuple[int, str]:
    numbers = CyclePolicy.model_validate(session.get_one(Cycle, order.cycle_id).policy).numbers
    return take_number(session, "receipt", told.at.astimezone(WIB).year, numbers, numbers.receipt_code)


def _wake_next(session: Session, cycle_id: int, told: Told) -> None:
    cycle = session.get_one(Cycle, cycle_id, populate_existing=True)
    if cycle.status == "procuring":
        record_move(session, Subject.CYCLE, cycle_id, "delivery_started", told)
    for stage in ("delivery", "procurement"):
        owe_kick(session, stage, cycle.year, told.at)


def _end(session: Session, officer: Officer, order: Order, event: str, reason: str, told: Told) -> None:
    order_id = _require(officer, "order.approve", order)
    record_move(session, Subject.ORDER, order_id, event, told, decided_by=officer.actor, note=_reason(reason))
    queries.free_parcels(session, order_id)
    owe_kick(session, "procurement", session.get_one(Cycle, order.cycle_id).year, told.at)


def _reason(text: str) -> str:
    """Raises ReasonMissing."""
    if not text.strip():
        raise ReasonMissing("Tuliskan alasannya.")
    return text.strip()[:500]


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
