"""What has a referral been told so far, and is what a table says of it new, the same again, or something else?

Pure. What was said before is no new answer, so the same table twice is once, also saved anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from typing import Any

from service.handoff.facts import ONLY_AT
from service.handoff.next_steps import HOLDS
from service.lifecycle import ENDS, MOVES, Subject
from service.messages.turns import Turn, turn_of

_OPENS_FIRST = ("accepted", "waitlisted", "declined", "returned")


class Stand(Enum):
    """How something said stands to what was said before."""

    NEW = auto()
    SAME = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Known:
    """A referral as its agency left it: where it is, the events of its present round, and the last words of each.

    `round`: how often it was sent; `reports`: month -> (outcome, indicators), or None where it is still asked;
    `opens`: the first day on which that of a month may be given;
    `remarks`: what was written beside those; `lines`: what the agency wrote to us.
    """

    status: str = "sent"
    events: frozenset[str] = frozenset()
    round: int = 1
    reason: str | None = None
    outcome: str | None = None
    indicators: Mapping[str, Any] = field(default_factory=dict)
    register_number: str | None = None
    note: str | None = None
    waitlist_until: date | None = None
    reports: Mapping[int, tuple[str | None, Mapping[str, Any]] | None] = field(default_factory=dict)
    opens: Mapping[int, date] = field(default_factory=dict)
    remarks: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()

    def stand_of(self, event: str, said: Mapping[str, Any]) -> Stand:
        if event == "note":
            return Stand.SAME if said["text"] in self.lines else Stand.NEW
        if event == "outcome_reported":
            kept = self.reports.get(said["month"])
            return Stand.NEW if kept is None else _same(kept == (said["outcome"], said["indicators"]))
        if event not in self.events:
            return Stand.NEW
        until = self.waitlist_until.isoformat() if self.waitlist_until else None
        words = {
            "declined": (("reason", self.reason),), "returned": (("reason", self.reason),),
            "waitlisted": (("waitlist_until", until),),
            "concluded": (("outcome", self.outcome), ("indicators", self.indicators)),
        }  # fmt: skip
        return _same(all(said.get(name) == value for name, value in words.get(event, ())))

    def given_last(self) -> str | None:
        """The answer that brought the referral where it stands, while its agency may still add a number to it."""
        is_open = self.status not in ENDS[Subject.REFERRAL]
        return next((event for event, (at, *_) in HOLDS.items() if is_open and at == self.status), None)

    def said_again(self) -> dict[str, Any]:
        """What must be said with it once more."""
        return {"reason": self.reason, "note": self.note} if self.status in ("declined", "returned") else {}

    def asked_month(self, today: date) -> int | None:
        """The earliest month whose report is still asked and may be given."""
        asked = (month for month, kept in self.reports.items() if kept is None and not self.opens_later(month, today))
        return min(asked, default=None)

    def opens_later(self, month: int, today: date) -> date | None:
        """The day from which that month may be reported, where it lies ahead and nothing was said of it."""
        first = self.opens.get(month)
        return first if first and first > today and self.reports.get(month) is None else None


def after(known: Known, status: str, event: str) -> tuple[Turn, str]:
    """May this be said at this status, and where is the referral then? Deciding about what is new opens it first."""
    at = "acknowledged" if event in _OPENS_FIRST and status in ("sent", "no_response") else status
    turn = turn_of(Subject.REFERRAL, at, event, lambda: event in known.events, ONLY_AT.get(event, ()))
    return turn, MOVES[Subject.REFERRAL].get((at, event), status)


def _same(is_same: bool) -> Stand:
    return Stand.SAME if is_same else Stand.OTHER
