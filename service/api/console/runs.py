"""What did the stages do lately, and is Prefect there at all?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from service.api.deps import needs
from service.api.rendering import page
from service.errors import TryAgainLater
from service.messages.prefect_api import FlowRun, PrefectApi
from service.trust.rights import Officer
from service.words import STAGES

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
STATES = {
    "COMPLETED": ("Selesai", "good"), "RUNNING": ("Berjalan", "go"), "PENDING": ("Menunggu pekerja", "wait"),
    "SCHEDULED": ("Terjadwal", "quiet"), "FAILED": ("Gagal", "stop"), "CRASHED": ("Terputus", "stop"),
    "CANCELLED": ("Dibatalkan", "quiet"), "CANCELLING": ("Sedang dibatalkan", "quiet"), "PAUSED": ("Dijeda", "wait"),
}  # fmt: skip


@router.get("/proses")
def runs(request: Request, officer: Looker) -> Response:
    """The last runs, each with its link; says plainly when Prefect is away (nothing is lost then)."""
    prefect: PrefectApi = request.app.state.prefect
    try:
        rows = [_row(run) for run in prefect.last_runs(40)]
        away = ""
    except TryAgainLater as error:
        rows, away = [], error.message
    return page(request, "runs.html", {"rows": rows, "away": away, "prefect_href": prefect.page})


def _row(run: FlowRun) -> dict[str, Any]:
    word, tone = STATES.get(run.state, (run.state_label, "quiet"))
    return {
        "href": run.page, "name": run.name, "stage": STAGES.get(run.stage, run.stage or "Tahap"),
        "year": run.parameters.get("year", ""), "word": word, "tone": tone, "started": _instant(run.started_at),
        "seconds": round(run.seconds, 1), "told": run.message[:200] if tone == "stop" else "",
    }  # fmt: skip


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
