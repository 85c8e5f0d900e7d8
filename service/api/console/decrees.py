"""Who proposed the list of a year, who verified it, who decides, and how does a household leave it?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.api.console.endorsements import chain, hindrances, objection_rows
from service.api.console.households import household_again
from service.api.console.showing import back_to, done_words, id_of, reason_from, today_of
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import HEADERS, page, show_again
from service.cohort import queries as cohort
from service.db import listings
from service.db.decrees import waiting_version
from service.db.tables import Cycle, Decree, Letter
from service.errors import EstafetError, NotFound
from service.letters import render
from service.selection import decisions
from service.selection.papers import draft_values
from service.selection.standing import standing_of
from service.trust.homes import House
from service.trust.rights import Officer, may
from service.words import actor_words

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Verifier = Annotated[Officer, needs("decree.verify")]
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


@router.get("/siklus/{year}/sk/usulan.pdf")
def draft(year: int, officer: Looker, house: HouseOf) -> Response:
    """The list that waits, without names or numbers, to be published while people may object; made anew, never kept."""
    with house.database.read() as session:
        cycle = cohort.cycle_of(session, year)
        waiting = waiting_version(session, id_of(cycle))
        if waiting is None:
            raise NotFound(f"Tidak ada usulan SK {year} yang menunggu.")
        values = draft_values(session, cycle, waiting, house.home, house.settings.address)
    pdf = render("decree_public", values)
    name = f"usulan-{year}-versi-{waiting.version}.pdf"
    headers = {**HEADERS, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.post("/siklus/{year}/sk/verifikasi")
def verify(request: Request, year: int, officer: Verifier, house: HouseOf, wilayah: Reason = "") -> Response:
    """A regency's yes; without `wilayah` that of all of the officer's."""
    show_again(request, lambda error, status: _decree_page(request, year, officer, house, error, status))
    with house.database.write() as session:
        cycle = cohort.cycle_of(session, year)
        decisions.verify_decree(session, officer, cycle, wilayah or None, told_by(officer, house))
    return back_to(f"/siklus/{year}/sk", "diverifikasi")


@router.post("/siklus/{year}/sk/setujui")
def approve(request: Request, year: int, officer: Approver, house: HouseOf) -> Response:
    show_again(request, lambda error, status: _decree_page(request, year, officer, house, error, status))
    with house.database.write() as session:
        decree = decisions.approve_decree(session, officer, cohort.cycle_of(session, year), told_by(officer, house))
        is_signed = decree.state == "approved"
    return back_to(f"/siklus/{year}/sk", "disetujui" if is_signed else "disetujui-sebagian")


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


@router.post("/keluarga/{year}/{household_id}/keluarkan")
def exclude(request: Request, year: int, household_id: int, officer: Excluder, house: HouseOf, alasan: Reason = "") -> Response:
    """An officer takes the household out; its place goes to the next reserve."""
    show_again(request, household_again(request, year, household_id, officer, house))
    reason = reason_from(alasan, "alasan-keluarkan")
    with house.database.write() as session:
        case = cohort.case_of(session, year, household_id)
        decisions.exclude_case(session, officer, id_of(case), reason, told_by(officer, house))
    return back_to(f"/keluarga/{year}/{household_id}", "dikeluarkan")


def _decree_page(
    request: Request, year: int, officer: Officer, house: House,
    error: EstafetError | None = None, status: int = 200, reason: str = "",
) -> Response:  # fmt: skip
    with house.database.read() as session:
        cycle = cohort.cycle_of(session, year)
        names = listings.actor_names(session)
        versions = [_version(session, decree, names) for decree in listings.decrees(session, id_of(cycle))]
        values = {
            "cycle": cycle, "versions": versions, "waiting": None, "objections": objection_rows(session, cycle, officer, names),
            **_waiting(request, session, cycle, officer, versions, names),
        }  # fmt: skip
    values |= {
        "error": error, "faults": list(error.details.get("faults", [])) if error else [], "reason": reason,
        "done": done_words(request),
    }  # fmt: skip
    return page(request, "decree.html", values, status)


def _waiting(
    request: Request, session: Session, cycle: Cycle, officer: Officer, versions: list[dict[str, Any]], names: dict[str, str]
) -> dict[str, Any]:
    """The version that waits, if one does: its chain, what it still lacks, and what this officer may do."""
    if not versions or versions[0]["decree"].state != "proposed":
        return {}
    standing = standing_of(session, cycle, versions[0]["decree"])
    told = chain(standing, officer, names, listings.quotas(session, id_of(cycle)))
    lacks = hindrances(standing, today_of(request))
    may_decide = may(officer, "decree.approve") and not (told["is_maker"] or told["is_verifier"])
    return {
        "waiting": versions[0], "chain": told, "lacks": lacks, "may_decide": may_decide,
        "may_approve": may_decide and not lacks and not told["has_approved"],
    }  # fmt: skip


def _version(session: Session, decree: Decree, names: dict[str, str]) -> dict[str, Any]:
    word, tone = STATES.get(decree.state, (decree.state, "quiet"))
    return {
        "decree": decree, "word": word, "tone": tone,
        "made": actor_words(decree.proposed_by, names),
        "decided": actor_words(decree.decided_by, names) if decree.decided_by else "",
        "letter": session.get(Letter, decree.letter_id) if decree.letter_id else None,
        "public_letter": session.get(Letter, decree.public_letter_id) if decree.public_letter_id else None,
    }  # fmt: skip
