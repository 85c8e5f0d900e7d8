"""Which households leave the cash programme on which list, does the cash programme know, and how does an officer tell it?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.api.console.showing import (
    back_to,
    chosen_cycle,
    done_words,
    id_of,
    next_after,
    regency_choices,
    seen_regencies,
    who,
)
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import HEADERS, page, query, show_again
from service.cohort import queries as cohort
from service.db import listings
from service.db.tables import Cycle, ExitList
from service.errors import EstafetError
from service.exits import decisions, files, listing, queries
from service.spreadsheet import XLSX
from service.trust.homes import House
from service.trust.rights import Officer, may
from service.words import EXIT_STATES

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Maker = Annotated[Officer, needs("exit.make")]
Receiver = Annotated[Officer, needs("exit.acknowledge")]
TONES = {"made": "wait", "sent": "go", "acknowledged": "good"}
STATES = {state: (said, TONES[state]) for state, said in EXIT_STATES.items()}


@router.get("/daftar-keluar")
def exit_lists(request: Request, officer: Looker, house: HouseOf, tahun: int | None = None) -> Response:
    """Every list of a cycle, and how many wait for the next."""
    return _lists_page(request, officer, house, tahun)


@router.post("/daftar-keluar/buat")
def make(request: Request, officer: Maker, house: HouseOf, tahun: Annotated[int, Form()]) -> Response:
    show_again(request, lambda error, code: _lists_page(request, officer, house, tahun, error, code))
    with house.database.read() as session:
        cycle = cohort.cycle_of(session, tahun)
    made = listing.make_list(house, officer, cycle)
    return back_to(f"/daftar-keluar/{made.number}", "daftar-dibuat")


@router.get("/daftar-keluar/{number}")
def exit_list(
    request: Request, number: str, officer: Looker, house: HouseOf, wilayah: str | None = None, setelah: int = 0
) -> Response:
    return _list_page(request, number, officer, house, wilayah, setelah)


@router.post("/daftar-keluar/{number}/ambil")
def take(request: Request, number: str, officer: Maker, house: HouseOf, bentuk: Annotated[str, Form()] = "csv") -> Response:
    """The file with full NIKs; taking it is logged for every household, and the list counts as handed over."""
    show_again(request, lambda error, code: _list_page(request, number, officer, house, None, 0, error, code))
    content = decisions.hand_out(house, officer, number)
    is_sheet = bentuk == "xlsx"
    name = f"{number}.{'xlsx' if is_sheet else 'csv'}"
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
    body = files.list_xlsx(content) if is_sheet else content
    return Response(body, media_type=XLSX if is_sheet else "text/csv", headers=headers)


@router.post("/daftar-keluar/{number}/diterima")
def acknowledge(
    request: Request, number: str, officer: Receiver, house: HouseOf,
    sidik: Annotated[str, Form()] = "", oleh: Annotated[str, Form()] = "", catatan: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """The cash programme has the list, as the hash it computed shows."""
    given = {"sidik": sidik, "oleh": oleh, "catatan": catatan}
    show_again(request, lambda error, code: _list_page(request, number, officer, house, None, 0, error, code, given))
    with house.database.write() as session:
        decisions.acknowledge(session, officer, number, sidik, oleh, catatan, told_by(officer, house))
    return back_to(f"/daftar-keluar/{number}", "diterima-tunai")


@router.post("/daftar-keluar/{number}/kembali")
def send_back(
    request: Request, number: str, officer: Receiver, house: HouseOf,
    keluarga: Annotated[str, Form()] = "", alasan: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """A household the cash programme returns, with its reason."""
    given = {"keluarga": keluarga, "alasan": alasan}
    show_again(request, lambda error, code: _list_page(request, number, officer, house, None, 0, error, code, given))
    household = int(keluarga) if keluarga.isdecimal() and len(keluarga) < 10 else 0
    with house.database.write() as session:
        decisions.send_back(session, officer, number, household, alasan, told_by(officer, house))
    return back_to(f"/daftar-keluar/{number}", "kembali-tunai")


def _lists_page(
    request: Request, officer: Officer, house: House, year: int | None, error: EstafetError | None = None, code: int = 200
) -> Response:
    with house.database.read() as session:
        cycle = chosen_cycle(session, year)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Daftar keluar"})
        waiting, since = queries.due_standing(session, id_of(cycle), officer.regencies)
        values = {
            "cycle": cycle, "lists": queries.lists_of(session, id_of(cycle)), "waiting": waiting, "since": since,
        }  # fmt: skip
    values |= {"states": STATES, "may_make": _may(officer, "exit.make"), "error": error, "done": done_words(request)}
    return page(request, "exits.html", values, code)


def _list_page(
    request: Request, number: str, officer: Officer, house: House, regency: str | None, after: int,
    error: EstafetError | None = None, code: int = 200, given: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        row = decisions.list_for(session, number)
        base = f"/daftar-keluar/{number}"
        within = seen_regencies(officer, regency)
        counts = queries.by_regency(session, id_of(row))
        shown = queries.entries_of(session, id_of(row), within, after) if may(officer, "household.look") else []
        values = {
            "row": row, "cycle": session.get_one(Cycle, row.cycle_id), "made_by": who(session, row.made_by)[0],
            "notes": _notes(session, row), "letters": listings.letters_about(session, [f"exit:{number}"]),
            "counts": counts, "shown": shown,
            "regencies": regency_choices(officer, base, regency),
            "more": next_after(shown, base, queries.PAGE, wilayah=regency),
            "first": query(base, wilayah=regency) if after else "",
        }  # fmt: skip
    values |= {
        "states": STATES, "matching": sum(n for regency, n in counts.items() if not within or regency in within),
        "may_take": _may(officer, "exit.make"), "may_acknowledge": _may(officer, "exit.acknowledge"), "given": given or {},
        "error": error, "faults": list(error.details.get("faults", [])) if error else [], "done": done_words(request),
    }  # fmt: skip
    return page(request, "exit.html", values, code)


def _may(officer: Officer, act: str) -> bool:
    """A list is the province's: who works for some regencies looks only."""
    return may(officer, act) and not officer.regencies


def _notes(session: Session, row: ExitList) -> list[dict[str, Any]]:
    """The lines of the note as day, who and words."""
    names = listings.actor_names(session)
    lines = [line.partition(": ") for line in (row.note or "").splitlines()]
    return [
        {"day": head[:10], "who": names.get(head[11:], head[11:].partition(":")[2]), "words": words} for head, _, words in lines
    ]
