"""Is the service alive, ready, and how much has it done?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from service.api.deps import HouseOf, Open
from service.errors import TryAgainLater
from service.messages import queries
from service.trust.homes import House

router = APIRouter(tags=["health"])
LEAST_FREE_BYTES = 200 * 1024 * 1024
_for_probes = [Open("untuk pemantau; hanya angka dan keadaan, tanpa data pribadi")]


@router.get("/healthz", dependencies=_for_probes)
def alive() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", dependencies=_for_probes)
def ready(request: Request, house: HouseOf) -> JSONResponse:
    """200 when database, Prefect and disk are there, else 503; each is named."""
    parts = {
        "database": _database_answers(house),
        "prefect": bool(request.app.state.prefect.is_well()),
        "disk": shutil.disk_usage(house.home).free > LEAST_FREE_BYTES,
    }
    said = {name: "ok" if fine else "away" for name, fine in parts.items()}
    return JSONResponse({"status": "ok" if all(parts.values()) else "away", **said}, 200 if all(parts.values()) else 503)


@router.get("/metrics", dependencies=_for_probes)
def metrics(house: HouseOf) -> Response:
    registry = CollectorRegistry()
    registry.register(_Counts(house))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Counts:
    """Read from the tables when asked: true after a restart and for several processes."""

    def __init__(self, house: House) -> None:
        self._house = house

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        with self._house.database.read() as session:
            inbound = queries.inbound_counts(session)
            refused, outbound = queries.refused_counts(session), queries.outbound_counts(session)
        yield _family("estafet_callbacks", "Callbacks kept, by result", ["result"], {(k,): v for k, v in inbound.items()})
        yield _family("estafet_refused", "Callbacks refused, by reason", ["reason"], {(k,): v for k, v in refused.items()})
        yield _family("estafet_outbox", "Owed messages, by kind and state", ["kind", "state"], outbound)


def _family(name: str, about: str, labels: list[str], counts: dict[Any, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=labels)
    for values, count in sorted(counts.items()):
        family.add_metric(list(values), count)
    return family


def _database_answers(house: House) -> bool:
    try:
        with house.database.read() as session:
            return queries.is_answering(session)
    except (TryAgainLater, OSError):
        return False
