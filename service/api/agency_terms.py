"""By when does an agency have to move each referral on its page, and which clocks stand still?"""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from service.clock import WIB
from service.db.tables import Cycle, Referral
from service.handoff.queries.clock import clock_of
from service.handoff.terms import Clock, deadline_of, is_paused
from service.policy import CyclePolicy


class TermsShown:
    """One view of the clocks, for several cycles; an agency may hold referrals of two years."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.today = now.astimezone(WIB).date()
        self._session, self._now = session, now
        self._clocks: dict[int, Clock] = {}

    def of(self, referral: Referral) -> tuple[date | None, bool]:
        """(the day its term ends, None while it stands or where no clock runs; does it stand?)"""
        running = self._clock(referral.cycle_id)
        if is_paused(running, referral):
            return None, True
        ends = deadline_of(running, referral)
        return (ends.astimezone(WIB).date() if ends else None), False

    def _clock(self, cycle_id: int) -> Clock:
        if cycle_id not in self._clocks:
            policy = CyclePolicy.model_validate(self._session.get_one(Cycle, cycle_id).policy)
            self._clocks[cycle_id] = clock_of(self._session, policy, self._now)
        return self._clocks[cycle_id]
