"""Where is a household, how did it get there, and what comes next by when?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service import clock
from service.api.console import story
from service.api.console.consent_sides import sides_of
from service.api.console.endorsements import household_standing
from service.api.console.showing import (
    chosen_cycle,
    done_words,
    id_of,
    known_status,
    next_page,
    reason_from,
    regency_choices,
    seen_regencies,
    status_choices,
    today_of,
)
from service.api.console.unagreed_lines import why_not_referred
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import Shown, page, query, show_again
from service.cohort import queries as cohort
from service.db import listings
from service.db.tables import AccessRecord, Case, Household
from service.errors import EstafetError
from service.exits import queries as exits
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.registry import aid_ledger
from service.selection import explain
from service.selection.sentences import placement_sentence
from service.trust.homes import House
from service.trust.reach import in_the_field, require_case
from service.trust.rights import Officer
from service.trust.sealing import masked

router = APIRouter()
Looker = Annotated[Officer, needs("household.own")]
Revealer = Annotated[Officer, needs("household.reveal")]
FIELDS = {"nik": "NIK", "kk": "Nomor KK", "phone": "Nomor telepon"}


@router.get("/keluarga")
def households(
    request: Request, officer: Looker, house: HouseOf,
    tahun: int | None = None, status: str | None = None, wilayah: str | None = None, setelah: int = 0,
) -> Response:  # fmt: skip
    """All households of a cycle, filtered by links that can be bookmarked; in the field those one accompanies."""
    status = known_status(Subject.CASE, status)
    with house.database.read() as session:
        cycle = chosen_cycle(session, tahun)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Keluarga"})
        within, login = seen_regencies(officer, wilayah), in_the_field(officer)
        rows = listings.cases(session, id_of(cycle), status, within, setelah, accompanied=login)
        counts = listings.status_counts(session, Subject.CASE, id_of(cycle), within, accompanied=login)
    kept = {"tahun": cycle.year, "wilayah": wilayah}
    values = {
        "cycle": cycle,
        "rows": rows,
        "statuses": status_choices(Subject.CASE, counts, "/keluarga", status, **kept),
        "regencies": regency_choices(officer, "/keluarga", wilayah, tahun=cycle.year, status=status),
        "more": next_page(rows, "/keluarga", status=status, **kept),
        "first": query("/keluarga", status=status, **kept) if setelah else "",
        "matching": counts.get(status, 0) if status else sum(counts.values()),
    }
    return page(request, "households.html", values)


@router.get("/keluarga/cari")
def find(request: Request, officer: Looker, house: HouseOf, tahun: int, nomor: str = "") -> Response:
    """By household number; the page itself says when there is none."""
    return _household_page(request, tahun, int(nomor) if nomor.isdecimal() and len(nomor) < 10 else 0, officer, house)


@router.get("/keluarga/{year}/{household_id}")
def household(request: Request, year: int, household_id: int, officer: Looker, house: HouseOf) -> Response:
    """One household's whole story."""
    return _household_page(request, year, household_id, officer, house)


@router.post("/keluarga/{year}/{household_id}/buka")
def reveal(
    request: Request, year: int, household_id: int, officer: Revealer, house: HouseOf,
    bagian: Annotated[str, Form()] = "", alasan: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Show one personal number, once, with a reason; who looked, when and why is kept."""
    show_again(request, household_again(request, year, household_id, officer, house))
    reason = reason_from(alasan)
    with house.database.write() as session:
        case, person = listings.case_reading(session, id_of(cohort.case_of(session, year, household_id)))
        require_case(session, officer, case)
        shown = _unsealed(house, person, bagian)
        session.add(
            AccessRecord(
                user_id=officer.id, household_id=household_id, field=bagian, reason=reason, at=told_by(officer, house).at
            )
        )
    return _household_page(request, year, household_id, officer, house, shown={bagian: shown})


def household_again(request: Request, year: int, household_id: int, officer: Officer, house: House) -> Shown:
    """The household's page as a refused form shows it."""
    return lambda error, status: _household_page(request, year, household_id, officer, house, error, status)


def _household_page(
    request: Request, year: int, household_id: int, officer: Officer, house: House,
    error: EstafetError | None = None, status: int = 200, shown: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        case, person = listings.case_reading(session, id_of(cohort.case_of(session, year, household_id)))
        require_case(session, officer, case)
        cycle = cohort.cycle_of(session, year)
        policy = CyclePolicy.model_validate(cycle.policy)
        today = today_of(request)
        held = why_not_referred(session, case, today)
        values = {
            "cycle": cycle, "case": case, "person": person,
            "numbers": _numbers(house, person, shown or {}),
            "moments": story.moments(session, case, policy, today, held), "held": held,
            "answer": _why(session, year, household_id),
            **_papers(session, case),
            "exit": exits.list_of_case(session, id_of(case)),
            "aid": aid_ledger.received_by(session, officer, household_id),
            **sides_of(session, officer, case, person, clock.now(house.home)),
            **household_standing(session, case, cycle, officer, listings.actor_names(session)),
        }  # fmt: skip
    values |= {"error": error, "done": done_words(request), "faults": _faults(error)}
    return page(request, "household.html", values, status)


def _why(session: Session, year: int, household_id: int) -> dict[str, Any]:
    """Every rule and indicator, the placement in one sentence, and the household among its neighbours."""
    reasons = explain.why(session, year, household_id)
    return {**reasons, "sentence": placement_sentence(reasons), "around": explain.around(reasons)}


def _papers(session: Session, case: Case) -> dict[str, Any]:
    """Parcels, referrals, mentor, visits and letters of a case."""
    case_id = id_of(case)
    referrals = listings.referrals_of_case(session, case_id)
    return {
        "parcels": listings.parcels_of_case(session, case_id),
        "referrals": referrals,
        "mentor": listings.mentor_of(session, case_id),
        "visits": listings.visits_of(session, case_id),
        "assessment": listings.latest_assessment(session, case.household_id),
        "letters": listings.letters_about(session, [f"referral:{referral.number}" for referral, _ in referrals]),
    }


def _numbers(house: House, person: Household, shown: dict[str, str]) -> list[dict[str, str | bool]]:
    """Personal numbers, masked unless just shown for a reason; what was never given is left out."""
    sealed = {"nik": person.nik_sealed, "kk": person.kk_sealed, "phone": person.phone_sealed}
    return [
        {
            "field": field, "word": word, "is_shown": field in shown,
            "text": shown.get(field) or masked(house.sealer.unseal(field, sealed[field] or "")),
        }
        for field, word in FIELDS.items()
        if sealed[field]
    ]  # fmt: skip


def _unsealed(house: House, person: Household, field: str) -> str:
    sealed = {"nik": person.nik_sealed, "kk": person.kk_sealed, "phone": person.phone_sealed}.get(field)
    return house.sealer.unseal(field, sealed) if sealed else "Tidak tercatat"


def _faults(error: EstafetError | None) -> list[dict[str, str]]:
    return list(error.details.get("faults", [])) if error else []
