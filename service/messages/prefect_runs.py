"""How is Prefect's server asked, as plain HTTP: is it well, start this stage, how far is that run?

Used by the supervisor and the CLI, which wait for answers; the service's own kicks are best effort.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx2

from service.clock import wall
from service.errors import TryAgainLater

ENDED = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
POOL = "estafet"
PAGE = 200
BUSY = 503
BUSY_PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)


class PrefectAway(TryAgainLater):
    """The server does not answer."""


@dataclass(frozen=True)
class Run:
    """One flow run as the server tells it; `percent` of its progress artifact, where it has one."""

    id: str
    name: str
    type: str
    message: str
    percent: float | None = None

    @property
    def has_ended(self) -> bool:
        return self.type in ENDED


def is_answering(url: str) -> bool:
    """Does our own service say that it is alive?"""
    try:
        return httpx2.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx2.HTTPError:
        return False


class PrefectServer:
    """A connection to one server's API (`http://127.0.0.1:4200/api`)."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        is_tls = self.address.startswith("https:")  # without it no authorities are read, which costs more than a call
        self._http = httpx2.Client(timeout=10, trust_env=False, verify=is_tls)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def is_well(self) -> bool:
        try:
            return self._http.get(f"{self.address}/health").status_code == 200
        except httpx2.HTTPError:
            return False

    def make_pool(self) -> None:
        """The work pool of type `process`; one that exists is left alone."""
        self._ask("POST", "/work_pools/", {"name": POOL, "type": "process"}, fine=(409,))

    def worker_is_online(self) -> bool:
        found = self._ask("POST", f"/work_pools/{POOL}/workers/filter", {})
        return any(worker.get("status") == "ONLINE" for worker in found)

    def crash_leftovers(self, reason: str) -> int:
        """Runs a dead worker left running would hold their stage's place for ever: they are told to be crashed.

        Only for a server whose workers are all known to be gone.
        """
        held = {"flow_runs": {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}, "limit": PAGE}
        found = self._ask("POST", "/flow_runs/filter", held)
        for run in found:
            state = {"type": "CRASHED", "message": reason}
            self._ask("POST", f"/flow_runs/{run['id']}/set_state", {"state": state, "force": True})
        return len(found)

    def start(self, stage: str, parameters: dict[str, Any], key: str | None = None) -> str:
        """A run of a stage's deployment; the same `key` gives the same run. Returns its id."""
        found = self._ask("GET", f"/deployments/name/{stage}/{stage}")
        body = {"parameters": parameters, "idempotency_key": key or uuid.uuid4().hex}
        return str(self._ask("POST", f"/deployments/{found['id']}/create_flow_run", body)["id"])

    def under_way(self, stage: str) -> str | None:
        """The run of a stage that is running or due to; None where there is none."""
        state = {"type": {"any_": ["RUNNING", "PENDING", "SCHEDULED"]}}
        begins = {"before_": wall().isoformat()}  # a schedule's later runs are there already
        runs = {"state": state, "expected_start_time": begins}
        wish = {"flows": {"name": {"any_": [stage]}}, "flow_runs": runs, "sort": "START_TIME_ASC", "limit": 1}
        found = self._ask("POST", "/flow_runs/filter", wish)
        return str(found[0]["id"]) if found else None

    def run(self, run_id: str) -> Run:
        """Where a run is now."""
        told = self._ask("GET", f"/flow_runs/{run_id}")
        state = told.get("state") or {}
        percent = self._percent(run_id) if state.get("type") == "RUNNING" else None
        return Run(run_id, told["name"], state.get("type", "SCHEDULED"), state.get("message") or "", percent)

    def follow(self, run_id: str) -> Iterator[Run]:
        """The run again and again until it has ended: soon at first, for most are short, then once a second."""
        pause = 0.2
        while True:
            now = self.run(run_id)
            yield now
            if now.has_ended:
                return
            time.sleep(pause)
            pause = min(pause * 1.25, 1.0)

    def _percent(self, run_id: str) -> float | None:
        wanted = {"flow_runs": {"id": {"any_": [run_id]}}, "artifacts": {"type": {"any_": ["progress"]}}, "limit": 1}
        found = self._ask("POST", "/artifacts/filter", wanted)
        return float(found[0]["data"]) if found else None

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None, fine: tuple[int, ...] = ()) -> Any:
        answer = self._answer(method, path, body)
        if answer.status_code in fine:
            return None
        if answer.is_error:
            raise PrefectAway(f"Prefect menjawab {answer.status_code} untuk {path}.", status=answer.status_code)
        return answer.json() if answer.content else None

    def _answer(self, method: str, path: str, body: dict[str, Any] | None) -> httpx2.Response:
        """Asked again while the server's own database is locked (503); every request here may be repeated."""
        for pause in (*BUSY_PAUSES_SECONDS, 0.0):
            try:
                answer = self._http.request(method, self.address + path, json=body)
            except httpx2.HTTPError as error:
                raise PrefectAway(
                    f"Prefect tidak menjawab di {self.address}. Jalankan: estafet up", cause=type(error).__name__
                ) from None
            if answer.status_code != BUSY:
                break
            time.sleep(pause)
        return answer
