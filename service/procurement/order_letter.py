"""What does the letter of an order say?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from service.clock import WIB
from service.db.tables import Decree, DeliveryPoint, Order, PackageItem
from service.procurement import queries
from service.procurement.orders import FORMS
from service.procurement.queries import Line
from service.regions import name_of, regency_of
from service.stage import Work

COMMITMENT_OFFICER = "Pejabat Pembuat Komitmen"


@dataclass(frozen=True)
class Around:
    """What all letters of one batch share, read once."""

    lines: dict[int, list[Line]]
    items: dict[int, list[PackageItem]]
    suppliers: dict[int, str]
    points: dict[str, DeliveryPoint]
    people: dict[str, str]
    approved_at: dict[int, datetime]
    decree: Decree | None


def read_around(session: Session, cycle_id: int, orders: Sequence[Order]) -> Around:
    ids = [order.id for order in orders if order.id is not None]
    lines: dict[int, list[Line]] = {}
    for line in queries.lines_of(session, *ids):
        lines.setdefault(line.order_id, []).append(line)
    return Around(
        lines, queries.items_of(session, cycle_id), queries.supplier_names(session), queries.points(session),
        queries.person_names(session), queries.approval_days(session, ids), queries.approved_decree(session, cycle_id),
    )  # fmt: skip


def dated_on(order: Order, around: Around) -> date:
    """The day (WIB) on which it was approved."""
    assert order.id is not None
    return around.approved_at[order.id].astimezone(WIB).date()


def signer(order: Order, around: Around, work: Work) -> dict[str, str]:
    """The commitment officer who approved, by the name of the account; else the letterhead's."""
    name = around.people.get(order.decided_by or "")
    head = work.policy.letterhead
    return {"post": COMMITMENT_OFFICER, "name": name} if name else {"post": head.signer_post, "name": head.signer_name}


def letter_values(work: Work, order: Order, around: Around) -> dict[str, Any]:
    """What `templates/letters/order.typ` is given, besides the frame and `code`."""
    assert order.id is not None
    point = around.points.get(order.district_code)
    values: dict[str, Any] = {
        "number": order.letter_number, "dated_on": dated_on(order, around), "signer": signer(order, around, work),
        "order_number": order.number, "supplier": around.suppliers[order.supplier_id], "cycle_year": work.cycle.year,
        "regency": name_of(regency_of(order.district_code)), "district": name_of(order.district_code),
        "point": point.name if point else f"Kantor Kecamatan {name_of(order.district_code)}",
        "contract_form": FORMS[order.contract_form], "account": order.account_code or work.policy.budget_account_code,
        "amount": order.amount,
        "lines": [_line(line, around.items) for line in around.lines[order.id]],
        "contents": contents(around.lines[order.id], around.items),
    }  # fmt: skip
    if point and point.address:
        values["point_address"] = point.address
    if order.due_on:
        values["due_on"] = order.due_on
    if decree := decree_words(around.decree):
        values["decree"] = decree
    return values


def decree_words(decree: Decree | None) -> dict[str, Any] | None:
    """What a letter says of the decree it rests on; None before one was signed."""
    if decree is None or not decree.number or decree.decided_at is None:
        return None
    return {"number": decree.number, "dated_on": decree.decided_at.astimezone(WIB).date()}


def contents(lines: Sequence[Line], items: dict[int, list[PackageItem]]) -> list[dict[str, Any]]:
    """The annex: what is in each package, how much of it in all, and what must be switched on before it is taken over."""
    return [
        {
            "name": line.name, "quantity": line.quantity,
            "items": [
                {
                    "name": item.name, "unit": item.unit, "each": item.quantity, "in_all": item.quantity * line.quantity,
                    "test": item.needs_function_test,
                }
                for item in items[line.package_id]
            ],
        }
        for line in lines
        if items.get(line.package_id)
    ]  # fmt: skip


def _line(line: Line, items: dict[int, list[PackageItem]]) -> dict[str, Any]:
    return {
        "name": line.name, "quantity": line.quantity, "unit": "paket", "price": line.price,
        "amount": line.quantity * line.price,
        "items": [f"{item.quantity} {item.unit} {item.name}" for item in items.get(line.package_id, [])],
    }  # fmt: skip
