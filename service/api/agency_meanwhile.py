"""What happened to a referral while an agency looked at its page, and was its answer there already?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.api import words
from service.api.rendering import moment
from service.db import listings
from service.db.tables import Partner, Referral
from service.errors import NotNow
from service.handoff import queries as handoff
from service.handoff.baton import StaleVersion
from service.handoff.clocks import TERM_OF
from service.handoff.facts import FACTS
from service.handoff.outcome import check_outcome
from service.handoff.queries.follow_up import reports_of
from service.handoff.queries.thread import notes_of
from service.lifecycle import Subject
from service.messages.queries import was_told_this_round


def is_told(session: Session, partner: Partner, number: str, event: str, said: Mapping[str, Any]) -> bool:
    """Did this agency say just that before: a second click, a reloaded page?"""
    referral = handoff.referral_by_number(session, number)
    if event not in FACTS:
        return was_told_this_round(session, Subject.REFERRAL, referral.id or 0, event)
    if event == "outcome_reported":
        return _is_reported(session, partner, referral, said)
    if event == "paused":
        return referral.paused_at is not None and referral.paused_reason == said.get("reason")
    return event == "resumed" and referral.paused_at is None and referral.status in TERM_OF


def why_not(session: Session, number: str, event: str, refusal: NotNow) -> str:
    """One sentence for the office that was overtaken: what it asked, and what happened meanwhile."""
    if event in FACTS and not isinstance(refusal, StaleVersion):
        return refusal.message
    said = "sudah berubah sejak Anda membukanya" if isinstance(refusal, StaleVersion) else "sudah tidak menunggu jawaban ini"
    last = _last(session, handoff.referral_by_number(session, number))
    return f"Rujukan {number} {said}. {last} Yang tampak sekarang adalah keadaan terbaru."


def _last(session: Session, referral: Referral) -> str:
    """The newest of moves, notes, reports and the pause, in words."""
    id_ = referral.id or 0
    found: list[tuple[datetime, str]] = [(move.at, _moved(move)) for move in listings.moves_of(session, Subject.REFERRAL, id_)]
    found += [(note.at, "ada catatan baru") for note in notes_of(session, id_)]
    found += [(one.reported_at, "laporan berkala diterima") for one in reports_of(session, id_) if one.reported_at]
    if referral.paused_at:
        found.append((referral.paused_at, "tenggat dihentikan"))
    at, what = max(reversed(found), key=lambda one: one[0])
    return f"Yang terakhir tercatat: {what}, {moment(at)}."


def _moved(move: Any) -> str:
    what = words.event_words("referral", move.event)
    reason = words.code_words(move.reason)
    return what[0].lower() + what[1:] + (f" ({reason})" if reason else "")


def _is_reported(session: Session, partner: Partner, referral: Referral, said: Mapping[str, Any]) -> bool:
    kept = next((one for one in reports_of(session, referral.id or 0) if one.month == said.get("month")), None)
    if kept is None or kept.reported_by != f"partner:{partner.sender}":
        return False
    return (kept.outcome, kept.indicators) == check_outcome(str(said["outcome"]), said["indicators"])
