"""How does a program make an exit list, take its file and say what the cash programme answered; and who needs a home visit?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from service.api.deps import HouseOf, needs, told_by
from service.cohort.queries import cycle_of
from service.db.tables import ExitList
from service.delivery import absences
from service.delivery.queries import absences as absent
from service.exits import decisions, queries
from service.exits.listing import make_list
from service.policy import CyclePolicy
from service.trust.rights import Officer

router = APIRouter(prefix="/api", tags=["officials"])
Looker = Annotated[Officer, needs("cycle.look")]
Maker = Annotated[Officer, needs("exit.make")]
Receiver = Annotated[Officer, needs("exit.acknowledge")]
Verifier = Annotated[Officer, needs("parcel.verify")]


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Acknowledged(_Wish):
    """`sha256` of the CSV as the cash programme has it (12 characters are enough); `by`: who says so."""

    sha256: str = Field(min_length=1, max_length=100)
    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=500)


class Returned(_Wish):
    """A household (its number) that the cash programme sends back, and why."""

    household: int = Field(ge=1)
    reason: str = Field(min_length=5, max_length=500)


class GivenUp(_Wish):
    """Parcels of households nobody found by the deadline, and why their places are given to others."""

    parcels: list[str] = Field(min_length=1, max_length=1000)
    reason: str = Field(min_length=5, max_length=500)


@router.get("/cycles/{year}/exits")
def exit_lists(year: int, officer: Looker, house: HouseOf) -> dict[str, Any]:
    """Every list, newest first, and how many proven households are on none."""
    with house.database.read() as session:
        cycle_id = cycle_of(session, year).id or 0
        waiting, _ = queries.due_standing(session, cycle_id, officer.regencies)
        return {"cycle": year, "waiting": waiting, "lists": [_told(row) for row in queries.lists_of(session, cycle_id)]}


@router.post("/cycles/{year}/exits", status_code=201)
def make_exit_list(year: int, officer: Maker, house: HouseOf) -> dict[str, Any]:
    """One list of everybody whose goods are proven and who is on no list; they enter the aid ledger with it."""
    with house.database.read() as session:
        cycle = cycle_of(session, year)
    made = make_list(house, officer, cycle)
    return {"list": made.number, "households": made.households, "sha256": made.sha256, "letter": made.letter_number}


@router.post("/exits/{number}/file", response_class=Response)
def exit_list_file(number: str, officer: Maker, house: HouseOf) -> Response:
    """The CSV with full NIKs; taking it is logged for every household."""
    headers = {"Content-Disposition": f'attachment; filename="{number}.csv"', "Cache-Control": "no-store"}
    return Response(decisions.hand_out(house, officer, number), media_type="text/csv", headers=headers)


@router.post("/exits/{number}/acknowledge")
def acknowledge_exit_list(number: str, wish: Acknowledged, officer: Receiver, house: HouseOf) -> dict[str, Any]:
    with house.database.write() as session:
        told = told_by(officer, house)
        return _told(decisions.acknowledge(session, officer, number, wish.sha256, wish.by, wish.note, told))


@router.post("/exits/{number}/returned")
def household_returned(number: str, wish: Returned, officer: Receiver, house: HouseOf) -> dict[str, Any]:
    with house.database.write() as session:
        told = told_by(officer, house)
        return _told(decisions.send_back(session, officer, number, wish.household, wish.reason, told))


@router.get("/cycles/{year}/visits")
def home_visits(year: int, officer: Looker, house: HouseOf) -> dict[str, Any]:
    """Households absent at every event, by public numbers: whom a facilitator must look for, and until when."""
    with house.database.read() as session:
        cycle = cycle_of(session, year)
        policy = CyclePolicy.model_validate(cycle.policy)
        rows = absent.visit_list(session, cycle.id or 0, policy.events_per_household, officer.regencies)
        visits = [
            {"parcel": row["number"], "household": row["household_id"], "village": row["village_code"],
             "facilitator": row["facilitator"], "absences": row["absences"], "since": row["first_absent_at"]}
            for row in rows
        ]  # fmt: skip
    return {"cycle": year, "due_on": absences.deadline_of(policy, year), "visits": visits}


@router.post("/cycles/{year}/visits/give-up")
def give_up_visits(year: int, wish: GivenUp, officer: Verifier, house: HouseOf) -> dict[str, Any]:
    """Past the deadline: goods go back to the point, the places to the next reserves; all or none."""
    with house.database.write() as session:
        cycle, told = cycle_of(session, year), told_by(officer, house)
        count = absences.give_up(session, officer, cycle, wish.parcels, wish.reason, told)
    return {"cycle": year, "replaced": count}


def _told(row: ExitList) -> dict[str, Any]:
    return {
        "list": row.number, "households": row.households, "sha256": row.sha256, "state": row.state, "made_at": row.made_at,
        "sent_at": row.sent_at, "acknowledged_at": row.acknowledged_at, "acknowledged_by": row.acknowledged_by,
    }  # fmt: skip
