"""How does an agency stop its clock while it waits for the household, and how long may that be?

A pause is a plain fact: no status changes. While it lasts no reminder falls due, afterwards the working days it stood
still are added to the term. Whatever moves the referral ends the pause; so does its length, for a pause that nobody ends
must not lose a household.
"""

from __future__ import annotations

from datetime import date

from sqlmodel import Session

from service.db.history import Told
from service.db.tables import Cycle
from service.errors import NotNow
from service.handoff.clocks import TERM_OF, stood_still
from service.handoff.queries import replies as queries
from service.policy import CyclePolicy

UNREAD = ("sent", "no_response")


class NotPausable(NotNow):
    """The agency has no clock to stop, or it stands already, or it does not stand."""


def pause(session: Session, referral_id: int, reason: str, told: Told) -> None:
    """Raises NotPausable."""
    status, paused_at, days, cycle_id = queries.locked_clock(session, referral_id)
    if status in UNREAD:
        raise NotPausable(
            "Surat rujukan ini belum dinyatakan diterima; nyatakan dulu penerimaannya, lalu hentikan tenggatnya.",
            status=status, event="paused",
        )  # fmt: skip
    if status not in TERM_OF:
        raise NotPausable("Tenggat hanya dapat dijeda selama rujukan ada pada instansi.", status=status, event="paused")
    if paused_at is not None:
        days, stands = stood_still(paused_at, days, told.at, _holidays(session, cycle_id))
        if stands:
            raise NotPausable("Tenggat rujukan ini sudah dijeda.", status=status, event="paused")
    queries.set_clock(session, referral_id, told.at, reason, days)


def resume(session: Session, referral_id: int, told: Told) -> None:
    """Raises NotPausable."""
    status, paused_at, days, cycle_id = queries.locked_clock(session, referral_id)
    if paused_at is None:
        raise NotPausable("Tenggat rujukan ini tidak sedang dijeda.", status=status, event="resumed")
    days, _ = stood_still(paused_at, days, told.at, _holidays(session, cycle_id))
    queries.set_clock(session, referral_id, None, None, days)


def _holidays(session: Session, cycle_id: int) -> tuple[date, ...]:
    return CyclePolicy.model_validate(session.get_one(Cycle, cycle_id).policy).local_holidays
