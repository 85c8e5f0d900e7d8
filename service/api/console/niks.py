"""Whose NIK could not be matched by the population office, and what does a person do about it?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.api.console.showing import Choice, back_to, done_words, id_of, next_page, reason_from, seen_regencies
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import page, query, region, show_again
from service.db import listings
from service.db.tables import AccessRecord, Household
from service.errors import BadInput, EstafetError
from service.registry import identity
from service.registry.doubts import nik as steps
from service.registry.doubts.queries import niks as queries
from service.registry.queries import household_by_id
from service.trust.homes import House
from service.trust.rights import Officer, require_region
from service.words import NIK_CHECKS

router = APIRouter()
Settler = Annotated[Officer, needs("registry.settle")]
Revealer = Annotated[Officer, needs("household.reveal")]
Text = Annotated[str, Form()]


@router.get("/nik")
def waiting_niks(
    request: Request, officer: Settler, house: HouseOf, hasil: str | None = None, wilayah: str | None = None, setelah: int = 0
) -> Response:
    """The queue, by what the office answered and by regency."""
    check = hasil if hasil in queries.UNMATCHED else None
    within = seen_regencies(officer, wilayah)
    with house.database.read() as session:
        rows = [(found,) for found in queries.unmatched_households(session, within, check, setelah, listings.PAGE)]
        counts = queries.unmatched_counts(session, within)
        by_regency = queries.unmatched_by_regency(session, officer.regencies)
    here = wilayah if wilayah and within == (wilayah,) else None
    values = {
        "rows": [row[0] for row in rows], "checks": _check_choices(counts, check, here),
        "regencies": _regency_choices(by_regency, check, here),
        "more": next_page(rows, "/nik", hasil=check, wilayah=here),
        "first": query("/nik", hasil=check, wilayah=here) if setelah else "",
        "matching": counts.get(check, 0) if check else sum(counts.values()), "done": done_words(request),
    }  # fmt: skip
    return page(request, "niks.html", values)


@router.get("/nik/{household_id}")
def nik(request: Request, household_id: int, officer: Settler, house: HouseOf) -> Response:
    """One household: what the office said, what in the NIK does not fit, and the two ways out."""
    return _nik_page(request, household_id, officer, house)


@router.post("/nik/{household_id}/buka")
def reveal(request: Request, household_id: int, officer: Revealer, house: HouseOf, alasan: Text = "") -> Response:
    """Show the whole NIK once, to hold it beside the document; who looked, when and why is kept."""
    show_again(request, lambda error, status: _nik_page(request, household_id, officer, house, error, status, "buka"))
    reason = reason_from(alasan)
    with house.database.write() as session:
        household = household_by_id(session, household_id)
        require_region(officer, household.regency_code)
        shown = house.sealer.unseal("nik", household.nik_sealed)
        at = told_by(officer, house).at
        session.add(AccessRecord(user_id=officer.id, household_id=household_id, field="nik", reason=reason, at=at))
    return _nik_page(request, household_id, officer, house, shown=shown)


@router.post("/nik/{household_id}/benarkan")
def confirm(request: Request, household_id: int, officer: Settler, house: HouseOf, alasan: Text = "") -> Response:
    show_again(
        request, lambda error, status: _nik_page(request, household_id, officer, house, error, status, "benarkan", alasan)
    )
    with house.database.write() as session:
        steps.confirm_nik(session, officer, household_id, alasan, told_by(officer, house))
    return back_to(f"/nik/{household_id}", "dibenarkan")


@router.post("/nik/{household_id}/ganti")
def correct(
    request: Request, household_id: int, officer: Settler, house: HouseOf, nik: Text = "", alasan: Text = ""
) -> Response:
    """The given NIK is not shown again when it is refused: it would stand in the page's source."""
    show_again(request, lambda error, status: _nik_page(request, household_id, officer, house, error, status, "ganti", alasan))
    with house.database.write() as session:
        steps.correct_nik(session, officer, house.sealer, household_id, nik, alasan, told_by(officer, house))
    return back_to(f"/nik/{household_id}", "dikoreksi")


def _nik_page(
    request: Request, household_id: int, officer: Officer, house: House, error: EstafetError | None = None, status: int = 200,
    form: str = "", reason: str = "", shown: str = "",
) -> Response:  # fmt: skip
    """`form` names the form that was refused, so that its faults stand at its own fields."""
    with house.database.read() as session:
        household = household_by_id(session, household_id)
        require_region(officer, household.regency_code)
        names = listings.actor_names(session)
        decisions = queries.nik_decisions(session, household_id)
        onward = _next(session, officer, household_id)
    faults = list(error.details.get("faults", [])) if isinstance(error, BadInput) else []
    values = {
        "person": household, "numbers": identity.masked_numbers(household, house.sealer), "shown": shown,
        "hints": _hints(house, household), "is_waiting": household.nik_check in queries.UNMATCHED, "onward": onward,
        "decisions": [(made, names.get(made.decided_by, made.decided_by)) for made in decisions],
        "error": error, "form": form, "reason": reason, "done": done_words(request),
        "faults": [{**fault, "field": f"{fault['field']}-{form}"} for fault in faults],
    }  # fmt: skip
    return page(request, "nik.html", values, status)


def _hints(house: House, household: Household) -> list[str]:
    """What in the NIK itself does not fit the record."""
    digits = house.sealer.unseal("nik", household.nik_sealed)
    found = identity.differences(digits, household.birth_on, household.sex, household.village_code)
    return [sentence[0].upper() + sentence[1:] for _, _, sentence in found]


def _next(session: Session, officer: Officer, after: int) -> int | None:
    """The next household of the queue, from the beginning again behind the last one."""
    for start in (after, 0):
        found = queries.unmatched_households(session, officer.regencies, after=start, limit=1)
        if found and found[0].id != after:
            return id_of(found[0])
    return None


def _check_choices(counts: dict[str, int], here: str | None, regency: str | None) -> list[Choice]:
    every = Choice(query("/nik", wilayah=regency), "Semua", sum(counts.values()), not here)
    named = [
        Choice(query("/nik", hasil=check, wilayah=regency), NIK_CHECKS[check], counts.get(check, 0), check == here)
        for check in queries.UNMATCHED
        if counts.get(check) or check == here
    ]
    return [every, *named]


def _regency_choices(counts: dict[str, int], check: str | None, here: str | None) -> list[Choice]:
    every = Choice(query("/nik", hasil=check), "Semua wilayah", None, not here)
    named = [Choice(query("/nik", hasil=check, wilayah=code), region(code), n, code == here) for code, n in counts.items()]
    return [every, *named] if len(named) > 1 or here else []
