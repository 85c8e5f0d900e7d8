"""How does the service wake a stage, and which runs were there lately? (Prefect over plain HTTP, for kicks and pages)

Only stages, years and logins go there: its server stores every parameter.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from service.messages.prefect_runs import ENDED, PrefectServer
from service.settings import Settings


@dataclass(frozen=True)
class FlowRun:
    """One run in a list; times are ISO 8601 text or None. `page` is its address in Prefect's own pages."""

    id: str
    name: str
    stage: str
    parameters: dict[str, Any]
    state: str
    state_label: str
    message: str
    started_at: str | None
    ended_at: str | None
    seconds: float
    page: str

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


class PrefectApi(PrefectServer):
    """What the service asks beyond what the supervisor does; may be shared between threads."""

    @property
    def page(self) -> str:
        """The address of Prefect's own pages."""
        return self.address.removesuffix("/api")

    def run_page(self, run_id: str) -> str:
        return f"{self.page}/runs/flow-run/{run_id}"

    def start_stage(self, stage: str, year: int, started_by: str, key: str | None = None) -> str:
        """Asks for one run and returns its id; the same `key` again gives the same run. Raises PrefectAway."""
        return self.start(stage, {"year": year, "started_by": started_by}, key)

    def last_runs(self, limit: int = 30, stage: str | None = None) -> list[FlowRun]:
        """Those that have begun or were cancelled, the newest first. Raises PrefectAway."""
        wish: dict[str, Any] = {"limit": limit, "sort": "EXPECTED_START_TIME_DESC"}
        wish["flow_runs"] = {"state": {"type": {"not_any_": ["SCHEDULED"]}}}
        if stage:
            wish["flows"] = {"name": {"any_": [stage]}}
        return [self._past(told) for told in self._ask("POST", "/flow_runs/filter", wish)]

    def _past(self, told: dict[str, Any]) -> FlowRun:
        state = told.get("state") or {}
        tags = [tag for tag in told.get("tags") or [] if tag != "estafet"]
        return FlowRun(
            id=str(told["id"]),
            name=str(told.get("name") or ""),
            stage=tags[0] if tags else str(told.get("name") or "").partition(" ")[0],
            parameters=dict(told.get("parameters") or {}),
            state=str(state.get("type") or ""),
            state_label=str(state.get("name") or ""),
            message=str(state.get("message") or ""),
            started_at=told.get("start_time"),
            ended_at=told.get("end_time"),
            seconds=float(told.get("total_run_time") or 0),
            page=self.run_page(str(told["id"])),
        )


def prefect_url(settings: Settings) -> str:
    return (os.environ.get("PREFECT_API_URL") or f"http://127.0.0.1:{settings.prefect_port}/api").rstrip("/")


def open_prefect(settings: Settings) -> PrefectApi:
    return PrefectApi(prefect_url(settings))
