"""How is each facilitator doing: parcels, handed over, proven, absent, and how did the checks by lot end?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from service.api.console.showing import chosen_cycle, id_of, regency_choices, seen_regencies
from service.api.deps import HouseOf, needs
from service.api.rendering import page
from service.delivery.queries.checks import facilitator_rates
from service.delivery.sampling import rate_after
from service.policy import CyclePolicy
from service.trust.rights import Officer

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
SUMMED = ("parcels", "handed_over", "verified", "disputed", "absent", "sampled", "waiting", "failed")


@router.get("/pendamping")
def facilitators(
    request: Request, officer: Looker, house: HouseOf, tahun: int | None = None, wilayah: str | None = None
) -> Response:
    """One line a facilitator, and the rate at which handovers are drawn."""
    with house.database.read() as session:
        cycle = chosen_cycle(session, tahun)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Pendamping"})
        rows = facilitator_rates(session, id_of(cycle), seen_regencies(officer, wilayah))
    policy = CyclePolicy.model_validate(cycle.policy)
    rows = [{**row, **shares_of(row, policy)} for row in rows]
    values = {
        "cycle": cycle, "rows": rows, "percent": policy.sample_percent,
        "regencies": regency_choices(officer, "/pendamping", wilayah, tahun=cycle.year),
        "total": {name: sum(row[name] for row in rows) for name in SUMMED},
    }  # fmt: skip
    return page(request, "facilitators.html", values)


def shares_of(row: dict[str, Any], policy: CyclePolicy) -> dict[str, Any]:
    """`present` in percent of those told at all (None before), and the rate at which the next handovers are drawn."""
    told = row["handed_over"] + row["absent"]
    return {
        "present": round(100 * row["handed_over"] / told) if told else None,
        "rate": rate_after(policy.sample_percent, row["failed"]),
    }
