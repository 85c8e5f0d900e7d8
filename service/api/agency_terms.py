"""By when does an agency have to move each referral on its page, what is it to do, and which clocks stand still?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from service.clock import WIB
from service.db.tables import Cycle, Referral
from service.handoff.clocks import NEXT_ACT
from service.handoff.queries.clock import clock_of
from service.handoff.queries.due import deadlines
from service.handoff.terms import Clock, is_paused
from service.policy import CyclePolicy
from service.working_days import working_days_between


@dataclass(frozen=True)
class Term:
    """`due`: the day it ends, None while the clock stands or where none runs; `left`: working days, negative when late."""

    act: str
    stands: bool
    due: date | None = None
    left: int = 0

    @property
    def is_late(self) -> bool:
        return self.left < 0

    @property
    def left_words(self) -> str:
        """`4 hari kerja lagi`."""
        return f"lewat {-self.left} hari kerja" if self.is_late else f"{self.left} hari kerja lagi" if self.left else "hari ini"


class TermsShown:
    """One view of the clocks, for several cycles; an agency may hold referrals of two years."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.today = now.astimezone(WIB).date()
        self._session, self._now = session, now
        self._clocks: dict[int, Clock] = {}

    def of(self, referral: Referral) -> Term:
        return self.of_all([referral])[referral.id or 0]

    def of_all(self, referrals: Sequence[Referral]) -> dict[int, Term]:
        """By referral id."""
        found: dict[int, Term] = {}
        for cycle_id in {one.cycle_id for one in referrals}:
            rows = [one for one in referrals if one.cycle_id == cycle_id]
            ends = deadlines(self._session, self._clock(cycle_id), rows)
            found |= {one.id or 0: self._term(one, ends[one.id or 0]) for one in rows}
        return found

    def _term(self, referral: Referral, ends: datetime | None) -> Term:
        running, act = self._clock(referral.cycle_id), NEXT_ACT.get(referral.status, "")
        if is_paused(running, referral):
            return Term(act, stands=True)
        if ends is None:
            return Term(act, stands=False)
        due = ends.astimezone(WIB).date()
        return Term(act, False, due, working_days_between(self.today, due, running.policy.local_holidays))

    def _clock(self, cycle_id: int) -> Clock:
        if cycle_id not in self._clocks:
            policy = CyclePolicy.model_validate(self._session.get_one(Cycle, cycle_id).policy)
            self._clocks[cycle_id] = clock_of(self._session, policy, self._now)
        return self._clocks[cycle_id]
