"""Who would enter and who would leave under another policy? A page to try one on; it changes nothing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile

from service.api.deps import HouseOf, needs
from service.api.rendering import page, show_again
from service.cohort import queries as cohort
from service.db.tables import Cycle
from service.errors import EstafetError
from service.policy import CyclePolicy, WrongPolicy, as_yaml, policy_from
from service.selection.simulation import Tried, simulate_selection
from service.stage import Work
from service.trust.homes import House
from service.trust.rights import Officer

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]


@router.get("/siklus/{year}/simulasi")
def trial(request: Request, year: int, officer: Looker, house: HouseOf) -> Response:
    """The policy in force, to be changed and tried."""
    return _trial_page(request, _cycle(house, year))


@router.post("/siklus/{year}/simulasi")
def try_policy(
    request: Request, year: int, officer: Looker, house: HouseOf,
    kebijakan: Annotated[str, Form()] = "", berkas: UploadFile | None = None,
) -> Response:  # fmt: skip
    """Who would enter and leave; the file goes before the text, where one was chosen."""
    cycle = _cycle(house, year)
    show_again(request, lambda error, status: _trial_page(request, cycle, kebijakan, error=error, status=status))
    text = _text_of(berkas) or kebijakan
    show_again(request, lambda error, status: _trial_page(request, cycle, text, error=error, status=status))
    work = Work(house.database, house.home, house.settings.address, cycle, officer.actor)
    found = simulate_selection(work, Tried(policy_from(text))).as_fields()
    return _trial_page(request, cycle, text, found)


def _trial_page(
    request: Request, cycle: Cycle, text: str = "", found: dict[str, Any] | None = None,
    error: EstafetError | None = None, status: int = 200,
) -> Response:  # fmt: skip
    named = error.details.get("faults", []) if error else []
    values = {
        "cycle": cycle, "text": text or as_yaml(CyclePolicy.model_validate(cycle.policy)), "found": found, "error": error,
        "faults": [{"field": "kebijakan", "fault": fault} for fault in named],
    }  # fmt: skip
    return page(request, "simulation.html", values, status)


def _cycle(house: House, year: int) -> Cycle:
    with house.database.read() as session:
        return cohort.cycle_of(session, year)


def _text_of(upload: UploadFile | None) -> str:
    if upload is None:
        return ""
    try:
        return upload.file.read().decode()
    except UnicodeDecodeError:
        raise WrongPolicy("Berkas kebijakan bukan teks UTF-8.") from None
