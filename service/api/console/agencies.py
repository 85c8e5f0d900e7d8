"""What lies with each agency, whose turn is it, and through which links may the agency look?"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service import clock
from service.api.agency_terms import TermsShown
from service.api.console.agency_lines import HEADER, SECTIONS, section_of, sheet_rows
from service.api.console.showing import (
    back_to,
    chosen_cycle,
    done_words,
    id_of,
    regency_choices,
    seen_regencies,
    today_of,
)
from service.api.deps import HouseOf, needs
from service.api.rendering import HEADERS, Shown, page, query, show_again
from service.db.tables import Partner
from service.errors import EstafetError, NotFound
from service.handoff.balance import LABELS
from service.handoff.desks import desks
from service.handoff.months import EARLY
from service.handoff.queries.accounts import balance_of
from service.handoff.queries.by_agency import lots, reports_due, reports_owed
from service.handoff.queries.clock import clock_of
from service.handoff.queries.due import first_days
from service.handoff.queries.thread import unread
from service.policy import CyclePolicy
from service.spreadsheet import XLSX, xlsx_bytes
from service.trust import links, queries
from service.trust.homes import House
from service.trust.rights import Officer, may, require_region

router = APIRouter()
Looker = Annotated[Officer, needs("household.look")]
Linker = Annotated[Officer, needs(links.ACT)]
Exporter = Annotated[Officer, needs("export")]
Text = Annotated[str, Form(max_length=40)]
CHECKED_UP_TO = 20_000
"""The count of every move is asked for above this many referrals; the page waits for it below."""
VALID = timedelta(days=400)
MOST_REPORTS = 100


@router.get("/instansi")
def agencies(
    request: Request, officer: Looker, house: HouseOf, tahun: int | None = None, wilayah: str | None = None,
    periksa: bool = False,
) -> Response:  # fmt: skip
    """One line an agency, who is due first on top; whether every referral is in one place, for very many on demand."""
    with house.database.read() as session:
        cycle = chosen_cycle(session, tahun)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Per instansi"})
        within, cycle_id = seen_regencies(officer, wilayah), id_of(cycle)
        policy = CyclePolicy.model_validate(cycle.policy)
        running = clock_of(session, policy, clock.now(house.home))
        rows = desks(
            lots(session, cycle_id, within), reports_owed(session, cycle_id, today_of(request), within),
            first_days(session, cycle_id, running, within), policy.local_holidays,
        )  # fmt: skip
        checks = periksa or sum(row.total for row in rows) <= CHECKED_UP_TO
        accounts = balance_of(session, cycle_id, within) if checks else []
        notes = _notes(session, cycle_id, within)
    values = {
        "cycle": cycle, "rows": rows, "notes": notes, "checked": bool(accounts),
        "check": "" if checks else query("/instansi", tahun=cycle.year, wilayah=wilayah, periksa=1),
        "alarms": [(account.agency, alarm) for account in accounts for alarm in account.alarms],
        "regencies": regency_choices(officer, "/instansi", wilayah, tahun=cycle.year),
    }  # fmt: skip
    return page(request, "agencies.html", values)


@router.get("/instansi/{sender}")
def agency(
    request: Request, sender: str, officer: Looker, house: HouseOf, tahun: int | None = None, bagian: str = "", setelah: int = 0
) -> Response:  # fmt: skip
    """Everything that lies with one agency, in whose turn it is; its links for who may make them."""
    return _agency_page(request, sender, officer, house, tahun, bagian, setelah)


@router.get("/instansi/{sender}/rujukan.xlsx")
def sheet(request: Request, sender: str, officer: Exporter, house: HouseOf, tahun: int | None = None) -> Response:
    """The same lines, all of them, without anybody's name."""
    with house.database.read() as session:
        partner, cycle = _partner(session, officer, sender), chosen_cycle(session, tahun)
        if cycle is None:
            raise NotFound("Belum ada siklus.")
        terms = TermsShown(session, clock.now(house.home))
        body = xlsx_bytes(HEADER, sheet_rows(session, cycle, partner, officer.regencies, terms))
    name = f"rujukan-{partner.sender}-{cycle.year}.xlsx"
    return Response(body, media_type=XLSX, headers=HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/instansi/{sender}/tautan")
def make_link(request: Request, sender: str, officer: Linker, house: HouseOf, berkas: Text = "") -> Response:
    """A new link, shown on this one page and never again."""
    show_again(request, _again(request, sender, officer, house))
    with house.database.write() as session:
        token = links.new_link(session, officer, sender, clock.today(house.home) + VALID, berkas.strip().upper() or None)
    address = f"{house.settings.address.rstrip('/')}/r/{token}"
    return _agency_page(request, sender, officer, house, shown=("Tautan baru", address))


@router.post("/instansi/{sender}/kode")
def make_code(request: Request, sender: str, officer: Linker, house: HouseOf) -> Response:
    """A new short code, shown on this one page and never again."""
    show_again(request, _again(request, sender, officer, house))
    with house.database.write() as session:
        code = links.new_code_for(session, house.sealer, officer, sender)
    return _agency_page(request, sender, officer, house, shown=("Kode kantor baru", code))


@router.post("/instansi/{sender}/tautan/{link_id}/tutup")
def close_link(request: Request, sender: str, link_id: int, officer: Linker, house: HouseOf) -> Response:
    show_again(request, _again(request, sender, officer, house))
    with house.database.write() as session:
        links.close_link(session, officer, sender, link_id, clock.wall())
    return back_to(f"/instansi/{sender}", "tautan-ditutup")


@router.post("/instansi/{sender}/tautan/tutup")
def close_all_links(request: Request, sender: str, officer: Linker, house: HouseOf) -> Response:
    """Somebody left the office with its links: none of them opens anything any more, nor does its code."""
    show_again(request, _again(request, sender, officer, house))
    with house.database.write() as session:
        links.close_all_links(session, officer, sender, clock.wall())
    return back_to(f"/instansi/{sender}", "semua-tautan-ditutup")


def _again(request: Request, sender: str, officer: Officer, house: House) -> Shown:
    return lambda error, status: _agency_page(request, sender, officer, house, error=error, status=status)


def _agency_page(
    request: Request, sender: str, officer: Officer, house: House, year: int | None = None, part: str = "", after: int = 0,
    shown: tuple[str, str] | None = None, error: EstafetError | None = None, status: int = 200,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        partner, cycle = _partner(session, officer, sender), chosen_cycle(session, year)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": partner.name})
        terms, today = TermsShown(session, clock.now(house.home)), today_of(request)
        sections = [
            section_of(session, cycle, partner, officer.regencies, one, terms, after if part == one[0] else 0)
            for one in SECTIONS
        ]
        may_link = may(officer, links.ACT)
        values = {
            "agency": partner, "cycle": cycle, "sections": [one for one in sections if one["rows"] or not one["is_first"]],
            "notes": _notes(session, id_of(cycle), officer.regencies, partner.id), "most_reports": MOST_REPORTS,
            "reports": reports_due(
                session, id_of(cycle), id_of(partner), today + EARLY, officer.regencies, MOST_REPORTS
            ),
            "account": next(iter(balance_of(session, id_of(cycle), officer.regencies, id_of(partner))), None), "places": LABELS,
            "links": links.open_links_of(session, officer, sender, today) if may_link else [], "may_link": may_link,
            "may_export": may(officer, "export"),
        }  # fmt: skip
    faults = list(error.details.get("faults", [])) if error else []
    values |= {"shown": shown, "error": error, "faults": faults, "done": done_words(request)}
    return page(request, "agency.html", values, status, headers={"cache-control": "no-store"} if shown else None)


def _notes(session: Session, cycle_id: int, regencies: Any, agency_id: int | None = None) -> list[tuple[Any, int]]:
    """Referrals with lines nobody has read; of one agency where it is named."""
    return [pair for pair in unread(session, cycle_id, regencies) if agency_id in (None, pair[0].agency_id)]


def _partner(session: Session, officer: Officer, sender: str) -> Partner:
    partner = queries.partner_by_sender(session, sender[:60])
    if partner is None or partner.kind != "agency":
        raise NotFound(f"Instansi '{sender[:60]}' tidak ada.")
    if partner.regency_code:
        require_region(officer, partner.regency_code)
    return partner
