"""What does the simulated agency answer to a practice referral, by the last two digits of its number?

The numbers go round after twenty. The first seven decline with each reason, the others walk every further way there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import OUTCOMES

ROUND = 20
Answer = tuple[str, dict[str, Any]]
_TAKEN: Answer = ("acknowledged", {"register_number": "LATIHAN/1"})
_NOTES = {"OTHER": "Perlu dibicarakan lebih dulu.", "ALREADY_SERVED": "Sudah ikut pelatihan kami tahun lalu."}
_BEGUN: tuple[Answer, ...] = (_TAKEN, ("accepted", {}), ("service_started", {}))


@dataclass(frozen=True)
class Part:
    """`ours`: events on our side when the referral is made; `theirs`: what the agency tells, in that order."""

    about: str
    theirs: tuple[Answer, ...]
    ours: tuple[str, ...] = ("signed", "sent")


def _declined(reason: str) -> Part:
    said = {"reason": reason} | ({"note": _NOTES[reason]} if reason in _NOTES else {})
    return Part(f"menolak dengan alasan {reason}", (_TAKEN, ("declined", said)))


def _concluded(outcome: str) -> Part:
    said = {"business_running": outcome != "NOT_ACHIEVED", "turnover_up": outcome == "ACHIEVED", "training_finished": True}
    return Part(f"melayani sampai selesai: {outcome}", (*_BEGUN, ("concluded", {"outcome": outcome, "indicators": said})))


PARTS: tuple[Part, ...] = (
    Part("menjawab sesudah tenggat", (_TAKEN,), ("signed", "sent", "deadline_passed")),  # ...20, 40, 60
    *(_declined(reason) for reason in DECLINE_REASONS),
    Part("memasukkan ke daftar tunggu", (_TAKEN, ("waitlisted", {"note": "Menunggu anggaran perubahan."}))),
    *(_concluded(outcome) for outcome in OUTCOMES),
    Part("mengembalikan sesudah layanan dimulai", (*_BEGUN, ("returned", {"reason": "CANNOT_REACH"}))),
    Part("mengembalikan untuk dilengkapi", (_TAKEN, ("returned", {"reason": "MISSING_DOCUMENT"}))),
    Part("bercerita dengan urutan terbalik (ditahan dahulu)", tuple(reversed(_BEGUN))),
    Part("menjeda tenggat", (_TAKEN, ("paused", {"reason": "menunggu rumah tangga"}))),
    Part("mengulang jawaban yang sama (sudah tersimpan)", (*_BEGUN, ("accepted", {}))),
    Part("menjawab rujukan yang belum dikirim (ditahan)", (_TAKEN,), ("signed",)),
    Part("menjawab rujukan yang sudah ditarik (terlambat)", (_TAKEN,), ("signed", "sent", "withdrawn")),
    Part(
        "menjawab rujukan yang sudah dialihkan (terlambat)", (_TAKEN,), ("signed", "sent", "deadline_passed", "rerouted")
    ),
)  # fmt: skip
assert len(PARTS) == ROUND


def part_for(number: str) -> Part:
    """`number`: the public number of a practice referral."""
    return PARTS[int(number.rpartition("-")[2]) % ROUND]
