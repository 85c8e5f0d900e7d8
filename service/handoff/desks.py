"""Of each agency: what waits for it, what waits for us, since when, and by which day must the first of it move?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from service.clock import WIB
from service.handoff.next_steps import what_follows
from service.handoff.queries.by_agency import Lot, Reports
from service.lifecycle import Subject, status_of
from service.working_days import add_working_days

THEIRS = ("sent", "acknowledged", "waitlisted", "accepted", "in_service")
OURS = ("no_response", "declined", "returned")
REPORTING = "melaporkan hasil"
NEXT_STEPS = {
    "sent": "menyatakan surat diterima", "acknowledged": "memutuskan", "waitlisted": "memutuskan yang di daftar tunggu",
    "accepted": "memulai layanan", "in_service": REPORTING,
}  # fmt: skip


@dataclass
class Desk:
    """One agency: how many lie where, and the step that is due first."""

    agency_id: int
    agency: str
    sender: str
    counts: dict[str, int] = field(default_factory=dict)
    paused: int = 0
    since: date | None = None
    next_step: str = ""
    due: date | None = None
    late_reports: int = 0

    @property
    def theirs(self) -> int:
        return sum(self.counts.get(status, 0) for status in THEIRS)

    @property
    def ours(self) -> int:
        return sum(self.counts.get(status, 0) for status in OURS)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        return self.total - self.theirs - self.ours


def desks(
    lots: Iterable[Lot], reports: Mapping[int, Reports], first: Mapping[tuple[int, str], date], local_holidays: Iterable[date]
) -> list[Desk]:
    """One for each agency, who is due first on top.

    `reports`: what it owes by month (`reports_owed`); `first`: when what is with it is due (`first_days`).
    """
    found: dict[int, Desk] = {}
    for lot in lots:
        desk = found.setdefault(lot.agency_id, Desk(lot.agency_id, lot.agency, lot.sender))
        desk.counts[lot.status] = desk.counts.get(lot.status, 0) + lot.count
        desk.paused += lot.paused if lot.status in THEIRS else 0
        if lot.status in (*THEIRS, *OURS):
            began = lot.since.astimezone(WIB).date()
            is_ours = lot.status in OURS
            due = our_due(lot.status, lot.since, local_holidays) if is_ours else first.get((lot.agency_id, lot.status))
            desk.since = min(desk.since or began, began)
            _take_if_first(desk, next_of(lot.status, lot.reason, lot.needs_person), due)
    for agency_id, owed in reports.items():
        if desk_of := found.get(agency_id):
            desk_of.late_reports = owed.late
            _take_if_first(desk_of, REPORTING, owed.first)
    return sorted(found.values(), key=lambda one: (one.due is None, one.due or date.max, -one.theirs, one.agency))


def next_of(status: str, reason: str | None, needs_person: str | None) -> str:
    """The next step in words; of what came back, as its reason asks."""
    return what_follows(status, reason, needs_person).rstrip(".") if status in OURS else NEXT_STEPS.get(status, "")


def our_due(status: str, since: datetime, local_holidays: Iterable[date]) -> date | None:
    """The day by which we must have moved what came back."""
    days = status_of(Subject.REFERRAL, status).days
    return add_working_days(since.astimezone(WIB).date(), days, local_holidays) if days else None


def _take_if_first(desk: Desk, step: str, due: date | None) -> None:
    is_first = due is not None and (desk.due is None or due < desk.due)
    if is_first or not desk.next_step:
        desk.next_step, desk.due = step, due or desk.due
