"""How far is a cycle, in all and by regency; is nobody lost; and how is a stage started?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service import clock
from service.api import relay
from service.api.console.showing import done_words, id_of, today_of
from service.api.deps import HouseOf, needs
from service.api.rendering import page, query, show_again
from service.cohort import queries as cohort
from service.cohort import steps as cohort_steps
from service.cohort.conservation import SENTENCES
from service.db import listings
from service.db.tables import Cycle
from service.errors import BadInput, EstafetError
from service.handoff.queries.holders import ON_THE_WAY, held
from service.lifecycle import Subject, status_of
from service.regions import regencies
from service.trust.rights import Officer
from service.words import STAGES

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Runner = Annotated[Officer, needs("stage.run")]
AFTER = {
    "open": "selection", "frozen": "selection", "decreed": "procurement", "procuring": "procurement",
    "delivering": "delivery", "handing_off": "handoff",
}  # fmt: skip


class NoSuchStage(BadInput):
    """A stage nobody knows."""


@router.get("/siklus")
def cycles(request: Request, officer: Looker, house: HouseOf) -> Response:
    with house.database.read() as session:
        known = cohort.cycles(session)
        counts = {cycle.year: listings.status_counts(session, Subject.CASE, id_of(cycle)) for cycle in known}
    return page(request, "cycles.html", {"cycles": known, "sizes": {year: sum(c.values()) for year, c in counts.items()}})


@router.get("/siklus/{year}")
def cycle_page(request: Request, year: int, officer: Looker, house: HouseOf) -> Response:
    """The relay line of the cohort and of each regency, the conservation check, and the stages to start."""
    return _cycle_page(request, year, house)


@router.post("/siklus/{year}/jalankan/{stage}")
def run_stage(request: Request, year: int, stage: str, officer: Runner, house: HouseOf) -> Response:
    """Ask Prefect for one run; the same button pressed twice within the state asks for the same run."""
    show_again(request, lambda error, status: _cycle_page(request, year, house, error, status))
    if stage not in STAGES:
        raise NoSuchStage(f"Tahap '{stage}' tidak dikenal.")
    with house.database.read() as session:
        cycle = cohort.cycle_of(session, year)
        latest = listings.last_move(session, id_of(cycle))
    key = f"console-{stage}-{year}-{latest}-{clock.wall():%Y%m%d%H%M}"
    run_id = request.app.state.prefect.start_stage(stage, year, officer.actor, key)
    return RedirectResponse(query(f"/siklus/{year}", sudah="dimulai", run=run_id), status_code=303)


def _cycle_page(request: Request, year: int, house: Any, error: EstafetError | None = None, status: int = 200) -> Response:
    with house.database.read() as session:
        cycle = cohort.cycle_of(session, year)
        values = _figures(session, cycle)
        verdict = cohort_steps.conservation(session, id_of(cycle))
        alarms = [
            {"case": listings.case_reading(session, case_id)[0], "why": SENTENCES.get(code, code)}
            for case_id, code in list(verdict.alarms.items())[:20]
        ]
    run = request.query_params.get("run", "")
    values |= {
        "cycle": cycle, "verdict": verdict, "alarms": alarms, "stages": STAGES, "next_stage": AFTER.get(cycle.status, ""),
        "error": error, "done": done_words(request), "today_on": today_of(request),
        "run_href": request.app.state.prefect.run_page(run) if _is_run_id(run) else "",
    }  # fmt: skip
    return page(request, "cycle.html", values, status)


def _figures(session: Session, cycle: Cycle) -> dict[str, Any]:
    cycle_id = id_of(cycle)
    by_regency = _by_regency(cohort.funnel(session, cycle_id))
    reached = cohort.ever_reached(session, cycle_id, Subject.CASE)
    holders = _holders(session, cycle_id)
    here = _summed(by_regency.values())
    total = _summed(_reached_in(reached, code) for code in regencies())
    quotas = listings.quotas(session, cycle_id)
    return {
        "line": relay.stages(total, here, holders, f"/keluarga?tahun={cycle.year}&status="),
        "small": [relay.small_line(code, _reached_in(reached, code), by_regency.get(code, {})) for code in regencies()],
        "quotas": {code: quotas[code].households if code in quotas else 0 for code in regencies()},
        "registered": sum(here.values()),
        "off_line": [(name, here[name]) for name in relay.OFF_THE_LINE if here.get(name)],
        "outside": [(name, here[name]) for name in ("proposed", "reserve", "ineligible", "unplaced") if here.get(name)],
        "line_labels": [relay.LABELS[name] for name in relay.LINE],
        "line_names": relay.LINE,
        "total": total,
    }


def _holders(session: Session, cycle_id: int) -> dict[str, tuple[relay.Holder, ...]]:
    """Case status -> who has those that stand there. Where a referral is open it says so: what an agency declined is ours."""
    found: dict[str, list[tuple[str, int, datetime]]] = {}
    for one in held(session, cycle_id):
        status = status_of(Subject.REFERRAL, one.referral) if one.referral else status_of(Subject.CASE, one.case)
        found.setdefault(one.case, []).append((status.turn, one.count, one.since))
    for row in cohort.waiting(session, cycle_id):
        if row.subject is Subject.CASE and row.status not in ON_THE_WAY:
            found[row.status] = [(row.turn, row.count, row.oldest_since)]
    return {name: relay.holders_of(rows) for name, rows in found.items()}


def _by_regency(rows: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for regency, status, count in rows:
        found.setdefault(regency, {})[status] = count
    return found


def _reached_in(reached: dict[tuple[str, str], int], regency: str) -> dict[str, int]:
    return {name: reached.get((regency, name), 0) for name in relay.LINE}


def _summed(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return total


def _is_run_id(text: str) -> bool:
    return len(text) == 36 and text.replace("-", "").isalnum()
