"""How does a program list and settle what a person must decide about the registry? (JSON; Bearer token or session)

The same functions as the console and the CLI; answers carry numbers of households, never a NIK or a name.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from service.api.console.showing import seen_regencies
from service.api.deps import HouseOf, needs, told_by
from service.db.tables import DuplicatePair
from service.registry.doubts import nik as niks
from service.registry.doubts import steps
from service.registry.doubts.queries import niks as nik_queries
from service.registry.doubts.queries import pairs as pair_queries
from service.trust.rights import Officer

router = APIRouter(prefix="/api", tags=["officials"])
Settler = Annotated[Officer, needs("registry.settle")]
After = Annotated[int, Query(ge=0)]
Text = Annotated[str, Field(min_length=5, max_length=500)]


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Settled(_Wish):
    """`kept`: the household that stays when both are the same; the one registered first if left out."""

    verdict: Literal["same", "different"]
    kept: int | None = None
    reason: Text


class Seen(_Wish):
    """Which document was seen."""

    reason: Text


class Corrected(Seen):
    """The right NIK, 16 digits."""

    nik: str = Field(min_length=16, max_length=25)


@router.get("/pairs")
def open_pairs(officer: Settler, house: HouseOf, after: After = 0, regency: str | None = None) -> dict[str, Any]:
    """Open pairs by ascending number, at most 50; ask again with `after` the last one."""
    with house.database.read() as session:
        rows = pair_queries.open_pairs(session, officer.regencies, regency, after=after)
        return {"pairs": [_pair(pair) for pair, _, _ in rows]}


@router.post("/pairs/{pair_id}")
def settle_pair(pair_id: int, wish: Settled, officer: Settler, house: HouseOf) -> dict[str, Any]:
    with house.database.write() as session:
        told = told_by(officer, house)
        return _pair(steps.settle_pair(session, officer, pair_id, wish.verdict, wish.kept, wish.reason, told))


@router.get("/households/unmatched")
def unmatched(officer: Settler, house: HouseOf, after: After = 0, regency: str | None = None) -> dict[str, Any]:
    """Households whose NIK could not be matched, by ascending number, at most 50."""
    with house.database.read() as session:
        rows = nik_queries.unmatched_households(session, seen_regencies(officer, regency), after=after)
        return {"households": [{"household": h.id, "nik_check": h.nik_check, "since": h.nik_checked_at} for h in rows]}


@router.post("/households/{household_id}/nik-confirm")
def confirm_nik(household_id: int, wish: Seen, officer: Settler, house: HouseOf) -> dict[str, Any]:
    with house.database.write() as session:
        niks.confirm_nik(session, officer, household_id, wish.reason, told_by(officer, house))
        return {"household": household_id, "nik_check": "confirmed"}


@router.post("/households/{household_id}/nik-correct")
def correct_nik(household_id: int, wish: Corrected, officer: Settler, house: HouseOf) -> dict[str, Any]:
    with house.database.write() as session:
        niks.correct_nik(session, officer, house.sealer, household_id, wish.nik, wish.reason, told_by(officer, house))
        return {"household": household_id, "nik_check": "unchecked"}


def _pair(pair: DuplicatePair) -> dict[str, Any]:
    return {
        "pair": pair.id, "households": [pair.first_id, pair.second_id], "kind": pair.kind, "likeness": pair.likeness,
        "state": pair.state, "kept": pair.kept_id, "found_at": pair.found_at,
    }  # fmt: skip
