"""Is it this message's turn now, later, or never again?

Pure: reads the lifecycle's tables. A *round* of a subject starts when it is sent (again); what was said in a round
that is over must not take effect in the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum

from service.lifecycle import ENDS, MOVES, Subject, may_move

ROUND_STARTS = frozenset({"sent", "revised"})
NEW_ROUND = "revised"


class Turn(StrEnum):
    """What to do with a message, and what is answered; all but SAME is also what is kept of it.

    SAME: what it says was said before and holds, so there is nothing to do and nobody need look at it.
    """

    NOW = "applied"
    SAME = "duplicate"
    LATER = "parked"
    NEVER = "late"


def turn_of(subject: Subject, status: str, event: str, was_told: Callable[[], bool], only_at: Collection[str] = ()) -> Turn:
    """`was_told`: did the event already happen to the subject in its present round? (Asked only when it matters.)

    `only_at`: a plain fact that makes sense at these statuses only; before them it waits.
    """
    if only_at and status not in only_at:
        return Turn.LATER if any(may_get_to(subject, status, one) for one in only_at) else Turn.NEVER
    if is_plain_fact(subject, event) or may_move(subject, status, event):
        return Turn.NOW
    if status in ENDS[subject] or not may_come_this_round(subject, status, event) or was_told():
        return Turn.NEVER
    return Turn.LATER


def is_plain_fact(subject: Subject, event: str) -> bool:
    """An event that moves nothing (a visit was made): its handler alone judges it."""
    return all(known != event for _, known in MOVES[subject])


def may_come_this_round(subject: Subject, status: str, event: str) -> bool:
    """Is there a way from `status` to the event on which no new round starts?"""
    return any(told == event for at in _this_round(subject, status) for frm, told in MOVES[subject] if frm == at)


def may_get_to(subject: Subject, status: str, wanted: str) -> bool:
    """Is there a way from `status` to another on which no new round starts?"""
    return wanted in _this_round(subject, status)


def _this_round(subject: Subject, status: str) -> set[str]:
    """The statuses that can be reached without a new round, `status` itself among them."""
    seen, todo = set[str](), [status]
    while todo:
        at = todo.pop()
        seen.add(at)
        ways = {told: to for (frm, told), to in MOVES[subject].items() if frm == at and told != NEW_ROUND}
        todo += [to for to in ways.values() if to not in seen]
    return seen
