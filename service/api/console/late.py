"""Which supplier is late with which order since when, and what does the office do next?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.api.console.showing import chosen_cycle, regency_choices, seen_regencies, today_of
from service.api.deps import HouseOf, needs
from service.api.rendering import page
from service.procurement.lateness import late_orders
from service.trust.rights import Officer

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
MOST = 100


@router.get("/terlambat")
def late(request: Request, officer: Looker, house: HouseOf, tahun: int | None = None, wilayah: str | None = None) -> Response:
    """Longest late first; each with the next step in one sentence."""
    with house.database.read() as session:
        cycle = chosen_cycle(session, tahun)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Pesanan terlambat"})
        found = late_orders(session, cycle, today_of(request), seen_regencies(officer, wilayah))
    values = {
        "cycle": cycle, "rows": found[:MOST], "count": len(found), "suppliers": len({one.order.supplier_id for one in found}),
        "regencies": regency_choices(officer, "/terlambat", wilayah, tahun=cycle.year),
    }  # fmt: skip
    return page(request, "late_orders.html", values)
