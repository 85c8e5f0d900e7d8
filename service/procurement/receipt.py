"""What does the record say by which a supplier hands over the goods of an order (BAST), and who writes it?

Its number was taken at acceptance, from a book of its own; here it is printed, as order letters are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from service import letters
from service.clock import WIB, is_demo_home
from service.db.tables import Order
from service.procurement import order_letter, queries
from service.procurement.order_letter import COMMITMENT_OFFICER, Around
from service.procurement.queries import Line
from service.procurement.queries import receipts as kept
from service.regions import name_of, regency_of
from service.stage import Done, Work

GOOD = "Baik"
SIGNS_BY_HAND = "(nama jelas)"


def receipts_to_write(session: Session, work: Work) -> Sequence[int]:
    return kept.orders_without_receipt(session, work.cycle_id)


def render_receipts(work: Work, ids: list[int]) -> Done:
    """The supplier's handover record of every accepted order."""
    with work.database.read() as session:
        orders = list(queries.orders_at(session, ids))
        around = order_letter.read_around(session, work.cycle_id, orders)
        taken, looked = kept.last_told(session, ids, "accepted"), kept.last_told(session, ids, "inspected")
        basis = kept.letter_days(session, ids)
    frame = letters.letter_frame(
        work.policy.letterhead, public_url=work.public_url, home=work.home, synthetic=is_demo_home(work.home)
    )
    said = []
    for order in orders:
        assert order.id is not None
        days = {"dated_on": _day(taken[order.id][1]), "inspected_on": _day(looked[order.id][1])}
        letter = {"number": basis[order.id].number, "dated_on": basis[order.id].dated_on}
        signer = _signer(around, taken[order.id][0], work)
        values = receipt_values(work, order, around) | days | {"order_letter": letter, "signer": signer}
        said.append({**frame, **values, "code": letters.new_code()})
    pdfs = letters.render_many([("receipt", values) for values in said])
    for values, pdf in zip(said, pdfs, strict=True):
        letters.keep_file(work.home, "receipt", values["dated_on"].year, values["code"], pdf)
    with work.database.write() as session:
        stored = [_keep(session, work, *one) for one in zip(orders, said, pdfs, strict=True)]
    return Done(sum(stored))


def receipt_values(work: Work, order: Order, around: Around) -> dict[str, Any]:
    """What `templates/letters/receipt.typ` is given, besides the frame, the days, the order's letter and who signs."""
    assert order.id is not None
    point, supplier = around.points.get(order.district_code), around.suppliers[order.supplier_id]
    lines = [_line(line, around) for line in around.lines[order.id] if line.passed]
    values: dict[str, Any] = {
        "number": order.receipt_number, "order_number": order.number, "supplier": supplier, "cycle_year": work.cycle.year,
        "regency": name_of(regency_of(order.district_code)), "district": name_of(order.district_code),
        "point": point.name if point else f"Kantor Kecamatan {name_of(order.district_code)}",
        "giver": {"name": SIGNS_BY_HAND, "post": "Pimpinan"},
        "lines": lines, "amount": sum(line["amount"] for line in lines),
    }  # fmt: skip
    optional = {
        "samples": order.samples_opened, "note": (order.inspection_note or "").rstrip(". "),
        "decree": order_letter.decree_words(around.decree),
    }  # fmt: skip
    return values | {name: value for name, value in optional.items() if value}


def _line(line: Line, around: Around) -> dict[str, Any]:
    passed = line.passed or 0
    return {
        "name": line.name, "quantity": passed, "unit": "paket", "condition": GOOD, "price": line.price,
        "amount": passed * line.price,
        "items": [f"{item.quantity} {item.unit} {item.name}" for item in around.items.get(line.package_id, [])],
    }  # fmt: skip


def _signer(around: Around, actor: str, work: Work) -> dict[str, str]:
    """The commitment officer who accepted, by the name of the account; else the letterhead's."""
    head = work.policy.letterhead
    name = around.people.get(actor)
    return {"post": COMMITMENT_OFFICER, "name": name} if name else {"post": head.signer_post, "name": head.signer_name}


def _keep(session: Session, work: Work, order: Order, values: dict[str, Any], pdf: bytes) -> bool:
    now = session.get_one(Order, order.id)
    if now.receipt_letter_id is not None:
        return False
    day, signer = values["dated_on"], values["signer"]
    letter = letters.store_letter(
        session, work.home, kind="receipt", cycle_id=work.cycle_id, subject_key=f"receipt:{order.number}", pdf=pdf,
        code=values["code"], about=f"Berita acara serah terima pesanan {order.number}", dated_on=day,
        signer_name=signer["name"], signer_post=signer["post"], now=work.now, number=order.receipt_number, book="receipt",
        year=day.year, seq=order.receipt_seq,
    )  # fmt: skip
    now.receipt_letter_id = letter.id
    return True


def _day(instant: Any) -> date:
    day: date = instant.astimezone(WIB).date()
    return day
