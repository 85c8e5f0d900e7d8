"""Which steps make up each stage of a cycle, in order, and what is due for whom?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlmodel import Session

from service.db.set_aside import ids_set_aside
from service.errors import BadInput
from service.lifecycle import ENDS, Subject
from service.stage import Step, Work


class NoSuchStage(BadInput):
    """Nobody knows a stage of that name."""


def _selection() -> Sequence[Step]:
    from service.selection.steps import STEPS

    return STEPS


def _procurement() -> Sequence[Step]:
    from service.procurement.steps import STEPS

    return STEPS


def _delivery() -> Sequence[Step]:
    from service.delivery.steps import STEPS

    return STEPS


def _mentoring() -> Sequence[Step]:
    from service.mentoring.steps import STEPS

    return STEPS


def _handoff() -> Sequence[Step]:
    from service.handoff.steps import STEPS

    return STEPS


def _watch() -> Sequence[Step]:
    from service.delivery.absences import WATCH_STEPS as OF_DELIVERY
    from service.handoff.steps import WATCH_STEPS as OF_HANDOFF
    from service.procurement.steps import WATCH_STEPS as OF_PROCUREMENT

    return (*OF_PROCUREMENT, *OF_HANDOFF, *OF_DELIVERY)


_ROOMS: dict[str, Callable[[], Sequence[Step]]] = {
    "selection": _selection,
    "procurement": _procurement,
    "delivery": _delivery,
    "mentoring": _mentoring,
    "handoff": _handoff,
    "watch": _watch,
}
IN_ORDER = tuple(name for name in _ROOMS if name != "watch")
LABELS = {
    "selection": "Seleksi", "procurement": "Pengadaan", "delivery": "Penyaluran", "mentoring": "Pendampingan",
    "handoff": "Perujukan", "watch": "Pengawasan",
}  # fmt: skip


class _Stages(Mapping[str, Sequence[Step]]):
    """Stage -> steps; a room is imported when first asked for, so that one stage's run starts fast."""

    def __getitem__(self, stage: str) -> Sequence[Step]:
        if stage not in _ROOMS:
            raise NoSuchStage(f"Tahap '{stage}' tidak dikenal. Yang dikenal: {', '.join(_ROOMS)}.")
        return _ROOMS[stage]()

    def __iter__(self) -> Iterator[str]:
        return iter(_ROOMS)

    def __len__(self) -> int:
        return len(_ROOMS)


STAGES: Mapping[str, Sequence[Step]] = _Stages()


def actor_of(stage: str, started_by: str) -> str:
    """`user:<login>` where a person started the run, else `flow:<stage>`."""
    return started_by if started_by.startswith("user:") else f"flow:{stage}"


def stages_due(session: Session, work: Work, again: bool = False) -> list[str]:
    """Stages with something to do that was not already tried and set aside (`again`: that too).

    A cycle that was just opened is nobody's but an officer's: its first run freezes the registry.
    """
    if work.cycle.status == "open" or work.cycle.status in ENDS[Subject.CYCLE]:
        return []
    return [stage for stage in IN_ORDER if any(_is_due(session, work, stage, step, again) for step in STAGES[stage])]


def _is_due(session: Session, work: Work, stage: str, step: Step, again: bool) -> bool:
    due = set(step.due(session, work))
    if again or not due:
        return bool(due)
    return bool(due - ids_set_aside(session, stage, step.subject, work.cycle_id))
