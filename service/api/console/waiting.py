"""What waits for me, and what waits for whom since when?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service import clock
from service.api.console import exit_tasks, letter_tasks, list_tasks, note_tasks, stuck_tasks, tasks, unagreed_lines
from service.api.console.doubts import registry_rows
from service.api.console.showing import chosen_cycle, done_words, id_of, today_of
from service.api.deps import HouseOf, house_of, needs
from service.api.rendering import page
from service.clock import WIB
from service.cohort import queries as cohort
from service.db import listings
from service.db.tables import Cycle
from service.handoff.queries.clock import clock_of
from service.handoff.queries.due import first_by_status, first_days
from service.messages.queries import log as log_queries
from service.policy import CyclePolicy
from service.trust.rights import Officer, may
from service.words import STAGES, code_words

CLOSED = "closed"
router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
LATE_DAYS = 14


@router.get("/")
def home(request: Request, officer: Looker, house: HouseOf) -> Response:
    """My tasks by urgency, then what waits for others; who only works in the field is at home there."""
    if officer.roles == ("facilitator",):
        return RedirectResponse("/lapangan", status_code=303)
    with house.database.read() as session:
        running = [one for one in cohort.cycles(session) if one.status != CLOSED]
        cycle = running[0] if running else chosen_cycle(session, None)
        rows = _rows_of_all(request, session, officer, running)
        alarms = _message_alarms(session, officer, today_of(request))
        doubts = registry_rows(session, officer)
    mine = [row for row in rows if row.mine] + doubts
    values = {
        "cycle": cycle,
        "groups": tasks.by_urgency(mine),
        "running": running,
        "others": [row for row in rows if not row.mine][:6],
        "alarms": alarms,
        "done": done_words(request),
    }
    return page(request, "home.html", values)


@router.get("/siklus/{year}/menunggu")
def waiting(request: Request, year: int, officer: Looker, house: HouseOf) -> Response:
    """Everything that waits in a cycle, by urgency, and what stages have set aside with the reason."""
    with house.database.read() as session:
        cycle = cohort.cycle_of(session, year)
        rows = _rows(request, session, officer, cycle)
        aside = [
            {"stage": STAGES.get(stage, stage), "why": code_words(code), "count": count}
            for stage, code, count in cohort.set_aside_counts(session, id_of(cycle))
        ]
        unagreed = unagreed_lines.lines_of(session, officer, cycle, today_of(request))
    values = {"cycle": cycle, "groups": tasks.by_urgency(rows), "aside": aside, "unagreed": unagreed}
    return page(request, "waiting.html", values)


def _rows_of_all(request: Request, session: Session, officer: Officer, running: Sequence[Cycle]) -> list[tasks.Row]:
    """What waits in every cycle that is not closed; with its year where there are several."""
    if len(running) == 1:
        return _rows(request, session, officer, running[0])
    return [
        replace(row, what=f"{row.what} (siklus {cycle.year})")
        for cycle in running
        for row in _rows(request, session, officer, cycle)
    ]


def _rows(request: Request, session: Session, officer: Officer, cycle: Cycle) -> list[tasks.Row]:
    policy = CyclePolicy.model_validate(cycle.policy)
    today = today_of(request)
    waiting_now = cohort.waiting(session, id_of(cycle), officer.regencies)
    waiting_now = unagreed_lines.only_referable(session, officer, cycle, today, waiting_now)
    lists = list_tasks.rows_of(session, officer, cycle, today, policy)
    exits = exit_tasks.rows_of(session, officer, cycle, today, policy)
    notes = note_tasks.rows_of(session, officer, cycle, today, policy)
    letters = letter_tasks.rows_of(session, officer, cycle, today, policy)
    running = clock_of(session, policy, clock.now(house_of(request).home))
    days = first_days(session, id_of(cycle), running, officer.regencies)
    stuck = stuck_tasks.rows_of(session, officer, cycle, running, days)
    plain = tasks.rows_of(waiting_now, officer, cycle.year, today, policy, first_by_status(days))
    return [*lists, *exits, *notes, *letters, *stuck, *plain]


def _message_alarms(session: Session, officer: Officer, today: date) -> dict[str, Any]:
    """A late report is told for some days; then it stands in the list of messages only, for nothing more can be done to it."""
    alarms = {"dead": 0, "late": 0, "days": LATE_DAYS}
    if not may(officer, "message.resend"):
        return alarms
    since = datetime.combine(today - timedelta(days=LATE_DAYS), time(), tzinfo=WIB)
    dead = listings.message_counts(session).get("out:dead", 0)
    return alarms | {"dead": dead, "late": log_queries.late_since(session, since)}
