"""Who proposed the list of a year, who decides, and how does a household leave it?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.api.console.households import household_again
from service.api.console.showing import back_to, done_words, id_of, reason_from
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import page, show_again
from service.api.words import actor_words
from service.cohort import queries as cohort
from service.db import listings
from service.db.tables import Decree, Letter
from service.errors import EstafetError
from service.selection import decisions
from service.trust.homes import House
from service.trust.rights import Officer, may

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Approver = Annotated[Officer, needs("decree.approve")]
Excluder = Annotated[Officer, needs("case.exclude")]
Reason = Annotated[str, Form()]
STATES = {
    "proposed": ("Menunggu keputusan", "wait"), "approved": ("Ditetapkan", "good"), "rejected": ("Ditolak", "stop"),
    "superseded": ("Diganti usulan baru", "quiet"),
}  # fmt: skip


@router.get("/siklus/{year}/sk")
def decree_page(request: Request, year: int, officer: Looker, house: HouseOf) -> Response:
    """The version that waits, with both pairs of eyes, and every earlier version."""
    return _decree_page(request, year, officer, house)


@router.post("/siklus/{year}/sk/setujui")
def approve(request: Request, year: int, officer: Approver, house: HouseOf) -> Response:
    show_again(request, lambda error, status: _decree_page(request, year, officer, house, error, status))
    with house.database.write() as session:
        decisions.approve_decree(session, officer, cohort.cycle_of(session, year), told_by(officer, house))
    return back_to(f"/siklus/{year}/sk", "disetujui")


@router.post("/siklus/{year}/sk/tolak")
def reject(request: Request, year: int, officer: Approver, house: HouseOf, alasan: Reason = "") -> Response:
    show_again(request, lambda error, status: _decree_page(request, year, officer, house, error, status, alasan))
    reason = reason_from(alasan)
    with house.database.write() as session:
        decisions.reject_decree(session, officer, cohort.cycle_of(session, year), reason, told_by(officer, house))
    return back_to(f"/siklus/{year}/sk", "ditolak")


@router.post("/keluarga/{year}/{household_id}/mundur")
def withdraw(
    request: Request, year: int, household_id: int, officer: Excluder, house: HouseOf, alasan: Reason = ""
) -> Response:
    """A household leaves; its place goes to the next reserve."""
    show_again(request, household_again(request, year, household_id, officer, house))
    reason = reason_from(alasan)
    with house.database.write() as session:
        case = cohort.case_of(session, year, household_id)
        decisions.withdraw_case(session, officer, id_of(case), reason, told_by(officer, house))
    return back_to(f"/keluarga/{year}/{household_id}", "mundur")


def _decree_page(
    request: Request, year: int, officer: Officer, house: House,
    error: EstafetError | None = None, status: int = 200, reason: str = "",
) -> Response:  # fmt: skip
    with house.database.read() as session:
        cycle = cohort.cycle_of(session, year)
        versions = [_version(session, decree) for decree in listings.decrees(session, id_of(cycle))]
        waiting = versions[0] if versions and versions[0]["decree"].state == "proposed" else None
        by_regency = _counted(session, id_of(cycle), waiting)
        quotas = listings.quotas(session, id_of(cycle))
    is_maker = bool(waiting and waiting["decree"].proposed_by == officer.actor)
    values = {
        "cycle": cycle, "versions": versions, "waiting": waiting, "by_regency": by_regency, "quotas": quotas,
        "is_maker": is_maker, "may_decide": may(officer, "decree.approve") and not is_maker,
        "error": error, "faults": list(error.details.get("faults", [])) if error else [], "reason": reason,
        "done": done_words(request),
    }  # fmt: skip
    return page(request, "decree.html", values, status)


def _version(session: Session, decree: Decree) -> dict[str, Any]:
    names = listings.actor_names(session)
    word, tone = STATES.get(decree.state, (decree.state, "quiet"))
    return {
        "decree": decree, "word": word, "tone": tone,
        "made": actor_words(decree.proposed_by, names),
        "decided": actor_words(decree.decided_by, names) if decree.decided_by else "",
        "letter": session.get(Letter, decree.letter_id) if decree.letter_id else None,
    }  # fmt: skip


def _counted(session: Session, cycle_id: int, waiting: dict[str, Any] | None) -> list[tuple[str, int]]:
    """(regency, selected households); only while a version waits."""
    if waiting is None:
        return []
    rows = cohort.funnel(session, cycle_id)
    return [(regency, count) for regency, status, count in rows if status == "selected"]
