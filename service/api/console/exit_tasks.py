"""What about those who were absent, and those who leave the cash programme, waits for whom?"""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session

from service.api.console.showing import days_left, id_of, turn_words
from service.api.console.tasks import Row
from service.api.rendering import query
from service.clock import WIB
from service.db.tables import Cycle
from service.delivery.absences import OVERDUE, deadline_of, is_past
from service.delivery.queries import absences
from service.exits import queries as exits
from service.policy import CyclePolicy
from service.trust.rights import RIGHTS, Officer, may
from service.working_days import add_working_days


def rows_of(session: Session, officer: Officer, cycle: Cycle, today: date, policy: CyclePolicy) -> list[Row]:
    """Home visits, households past the deadline, lists to make, lists nobody acknowledged."""
    found = (
        _visits(session, officer, cycle, today, policy), _overdue(session, officer, cycle),
        _to_list(session, officer, cycle), _unanswered(session, officer, cycle, today, policy),
    )  # fmt: skip
    return [row for row in found if row]


def _visits(session: Session, officer: Officer, cycle: Cycle, today: date, policy: CyclePolicy) -> Row | None:
    if is_past(policy, cycle.year, today):
        return None
    count, since = absences.absent_counts(session, id_of(cycle), policy.events_per_household, officer.regencies)
    due, href = deadline_of(policy, cycle.year), query("/kunjungan", tahun=cycle.year)
    is_mine = "facilitator" in officer.roles
    return _row(count, since, "keluarga perlu dikunjungi di rumah", "Lihat", href, "facilitator", is_mine,
                due, days_left(today, due, policy))  # fmt: skip


def _overdue(session: Session, officer: Officer, cycle: Cycle) -> Row | None:
    count, since = absences.overdue_standing(session, id_of(cycle), OVERDUE, officer.regencies)
    mine = may(officer, "parcel.verify")
    href = query("/kunjungan", tahun=cycle.year, bagian="lewat")
    what = "keluarga tidak ditemui sampai batas penyerahan"
    return _row(count, since, what, "Putuskan" if mine else "Lihat", href, RIGHTS["parcel.verify"][0], mine)


def _to_list(session: Session, officer: Officer, cycle: Cycle) -> Row | None:
    count, since = exits.due_standing(session, id_of(cycle), officer.regencies)
    mine, href = _is_mine(officer, "exit.make"), query("/daftar-keluar", tahun=cycle.year)
    what = "keluarga terbukti belum ada pada daftar keluar"
    return _row(count, since, what, "Buat daftar" if mine else "Lihat", href, RIGHTS["exit.make"][0], mine)


def _unanswered(session: Session, officer: Officer, cycle: Cycle, today: date, policy: CyclePolicy) -> Row | None:
    """The cash programme has as many working days as any agency that must say it got something."""
    waiting = [row for row in exits.lists_of(session, id_of(cycle)) if row.state != "acknowledged"]
    since = min((row.sent_at or row.made_at for row in waiting), default=None)
    if since is None:
        return None
    due = add_working_days(since.astimezone(WIB).date(), policy.terms.acknowledge, policy.local_holidays)
    href = f"/daftar-keluar/{waiting[0].number}" if len(waiting) == 1 else query("/daftar-keluar", tahun=cycle.year)
    what = "daftar keluar belum dinyatakan diterima program tunai"
    mine = _is_mine(officer, "exit.acknowledge")
    verb = "Tindak lanjuti" if mine else "Lihat"
    turn = RIGHTS["exit.acknowledge"][0]
    return _row(len(waiting), since, what, verb, href, turn, mine, due, days_left(today, due, policy))


def _is_mine(officer: Officer, act: str) -> bool:
    return may(officer, act) and not officer.regencies


def _row(
    count: int, since: datetime | None, what: str, verb: str, href: str, turn: str, mine: bool,
    due: date | None = None, left: int = 0,
) -> Row | None:  # fmt: skip
    if not count or since is None:
        return None
    return Row(
        count=count, what=what, verb=verb, href=href, turn=turn_words(turn), mine=mine, since=since, due=due,
        left=abs(left), is_late=left < 0,
    )  # fmt: skip
