"""How does an agency answer in a table: which columns go out, and what does a filled row say?

Pure. A row may say several steps at once (accepted, begun, ended); each becomes one answer in the words of the webhook. What
the agency has said before is no new answer, so the same file twice is once and a row left alone says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
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


_LATEST = [(event, WORD_OF[event]) for event in ("returned", "declined", "accepted", "waitlisted", "acknowledged")]


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


@dataclass(frozen=True)
class Known:
    """What a referral has been told in its present round, and the last words of it."""

    events: frozenset[str] = frozenset()
    reason: str | None = None
    outcome: str | None = None
    register_number: str | None = None
    note: str | None = None

    def holds(self, event: str, said: Mapping[str, Any]) -> bool:
        """Was this answer given before, in these words?"""
        same = {
            "declined": ("reason", self.reason),
            "returned": ("reason", self.reason),
            "concluded": ("outcome", self.outcome),
        }
        name, value = same.get(event, ("", None))
        return event in self.events and (not name or said.get(name) == value)

    def differs(self, event: str, said: Mapping[str, Any]) -> bool:
        """Was it given before in other words?"""
        return event in self.events and not self.holds(event, said)


@dataclass
class Read:
    """What a table says: answers in the order of its rows, and every fault of every row."""

    answers: list[Answer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_answers(rows: Iterable[tuple[int, Mapping[str, str]]], known: Mapping[str, Known], today: date) -> Read:
    """`rows` as plain text by column; `known`: the agency's own referrals by number, others are not in it."""
    found, seen = Read(), set[str]()
    for row, cells in rows:
        number = cells.get("nomor_rujukan", "").upper()
        fault = _number_fault(number, known, seen)
        seen.add(number)
        if fault:
            found.faults.append(Fault(row, "nomor_rujukan", *fault))
        else:
            _read_row(found, row, number, cells, known[number], today)
    return found


def _read_row(found: Read, row: int, number: str, cells: Mapping[str, str], known: Known, today: date) -> None:
    steps, faults = _steps(row, cells, today)
    found.faults += faults
    new = [step for step in steps if not known.holds(step[0], step[1])]
    for event, said, column in new:
        if known.differs(event, said):
            found.faults.append(Fault(row, column, "ANSWERED_MEANWHILE", "Sudah dijawab lain sementara itu; lihat halamannya."))
        elif not faults and (bad := _unread(row, number, event, said, column)):
            found.faults.append(bad)
        else:
            found.answers.append(Answer(row, number, event, said))
    if not new and not faults:
        found.faults += _carried_by_nothing(row, cells, known)


def _carried_by_nothing(row: int, cells: Mapping[str, str], known: Known) -> list[Fault]:
    """A register number or a remark goes with an answer; alone it would be lost, so it is refused."""
    text = "Isian ini ikut terkirim bersama jawaban; baris ini tidak memuat jawaban baru."
    register, note = cells.get("nomor_register", ""), cells.get("catatan", "")
    faults = [Fault(row, "nomor_register", "NO_ANSWER", text)] if register and register != (known.register_number or "") else []
    return faults + ([Fault(row, "catatan", "NO_ANSWER", text)] if note and not (known.note or "").startswith(note) else [])


def _number_fault(number: str, known: Collection[str], seen: Collection[str]) -> tuple[str, str] | None:
    if not number:
        return "NUMBER_MISSING", "Nomor rujukan kosong."
    if number not in known:
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
        faults += _service_faults(row, cells["tanggal_layanan"], today)
        steps.append(("service_started", {**beside, "note": _service_note(cells, today)}, "tanggal_layanan"))
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


def _service_faults(row: int, text: str, today: date) -> list[Fault]:
    day = day_of(text)
    if day is None:
        return [Fault(row, "tanggal_layanan", "NOT_A_DAY", "Tulis tanggal layanan dimulai, misalnya 2021-12-31.")]
    return [Fault(row, "tanggal_layanan", "NOT_YET", "Tanggal layanan belum tiba.")] if day > today else []


def _service_note(cells: Mapping[str, str], today: date) -> str | None:
    """The day the service began is kept in words where it is not today."""
    day, note = day_of(cells["tanggal_layanan"]), cells.get("catatan", "")
    began = f"(layanan dimulai {day.isoformat()})" if day and day != today else ""
    return f"{note} {began}".strip() or None


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


def line_of(number: str, kept: Sequence[Any], known: Known) -> list[Any]:
    """A row to be filled in: what is kept of a referral, what the agency said so far, then room for the rest."""
    last = next((word for event, word in _LATEST if event in known.events), "")
    reason = DECLINE_REASONS.get(known.reason or "", "") if last in ("ditolak", "dikembalikan") else ""
    said = [last, reason, known.note or "", known.register_number or "", "", "", OUTCOMES.get(known.outcome or "", "")]
    return [number, *kept, *said, *("" for _ in PROOFS)]


def day_of(text: str) -> date | None:
    """`2021-12-31`, `31-12-2021` or `31/12/2021`; a cell of Excel's own brings an hour along."""
    text = text.partition(" 00:00")[0]
    parts = re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)", text, re.ASCII)
    back = re.fullmatch(r"(\d\d?)[-/](\d\d?)[-/](\d{4})", text, re.ASCII)
    year, month, day = parts.groups() if parts else back.groups()[::-1] if back else ("0", "0", "0")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
