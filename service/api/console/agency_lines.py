"""Which referrals lie with one agency, in whose turn, with which step by which day: on its page and in its sheet?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from service.api.agency_terms import Term, TermsShown
from service.api.console.showing import id_of, turn_words
from service.api.rendering import query, region
from service.clock import WIB
from service.db.tables import Cycle, Household, Partner, Referral
from service.handoff.desks import OURS, REPORTING, THEIRS, next_of, our_due
from service.handoff.queries.by_agency import referrals_with, report_days
from service.lifecycle import Subject, label_of, status_of
from service.policy import CyclePolicy

AT_A_TIME = 50
IN_A_SHEET = 2_000
SECTIONS = (
    ("kita", "Giliran Dinas Sosial", OURS), ("mereka", "Giliran instansi", THEIRS),
    ("usai", "Sudah berakhir", ("concluded", "withdrawn", "rerouted")),
)  # fmt: skip
HEADER = ("rujukan", "nomor_keluarga", "kecamatan", "status", "sejak", "giliran", "langkah_berikut", "batas", "dijeda_sejak",
          "sebab_jeda")  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One referral. `due`: the day by which it must move or be reported on; none while the clock stands."""

    referral: Referral
    person: Household
    turn: str
    next: str
    due: date | None
    stands: bool
    is_late: bool


def section_of(
    session: Session, cycle: Cycle, partner: Partner, regencies: Sequence[str], section: tuple[str, str, tuple[str, ...]],
    terms: TermsShown, after: int,
) -> dict[str, Any]:  # fmt: skip
    """One of SECTIONS for the page, so many at a time."""
    name, title, statuses = section
    rows = _lines(session, cycle, partner, statuses, regencies, terms, after, AT_A_TIME)
    more = rows[-1].referral.id if len(rows) == AT_A_TIME else 0
    here = f"/instansi/{partner.sender}"
    return {
        "name": name, "title": title, "rows": rows, "is_first": not after, "first": query(here, tahun=cycle.year),
        "more": query(here, tahun=cycle.year, bagian=name, setelah=more) + f"#{name}" if more else "",
    }  # fmt: skip


def sheet_rows(
    session: Session, cycle: Cycle, partner: Partner, regencies: Sequence[str], terms: TermsShown
) -> Iterator[tuple[Any, ...]]:
    """All of them under HEADER, our turn first; households by number, nobody by name."""
    for _, title, statuses in SECTIONS:
        after = 0
        while lines := _lines(session, cycle, partner, statuses, regencies, terms, after, IN_A_SHEET):
            yield from (_cells(title, line) for line in lines)
            after = lines[-1].referral.id or 0


def _lines(
    session: Session, cycle: Cycle, partner: Partner, statuses: tuple[str, ...], regencies: Sequence[str],
    terms: TermsShown, after: int, limit: int,
) -> list[Line]:  # fmt: skip
    found = referrals_with(session, id_of(cycle), id_of(partner), statuses, regencies, after, limit)
    reports = report_days(session, [id_of(one) for one, _ in found if one.status == "concluded"])
    due = terms.of_all([one for one, _ in found if one.status in THEIRS])
    holidays = CyclePolicy.model_validate(cycle.policy).local_holidays
    return [_line(one, person, terms.today, due.get(id_of(one)), reports.get(id_of(one)), holidays) for one, person in found]


def _line(
    referral: Referral, person: Household, today: date, term: Term | None, report: date | None, holidays: tuple[date, ...]
) -> Line:  # fmt: skip
    """`term` of what is with the agency; `report`: of what is concluded, the day of the one still asked."""
    stands = term is not None and term.stands
    due = term.due if term else report
    if referral.status in OURS:
        due = our_due(referral.status, referral.status_since, holidays)
    next_step = next_of(referral.status, referral.reason, referral.needs_person) or (REPORTING if report else "")
    turn = turn_words(status_of(Subject.REFERRAL, referral.status).turn)
    due = None if stands else due
    return Line(referral, person, turn, next_step, due, stands, due is not None and due < today)


def _cells(title: str, line: Line) -> tuple[Any, ...]:
    referral = line.referral
    paused = referral.paused_at.astimezone(WIB).date() if line.stands and referral.paused_at else None
    return (
        referral.number, line.person.id, region(line.person.district_code), label_of(Subject.REFERRAL, referral.status),
        referral.status_since.astimezone(WIB).date(), title, line.next, line.due, paused,
        referral.paused_reason if line.stands else None,
    )  # fmt: skip
