"""Which referrals are where, which letters wait for a signature, and how did one referral go?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.api.console.referral_sides import plain, sides_of
from service.api.console.showing import (
    chosen_cycle,
    done_words,
    id_of,
    known_status,
    next_page,
    regency_choices,
    seen_regencies,
    status_choices,
    today_of,
    turn_words,
)
from service.api.console.story import moments_of
from service.api.deps import HouseOf, needs
from service.api.rendering import Shown, page, query
from service.db import listings
from service.db.tables import Cycle, Partner, Referral, ReferralBatch
from service.errors import EstafetError, NotNow
from service.handoff import decisions
from service.handoff import queries as handoff
from service.handoff.asked_again import may_be_asked
from service.handoff.next_steps import NEEDS_PERSON
from service.handoff.outcome import label_of_indicator
from service.lifecycle import Subject, may_move, status_of
from service.trust.homes import House
from service.trust.queries import partners
from service.trust.reach import require_case
from service.trust.rights import Officer, may

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Seer = Annotated[Officer, needs("household.look")]
Owner = Annotated[Officer, needs("household.own")]


@router.get("/rujukan")
def referrals(
    request: Request, officer: Seer, house: HouseOf,
    tahun: int | None = None, status: str | None = None, wilayah: str | None = None, setelah: int = 0,
) -> Response:  # fmt: skip
    """Letters that wait for a signature on top, then referrals by status."""
    status = known_status(Subject.REFERRAL, status)
    with house.database.read() as session:
        cycle = chosen_cycle(session, tahun)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Rujukan"})
        within = seen_regencies(officer, wilayah)
        rows = listings.referrals(session, id_of(cycle), status, within, setelah)
        counts = listings.status_counts(session, Subject.REFERRAL, id_of(cycle), within)
        to_sign = [] if status or setelah else listings.batches(session, id_of(cycle), "drafted", within)
        stuck = [] if status or setelah else handoff.needing_person(session, id_of(cycle), within, 50)
    kept = {"tahun": cycle.year, "wilayah": wilayah}
    values = {
        "cycle": cycle,
        "rows": rows,
        "to_sign": [row for row in to_sign if row[2]],
        "stuck": stuck,
        "statuses": status_choices(Subject.REFERRAL, counts, "/rujukan", status, **kept),
        "regencies": regency_choices(officer, "/rujukan", wilayah, tahun=cycle.year, status=status),
        "more": next_page(rows, "/rujukan", status=status, **kept),
        "first": query("/rujukan", status=status, **kept) if setelah else "",
        "matching": counts.get(status, 0) if status else sum(counts.values()),
        "done": done_words(request),
    }
    return page(request, "referrals.html", values)


@router.get("/rujukan/{number}")
def referral(request: Request, number: str, officer: Owner, house: HouseOf) -> Response:
    """One hop: where it is, whose turn, by when, why this agency, every move, letters."""
    return _referral_page(request, number, officer, house)


def referral_again(request: Request, number: str, officer: Officer, house: House, **typed: str) -> Shown:
    """The referral's page as a refused form shows it, with what was typed."""
    return lambda error, status: _referral_page(request, number, officer, house, error, status, typed)


def _referral_page(
    request: Request, number: str, officer: Officer, house: House, error: EstafetError | None = None, status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        row = listings.by_number(session, Referral, number)
        case, person = listings.case_reading(session, row.case_id)
        require_case(session, officer, case)
        cycle = session.get_one(Cycle, row.cycle_id)
        values: dict[str, Any] = {
            "referral": row, "case": case, "person": person, "cycle": cycle,
            "agency": session.get_one(Partner, row.agency_id),
            "batch": session.get_one(ReferralBatch, row.batch_id),
            "hops": listings.referrals_of_case(session, row.case_id),
            "letters": listings.letters_about(session, [f"referral:{number}"]),
            "moments": moments_of(session, listings.moves_of(session, Subject.REFERRAL, id_of(row))),
            "choices": _choices(session, officer, row),
            **sides_of(session, officer, row, cycle, today_of(request)),
        }  # fmt: skip
    faults = list(error.details.get("faults", [])) if error else []
    overtaken = values["moments"][-1] if isinstance(error, NotNow) and values["moments"] else None
    values |= {"error": error, "faults": faults, "overtaken": overtaken, "done": done_words(request), "typed": typed or {}}
    return page(request, "referral.html", {**values, **_standing(row)}, status)


def _choices(session: Session, officer: Officer, row: Referral) -> dict[str, Any]:
    """What this officer may decide about it now."""
    may_decide = may(officer, "referral.decide")
    known = partners(session, "agency") if may_decide and may_move(Subject.REFERRAL, row.status, "rerouted") else []
    agencies = may_be_asked(session, row.case_id, row.purpose, known) if known else []
    return {
        "revise": may_decide and may_move(Subject.REFERRAL, row.status, "revised"),
        "agencies": [(str(agency.id), agency.name) for agency in agencies if agency.active and not agency.is_sandbox],
        "withdraw": may_decide and may_move(Subject.REFERRAL, row.status, "withdrawn"),
        "causes": list(decisions.WITHDRAW_REASONS.items()),
        "why_person": NEEDS_PERSON.get(row.needs_person or "", row.needs_person or ""),
    }


def _standing(row: Referral) -> dict[str, Any]:
    """Whose turn, and the outcome's indicators in words."""
    status = status_of(Subject.REFERRAL, row.status)
    told = row.outcome_indicators or {}
    return {
        "turn": turn_words(status.turn),
        "indicators": [(label_of_indicator(name), plain(value)) for name, value in told.items()],
    }
