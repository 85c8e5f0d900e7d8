"""Which goods do suppliers still owe households, and how does an officer settle a claim?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from service.api.console.showing import (
    Choice,
    back_to,
    chosen_cycle,
    done_words,
    id_of,
    next_page,
    regency_choices,
    seen_regencies,
    who,
)
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import page, query, show_again
from service.delivery.claims import settle_claim
from service.delivery.queries import claims as queries
from service.errors import EstafetError
from service.trust.homes import House
from service.trust.rights import Officer
from service.words import CLAIM_STATES

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Settler = Annotated[Officer, needs("claim.settle")]
VERDICTS = {"diganti": "replaced", "dilepas": "dropped"}


@router.get("/klaim")
def claims(
    request: Request, officer: Looker, house: HouseOf,
    tahun: int | None = None, keadaan: str | None = None, wilayah: str | None = None, setelah: int = 0,
) -> Response:  # fmt: skip
    """Claims by state; the open ones may be settled where they stand."""
    return _page(request, officer, house, tahun, keadaan, wilayah, setelah)


@router.post("/klaim/{number}")
def settle(
    request: Request, number: str, officer: Settler, house: HouseOf,
    putusan: Annotated[str, Form()] = "", alasan: Annotated[str, Form()] = "", tahun: Annotated[int | None, Form()] = None,
) -> Response:  # fmt: skip
    """Replaced or given up, with the reason; never by who raised it."""
    given = {"number": number, "putusan": putusan, "alasan": alasan}
    show_again(request, lambda error, code: _page(request, officer, house, tahun, "open", None, 0, error, code, given))
    with house.database.write() as session:
        settle_claim(session, officer, number, VERDICTS.get(putusan, ""), alasan, told_by(officer, house))
    return back_to("/klaim", "klaim", tahun=tahun)


def _page(
    request: Request, officer: Officer, house: House, year: int | None, state: str | None, regency: str | None, after: int,
    error: EstafetError | None = None, code: int = 200, given: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    state = state if state in CLAIM_STATES else None
    with house.database.read() as session:
        cycle = chosen_cycle(session, year)
        if cycle is None:
            return page(request, "no_cycle.html", {"heading": "Klaim"})
        within = seen_regencies(officer, regency)
        rows = queries.claims_page(session, id_of(cycle), state, within, after)
        counts = queries.claim_counts(session, id_of(cycle), within)
        raised = who(session, *(row[0].raised_by for row in rows))
        decided = who(session, *(row[0].decided_by for row in rows))
    kept = {"tahun": cycle.year, "wilayah": regency}
    values = {
        "cycle": cycle, "rows": list(zip(rows, raised, decided, strict=True)), "counts": counts,
        "states": _choices(counts, state, kept), "matching": counts.get(state, 0) if state else sum(counts.values()),
        "regencies": regency_choices(officer, "/klaim", regency, tahun=cycle.year, keadaan=state),
        "more": next_page(rows, "/klaim", keadaan=state, **kept),
        "first": query("/klaim", keadaan=state, **kept) if after else "",
        "error": error, "given": given or {}, "done": done_words(request),
    }  # fmt: skip
    return page(request, "claims.html", values, code)


def _choices(counts: dict[str, int], here: str | None, kept: dict[str, Any]) -> list[Choice]:
    everything = Choice(query("/klaim", **kept), "Semua", sum(counts.values()), not here)
    named = [
        Choice(query("/klaim", keadaan=name, **kept), word, counts.get(name, 0), name == here)
        for name, word in CLAIM_STATES.items()
        if counts.get(name) or name == here
    ]
    return [everything, *named]
