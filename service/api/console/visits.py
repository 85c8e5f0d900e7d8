"""Which households must be looked for at home, who is past the deadline, and whose place went to whom?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.api.console.showing import (
    Choice,
    back_to,
    chosen_cycle,
    days_left,
    done_words,
    id_of,
    next_after,
    regency_choices,
    seen_regencies,
    today_of,
)
from service.api.deps import HouseOf, needs, told_by
from service.api.forms import FormOf
from service.api.rendering import HEADERS, page, query, region, show_again
from service.cohort import queries as cohort
from service.db.tables import Cycle
from service.delivery import absences
from service.delivery.queries import absences as queries
from service.delivery.visit_sheet import HEADER, visit_rows
from service.errors import EstafetError
from service.policy import CyclePolicy
from service.spreadsheet import XLSX, xlsx_bytes
from service.trust.homes import House
from service.trust.rights import Officer, may

router = APIRouter()
Seer = Annotated[Officer, needs("household.look")]
Verifier = Annotated[Officer, needs("parcel.verify")]
Exporter = Annotated[Officer, needs("export")]
BASE = "/kunjungan"
VISIT, OVERDUE, BACK = "kunjungan", "lewat", "kembali"


@router.get("/kunjungan")
def visits(
    request: Request, officer: Seer, house: HouseOf, tahun: int | None = None, bagian: str | None = None,
    wilayah: str | None = None, pendamping: str | None = None, setelah: int = 0,
) -> Response:  # fmt: skip
    """Three lists: to visit, past the deadline, goods gone back."""
    return _page(request, officer, house, tahun, bagian, wilayah, pendamping, setelah)


@router.get("/kunjungan/daftar.xlsx")
def sheet(
    request: Request, officer: Exporter, house: HouseOf, tahun: int, wilayah: str | None = None, pendamping: str | None = None
) -> Response:
    """The list to go by, NIK masked."""
    with house.database.read() as session:
        cycle = cohort.cycle_of(session, tahun)
        at_least = CyclePolicy.model_validate(cycle.policy).events_per_household
        within = seen_regencies(officer, wilayah)
        body = xlsx_bytes(HEADER, visit_rows(session, house.sealer, id_of(cycle), at_least, within, pendamping))
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="kunjungan-{tahun}.xlsx"'}
    return Response(body, media_type=XLSX, headers=headers)


@router.post("/kunjungan/putuskan")
def decide(request: Request, officer: Verifier, house: HouseOf, form: FormOf) -> Response:
    """Who was never found by the deadline gives up the place; goods go back to the point."""
    given = str(form.get("tahun", ""))
    year, reason = int(given) if given.isdecimal() else None, str(form.get("alasan", ""))
    regency = str(form.get("wilayah", "")) or None
    numbers = [str(number) for number in form.getlist("paket")]
    again = {"reason": reason, "ticked": numbers}
    show_again(request, lambda error, code: _page(request, officer, house, year, OVERDUE, regency, None, 0, error, code, again))
    with house.database.write() as session:
        cycle = cohort.cycle_of(session, year or 0)
        absences.give_up(session, officer, cycle, numbers, reason, told_by(officer, house))
    return back_to(BASE, "diganti", tahun=year, bagian=BACK, wilayah=regency)


def _page(
    request: Request, officer: Officer, house: House, year: int | None, part: str | None, regency: str | None,
    facilitator: str | None, after: int, error: EstafetError | None = None, code: int = 200,
    again: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        cycle = chosen_cycle(session, year)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Kunjungan rumah"})
        policy, within = CyclePolicy.model_validate(cycle.policy), seen_regencies(officer, regency)
        values = _standing(request, cycle, policy)
        counts = _counts(session, id_of(cycle), policy, within, values["is_past"])
        part = part if part in counts else next(iter(counts))
        values |= _rows(session, cycle, policy, part, within, facilitator, after)
        if part == OVERDUE:
            values["next"] = _next(session, id_of(cycle), within)
    kept = {"tahun": cycle.year, "wilayah": regency}
    values |= {
        "cycle": cycle, "part": part, "facilitator": facilitator, "regency": regency, "kept": kept, "query": query,
        "parts": [Choice(query(BASE, bagian=name, **kept), WORDS[name], n, name == part) for name, n in counts.items()],
        "regencies": regency_choices(officer, BASE, regency, tahun=cycle.year, bagian=part),
        "more": next_after(values["rows"], BASE, queries.PAGE, bagian=part, pendamping=facilitator, **kept),
        "first": query(BASE, bagian=part, pendamping=facilitator, **kept) if after else "",
        "matching": counts[part], "may_decide": part == OVERDUE and may(officer, "parcel.verify"),
        "error": error, "faults": list(error.details.get("faults", [])) if error else [],
        "again": again or {"reason": "", "ticked": []}, "done": done_words(request),
    }  # fmt: skip
    return page(request, "visits.html", values, code)


WORDS = {VISIT: "Perlu dikunjungi", OVERDUE: "Lewat batas", BACK: "Menolak atau dikembalikan"}


def _standing(request: Request, cycle: Cycle, policy: CyclePolicy) -> dict[str, Any]:
    due, today = absences.deadline_of(policy, cycle.year), today_of(request)
    return {
        "due": due,
        "is_past": today > due,
        "left": abs(days_left(today, due, policy)),
        "times": policy.events_per_household,
    }


def _counts(session: Session, cycle_id: int, policy: CyclePolicy, within: tuple[str, ...], is_past: bool) -> dict[str, int]:
    """How many on each of the lists there are now: before the deadline nobody is past it, after it visits are over."""
    if is_past:
        waiting = {OVERDUE: queries.absent_counts(session, cycle_id, 0, within)[0]}
    else:
        waiting = {VISIT: queries.absent_counts(session, cycle_id, policy.events_per_household, within)[0]}
    return {**waiting, BACK: queries.gone_back_count(session, cycle_id, within)}


def _rows(
    session: Session, cycle: Cycle, policy: CyclePolicy, part: str, within: tuple[str, ...], facilitator: str | None, after: int
) -> dict[str, Any]:
    cycle_id = id_of(cycle)
    if part == BACK:
        return {"rows": queries.goods_gone_back(session, cycle_id, within, after), "facilitators": []}
    at_least = policy.events_per_household if part == VISIT else 0
    return {
        "rows": queries.absent_page(session, cycle_id, at_least, within, facilitator, after),
        "facilitators": queries.by_facilitator(session, cycle_id, at_least, within),
    }


def _next(session: Session, cycle_id: int, within: tuple[str, ...]) -> str:
    """What follows from giving up, in one sentence: who moves up, and where nobody does."""
    reserves = queries.reserves_by_regency(session, cycle_id)
    there = sorted(code for code in reserves if not within or code in within)
    names = ", ".join(f"{region(code)} ({reserves[code]} cadangan)" for code in there)
    first = "Barang kembali ke stok titik serah dan keluarga berhenti dari siklus ini."
    if not there:
        return f"{first} Tidak ada cadangan yang tersisa, jadi tempatnya tetap kosong."
    return f"{first} Cadangan berikutnya di wilayah yang sama naik dan ditetapkan dengan versi SK berikutnya: {names}."
