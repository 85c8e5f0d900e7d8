"""How does a step of a stage become tasks of a run: batches, one transaction each, retried only if it may pass?

Only ids, counts, codes and the stage's own words cross into Prefect: what a failure says is written to the home's
log without what it quotes (`service.traces`), and Prefect is told its kind.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import report
from service.cohort.queries import cycle_of
from service.errors import EstafetError, TryAgainLater
from service.settings import current_settings
from service.stage import Done, Step, Work, due_batches, run_batch
from service.stages import LABELS, STAGES, actor_of
from service.traces import safe_trace
from service.trust.homes import House, open_home

RETRY_AFTER_SECONDS = [0.5, 2.0, 8.0]
_log = logging.getLogger("estafet.flows")


class BatchFailed(RuntimeError):
    """A batch did not move; the message is the error's kind and nothing of its content."""


class BatchMayPass(BatchFailed):
    """Something outside was away: the only failure that is retried."""


@dataclass
class Tally:
    """What a run did so far: moved and set aside by step, failed batches by step."""

    moved: dict[str, int] = field(default_factory=dict)
    set_aside: list[report.Aside] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    failed_ids: int = 0

    def add(self, step: Step, done: Done) -> None:
        self.moved[step.name] = self.moved.get(step.name, 0) + done.moved
        self.set_aside += [report.Aside(str(step.subject), i, code) for i, code in done.set_aside.items()]

    def add_failure(self, step: Step, ids: list[int], error: BatchFailed) -> None:
        self.failed[step.name] = str(error)
        self.failed_ids += len(ids)

    @property
    def sentence(self) -> str:
        return f"Selesai {sum(self.moved.values())}, disisihkan {len(self.set_aside)}, gagal {self.failed_ids}"

    def verdict(self) -> State[Any]:
        """How the run ends in Prefect; a failed batch makes it Failed after all others had their turn."""
        if not self.failed:
            return Completed(message=self.sentence)
        kinds = "; ".join(f"{step}: {kind}" for step, kind in self.failed.items())
        return Failed(message=f"{self.sentence}. {kinds}. Rinciannya ada di log rumah data.")


async def run_stage(stage: str, year: int, started_by: str) -> State[Any]:
    """Drain everything that is due in one stage of one cycle; running it again is harmless."""
    with opened_home() as house:
        work = work_of(house, year, actor_of(stage, started_by))
        tally = await run_steps(work, stage, STAGES[stage])
        await report.write_funnel(work)
        await report.write_set_aside(work, stage, tally.set_aside)
    return tally.verdict()


async def run_steps(work: Work, stage: str, steps: Sequence[Step]) -> Tally:
    """Every step in order, each over what is due when its turn comes."""
    tally = Tally()
    progress = report.Progress(work, stage)
    for place, step in enumerate(steps):
        batches = await asyncio.to_thread(due_batches, work, step)
        run = _task_for(work, stage, step)
        for number, ids in enumerate(batches, start=1):
            await _attempt(run, step, ids, tally)
            await progress.reached((place + number / len(batches)) / len(steps))
        _tell(step, tally)
    await progress.done()
    return tally


@contextmanager
def opened_home() -> Iterator[House]:
    """The home of this process's settings."""
    house = open_home(current_settings())
    try:
        yield house
    finally:
        house.close()


def work_of(house: House, year: int, actor: str) -> Work:
    """Raises NoSuchCycle."""
    with house.database.read() as session:
        cycle = cycle_of(session, year)
    return Work(house.database, house.home, house.settings.address, cycle, actor, house.sealer)


Batch = Callable[[list[int]], Coroutine[Any, Any, Done]]


def _task_for(work: Work, stage: str, step: Step) -> Batch:
    """One Prefect task for a step; its run is given ids only. Async over a thread: 11 ms a run, a sync one costs 43."""

    @task(
        name=step.name, description=f"{LABELS[stage]}: {step.title}", tags=["estafet", stage], persist_result=False,
        cache_policy=NO_CACHE, retries=len(RETRY_AFTER_SECONDS), retry_delay_seconds=RETRY_AFTER_SECONDS,
        retry_jitter_factor=0.5, retry_condition_fn=_may_pass,
    )  # fmt: skip
    async def act_on_batch(ids: list[int]) -> Done:
        return await asyncio.to_thread(_act, work, stage, step, ids)

    return act_on_batch


def _act(work: Work, stage: str, step: Step, ids: list[int]) -> Done:
    """One batch; whatever it raises leaves here as a kind, its content goes to the home's log."""
    try:
        return run_batch(work, stage, step, ids)
    except TryAgainLater as error:
        raise BatchMayPass(type(error).__name__) from None
    except Exception as error:
        kind = type(error).__name__
        _log.error("%s %s: %s ids failed\n%s", stage, step.name, len(ids), safe_trace(error))
        said = f"{kind} ({error.kind})" if isinstance(error, EstafetError) else kind
        raise BatchFailed(said) from None


def _may_pass(_task: Any, _run: Any, state: State[Any]) -> bool:
    return isinstance(state.data, BatchMayPass)


async def _attempt(run: Batch, step: Step, ids: list[int], tally: Tally) -> None:
    try:
        tally.add(step, await run(ids))
    except BatchFailed as error:
        tally.add_failure(step, ids, error)


def _tell(step: Step, tally: Tally) -> None:
    if step.name in tally.moved or step.name in tally.failed:
        get_run_logger().info("%s: %s selesai", step.title, tally.moved.get(step.name, 0))
