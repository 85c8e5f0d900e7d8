"""What do simulated agencies tell after their decision: a pause, a line to Dinsos, a report after three months?"""

from __future__ import annotations

from typing import Any

from service.demo.agencies import PageAgency, Sent, outcome_of
from service.demo.calling import Caller, Cast

WAITS_FOR = "menunggu keluarga melengkapi KTP"
LINE = "Keluarga kami minta datang hari Senin. Mohon pendamping mengingatkan."
FIRST_REPORT = 3


def wait_for_papers(agency: PageAgency) -> None:
    """The first household that was accepted must bring a paper: the clock stands, and Dinsos reads why."""
    first = [number for number in agency.waiting("layanan")[:1] if LINE not in agency.page_of(number)]
    agency.answer("paused", first, sebab=WAITS_FOR)
    agency.answer("note", first, pesan=LINE)


def papers_came(agency: PageAgency) -> None:
    agency.answer("resumed", agency.waiting("layanan")[:1])


def report_after_months(caller: Caller, cast: Cast, referral: Sent, at: str, seed: int) -> str:
    """The first report by month of a household still being served."""
    outcome, indicators = outcome_of(referral, seed)
    told: dict[str, Any] = {"business_running": outcome != "NOT_ACHIEVED", "turnover_up": False} | indicators
    content = {"referral": referral.number, "month": FIRST_REPORT, "outcome": outcome, "indicators": told}
    return caller.tell(cast, "referral.outcome_reported", content, at)
