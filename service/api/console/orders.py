"""Which orders are where, and how does an official approve, inspect or accept one?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from service.api import order_facts
from service.api.console.showing import (
    back_to,
    chosen_cycle,
    done_words,
    due_of,
    id_of,
    known_status,
    next_page,
    reason_from,
    regency_choices,
    seen_regencies,
    status_choices,
    term_words,
    today_of,
    turn_words,
    who,
)
from service.api.console.story import moments_of
from service.api.deps import HouseOf, needs, told_by
from service.api.forms import FormOf
from service.api.rendering import page, query, show_again
from service.cohort import queries as cohort
from service.db import listings
from service.db.tables import Cycle, Order, Partner
from service.delivery.queries import claims
from service.errors import BadInput, EstafetError
from service.lifecycle import Subject, status_of
from service.policy import CyclePolicy
from service.procurement import decisions
from service.procurement.splitting import form_explained
from service.regions import regency_of
from service.trust.homes import House
from service.trust.rights import Officer, may, require_region

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Commitment = Annotated[Officer, needs("order.approve")]
Inspector = Annotated[Officer, needs("order.inspect")]
Accepter = Annotated[Officer, needs("order.accept")]


class NothingTicked(BadInput):
    """A bulk decision without a single order."""


@router.get("/pesanan")
def orders(
    request: Request, officer: Looker, house: HouseOf,
    tahun: int | None = None, status: str | None = None, wilayah: str | None = None, setelah: int = 0,
) -> Response:  # fmt: skip
    return _orders_page(request, officer, house, tahun, status, wilayah, setelah)


@router.post("/pesanan/setujui")
def approve_several(request: Request, officer: Commitment, house: HouseOf, form: FormOf) -> Response:
    """All ticked drafts (or every draft), or none: one that cannot be approved leaves all as they were."""
    given = str(form.get("tahun", ""))
    year = int(given) if given.isdecimal() else None
    show_again(request, lambda error, code: _orders_page(request, officer, house, year, "draft", None, 0, error, code))
    numbers = [str(number) for number in form.getlist("pesanan")]
    if not numbers and not form.get("semua"):
        raise NothingTicked("", faults=[{"field": "daftar", "fault": "Centang sedikitnya satu pesanan"}])
    told = told_by(officer, house)
    with house.database.write() as session:
        if form.get("semua"):
            decisions.approve_orders(session, officer, cohort.cycle_of(session, year or 0), told)
        for number in [] if form.get("semua") else numbers:
            decisions.approve_order(session, officer, listings.by_number(session, Order, number), told)
    return back_to(f"/pesanan?tahun={year}", "disetujui")


@router.get("/pesanan/{number}")
def order(request: Request, number: str, officer: Looker, house: HouseOf) -> Response:
    return _order_page(request, number, officer, house)


@router.post("/pesanan/{number}/setujui")
def approve(request: Request, number: str, officer: Commitment, house: HouseOf) -> Response:
    show_again(request, lambda error, code: _order_page(request, number, officer, house, error, code))
    with house.database.write() as session:
        decisions.approve_order(session, officer, listings.by_number(session, Order, number), told_by(officer, house))
    return back_to(f"/pesanan/{number}", "disetujui")


@router.post("/pesanan/{number}/tolak")
def reject(request: Request, number: str, officer: Commitment, house: HouseOf, alasan: Annotated[str, Form()] = "") -> Response:
    show_again(request, lambda error, code: _order_page(request, number, officer, house, error, code))
    reason = reason_from(alasan)
    with house.database.write() as session:
        row = listings.by_number(session, Order, number)
        decisions.reject_order(session, officer, row, reason, told_by(officer, house))
    return back_to(f"/pesanan/{number}", "ditolak")


@router.post("/pesanan/{number}/periksa")
def inspect(request: Request, number: str, officer: Inspector, house: HouseOf, form: FormOf) -> Response:
    """What our own inspection counted, package by package, and how many were opened."""
    given = {str(name): str(value) for name, value in form.items()}
    show_again(request, lambda error, code: _order_page(request, number, officer, house, error, code, given))
    with house.database.write() as session:
        row = listings.by_number(session, Order, number)
        counts, beside = order_facts.inspected(session, id_of(row), given)
        decisions.inspect_order(session, officer, row, counts, told_by(officer, house), beside)
    return back_to(f"/pesanan/{number}", "diperiksa")


@router.post("/pesanan/{number}/batalkan")
def cancel(request: Request, number: str, officer: Commitment, house: HouseOf, alasan: Annotated[str, Form()] = "") -> Response:
    """The supplier fails: what came stays, the rest goes to another."""
    show_again(request, lambda error, code: _order_page(request, number, officer, house, error, code))
    reason = reason_from(alasan)
    with house.database.write() as session:
        row = listings.by_number(session, Order, number)
        decisions.cancel_order(session, officer, row, reason, told_by(officer, house))
    return back_to(f"/pesanan/{number}", "dibatalkan")


@router.post("/pesanan/{number}/terima")
def accept(request: Request, number: str, officer: Accepter, house: HouseOf) -> Response:
    show_again(request, lambda error, code: _order_page(request, number, officer, house, error, code))
    with house.database.write() as session:
        decisions.accept_order(session, officer, listings.by_number(session, Order, number), told_by(officer, house))
    return back_to(f"/pesanan/{number}", "diterima")


def _orders_page(
    request: Request, officer: Officer, house: House, year: int | None, status: str | None, regency: str | None,
    after: int = 0, error: EstafetError | None = None, code: int = 200,
) -> Response:  # fmt: skip
    status = known_status(Subject.ORDER, status)
    with house.database.read() as session:
        cycle = chosen_cycle(session, year)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Pesanan"})
        within = seen_regencies(officer, regency)
        rows = listings.orders(session, id_of(cycle), status, within, after)
        counts = listings.status_counts(session, Subject.ORDER, id_of(cycle), within)
    kept = {"tahun": cycle.year, "wilayah": regency}
    values = {
        "cycle": cycle,
        "rows": rows,
        "statuses": status_choices(Subject.ORDER, counts, "/pesanan", status, **kept),
        "regencies": regency_choices(officer, "/pesanan", regency, tahun=cycle.year, status=status),
        "more": next_page(rows, "/pesanan", status=status, **kept),
        "first": query("/pesanan", status=status, **kept) if after else "",
        "matching": counts.get(status, 0) if status else sum(counts.values()),
        "may_approve": status == "draft" and may(officer, "order.approve"),
        "mine": officer.actor,
        "error": error,
        "faults": _faults(error),
        "done": done_words(request),
    }
    return page(request, "orders.html", values, code)


def _order_page(
    request: Request, number: str, officer: Officer, house: House,
    error: EstafetError | None = None, code: int = 200, given: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        row = listings.by_number(session, Order, number)
        require_region(officer, regency_of(row.district_code))
        cycle = session.get_one(Cycle, row.cycle_id)
        made, decided, inspected = who(session, row.drafted_by, row.decided_by, row.inspected_by)
        values = {
            "order": row, "cycle": cycle, "supplier": session.get_one(Partner, row.supplier_id),
            "lines": listings.order_lines(session, id_of(row)),
            "form_words": form_explained(session, row),
            "own_account": CyclePolicy.model_validate(cycle.policy).budget_account_code,
            "made": made, "decided": decided, "inspected": inspected,
            "replaces": session.get(Order, row.replaces_id) if row.replaces_id else None,
            **order_facts.beside(session, row, today_of(request)),
            "claims": claims.claims_of_order(session, id_of(row)),
            "moments": moments_of(session, listings.moves_of(session, Subject.ORDER, id_of(row))),
        }  # fmt: skip
    values |= _standing(request, row, cycle)
    values |= _choices(officer, row)
    values |= {"error": error, "faults": _faults(error), "given": given or {}, "done": done_words(request)}
    return page(request, "order.html", values, code)


def _standing(request: Request, row: Order, cycle: Cycle) -> dict[str, str]:
    status = status_of(Subject.ORDER, row.status)
    policy = CyclePolicy.model_validate(cycle.policy)
    due = due_of(Subject.ORDER, row.status, row.status_since, policy)
    return {"turn": turn_words(status.turn), "term": "" if status.is_end else term_words(today_of(request), due, policy)}


def _choices(officer: Officer, row: Order) -> dict[str, bool]:
    """Which decision this officer may take now; who made it may not."""
    is_maker = officer.actor in (row.drafted_by, row.inspected_by if row.status == "inspected" else None)
    return {
        "is_maker": is_maker,
        "may_approve": row.status == "draft" and may(officer, "order.approve") and not is_maker,
        "may_inspect": row.status == "arrived" and may(officer, "order.inspect"),
        "may_cancel": row.status in ("placed", "confirmed", "shipped") and may(officer, "order.approve"),
        "may_accept": row.status == "inspected" and may(officer, "order.accept") and not is_maker,
    }


def _faults(error: EstafetError | None) -> list[dict[str, Any]]:
    """The room names a package by its code; on the page its field is called `jumlah-<code>`."""
    told = list(error.details.get("faults", [])) if error else []
    own = ("alasan", "daftar", "contoh", "jumlah-", "rusak-", "salah-")
    return [fault if fault["field"].startswith(own) else {**fault, "field": f"jumlah-{fault['field']}"} for fault in told]
