"""What lies at which point, does it balance, and how do goods that nobody can use leave the stock?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from service.api.console.showing import (
    back_to,
    chosen_cycle,
    done_words,
    id_of,
    next_page,
    regency_choices,
    seen_regencies,
)
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import page, query, show_again
from service.delivery.queries import stock as queries
from service.delivery.stock import StockLine, stock_of, write_off_spare
from service.errors import EstafetError
from service.trust.homes import House
from service.trust.rights import Officer

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Writer = Annotated[Officer, needs("stock.write_off")]
SUMMED = ("arrived", "with_households", "at_point", "free", "written_off")
MOST = 400


@router.get("/stok")
def stock(
    request: Request, officer: Looker, house: HouseOf, tahun: int | None = None, wilayah: str | None = None, setelah: int = 0
) -> Response:
    """Every point's balance; alarms first, then goods without a household, then the table."""
    return _page(request, officer, house, tahun, wilayah, setelah)


@router.post("/stok/{spare_id}/hapus")
def write_off(
    request: Request, spare_id: int, officer: Writer, house: HouseOf,
    alasan: Annotated[str, Form()] = "", tahun: Annotated[int | None, Form()] = None,
) -> Response:  # fmt: skip
    """Goods nobody can be given any more; by somebody who did not bring them into the stock."""
    given = {"spare": str(spare_id), "alasan": alasan}
    show_again(request, lambda error, code: _page(request, officer, house, tahun, None, 0, error, code, given))
    with house.database.write() as session:
        write_off_spare(session, officer, spare_id, alasan, told_by(officer, house))
    return back_to("/stok", "dihapus-stok", tahun=tahun)


def _page(
    request: Request, officer: Officer, house: House, year: int | None, regency: str | None, after: int,
    error: EstafetError | None = None, code: int = 200, given: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        cycle = chosen_cycle(session, year)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Stok titik serah"})
        within = seen_regencies(officer, regency)
        lines = stock_of(session, id_of(cycle), within)
        spares = queries.spares_at(session, id_of(cycle), within, after)
    values = {
        "cycle": cycle, "lines": lines[:MOST], "line_count": len(lines), "spares": spares, "totals": totals_of(lines),
        "alarms": [line.sentence for line in lines if line.difference],
        "regencies": regency_choices(officer, "/stok", regency, tahun=cycle.year),
        "more": next_page(spares, "/stok", tahun=cycle.year, wilayah=regency),
        "first": query("/stok", tahun=cycle.year, wilayah=regency) if after else "",
        "error": error, "given": given or {}, "done": done_words(request),
    }  # fmt: skip
    return page(request, "stock.html", values, code)


def totals_of(lines: list[StockLine]) -> dict[str, int]:
    return {name: sum(getattr(line, name) for line in lines) for name in SUMMED}
