"""What does a supplier's filled list of orders say, cell by cell, and what of it is news?

A row is one package of one order. Nothing of a list with a fault is believed; what the orders know already is passed over,
so that the same list twice is once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from service.lifecycle import Subject, label_of
from service.procurement.queries.orders import Line
from service.procurement.workbook import Row
from service.regions import name_of

HEAD = (
    "nomor", "kode_paket", "titik_serah", "nama_paket", "dipesan", "sudah_tiba", "batas_tiba", "keadaan", "konfirmasi",
    "tanggal_kirim", "nomor_kiriman", "jumlah_tiba", "batal",
)  # fmt: skip
FILLED = ("konfirmasi", "tanggal_kirim", "nomor_kiriman", "jumlah_tiba", "batal")
TEXTS = ("nomor", "kode_paket", "nomor_kiriman")
OPEN = ("placed", "confirmed", "shipped", "arrived")
CANCEL_REASONS = {"OUT_OF_STOCK": "Barang habis", "PRICE_CHANGED": "Harga berubah", "CANNOT_DELIVER": "Tidak dapat mengirim"}
REF = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./_-]{0,39}")


@dataclass
class OrderState:
    """An order as it stands. `lines` by package code; `shipments`: ref -> counts that arrived, None while on the way."""

    number: str
    status: str
    district_code: str
    due_on: date | None
    lines: dict[str, Line] = field(default_factory=dict)
    shipments: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    was_given_up: bool = False


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell; `row` is Excel's number."""

    row: int
    column: str
    text: str

    @property
    def sentence(self) -> str:
        return f"Baris {self.row}, kolom {self.column}: {self.text}"


@dataclass(frozen=True)
class Answer:
    """One thing the list tells, in the words of the callback `order.<event>`."""

    event: str
    said: dict[str, Any]


@dataclass
class Reading:
    """What the whole list says. With a fault no answer counts."""

    answers: list[Answer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Filled:
    """One row, each cell understood (None: blank or faulty)."""

    row: int
    package: str
    confirmed: bool | None
    shipped_on: date | None
    ref: str | None
    count: int | None
    reason: str | None


def lines_to_fill(orders: Mapping[str, OrderState]) -> list[list[Any]]:
    """Rows of what is still open, with the columns of `FILLED` blank."""
    return [
        [
            order.number, code, f"Kec. {name_of(order.district_code)}", line.name, line.quantity, line.arrived or 0,
            order.due_on.isoformat() if order.due_on else "", label_of(Subject.ORDER, order.status), *[""] * len(FILLED),
        ]
        for order in orders.values()
        if order.status in OPEN
        for code, line in order.lines.items()
    ]  # fmt: skip


def read_list(rows: Iterable[tuple[int, Row]], orders: Mapping[str, OrderState], today: date) -> Reading:
    """Every fault of every cell, and what is news, order by order."""
    reading = Reading()
    by_order: dict[str, list[Filled]] = {}
    seen: dict[tuple[str, str], int] = {}
    for at, row in rows:
        number, code = row.get("nomor", ""), row.get("kode_paket", "")
        if number not in orders:
            reading.faults.append(Fault(at, "nomor", f"pesanan '{number[:30]}' tidak ada pada daftar Anda"))
        elif code not in orders[number].lines:
            reading.faults.append(Fault(at, "kode_paket", f"paket '{code[:30]}' tidak ada dalam pesanan {number}"))
        elif first := seen.get((number, code)):
            reading.faults.append(Fault(at, "kode_paket", f"paket ini sudah ada di baris {first}"))
        else:
            seen[number, code] = at
            by_order.setdefault(number, []).append(_filled(at, row, today, reading.faults))
    for number, filled in by_order.items():
        _Judge(orders[number], filled, reading).judge()
    reading.answers = [] if reading.faults else reading.answers
    return reading


def _filled(at: int, row: Row, today: date, faults: list[Fault]) -> Filled:
    def cell(column: str, understood: Callable[[str], Any]) -> Any:
        text = row.get(column, "").strip()
        try:
            return understood(text) if text else None
        except ValueError as error:
            faults.append(Fault(at, column, str(error)))
            return None

    return Filled(
        at, row["kode_paket"], cell("konfirmasi", _yes), cell("tanggal_kirim", lambda text: _past_day(text, today)),
        cell("nomor_kiriman", _ref), cell("jumlah_tiba", _count), cell("batal", _reason),
    )  # fmt: skip


def _yes(text: str) -> bool:
    if text.lower() not in ("ya", "y"):
        raise ValueError("tulis ya, atau kosongkan (bila tidak sanggup, isi kolom batal)")
    return True


def _past_day(text: str, today: date) -> date:
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"):
        try:
            day = datetime.strptime(text[:10], form).date()  # noqa: DTZ007 (a day, not an instant)
        except ValueError:
            continue
        if day > today:
            raise ValueError("tanggal ini belum tiba; isi sesudah barang dikirim")
        return day
    raise ValueError(f"'{text[:20]}' bukan tanggal; tulis misalnya 20/11/2021")


def _ref(text: str) -> str:
    if not REF.fullmatch(text):
        raise ValueError("nomor kiriman hanya huruf, angka, spasi, dan . / _ -, paling banyak 40")
    return text


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII):
        raise ValueError(f"'{text[:20]}' bukan angka bulat")
    return int(text)


def _reason(text: str) -> str:
    for code, word in CANCEL_REASONS.items():
        if text.lower() in (code.lower(), word.lower()):
            return code
    raise ValueError(f"tulis salah satu: {', '.join(CANCEL_REASONS.values())}")


class _Judge:
    """One order of the list: its rows agree, its answers are possible now, and what it knows already is left out."""

    def __init__(self, order: OrderState, rows: Sequence[Filled], reading: Reading) -> None:
        self.order, self.rows, self.reading = order, rows, reading

    def judge(self) -> None:
        reason, ref = self._same("reason", "batal"), self._same("ref", "nomor_kiriman")
        confirmed, day = self._same("confirmed", "konfirmasi"), self._same("shipped_on", "tanggal_kirim")
        counted = {row.package: row.count for row in self.rows if row.count is not None}
        if reason:
            self._cancelled(reason, bool(confirmed or day or counted))
            return
        if confirmed:
            self._confirmed()
        if day:
            self._shipped(day, ref, is_confirmed=bool(confirmed))
        if counted:
            self._arrived(counted, ref, is_shipped=bool(day))

    def _same(self, name: str, column: str) -> Any:
        """The one value of a column that speaks of the whole order."""
        given = [(row.row, getattr(row, name)) for row in self.rows if getattr(row, name) is not None]
        for at, value in given[1:]:
            if value != given[0][1]:
                self._fault(at, column, f"berbeda dari baris {given[0][0]} pesanan yang sama")
        return given[0][1] if given else None

    def _cancelled(self, reason: str, is_mixed: bool) -> None:
        at = next(row.row for row in self.rows if row.reason)
        if is_mixed:
            self._fault(at, "batal", "pesanan yang dibatalkan tidak sekaligus dikonfirmasi, dikirim, atau tiba")
        elif self.order.status in ("placed", "confirmed", "shipped"):
            self._tell("cancelled", {"reason": reason})
        elif self.order.status != "cancelled" and not self.order.was_given_up:
            self._fault(at, "batal", f"pesanan sudah {self._label()}")

    def _confirmed(self) -> None:
        at = next(row.row for row in self.rows if row.confirmed)
        if self.order.status == "placed":
            self._tell("confirmed", {})
        elif self.order.status in ("cancelled", "rejected"):
            self._fault(at, "konfirmasi", f"pesanan sudah {self._label()}")

    def _shipped(self, day: date, ref: str | None, is_confirmed: bool) -> None:
        at, status = next(row.row for row in self.rows if row.shipped_on), self.order.status
        if status in ("cancelled", "rejected"):
            self._fault(at, "tanggal_kirim", f"pesanan sudah {self._label()}")
        elif status == "placed" and not is_confirmed:
            self._fault(at, "tanggal_kirim", "isi juga konfirmasi dengan ya")
        elif status in ("placed", "confirmed") or (status == "shipped" and ref and ref not in self.order.shipments):
            self._tell("shipped", {"shipped_on": day.isoformat()} | ({"shipment": ref} if ref else {}))

    def _arrived(self, counted: dict[str, int], ref: str | None, is_shipped: bool) -> None:
        at = next(row.row for row in self.rows if row.count is not None)
        known = self._known(ref)
        if known is not None:
            if any(known.get(code, 0) != count for code, count in counted.items()):
                self._fault(at, "jumlah_tiba", "kedatangan ini sudah diberitahukan dengan jumlah lain")
        elif self.order.status in ("inspected", "accepted", "rejected", "cancelled"):
            self._fault(at, "jumlah_tiba", f"pesanan sudah {self._label()}")
        elif self.order.status in ("placed", "confirmed") and not is_shipped:
            self._fault(at, "jumlah_tiba", "isi juga tanggal_kirim")
        elif ref or self._is_whole(counted, at):
            items = [{"package": code, "count": count} for code, count in sorted(counted.items())]
            self._tell("arrived", {"items": items} | ({"shipment": ref} if ref else {}))

    def _known(self, ref: str | None) -> Mapping[str, Any] | None:
        """The counts this arrival was told with before; None when it is news."""
        if ref:
            return self.order.shipments.get(ref)
        if self.order.status in ("arrived", "inspected", "accepted", "rejected"):
            return {code: line.arrived or 0 for code, line in self.order.lines.items()}
        return None

    def _is_whole(self, counted: dict[str, int], at: int) -> bool:
        """Without the number of a shipment every package is counted, and not fewer than came before."""
        left_out = sorted(self.order.lines.keys() - counted.keys())
        if left_out:
            said = f"isi juga paket {', '.join(left_out)} (0 bila tidak ada), atau isi nomor_kiriman"
            self._fault(at, "jumlah_tiba", said)
        less = [code for code, count in counted.items() if count < (self.order.lines[code].arrived or 0)]
        for row in self.rows:
            if row.package in less:
                self._fault(row.row, "jumlah_tiba", "lebih kecil dari yang sudah tiba; isi jumlah seluruhnya")
        return not left_out and not less

    def _label(self) -> str:
        return label_of(Subject.ORDER, self.order.status).lower()

    def _tell(self, event: str, said: dict[str, Any]) -> None:
        self.reading.answers.append(Answer(event, {"order": self.order.number, **said}))

    def _fault(self, at: int, column: str, text: str) -> None:
        self.reading.faults.append(Fault(at, column, text))
