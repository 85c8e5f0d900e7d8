"""An answer that was given before is given again: is it the same, a correction of the agency's own number, or another one?

Whatever the way in, the same again is done already, and what differs is never told to be kept unless it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from service.db.history import Told
from service.db.tables import Referral
from service.errors import NotNow
from service.handoff.baton import require_version
from service.handoff.clocks import TERM_OF
from service.handoff.next_steps import HOLDS
from service.handoff.queries import repeats as queries
from service.handoff.queries.follow_up import reports_of
from service.handoff.spoken import MonthReply, PauseReply, Reply
from service.handoff.thread import number_corrected
from service.lifecycle import ENDS, Subject, may_move
from service.messages.queries import was_told_this_round
from service.messages.turns import Turn

NAMES = {
    "register_number": "nomor agenda", "note": "catatan", "reason": "alasan", "waitlist_until": "tanggal tunggu",
    "outcome": "hasil", "indicators": "bukti hasil",
}  # fmt: skip
_KEPT_AS = {"indicators": "outcome_indicators"}
_NOT_SAID = {"referral", "version"}


class AnsweredOtherwise(NotNow):
    """The answer was given before with other words; those stand."""


def was_given(session: Session, referral: Referral, event: str) -> bool:
    """Was this answer given in the present round, and does it hold, so that it can only be a repeat?"""
    if referral.status not in HOLDS.get(event, ()) or may_move(Subject.REFERRAL, referral.status, event):
        return False
    return was_told_this_round(session, Subject.REFERRAL, referral.id or 0, event)


def again(session: Session, referral_id: int, event: str, reply: Reply, told: Told) -> Turn:
    """SAME: it holds already. NOW: the agency's number is corrected. NEVER: it says something else, and is not kept.

    Raises:
        StaleVersion: it corrects what is older than there is.
    """
    kept = queries.locked_referral(session, referral_id)
    if kept.status not in HOLDS[event]:
        return Turn.NEVER
    if not (other := differing(reply, kept)):
        return Turn.SAME
    stands_there = HOLDS[event][0] == kept.status
    if stands_there and kept.status not in ENDS[Subject.REFERRAL] and other == ["register_number"]:
        require_version(session, referral_id, reply.version)
        if kept.register_number:
            number_corrected(session, referral_id, kept.register_number, told)
        queries.set_register_number(session, referral_id, reply.register_number)
        return Turn.NOW
    return Turn.NEVER if stands_there or not _came_before(session, referral_id, event, reply) else Turn.SAME


def differing(reply: Reply, kept: Referral) -> list[str]:
    """The fields that say something other than what is kept; what is not said stays as it is."""
    said = {name: getattr(reply, name) for name in type(reply).model_fields if name not in _NOT_SAID}
    return [name for name, value in said.items() if value and value != getattr(kept, _KEPT_AS.get(name, name))]


def otherwise(session: Session, referral_id: int, reply: Reply) -> AnsweredOtherwise:
    """Which words differ from those that are kept, for the office that sent them."""
    kept = queries.locked_referral(session, referral_id)
    words = ", ".join(NAMES.get(name, name) for name in differing(reply, kept))
    return AnsweredOtherwise(f"Jawaban ini sudah ada, dengan {words} yang lain.", status=kept.status, event="again")


def is_said(session: Session, referral_id: int, event: str, reply: Any, told: Told) -> bool:
    """Of what moves nothing: does just this hold already?"""
    judge = _SAID.get(event)
    return bool(judge and judge(session, queries.locked_referral(session, referral_id), reply, told))


def _is_paused(_session: Session, kept: Referral, reply: PauseReply, _told: Told) -> bool:
    return kept.paused_at is not None and kept.paused_reason == reply.reason


def _runs(_session: Session, kept: Referral, _reply: Reply, _told: Told) -> bool:
    return kept.paused_at is None and kept.status in TERM_OF


def _is_reported(session: Session, kept: Referral, reply: MonthReply, told: Told) -> bool:
    found = next((one for one in reports_of(session, kept.id or 0) if one.month == reply.month), None)
    if found is None or found.reported_by != told.actor:
        return False
    return (found.outcome, found.indicators) == (reply.outcome, reply.indicators) and reply.note in (None, "", found.note)


_SAID: dict[str, Callable[[Session, Referral, Any, Told], bool]] = {
    "paused": _is_paused, "resumed": _runs, "outcome_reported": _is_reported,
}  # fmt: skip


def _came_before(session: Session, referral_id: int, event: str, reply: Reply) -> bool:
    """Was a message of just these words applied? Later steps may have brought other words since."""
    for data in queries.applied_words(session, referral_id, f"referral.{event}"):
        try:
            before = type(reply).model_validate(data)
        except ValidationError:
            continue
        if before.model_copy(update={"version": None}) == reply.model_copy(update={"version": None}):
            return True
    return False
