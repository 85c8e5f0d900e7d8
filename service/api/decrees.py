"""Which decisions about a year's list can an official take by program, and what can be read of them? (JSON)

The console and the commands call the same functions; rights, region and the three pairs of eyes are looked at there.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from service.api.deps import HouseOf, needs, told_by
from service.cohort.queries import case_of, cycle_of
from service.db.tables import Objection
from service.selection import decisions
from service.selection.objections import decide_objection, file_objection
from service.selection.overview import decree_overview, objections_overview
from service.selection.standing import standing_of
from service.trust.rights import Officer

router = APIRouter(prefix="/api", tags=["officials"])
Looker = Annotated[Officer, needs("cycle.look")]
Verifier = Annotated[Officer, needs("decree.verify")]
Approver = Annotated[Officer, needs("decree.approve")]
Excluder = Annotated[Officer, needs("case.exclude")]
Filer = Annotated[Officer, needs("objection.file")]
Decider = Annotated[Officer, needs("objection.decide")]


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reason(_Wish):
    """Why; free text of the officer."""

    reason: str = Field(min_length=3, max_length=500)


class Verified(_Wish):
    """Which regency (`36.01`); left out: all of the officer's that nobody verified yet."""

    regency: str | None = Field(default=None, max_length=5)


class Filed(_Wish):
    """`enter`: the household is wrongly out; `leave`: it is wrongly in."""

    household: int
    kind: Literal["enter", "leave"]
    grounds: str = Field(min_length=3, max_length=500)


class Answered(_Wish):
    """The decision and what people are told."""

    decision: Literal["accepted", "refused"]
    answer: str = Field(min_length=3, max_length=500)


@router.get("/cycles/{year}/decree")
def show_decree(year: int, officer: Looker, house: HouseOf) -> dict[str, Any]:
    """Every version, newest first: who verified, who approved, what is missing, until when people may object."""
    with house.database.read() as session:
        return decree_overview(session, cycle_of(session, year), told_by(officer, house))


@router.post("/cycles/{year}/decree/verify")
def verify_decree(year: int, officer: Verifier, house: HouseOf, wish: Verified | None = None) -> dict[str, Any]:
    with house.database.write() as session:
        regency = wish.regency if wish else None
        verified = decisions.verify_decree(session, officer, cycle_of(session, year), regency, told_by(officer, house))
        return {"cycle": year, "verified": verified}


@router.post("/cycles/{year}/decree/approve")
def approve_decree(year: int, officer: Approver, house: HouseOf) -> dict[str, Any]:
    """`state` stays `proposed` until the last of the approvals needed."""
    with house.database.write() as session:
        cycle = cycle_of(session, year)
        decree = decisions.approve_decree(session, officer, cycle, told_by(officer, house))
        standing = standing_of(session, cycle, decree)
        return {
            "cycle": year, "version": decree.version, "state": decree.state, "households": decree.households,
            "number": decree.number, "approvals": len(standing.approved), "needed": standing.rules.approvals_needed,
        }  # fmt: skip


@router.post("/cycles/{year}/decree/reject")
def reject_decree(year: int, wish: Reason, officer: Approver, house: HouseOf) -> dict[str, Any]:
    with house.database.write() as session:
        decree = decisions.reject_decree(session, officer, cycle_of(session, year), wish.reason, told_by(officer, house))
        return {"cycle": year, "version": decree.version, "state": decree.state, "households": decree.households}


@router.get("/cycles/{year}/objections")
def list_objections(year: int, officer: Looker, house: HouseOf) -> dict[str, Any]:
    """Those of the officer's regencies, open ones first."""
    with house.database.read() as session:
        return {"cycle": year, "objections": objections_overview(session, cycle_of(session, year), officer.regencies)}


@router.post("/cycles/{year}/objections", status_code=201)
def object_to(year: int, wish: Filed, officer: Filer, house: HouseOf) -> dict[str, Any]:
    with house.database.write() as session:
        case_id = case_of(session, year, wish.household).id
        assert case_id is not None
        return _told(file_objection(session, officer, case_id, wish.kind, wish.grounds, told_by(officer, house)))


@router.post("/objections/{objection_id}/decide")
def decide(objection_id: int, wish: Answered, officer: Decider, house: HouseOf) -> dict[str, Any]:
    with house.database.write() as session:
        return _told(decide_objection(session, officer, objection_id, wish.decision, wish.answer, told_by(officer, house)))


@router.post("/cases/{case_id}/withdraw")
def withdraw_case(case_id: int, wish: Reason, officer: Excluder, house: HouseOf) -> dict[str, Any]:
    """The household leaves the cohort by its own wish; the next reserve of its regency moves up."""
    with house.database.write() as session:
        decisions.withdraw_case(session, officer, case_id, wish.reason, told_by(officer, house))
        return {"case": case_id, "status": "withdrawn"}


@router.post("/cases/{case_id}/exclude")
def exclude_case(case_id: int, wish: Reason, officer: Excluder, house: HouseOf) -> dict[str, Any]:
    """An officer takes the household out before its goods are ordered; the next reserve moves up."""
    with house.database.write() as session:
        decisions.exclude_case(session, officer, case_id, wish.reason, told_by(officer, house))
        return {"case": case_id, "status": "withdrawn"}


def _told(objection: Objection) -> dict[str, Any]:
    return {"objection": objection.id, "case": objection.case_id, "kind": objection.kind, "state": objection.state}
