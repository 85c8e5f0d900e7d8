"""How does an agency answer in a table: what goes out in a row, and what does a filled row say?

Pure. A row may say several steps at once (accepted, begun, ended, a line to us); each becomes one answer in the words of the
webhook. What the agency has said before is no new answer, and what would get lost is a fault, not silence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from service.clock import full_date
from service.errors import BadInput
from service.handoff.follow_up import ESSENTIAL
from service.handoff.next_steps import DECLINE_REASONS, WrongDay, check_wait
from service.handoff.outcome import CLAIMS, INDICATORS, OUTCOMES, is_positive
from service.handoff.sheet_known import Known, Stand, after
from service.handoff.sheet_row import Answer, Cells, Read, Row, may_stand
from service.handoff.sheet_words import (
    AMOUNT,
    ANSWERS,
    LONGEST,
    NUMBER,
    PROOFS,
    REASONS,
    RESULTS,
    ROUND,
    TO_FILL,
    WORD_OF,
    day_of,
    plain,
    proof_of,
)
from service.handoff.written import check_note, check_register, without_number
from service.messages.turns import Turn

_LATEST = [(event, WORD_OF[event]) for event in ("returned", "declined", "accepted", "waitlisted", "acknowledged")]
_NUMBER = "nomor_register"
REFUSALS = ("declined", "returned")
_GOES_WITH = {"alasan": REFUSALS, "tunggu_sampai": ("waitlisted",)}


class SheetRefused(BadInput):
    """Something in the table is wrong; nothing of it was taken. `details["faults"]` name row and column."""


def read_answers(rows: Iterable[tuple[int, Cells]], known: Mapping[str, Known], today: date) -> Read:
    """`rows` as plain text by column; `known`: the agency's own referrals by number, others are not in it."""
    found, seen = Read(), set[str]()
    for at, cells in rows:
        number = cells.get(NUMBER, "").upper()
        if not (number or any(cells.get(name) for name in TO_FILL)):
            continue  # a signature or a date below the table
        before, code = len(found.faults), _number_fault(number, known, seen)
        seen.add(number)
        if code:
            found.fault(at, NUMBER, code)
        if number in known:
            row = Row(at, cells, known[number], found)
            _read_row(row, today)
            if len(found.faults) == before:
                _keep_new(row, number)
    return found


def _read_row(row: Row, today: date) -> None:
    """Every cell that cannot be taken is named, also when another one cannot."""
    _answer(row, today)
    _service(row, today)
    _results(row, today)
    _line(row)
    may_stand(row, "catatan", without_number, row.known.note)
    may_stand(row, "nomor_register", check_register, row.known.register_number)


def _keep_new(row: Row, number: str) -> None:
    """Step by step, as far as the referral can follow."""
    status, carried = row.known.status, set[str]()
    for event, said, column in row.steps:
        stand = row.known.stand_of(event, said)
        if stand is Stand.SAME:
            continue
        if row.cell(ROUND) not in ("", str(row.known.round)):
            row.fault(ROUND, "OLD_ROUND")
            return
        turn, status = after(row.known, status, event)
        if stand is Stand.OTHER or turn is not Turn.NOW:
            row.fault(column, "TOO_EARLY" if turn is Turn.LATER and stand is Stand.NEW else "ANSWERED_MEANWHILE")
            return
        carried |= set(said) if event != "note" else set()
        row.found.answers.append(Answer(row.at, number, event, said, column))
    _carried_by_nothing(row, number, carried)


def _carried_by_nothing(row: Row, number: str, carried: Collection[str]) -> None:
    """A register number or a remark goes with an answer; alone it would be lost, so it is refused. A number where there was
    none goes with the answer given last; one that is there already is not changed, for an old table would change it back."""
    register = "" if "register_number" in carried else row.cell("nomor_register")
    note, kept = "" if "note" in carried else row.cell("catatan"), row.known.register_number
    given = row.known.given_last()
    if register and not kept and given:
        row.found.answers.append(Answer(row.at, number, given, row.known.said_again() | {"register_number": register}, _NUMBER))
    elif register and register != (kept or ""):
        row.fault("nomor_register", "NUMBER_KEPT" if kept else "NO_ANSWER")
    if note and not (row.known.note or "").startswith(note) and note not in row.known.remarks:
        row.fault("catatan", "NO_ANSWER")


def _number_fault(number: str, known: Collection[str], seen: Collection[str]) -> str:
    if not number:
        return "NUMBER_MISSING"
    if number not in known:
        return "NUMBER_UNKNOWN"
    return "NUMBER_TWICE" if number in seen else ""


def _beside(row: Row) -> dict[str, Any]:
    return {"register_number": row.cell("nomor_register") or None, "note": row.cell("catatan") or None}


def _answer(row: Row, today: date) -> None:
    word, until = plain(row.cell("jawaban")), row.cell("tunggu_sampai")
    event, day = ANSWERS.get(word, ""), day_of(until)
    if word and not event:
        row.fault("jawaban", "UNKNOWN_ANSWER")
    _belongs(row, "alasan", word, event, is_said=bool(row.cell("alasan")))
    _belongs(row, "tunggu_sampai", word, event, is_said=bool(until) and (day is None or day != row.known.waitlist_until))
    if until and day is None and event in ("", "waitlisted"):
        row.fault("tunggu_sampai", "NOT_A_DAY")
    if event in REFUSALS:
        _refusal(row, event)
    elif event:
        if event == "waitlisted" and day:
            _may_wait(row, day, today)
        day = day if event == "waitlisted" else None
        row.steps.append((event, _beside(row) | ({"waitlist_until": day.isoformat()} if day else {}), "jawaban"))


def _may_wait(row: Row, day: date, today: date) -> None:
    """The day promised before is not judged anew."""
    try:
        if day != row.known.waitlist_until:
            check_wait(day, today)
    except WrongDay as refused:
        row.fault("tunggu_sampai", "NO_SUCH_WAIT", why=refused.message[0].upper() + refused.message[1:])


def _belongs(row: Row, column: str, word: str, event: str, is_said: bool) -> None:
    """What stands beside another answer, or beside none, would not be kept."""
    if is_said and not word:
        row.fault(column, "ANSWER_MISSING")
    elif is_said and event and event not in _GOES_WITH[column]:
        row.fault(column, "OTHER_ANSWER")
    elif is_said and not event and column == "alasan" and plain(row.cell(column)) not in REASONS:
        row.fault(column, "UNKNOWN_REASON")


def _refusal(row: Row, event: str) -> None:
    code = REASONS.get(plain(row.cell("alasan")))
    if code is None:
        row.fault("alasan", "UNKNOWN_REASON")
    elif code == "OTHER" and not row.cell("catatan"):
        row.fault("catatan", "NOTE_MISSING")
    row.steps.append((event, _beside(row) | {"reason": code}, "jawaban"))


def _service(row: Row, today: date) -> None:
    """The day the service began is kept in words where it is not today."""
    if not (text := row.cell("tanggal_layanan")):
        return
    day = day_of(text)
    if day is None or day > today:
        row.fault("tanggal_layanan", "NOT_YET" if day else "NOT_A_DAY")
        return
    began = f"(layanan dimulai {day.isoformat()})" if day != today else ""
    note = f"{row.cell('catatan')[: LONGEST['catatan']]} {began}".strip()
    row.steps.append(("service_started", _beside(row) | {"note": note or None}, "tanggal_layanan"))


def _results(row: Row, today: date) -> None:
    """The columns of proof belong to the report of a month where there is one in the row, else to what concludes."""
    final, monthly = row.cell("hasil"), row.cell("hasil_bulan")
    has_proof = any(row.cell(name) for name, _ in PROOFS)
    is_known = bool(final) and RESULTS.get(plain(final)) == row.known.outcome and "concluded" in row.known.events
    if monthly:
        if final and not is_known:
            row.fault("hasil_bulan", "TWO_REPORTS")
        _month(row, monthly, today)
    elif final and (has_proof or not is_known):
        outcome, proofs = _outcome(row, "hasil", final), _proofs(row)
        if not has_proof:
            row.fault("hasil", "PROOF_MISSING")
        _is_proven(row, "hasil", outcome, proofs)
        row.steps.append(("concluded", _beside(row) | {"outcome": outcome, "indicators": proofs}, "hasil"))
    elif has_proof:
        row.fault("hasil", "PROOF_ALONE")
        _proofs(row)
    if not monthly and (month := row.cell("laporan_bulan")) and month not in map(str, row.known.reports):
        row.fault("laporan_bulan", "MONTH_NOT_ASKED")


def _month(row: Row, monthly: str, today: date) -> None:
    month, outcome, proofs = row.cell("laporan_bulan"), _outcome(row, "hasil_bulan", monthly), _proofs(row)
    for name in ESSENTIAL:
        if not row.cell(f"bukti_{name}"):
            row.fault(f"bukti_{name}", "ESSENTIAL_MISSING")
    if month not in map(str, row.known.reports):
        row.fault("laporan_bulan", "MONTH_NOT_ASKED")
        return
    if first := row.known.opens_later(int(month), today):
        row.fault("laporan_bulan", "MONTH_NOT_COME", first=full_date(first))
    _is_proven(row, "hasil_bulan", outcome, proofs)
    note = row.cell("catatan") if row.cell("catatan") != (row.known.note or "") else None
    said = {"month": int(month), "outcome": outcome, "indicators": proofs, "note": note}
    row.steps.append(("outcome_reported", said, "hasil_bulan"))


def _outcome(row: Row, column: str, text: str) -> str | None:
    outcome = RESULTS.get(plain(text))
    if outcome is None:
        row.fault(column, "UNKNOWN_OUTCOME")
    return outcome


def _is_proven(row: Row, column: str, outcome: str | None, proofs: Mapping[str, Any]) -> None:
    """What is said to be reached needs one proof that says so."""
    if outcome in CLAIMS and proofs and None not in proofs.values() and not any(map(is_positive, proofs.values())):
        row.fault(column, "NOT_PROVEN", outcome=OUTCOMES[outcome])


def _proofs(row: Row) -> dict[str, Any]:
    proofs = dict[str, Any]()
    for name in INDICATORS:
        if text := row.cell(f"bukti_{name}"):
            proofs[name] = proof_of(name, text)
            if proofs[name] is None:
                row.fault(f"bukti_{name}", "UNKNOWN_AMOUNT" if name == AMOUNT else "UNKNOWN_PROOF")
    return proofs


def _line(row: Row) -> None:
    if (text := row.cell("pesan")) and may_stand(row, "pesan", check_note):
        row.steps.append(("note", {"text": text.strip()}, "pesan"))


def line_of(number: str, kept: Sequence[Any], known: Known, today: date) -> list[Any]:
    """A row to be filled in: what is kept of a referral, what the agency said so far, then room for the rest."""
    last = next((word for event, word in _LATEST if event in known.events), "")
    reason = DECLINE_REASONS.get(known.reason or "", "") if last in ("ditolak", "dikembalikan") else ""
    said = [last, reason, known.note or "", known.register_number or "", known.waitlist_until or "", ""]
    results = [OUTCOMES.get(known.outcome or "", "") if "concluded" in known.events else "", known.asked_month(today) or "", ""]
    return [number, *kept, known.round, *said, *results, *("" for _ in PROOFS), ""]
