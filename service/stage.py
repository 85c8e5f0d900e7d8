"""What is one step of a stage, and what does running it leave behind?

A stage is a tuple of steps. A step asks the database which subjects are due, and acts on them in batches, each
its own transaction; whatever cannot move is set aside with a reason and the rest commit. Running a stage twice
is harmless, and a killed run is continued by the next one. `flows/edge.py` runs steps as Prefect tasks,
`run_locally` in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from service import clock
from service.db.history import Told
from service.db.session import Database
from service.db.set_aside import replace_set_aside
from service.db.tables import Cycle
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.trust.sealing import Sealer


@dataclass(frozen=True)
class Work:
    """What every step needs: where, which cycle (as read at the start of the run), who acts, and the key for letters."""

    database: Database
    home: Path
    public_url: str
    cycle: Cycle
    actor: str
    sealer: Sealer | None = None

    @property
    def cycle_id(self) -> int:
        assert self.cycle.id is not None
        return self.cycle.id

    @property
    def policy(self) -> CyclePolicy:
        return CyclePolicy.model_validate(self.cycle.policy)

    @property
    def now(self) -> datetime:
        return clock.now(self.home)

    def told(self, reason: str | None = None) -> Told:
        return Told(self.actor, self.now, reason)


@dataclass(frozen=True)
class Done:
    """What one batch left: how many moved, and who was set aside with which code."""

    moved: int = 0
    set_aside: dict[int, str] = field(default_factory=dict)

    def __add__(self, other: Done) -> Done:
        return Done(self.moved + other.moved, self.set_aside | other.set_aside)


@dataclass(frozen=True)
class Step:
    """`due` names the ids to act on (ascending); `act` moves one batch of them in its own transaction(s).

    `subject` says what the ids are; `title` is what a person reads while it runs; a step over the whole
    cycle returns `[cycle.id]` or nothing.
    """

    name: str
    title: str
    subject: Subject
    due: Callable[[Session, Work], Sequence[int]]
    act: Callable[[Work, list[int]], Done]
    batch: int = 500


def due_batches(work: Work, step: Step) -> list[list[int]]:
    """What is due now, cut into batches."""
    with work.database.read() as session:
        ids = list(step.due(session, work))
    return [ids[start : start + step.batch] for start in range(0, len(ids), step.batch)]


def run_batch(work: Work, stage: str, step: Step, ids: list[int]) -> Done:
    """Act on one batch and keep the list of those set aside true; whoever waits to write comes in between."""
    done = step.act(work, ids)
    work.database.give_way()
    with work.database.write() as session:
        replace_set_aside(session, work.cycle_id, stage, step.subject, ids, done.set_aside, work.now)
    work.database.give_way()
    return done


def run_locally(work: Work, stage: str, steps: Sequence[Step]) -> Iterator[tuple[Step, Done]]:
    """Run a stage in this process, step by step."""
    for step in steps:
        total = Done()
        for ids in due_batches(work, step):
            total += run_batch(work, stage, step, ids)
        yield step, total
