"""How does an agency answer in a table: which columns go out, and what does a filled row say?

Pure. A row may say several steps at once (accepted, begun, ended); each becomes one answer in the words of the webhook. What
the agency has said before is no new answer, so the same file twice is once and a row left alone says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from service.errors import BadInput
from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import INDICATORS, OUTCOMES
from service.handoff.replies import WrongReply, read_reply

AMOUNT = "credit_received"
KEPT = (
    ("nomor_rujukan", "Nomor rujukan"), ("keluarga", "Keluarga"), ("desa", "Desa/kelurahan"), ("kecamatan", "Kecamatan"),
    ("usaha", "Usaha"), ("produk", "Produk"), ("kapasitas", "Kapasitas sebulan"), ("keadaan", "Keadaan"),
)  # fmt: skip
FILLED = (
    ("jawaban", "Jawaban"), ("alasan", "Alasan"), ("catatan", "Catatan"), ("nomor_register", "Nomor register"),
    ("tunggu_sampai", "Tunggu sampai"), ("tanggal_layanan", "Tanggal layanan"), ("hasil", "Hasil"),
)  # fmt: skip
PROOFS = tuple((f"bukti_{name}", f"Bukti {name}") for name in INDICATORS)
COLUMNS = (*KEPT, *FILLED, *PROOFS)
REQUIRED = ("nomor_rujukan", "jawaban", "alasan", "catatan", "tanggal_layanan", "hasil")
ANSWERS = {
    "diterima": "acknowledged", "disanggupi": "accepted", "daftar tunggu": "waitlisted", "ditolak": "declined",
    "dikembalikan": "returned",
}  # fmt: skip
WORD_OF = {event: word for word, event in ANSWERS.items()}
RESULTS = {label.lower(): code for code, label in OUTCOMES.items()} | {code.lower(): code for code in OUTCOMES}
REASONS = {label.lower(): code for code, label in DECLINE_REASONS.items()} | {code.lower(): code for code in DECLINE_REASONS}
YES, NO = {"ya", "y", "1", "true", "sudah", "x"}, {"tidak", "t", "0", "false", "belum"}


class SheetRefused(BadInput):
    """Something in the table is wrong; nothing of it was taken. `details["faults"]` name row and column."""


@dataclass(frozen=True)
class Fault:
    """One cell that cannot be taken; `row` as Excel shows it."""

    row: int
    column: str | None
    code: str
    text: str


@dataclass(frozen=True)
class Answer:
    """One step one row says, in the words of the webhook."""

    row: int
    referral: str
    event: str
    said: dict[str, Any]


@dataclass
class Read:
    """What a table says: answers in the order of its rows, and every fault of every row."""

    answers: list[Answer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_answers(rows: Iterable[tuple[int, Mapping[str, str]]], told: Mapping[str, Collection[str]], today: date) -> Read:
    """`rows` as plain text by column; `told`: referral -> events it has been told this round (only one's own are in it)."""
    found, seen = Read(), set[str]()
    for row, cells in rows:
        number = cells.get("nomor_rujukan", "").upper()
        fault = _number_fault(number, told, seen)
        seen.add(number)
        if fault:
            found.faults.append(Fault(row, "nomor_rujukan", *fault))
            continue
        steps, faults = _steps(row, cells, today)
        new = [(event, said, column) for event, said, column in steps if event not in told[number]]
        faults += [bad for event, said, column in new if (bad := _unread(row, number, event, said, column))]
        found.faults += faults
        found.answers += [Answer(row, number, event, said) for event, said, _ in new]
    return found


def _number_fault(number: str, told: Mapping[str, Collection[str]], seen: Collection[str]) -> tuple[str, str] | None:
    if not number:
        return "NUMBER_MISSING", "Nomor rujukan kosong."
    if number not in told:
        return "NUMBER_UNKNOWN", "Rujukan ini tidak ada atau bukan untuk instansi Anda."
    return ("NUMBER_TWICE", "Rujukan ini sudah ada pada baris lain.") if number in seen else None


def _steps(row: int, cells: Mapping[str, str], today: date) -> tuple[list[tuple[str, dict[str, Any], str]], list[Fault]]:
    """(event, what is said, the column that says it), and the cells that cannot be read."""
    steps, faults = list[tuple[str, dict[str, Any], str]](), list[Fault]()
    beside: dict[str, Any] = {"register_number": cells.get("nomor_register") or None, "note": cells.get("catatan") or None}
    word = " ".join(cells.get("jawaban", "").lower().split())
    if word and word not in ANSWERS:
        faults.append(Fault(row, "jawaban", "UNKNOWN_ANSWER", f"Isi salah satu: {', '.join(ANSWERS)}."))
    elif word:
        said, bad = _said(row, ANSWERS[word], cells)
        faults += bad
        steps.append((ANSWERS[word], {**beside, **said}, "jawaban"))
    elif cells.get("alasan"):
        faults.append(Fault(row, "jawaban", "ANSWER_MISSING", "Alasan diisi, tetapi jawaban kosong."))
    if cells.get("tanggal_layanan"):
        if bad := _service_fault(row, cells["tanggal_layanan"], today):
            faults.append(bad)
        steps.append(("service_started", beside, "tanggal_layanan"))
    if cells.get("hasil") or any(cells.get(name) for name, _ in PROOFS):
        said, bad = _report(row, cells)
        faults += bad
        steps.append(("concluded", {**beside, **said}, "hasil"))
    return steps, faults


def _said(row: int, event: str, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    reason, until = " ".join(cells.get("alasan", "").lower().split()), cells.get("tunggu_sampai", "")
    if event in ("declined", "returned"):
        code = REASONS.get(reason)
        if code is None:
            return {}, [Fault(row, "alasan", "UNKNOWN_REASON", "Isi salah satu: " + "; ".join(DECLINE_REASONS.values()) + ".")]
        if code == "OTHER" and not cells.get("catatan"):
            return {"reason": code}, [Fault(row, "catatan", "NOTE_MISSING", "Alasan lain wajib dijelaskan pada catatan.")]
        return {"reason": code}, []
    if event == "waitlisted" and until:
        day = day_of(until)
        wrong = Fault(row, "tunggu_sampai", "NOT_A_DAY", "Tulis tanggal, misalnya 2021-12-31.")
        return ({"waitlist_until": day.isoformat()}, []) if day else ({}, [wrong])
    return {}, []


def _service_fault(row: int, text: str, today: date) -> Fault | None:
    day = day_of(text)
    if day is None:
        return Fault(row, "tanggal_layanan", "NOT_A_DAY", "Tulis tanggal layanan dimulai, misalnya 2021-12-31.")
    if day > today:
        return Fault(row, "tanggal_layanan", "NOT_YET", "Tanggal layanan belum tiba.")
    return None


def _report(row: int, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    faults, proofs = list[Fault](), dict[str, Any]()
    outcome = RESULTS.get(" ".join(cells.get("hasil", "").lower().split()))
    if outcome is None:
        faults.append(Fault(row, "hasil", "UNKNOWN_OUTCOME", f"Isi salah satu: {', '.join(OUTCOMES.values())}."))
    for name in INDICATORS:
        if text := cells.get(f"bukti_{name}", ""):
            value = _proof(name, text)
            if value is None:
                wanted = "angka rupiah bulat" if name == AMOUNT else "ya atau tidak"
                faults.append(Fault(row, f"bukti_{name}", "UNKNOWN_PROOF", f"Isi dengan {wanted}."))
            else:
                proofs[name] = value
    if not proofs and not faults:
        faults.append(Fault(row, "hasil", "PROOF_MISSING", "Isi sedikitnya satu kolom bukti."))
    return {"outcome": outcome, "indicators": proofs}, faults


def _proof(name: str, text: str) -> bool | int | None:
    if name == AMOUNT:
        plain = re.sub(r"[\s.]|^rp", "", text.lower())
        return int(plain) if re.fullmatch(r"\d{1,12}", plain, re.ASCII) else None
    return True if text.lower() in YES else False if text.lower() in NO else None


def _unread(row: int, number: str, event: str, said: Mapping[str, Any], column: str) -> Fault | None:
    """The webhook's own model has the last word on what may be said."""
    try:
        read_reply(event, {**said, "referral": number})
    except WrongReply as wrong:
        return Fault(row, column, "ANSWER_INCOMPLETE", wrong.message)
    return None


def day_of(text: str) -> date | None:
    """`2021-12-31`, `31-12-2021` or `31/12/2021`."""
    parts = re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)", text, re.ASCII)
    back = re.fullmatch(r"(\d\d?)[-/](\d\d?)[-/](\d{4})", text, re.ASCII)
    year, month, day = parts.groups() if parts else back.groups()[::-1] if back else ("0", "0", "0")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
