"""How does the demo move time, start stages, and wait until the installation has come to rest?

Stages are started the way staff start them, through the service's API; what callbacks wake by themselves is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any, TypeVar

from sqlmodel import Session

from service import clock
from service.cohort.queries import cycle_of
from service.demo.calling import Caller, ServiceSaidNo
from service.demo.cast import Players
from service.demo.show import Screen
from service.messages.prefect_runs import PrefectServer, Run
from service.messages.queries import outbound_counts
from service.stage import Work, run_locally
from service.stages import LABELS, STAGES, stages_due
from service.trust.homes import House

T = TypeVar("T")
PATIENCE_SECONDS = 180
LOOK_EVERY_SECONDS = 0.2
AT_ONCE = 6


class StageHand:
    """Moves the scenery between the acts of the story."""

    def __init__(
        self, house: House, year: int, caller: Caller, prefect: PrefectServer | None, players: Players, screen: Screen
    ) -> None:
        self.house, self.year, self.caller, self.players, self.screen = house, year, caller, players, screen
        self.prefect = prefect
        self.stage_seconds = 0.0

    @property
    def now(self) -> datetime:
        return clock.now(self.house.home)

    def date(self, day: date, hour: int = 8) -> None:
        """Business time becomes the morning of `day` (WIB)."""
        clock.move_to(self.house.home, datetime.combine(day, clock_time(hour), clock.WIB))
        self.screen.date(self.now)

    def work(self) -> Work:
        with self.house.database.read() as session:
            cycle = cycle_of(session, self.year)
        house = self.house
        return Work(house.database, house.home, house.settings.address, cycle, "user:petugas", house.sealer)

    def read(self, query: Callable[[Session, Work], T]) -> T:
        work = self.work()
        with self.house.database.read() as session:
            return query(session, work)

    def run(self, stage: str, joins: bool = False) -> None:
        """One run of a stage, started by the operator; waits for its end. With `joins` one that is under way will do."""
        began = time.monotonic()
        if self.prefect is None:
            for _ in run_locally(self.work(), stage, STAGES[stage]):
                pass
        else:
            with self.screen.bar(f"{LABELS[stage]} (Prefect)", 100) as bar:
                for run in self._runs_until_completed(self.prefect, stage, joins):
                    bar.to(int(run.percent or 0))
        self.stage_seconds += time.monotonic() - began

    def settle(self, *stages: str) -> None:
        """Until nothing is due in these stages: what a callback or decision woke is waited for, else started here."""
        while due := [stage for stage in self.read(stages_due) if stage in stages]:
            self.run(due[0], joins=True)

    def deliver_messages(self) -> None:
        """Wait until the service has sent everything it owes to partners."""
        self._until(self._nothing_owed, "pesan keluar terkirim")

    def at_once(self, title: str, work: Callable[[Any], Any], things: Iterable[Any]) -> list[Any]:
        """Do something for many things, a few at a time, with a bar; order of results is the order of things."""
        listed = list(things)
        with self.screen.bar(title, len(listed)) as bar, ThreadPoolExecutor(AT_ONCE) as pool:
            results = []
            for result in pool.map(work, listed):
                results.append(result)
                bar.step()
        return results

    def official(self, role: str, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
        return self.caller.ask(method, path, self.players.tokens[role], body)

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = self.caller.ask("GET", f"/api/cycles/{self.year}", self.players.tokens["operator"])
        return found

    @contextmanager
    def chapter(self, part: str) -> Iterator[None]:
        with self.screen.timed(part):
            yield

    def _runs_until_completed(self, prefect: PrefectServer, stage: str, joins: bool) -> Iterator[Run]:
        """A run that is under way is let end first; ours is cancelled when another began at the same moment."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            other = prefect.under_way(stage)
            run_id = other or self.official("operator", f"/api/cycles/{self.year}/runs/{stage}")["run"]
            for last in prefect.follow(run_id):
                yield last
            if last.type not in ("COMPLETED", "CANCELLED"):
                raise ServiceSaidNo(f"Tahap {stage} tidak selesai: {last.message}")
            if last.type == "COMPLETED" and (joins or not other):
                return
        raise ServiceSaidNo(f"Tahap {stage} terus dibatalkan oleh run lain.")

    def _nothing_owed(self, session: Session, _work: Work) -> bool:
        counts = outbound_counts(session)
        return not (counts.get(("webhook", "waiting"), 0) or counts.get(("mail", "waiting"), 0))

    def _until(self, is_so: Callable[[Session, Work], bool], what: str) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not self.read(is_so):
            if time.monotonic() > ends:
                raise ServiceSaidNo(f"Setelah {PATIENCE_SECONDS} detik belum juga: {what}.")
            time.sleep(LOOK_EVERY_SECONDS)
