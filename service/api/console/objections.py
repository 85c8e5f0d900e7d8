"""Who says that a household is wrongly in or out, and who decides it on which evidence?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.api.console.endorsements import shown
from service.api.console.households import household_again
from service.api.console.showing import back_to, done_words, id_of, reason_from
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import page, show_again
from service.cohort import queries as cohort
from service.db import decrees, listings
from service.db.tables import Case, Cycle, Objection
from service.errors import BadInput, EstafetError, NotFound
from service.selection import explain
from service.selection.objections import decide_objection, file_objection
from service.selection.sentences import placement_sentence
from service.trust.homes import House
from service.trust.reach import require_case
from service.trust.rights import Officer, may

router = APIRouter()
Looker = Annotated[Officer, needs("household.own")]
Filer = Annotated[Officer, needs("objection.file")]
Decider = Annotated[Officer, needs("objection.decide")]
Text = Annotated[str, Form()]
DECISIONS = {"terima": "accepted", "tolak": "refused"}
FOLLOWS = {
    "leave": "keluarga ini dikeluarkan, cadangan berikutnya di wilayahnya naik, dan usulan yang memuatnya diganti usulan baru.",
    "enter": "keluarga ini berdiri paling depan di daftar cadangan wilayahnya dan mengisi tempat kosong berikutnya.",
}  # fmt: skip


class ChoiceMissing(BadInput):
    """The form came without one of its choices."""


@router.post("/keluarga/{year}/{household_id}/keberatan")
def file(
    request: Request, year: int, household_id: int, officer: Filer, house: HouseOf, jenis: Text = "", alasan: Text = ""
) -> Response:
    """Write an objection down, in people's own words."""
    show_again(request, household_again(request, year, household_id, officer, house))
    if not jenis:
        raise _choice("jenis", "Pilih isi keberatan")
    grounds = reason_from(alasan, "alasan-keberatan")
    with house.database.write() as session:
        case_id = id_of(cohort.case_of(session, year, household_id))
        made = file_objection(session, officer, case_id, jenis, grounds, told_by(officer, house))
        path = f"/keberatan/{made.id}"
    return back_to(path, "keberatan")


@router.get("/keberatan/{objection_id}")
def objection(request: Request, objection_id: int, officer: Looker, house: HouseOf) -> Response:
    """The grounds, the household's own why, and the decision."""
    return _objection_page(request, objection_id, officer, house)


@router.post("/keberatan/{objection_id}/putuskan")
def decide(
    request: Request, objection_id: int, officer: Decider, house: HouseOf, putusan: Text = "", alasan: Text = ""
) -> Response:
    given = (putusan, alasan)
    show_again(request, lambda error, status: _objection_page(request, objection_id, officer, house, error, status, given))
    if putusan not in DECISIONS:
        raise _choice("putusan", "Pilih salah satu keputusan")
    answer = reason_from(alasan)
    with house.database.write() as session:
        decide_objection(session, officer, objection_id, DECISIONS[putusan], answer, told_by(officer, house))
    return back_to(f"/keberatan/{objection_id}", "keberatan-diputuskan")


def _choice(field: str, fault: str) -> ChoiceMissing:
    return ChoiceMissing(f"{fault}.", faults=[{"field": field, "fault": fault}])


def _objection_page(
    request: Request, objection_id: int, officer: Officer, house: House,
    error: EstafetError | None = None, status: int = 200, given: tuple[str, str] = ("", ""),
) -> Response:  # fmt: skip
    with house.database.read() as session:
        found = decrees.objection_and_case(session, objection_id)
        if found is None:
            raise NotFound(f"Keberatan {objection_id} tidak ada.")
        require_case(session, officer, found[1])
        values = _values(session, *found)
    is_filer = found[0].filed_by == officer.actor
    values |= {
        "is_filer": is_filer, "may_decide": found[0].state == "open" and may(officer, "objection.decide") and not is_filer,
        "follows": FOLLOWS[found[0].kind], "choice": given[0], "reason": given[1], "error": error, "done": done_words(request),
        "faults": list(error.details.get("faults", [])) if error else [],
    }  # fmt: skip
    return page(request, "objection.html", values, status)


def _values(session: Session, one: Objection, case: Case) -> dict[str, Any]:
    cycle = session.get_one(Cycle, case.cycle_id)
    reasons = explain.why(session, cycle.year, case.household_id)
    names = listings.actor_names(session)
    return {
        "cycle": cycle, "case": case, "person": listings.case_reading(session, id_of(case))[1], "one": shown(one, case, names),
        "why": reasons, "sentence": placement_sentence(reasons),
    }  # fmt: skip
