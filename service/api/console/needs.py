"""What does a year need, is there money for it, who waits without a package, and who asks for another one?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from service.api.console.showing import (
    back_to,
    chosen_cycle,
    done_words,
    id_of,
    next_page,
    regency_choices,
    seen_regencies,
    who,
)
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import page, query, show_again
from service.cohort import queries as cohort
from service.db.tables import Household, Package
from service.errors import EstafetError
from service.procurement.drafting import budgets_of
from service.procurement.proposals import decide_package, propose_package
from service.procurement.queries import catalogue, need, proposals
from service.trust.homes import House
from service.trust.reach import require_case
from service.trust.rights import Officer

router = APIRouter()
Looker = Annotated[Officer, needs("household.own")]
Proposer = Annotated[Officer, needs("package.propose")]
Decider = Annotated[Officer, needs("package.decide")]


@router.get("/kebutuhan")
def needs_page(
    request: Request, officer: Looker, house: HouseOf, tahun: int | None = None, wilayah: str | None = None, setelah: int = 0
) -> Response:
    return _needs_page(request, officer, house, tahun, wilayah, setelah)


@router.get("/kebutuhan/usulkan")
def form_of(request: Request, officer: Proposer, house: HouseOf, tahun: int, keluarga: int) -> Response:
    """One household: what it gets, what was asked for before, and the form to ask for another package."""
    return _form_page(request, officer, house, tahun, keluarga)


@router.post("/kebutuhan/usulkan")
def propose(
    request: Request, officer: Proposer, house: HouseOf,
    tahun: Annotated[int, Form()], keluarga: Annotated[int, Form()], paket: Annotated[str, Form()] = "",
    alasan: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    given = {"paket": paket, "alasan": alasan}
    show_again(request, lambda error, code: _form_page(request, officer, house, tahun, keluarga, given, error, code))
    with house.database.write() as session:
        case = cohort.case_of(session, tahun, keluarga)
        propose_package(session, officer, id_of(case), paket, alasan, told_by(officer, house))
    return back_to("/kebutuhan", "diusulkan", tahun=tahun)


@router.post("/kebutuhan/usulan/{proposal_id}")
def decide(
    request: Request, proposal_id: int, officer: Decider, house: HouseOf,
    putusan: Annotated[str, Form(pattern="^(terima|tolak)$")], tahun: Annotated[int | None, Form()] = None,
    alasan: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    show_again(request, lambda error, code: _needs_page(request, officer, house, tahun, None, 0, error, code))
    with house.database.write() as session:
        decide_package(session, officer, proposal_id, putusan == "terima", alasan, told_by(officer, house))
    return back_to("/kebutuhan", "disetujui" if putusan == "terima" else "ditolak", tahun=tahun)


def _needs_page(
    request: Request, officer: Officer, house: House, year: int | None, regency: str | None, after: int = 0,
    error: EstafetError | None = None, code: int = 200,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        cycle = chosen_cycle(session, year)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Kebutuhan dan pagu"})
        cycle_id, within = id_of(cycle), seen_regencies(officer, regency)
        rows = need.households_without(session, cycle_id, within, after)
        opened = proposals.proposals(session, cycle_id, regencies=within)
        values: dict[str, Any] = {
            "cycle": cycle, "rows": rows, "without": need.count_without(session, cycle_id, within),
            "packages": need.needed_packages(session, cycle_id, within), "budgets": budgets_of(session, cycle),
            "asked": list(zip(opened, who(session, *[row[0].proposed_by for row in opened]), strict=True)),
            "open": proposals.count_of(session, cycle_id, regencies=within),
        }  # fmt: skip
    values |= {
        "regencies": regency_choices(officer, "/kebutuhan", regency, tahun=cycle.year), "mine": officer.actor,
        "columns": sorted({code for one in values["packages"] for code in one.by_regency}),
        "more": next_page(rows, "/kebutuhan", tahun=cycle.year, wilayah=regency),
        "first": query("/kebutuhan", tahun=cycle.year, wilayah=regency) if after else "",
    }  # fmt: skip
    return page(request, "needs.html", values | _told(request, error), code)


def _form_page(
    request: Request, officer: Officer, house: House, year: int, household_id: int, given: dict[str, str] | None = None,
    error: EstafetError | None = None, code: int = 200,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        case = cohort.case_of(session, year, household_id)
        require_case(session, officer, case)
        before = proposals.proposals_of(session, id_of(case))
        parcel = proposals.parcel_of(session, id_of(case))
        values: dict[str, Any] = {
            "cycle": cohort.cycle_of(session, year), "case": case, "household": session.get_one(Household, household_id),
            "package": session.get_one(Package, parcel.package_id) if parcel else None, "parcel": parcel,
            "offered": catalogue.current_packages(session, case.cycle_id),
            "before": list(zip(before, who(session, *[row[0].proposed_by for row in before]), strict=True)),
        }  # fmt: skip
    values |= {"given": given or {"paket": "", "alasan": ""}}
    return page(request, "need_form.html", values | _told(request, error), code)


def _told(request: Request, error: EstafetError | None) -> dict[str, Any]:
    faults = list(error.details.get("faults", [])) if error else []
    return {"error": error, "faults": faults, "done": done_words(request)}
