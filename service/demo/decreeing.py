"""How does the demo's list become a decree? Published as a draft, objected to, verified by eight regencies, approved.

Every step is a call to the API by the official whose turn it is.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlmodel import Session

from service.cohort.queries import cases
from service.db.tables import Case
from service.demo.calling import ServiceSaidNo
from service.demo.registry_doubts import confirm_niks
from service.demo.stage_hand import StageHand
from service.stage import Work
from service.working_days import add_working_days

WITHDRAWALS = 6
FIRST_REGENCY = "36.01"


def decree_the_list(hand: StageHand, proposed_on: date, signed_on: date) -> None:
    """Version 1: draft and objections within its window, then everybody's yes. Then some withdraw: version 2, the same way."""
    _publish_draft(hand)
    hand.date(add_working_days(proposed_on, 1))
    wrongly_in, wrongly_out = _object(hand)
    hand.date(add_working_days(proposed_on, 2))
    _decide(hand, wrongly_in, "refused", "Dikunjungi: toko itu milik tetangganya (contoh)")
    _decide(hand, wrongly_out, "accepted", "Catatan kehadiran terlambat masuk, keluarga didahulukan dari cadangan (contoh)")
    hand.screen.say("  Masa sanggah: 1 keberatan ditolak, 1 diterima dan didahulukan dari cadangan")
    hand.date(signed_on, 9)
    _endorse(hand)
    hand.settle("selection")
    for case_id in _who_withdraws(hand):
        hand.official("operator", f"/api/cases/{case_id}/withdraw", {"reason": "Pindah ke luar provinsi (contoh)"})
    hand.settle("selection")
    hand.screen.say(f"  {WITHDRAWALS} mundur, cadangan naik, SK versi 2 diusulkan")
    hand.date(add_working_days(signed_on, 4), 9)
    _endorse(hand)
    hand.settle("selection")


def _publish_draft(hand: StageHand) -> None:
    draft = hand.caller.file(f"/siklus/{hand.year}/sk/usulan.pdf", hand.players.tokens["operator"])
    place = hand.house.home / "files" / f"usulan-{hand.year}.pdf"
    place.write_bytes(draft)
    hand.screen.say(f"  Usulan diumumkan tanpa nama dan NIK: {place}")


def _object(hand: StageHand) -> tuple[int, int]:
    """The facilitators' words, written down by the operator: one household wrongly in, one wrongly out."""
    selected, left_out = hand.read(_two_households)
    return (
        _file(hand, selected, "leave", "Menurut warga sudah punya toko besar (contoh)"),
        _file(hand, left_out, "enter", "Rajin hadir, tetapi catatannya belum masuk (contoh)"),
    )


def _two_households(session: Session, work: Work) -> tuple[Case, Case]:
    def first(status: str) -> list[Case]:
        return [case for case, _ in cases(session, work.cycle_id, status=status, regency=FIRST_REGENCY, limit=1)]

    return first("selected")[0], (first("unplaced") or first("reserve"))[0]


def _file(hand: StageHand, case: Case, kind: str, grounds: str) -> int:
    wish = {"household": case.household_id, "kind": kind, "grounds": grounds}
    return int(hand.official("operator", f"/api/cycles/{hand.year}/objections", wish)["objection"])


def _decide(hand: StageHand, objection: int, decision: str, answer: str) -> None:
    wish = {"decision": decision, "answer": answer}
    hand.official(f"verifier {FIRST_REGENCY}", f"/api/objections/{objection}/decide", wish)


def _endorse(hand: StageHand) -> None:
    """Each regency on the version that waits, then the province; the approver neither proposed nor verified."""
    path = f"/api/cycles/{hand.year}/decree"
    waiting: dict[str, Any] = hand.caller.ask("GET", path, hand.players.tokens["auditor"])["versions"][0]
    for one in waiting["verified"]:
        _verify(hand, one["regency"], f"{path}/verify")
    signed = hand.official("approver", f"{path}/approve")
    hand.screen.say(
        f"  SK versi {signed['version']}: {len(waiting['verified'])} wilayah memverifikasi, nomor {signed['number']}"
    )


def _verify(hand: StageHand, regency: str, path: str) -> None:
    """A verifier is refused while NIKs on the list are unmatched; sees the cards of those households, and verifies."""
    role, wish = f"verifier {regency}", {"regency": regency}
    try:
        hand.official(role, path, wish)
    except ServiceSaidNo as refused:
        confirm_niks(hand, role, json.loads(refused.details["answer"])["households"])
        hand.official(role, path, wish)


def _who_withdraws(hand: StageHand) -> list[int]:
    rows = hand.read(lambda session, work: cases(session, work.cycle_id, status="decreed", limit=400))
    return [case.id for case, _ in rows[:: max(len(rows) // WITHDRAWALS, 1)] if case.id is not None][:WITHDRAWALS]
