"""Which agencies must somebody at Dinsos speak to, because telling their head has moved nothing?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from service.api.console.showing import days_left, id_of
from service.api.console.tasks import Row
from service.api.rendering import query
from service.clock import WIB
from service.db.tables import Cycle
from service.handoff.queries.stuck import Stuck, stuck
from service.handoff.terms import REPORT, Clock
from service.trust.rights import Officer, may

WHAT = {
    "accepted": "rujukan disanggupi {agency}, layanan belum dimulai sesudah eskalasi",
    "in_service": "rujukan dilayani {agency}, hasil belum dilaporkan sesudah eskalasi",
    REPORT: "laporan hasil {agency} terlambat sesudah eskalasi",
}
PART = {REPORT: "laporan"}


def rows_of(
    session: Session, officer: Officer, cycle: Cycle, running: Clock, days: Mapping[tuple[int, str], date]
) -> list[Row]:
    """One for each agency and what it does not do; `days`: when the first of its referrals was due, by status."""
    if not may(officer, "referral.decide"):
        return []
    found = stuck(session, id_of(cycle), running.now, officer.regencies)
    return [_row(one, cycle.year, running, one.due_on or days.get((one.agency_id, one.what))) for one in found]


def _row(one: Stuck, year: int, running: Clock, due: date | None) -> Row:
    """To the referral itself, or to the agency's page where there are several."""
    left = days_left(running.now.astimezone(WIB).date(), due, running.policy) if due else 0
    several = query(f"/instansi/{one.sender}", tahun=year) + f"#{PART.get(one.what, 'mereka')}"
    return Row(
        count=one.count, what=WHAT[one.what].format(agency=one.agency), verb="Tindak lanjuti",
        href=several if one.count > 1 else f"/rujukan/{one.first}", turn="Petugas operasi", mine=True,
        since=one.escalated_at, due=due, left=abs(left), is_late=True,
    )  # fmt: skip
