"""What must an officer write down with a decision about the registry, and how is a decision told that was taken before?"""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session

from service.clock import WIB
from service.db.listings import actor_names
from service.errors import BadInput, NotNow

SHORTEST, LONGEST = 5, 500
_LONG_NUMBER = re.compile(r"(?:\d[ .\-]?){15}\d")


class NoReason(BadInput):
    """A decision about a household came without its reason, or with a personal number in it."""


class AlreadySettled(NotNow):
    """Somebody decided before; the sentence says who and when."""


def checked_reason(reason: str) -> str:
    """Raises NoReason."""
    text = " ".join(reason.split())
    if not SHORTEST <= len(text) <= LONGEST:
        raise _refused(f"Tuliskan alasannya, {SHORTEST} sampai {LONGEST} huruf.")
    if _LONG_NUMBER.search(text):
        raise _refused("Jangan tulis NIK atau nomor KK di dalam alasan.")
    return text


def told_before(session: Session, what: str, actor: str | None, at: datetime | None) -> AlreadySettled:
    """`what` is the sentence's beginning: `Pasangan ini sudah diputuskan sama`."""
    who = actor_names(session).get(actor or "", (actor or "").partition(":")[2])
    when = f"{at.astimezone(WIB):%d/%m/%Y %H.%M} WIB" if at else ""
    return AlreadySettled(f"{what} oleh {who} pada {when}.", decided_by=actor, decided_at=at)


def _refused(sentence: str) -> NoReason:
    return NoReason(sentence, faults=[{"field": "alasan", "fault": sentence}])
