"""How does an agency stop its clock while it waits for the household, and how long may that be?

A pause is a plain fact: no status changes. While it lasts no reminder falls due, afterwards the working days it stood
still are added to the term. Whatever moves the referral ends the pause; so does its length, for a pause that nobody ends
must not lose a household.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Session

from service.clock import WIB
from service.db.history import Told
from service.db.tables import Cycle
from service.errors import NotNow
from service.handoff.clocks import TERM_OF
from service.handoff.queries import replies as queries
from service.policy import CyclePolicy
from service.working_days import working_days_between

LONGEST_PAUSE = 30
"""Working days; then the clock runs again by itself."""


class NotPausable(NotNow):
    """The agency has no clock to stop, or it stands already, or it does not stand."""


def stood_still(
    paused_at: datetime | None, paused_days: int, now: datetime, local_holidays: Iterable[date] = ()
) -> tuple[int, bool]:
    """(working days a stay's clock stood so far, whether it stands now)."""
    if paused_at is None:
        return paused_days, False
    days = working_days_between(paused_at.astimezone(WIB).date(), now.astimezone(WIB).date(), local_holidays)
    return paused_days + min(max(days, 0), LONGEST_PAUSE), days < LONGEST_PAUSE


def pause(session: Session, referral_id: int, reason: str, told: Told) -> None:
    """Raises NotPausable."""
    status, paused_at, days, cycle_id = queries.locked_clock(session, referral_id)
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
