"""Who needs a home visit, until when, and what becomes of those nobody found?

An absent household is invited again (`planning.py`) until the policy's number of events is used up; then its facilitator
goes there. Past the deadline a verifier gives the place to somebody else, or waits on: nothing ends by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from service import clock
from service.clock import WIB
from service.db.history import Told
from service.db.tables import Cycle
from service.delivery.decisions import ReasonNeeded
from service.delivery.leaving import return_parcel
from service.delivery.queries import absences as queries
from service.errors import BadInput, NotNow
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.stage import Done, Step, Work
from service.trust.rights import Officer, require

OVERDUE = "handover_overdue"


class NobodyTicked(BadInput):
    """A decision about households past the deadline that names none."""


class NotPastDeadline(NotNow):
    """A household that is not absent any more, or whose deadline is still to come."""


def deadline_of(policy: CyclePolicy, year: int) -> date:
    """The last day of handing over: the policy's, else the end of the budget year."""
    return policy.handover_due_on or date(year, 12, 31)


def is_past(policy: CyclePolicy, year: int, today: date) -> bool:
    return today > deadline_of(policy, year)


def newly_overdue(session: Session, work: Work) -> list[int]:
    """Absent past the deadline and not yet brought before a verifier."""
    if not is_past(work.policy, work.cycle.year, clock.today(work.home)):
        return []
    return queries.absent_without_reminder(session, work.cycle_id, OVERDUE)


def escalate_overdue(work: Work, ids: list[int]) -> Done:
    """Once for each: from now on it stands among the tasks of its regency's verifiers."""
    with work.database.write() as session:
        return Done(queries.keep_reminders(session, work.cycle_id, ids, OVERDUE, work.now))


def give_up(session: Session, officer: Officer, cycle: Cycle, numbers: Sequence[str], reason: str, told: Told) -> int:
    """A verifier ends the wait for households past the deadline, all or none; returns how many.

    Raises:
        NobodyTicked, ReasonNeeded, NotPastDeadline
        NotAllowed: as for `return_parcel`.
    """
    require(officer, "parcel.verify")
    if not numbers:
        raise NobodyTicked("", faults=[{"field": "daftar", "fault": "Centang sedikitnya satu keluarga"}])
    if len(reason.strip()) < 5:
        sentence = "Tuliskan alasannya, sedikitnya lima huruf."
        raise ReasonNeeded(sentence, faults=[{"field": "alasan", "fault": "Tuliskan alasannya"}])
    if not is_past(CyclePolicy.model_validate(cycle.policy), cycle.year, told.at.astimezone(WIB).date()):
        raise NotPastDeadline("Batas penyerahan belum lewat; pendamping masih dapat berkunjung.")
    known = queries.absent_named(session, cycle.id or 0, numbers)
    if missing := [number for number in numbers if number not in known]:
        raise NotPastDeadline(f"Paket {', '.join(missing[:5])} tidak lagi menunggu keputusan ini. Muat ulang daftarnya.")
    for number in dict.fromkeys(numbers):
        return_parcel(session, officer, known[number], reason, told)
    return len(known)


WATCH_STEPS: tuple[Step, ...] = (
    Step(
        "escalate_overdue", "Menaikkan penyerahan yang lewat batas", Subject.PARCEL, newly_overdue, escalate_overdue, 20_000
    ),
)  # fmt: skip
