"""How does a household leave the list, before or after the decree?

By its own wish, by an officer who excludes it, or by an objection. Its place goes to the next reserve of its regency; a
version that waits for its signature and lists it is superseded: what is signed is exactly what was proposed.
"""

from __future__ import annotations

from sqlmodel import Session

from service.db import decrees
from service.db.history import Told, record_move
from service.db.tables import Case
from service.errors import BadInput, NotFound
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.selection import queries
from service.trust.rights import Officer, require, require_region


class ReasonMissing(BadInput):
    """A decision that needs its reason came without one."""


def withdraw_case(session: Session, officer: Officer, case_id: int, reason: str, told: Told) -> None:
    """The household does not want to go on. The reason stays with the case, not in the table of moves.

    Raises:
        NoRight, OutsideRegion, ReasonMissing, NotFound
        NoSuchMove: the case is not where it can be withdrawn.
    """
    _leave(session, officer, case_id, "withdrew", reason, told)


def exclude_case(session: Session, officer: Officer, case_id: int, reason: str, told: Told) -> None:
    """An officer takes the household out, before its goods are ordered.

    Raises:
        NoRight, OutsideRegion, ReasonMissing, NotFound
        NoSuchMove: the case is not where it can be excluded.
    """
    _leave(session, officer, case_id, "excluded", reason, told)


def take_out(session: Session, case: Case, event: str, reason: str, told: Told) -> None:
    """Move the case out by `event`; the caller holds the cycle and has asked who may."""
    assert case.id is not None
    decree_id, was, year = case.decree_id, case.status, decrees.hold_cycle(session, case.cycle_id).year
    record_move(session, Subject.CASE, case.id, event, told, end_reason=needed(reason))
    if was == "selected" and decree_id is not None:
        queries.decide(session, decree_id, "superseded", decided_by=told.actor, decided_at=told.at)
        queries.take_off_decree(session, decree_id)
    owe_kick(session, "selection", year, told.at)


def needed(reason: str) -> str:
    """Raises ReasonMissing."""
    text = reason.strip()
    if not text:
        raise ReasonMissing("Tuliskan alasannya.")
    return text[:500]


def held_case(session: Session, case_id: int) -> Case:
    """The case as it is now, its cycle held. Raises NotFound."""
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound(f"Kasus {case_id} tidak ada.")
    decrees.hold_cycle(session, case.cycle_id)
    return session.get_one(Case, case_id, populate_existing=True)


def _leave(session: Session, officer: Officer, case_id: int, event: str, reason: str, told: Told) -> None:
    require(officer, "case.exclude")
    case = held_case(session, case_id)
    require_region(officer, case.regency_code)
    take_out(session, case, event, reason, told)
