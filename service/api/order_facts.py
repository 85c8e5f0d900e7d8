"""What do the pages of an order show beside its row: shipments, what replaces it, what comes next, what its inspection said?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from service.db import listings
from service.db.tables import Order
from service.errors import BadInput
from service.procurement.inspection import Beside
from service.procurement.next_step import Facts, next_step
from service.procurement.queries import shipments as kept

KINDS = (("jumlah", "lolos"), ("rusak", "rusak"), ("salah", "salah barang"))


class CountMissing(BadInput):
    """An inspection without a number for every package, or without samples."""


def beside(session: Session, order: Order, today: date) -> dict[str, Any]:
    """Values for the pages of one order, ours and its supplier's."""
    assert order.id is not None
    heirs = kept.heirs_of(session, order.id)
    lines = [line for line, _ in listings.order_lines(session, order.id)]
    ordered, arrived, passed, damaged, wrong = (
        sum(getattr(line, name) or 0 for line in lines) for name in ("quantity", "arrived", "passed", "damaged", "wrong")
    )
    unordered = kept.unordered_of(session, order.id)
    facts = Facts(order.status, order.due_on, ordered, arrived, passed, damaged, wrong, unordered, tuple(heirs))
    return {
        "shipments": kept.shipments_of(session, order.id), "heirs": heirs, "next_step": next_step(facts, today),
        "letters": listings.letters_about(session, [f"order:{order.number}", f"receipt:{order.number}"]),
        "missing": {line.id: _missing(line) for line in lines},
    }  # fmt: skip


def inspected(session: Session, order_id: int, given: Mapping[str, str]) -> tuple[dict[str, int], Beside]:
    """What the form of an inspection says: passed by package code, and what was found beside. Blank damaged or wrong is none.

    Raises:
        CountMissing: names every field.
    """
    counts: dict[str, dict[str, int]] = {name: {} for name, _ in KINDS}
    faults = []
    for _, package in listings.order_lines(session, order_id):
        for name, word in KINDS:
            text = given.get(f"{name}-{package.code}", "").strip() or ("" if name == "jumlah" else "0")
            if re.fullmatch(r"\d{1,6}", text, re.ASCII):
                counts[name][package.code] = int(text)
            else:
                faults.append({"field": f"{name}-{package.code}", "fault": f"Isi jumlah {package.name} ({word}) dengan angka"})
    samples = given.get("contoh", "").strip()
    if not re.fullmatch(r"\d{1,6}", samples, re.ASCII):
        faults.append({"field": "contoh", "fault": "Isi berapa paket dibuka dan dicoba"})
    if faults:
        raise CountMissing("Hasil pemeriksaan belum lengkap.", faults=faults)
    return counts["jumlah"], Beside(counts["rusak"], counts["salah"], int(samples), given.get("catatan", ""))


def _missing(line: Any) -> int | None:
    """What the supplier says arrived and the inspection did not find; None before it."""
    if line.passed is None:
        return None
    return int((line.arrived or 0) - line.passed - (line.damaged or 0) - (line.wrong or 0))
