"""What may an agency tell that moves nothing: its clock stands or runs, a report after months, a note?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from service.db.history import Told
from service.handoff.clocks import TERM_OF
from service.handoff.follow_up import REPORTED_AT, keep_report
from service.handoff.pausing import pause, resume
from service.handoff.spoken import MonthReply, NoteReply, PauseReply, Reply
from service.handoff.thread import note_from_agency


@dataclass(frozen=True)
class Fact:
    """What the agency must say, and what keeps it."""

    says: type[Reply]
    keep: Callable[[Session, int, Any, Told], object]


def _paused(session: Session, referral_id: int, reply: PauseReply, told: Told) -> None:
    pause(session, referral_id, reply.reason, told)


def _resumed(session: Session, referral_id: int, _reply: Reply, told: Told) -> None:
    resume(session, referral_id, told)


def _reported(session: Session, referral_id: int, reply: MonthReply, told: Told) -> None:
    keep_report(session, referral_id, reply.month, reply.outcome, reply.indicators, reply.note, told)


def _noted(session: Session, referral_id: int, reply: NoteReply, told: Told) -> None:
    note_from_agency(session, referral_id, reply.text, told)


FACTS: dict[str, Fact] = {
    "paused": Fact(PauseReply, _paused),
    "resumed": Fact(Reply, _resumed),
    "outcome_reported": Fact(MonthReply, _reported),
    "note": Fact(NoteReply, _noted),
}
ONLY_AT: dict[str, tuple[str, ...]] = {
    "paused": tuple(status for status in TERM_OF if status != "sent"),
    "resumed": tuple(TERM_OF),
    "outcome_reported": REPORTED_AT,
}
"""Where a fact makes sense; told before, it waits for its turn."""
