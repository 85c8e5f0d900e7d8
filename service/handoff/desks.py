"""Of each agency: what waits for it, what waits for us, since when, and by which day must the first of it move?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from service.clock import WIB
from service.handoff.clocks import deadline
from service.handoff.queries.by_agency import Lot
from service.handoff.terms import Clock

THEIRS = ("sent", "acknowledged", "waitlisted", "accepted", "in_service")
OURS = ("no_response", "declined", "returned")
NEXT_STEPS = {
    "sent": "menyatakan surat diterima", "acknowledged": "memutuskan", "waitlisted": "memutuskan yang di daftar tunggu",
    "accepted": "memulai layanan", "in_service": "melaporkan hasil", "no_response": "kita hubungi, alihkan, atau tarik",
    "declined": "kita cari jalan lain", "returned": "pendamping melengkapi, kita kirim ulang",
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


def desks(lots: Iterable[Lot], reports: Mapping[int, date], clock: Clock) -> list[Desk]:
    """One for each agency, who is due first on top; `reports`: first report day by agency (`first_reports`)."""
    found: dict[int, Desk] = {}
    for lot in lots:
        desk = found.setdefault(lot.agency_id, Desk(lot.agency_id, lot.agency, lot.sender))
        desk.counts[lot.status] = lot.count
        desk.paused += lot.paused if lot.status in THEIRS else 0
        if lot.status in (*THEIRS, *OURS):
            _take_if_first(desk, lot, _due(lot, reports, clock))
    return sorted(found.values(), key=lambda one: (one.due is None, one.due or date.max, -one.theirs, one.agency))


def _due(lot: Lot, reports: Mapping[int, date], clock: Clock) -> date | None:
    """The day on which the longest-waiting of a lot must have moved; none when every clock of it stands."""
    if lot.status in OURS or lot.paused == lot.count:
        return None
    if lot.status == "in_service" and lot.agency_id in reports:
        return reports[lot.agency_id]
    terms = clock.terms_for(lot.agency_id)
    ends = deadline(lot.status, lot.since, terms, clock.policy.local_holidays, lot.until, 0)
    return ends.astimezone(WIB).date() if ends else None


def _take_if_first(desk: Desk, lot: Lot, due: date | None) -> None:
    began = lot.since.astimezone(WIB).date()
    desk.since = min(desk.since or began, began)
    is_first = due is not None and (desk.due is None or due < desk.due)
    if is_first or not desk.next_step:
        desk.next_step, desk.due = NEXT_STEPS[lot.status], due or desk.due
