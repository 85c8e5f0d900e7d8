"""What happened to a referral while an agency looked at its page, or what did it answer before?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from service import words
from service.api.rendering import moment
from service.db import listings
from service.db.tables import Referral
from service.errors import NotNow
from service.handoff import queries as handoff
from service.handoff.baton import StaleVersion
from service.handoff.facts import FACTS
from service.handoff.queries.follow_up import reports_of
from service.handoff.queries.thread import notes_of
from service.handoff.repeats import AnsweredOtherwise
from service.lifecycle import Subject

OTHERWISE = "Yang tersimpan tetap berlaku; bila ada yang perlu diubah, tulis pesan kepada kami pada halaman rujukannya."


def why_not(session: Session, number: str, event: str, refusal: NotNow) -> str:
    """One sentence for the office that was overtaken: what it asked, and what happened meanwhile."""
    if event in FACTS and not isinstance(refusal, StaleVersion):
        return refusal.message
    if isinstance(refusal, AnsweredOtherwise):
        return f"Rujukan {number}: {refusal.message} {_last(session, handoff.referral_by_number(session, number))} {OTHERWISE}"
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
