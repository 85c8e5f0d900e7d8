"""Which cases are selected, listed, in reserve, and by which decree; what does a case look like to who asks why?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from service.db.decrees import upheld
from service.db.tables import Case, Cycle, Decree, Household, Move, Quota

_CASES: Any = Case
LEFT = ("withdrawn", "substituted", "lost_contact")
BEFORE_PROOF = ("selected", "decreed", "ordered", "delivered")


def has_cases(session: Session, cycle_id: int, status: str) -> bool:
    statement = select(col(Case.id)).where(col(Case.cycle_id) == cycle_id, col(Case.status) == status)
    return session.scalars(statement.limit(1)).first() is not None


def quota_of(session: Session, cycle_id: int) -> dict[str, int]:
    """Regency -> households, as opened."""
    statement = select(col(Quota.regency_code), col(Quota.households)).where(col(Quota.cycle_id) == cycle_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def quota_row(session: Session, cycle_id: int, regency_code: str) -> Quota | None:
    statement = select(Quota).where(col(Quota.cycle_id) == cycle_id, col(Quota.regency_code) == regency_code)
    return session.scalars(statement).one_or_none()


@dataclass(frozen=True)
class Listed:
    """A selected case as the decree lists it."""

    case_id: int
    household_id: int
    regency_code: str
    decree_id: int | None


def selected(session: Session, cycle_id: int) -> list[Listed]:
    """Cases that wait for a decree, by regency and rank."""
    statement = (
        select(col(Case.id), col(Case.household_id), col(Case.regency_code), col(Case.decree_id))
        .where(col(Case.cycle_id) == cycle_id, col(Case.status) == "selected")
        .order_by(col(Case.regency_code), col(Case.rank), col(Case.id))
    )
    return [Listed(*row) for row in session.execute(statement)]


def list_on_decree(session: Session, cycle_id: int, decree_id: int) -> None:
    """Name the decree on all selected cases that no decree names yet."""
    free = (col(Case.cycle_id) == cycle_id, col(Case.status) == "selected", col(Case.decree_id).is_(None))
    session.execute(update(Case).where(*free).values(decree_id=decree_id).execution_options(synchronize_session=False))


def take_off_decree(session: Session, decree_id: int) -> None:
    """Selected cases are free for the next version."""
    statement = update(Case).where(col(Case.decree_id) == decree_id, col(Case.status) == "selected").values(decree_id=None)
    session.execute(statement.execution_options(synchronize_session=False))


def decrees(session: Session, cycle_id: int) -> Sequence[Decree]:
    """All versions, newest first."""
    return session.scalars(select(Decree).where(col(Decree.cycle_id) == cycle_id).order_by(col(Decree.version).desc())).all()


def decide(session: Session, decree_id: int, state: str, **fields: Any) -> bool:
    """Close a proposal; False when somebody else was faster."""
    statement = update(Decree).where(col(Decree.id) == decree_id, col(Decree.state) == "proposed")
    done = session.execute(statement.values(state=state, **fields).execution_options(synchronize_session=False))
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def decrees_without_letter(session: Session, cycle_id: int) -> list[int]:
    statement = select(col(Decree.id)).where(
        col(Decree.cycle_id) == cycle_id,
        col(Decree.state) == "approved",
        or_(col(Decree.letter_id).is_(None), col(Decree.public_letter_id).is_(None)),
    )
    return list(session.scalars(statement.order_by(col(Decree.id))))


def households_on_decree(session: Session, decree_id: int) -> list[tuple[Case, Household]]:
    """For the annex, in the order it lists them: everybody this version names, whatever became of them since."""
    statement = (
        select(Case, Household)
        .options(defer(_CASES.explanation))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Case.decree_id) == decree_id)
        .order_by(col(Case.regency_code), func.coalesce(col(Case.rank), 0), col(Case.id))
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def left_places(session: Session, cycle_id: int) -> list[int]:
    """Cases that left before their goods were proven and whom nobody replaced yet, in the order they left.

    Goods that were ordered for one of them lie at the point, or come there, for the one who moves up.
    """
    heir = select(col(Case.replaces_case_id)).where(col(Case.cycle_id) == cycle_id, col(Case.replaces_case_id).is_not(None))
    statement = (
        select(col(Case.id))
        .join(Move, (col(Move.subject) == "case") & (col(Move.subject_id) == col(Case.id)))
        .where(col(Case.cycle_id) == cycle_id, col(Case.status).in_(LEFT), col(Case.id).not_in(heir))
        .where(col(Move.to_status).in_(LEFT), col(Move.from_status).in_(BEFORE_PROOF))
        .order_by(col(Move.id))
    )
    return list(session.scalars(statement))


def next_reserve(session: Session, cycle_id: int, regency_code: str) -> int | None:
    """Whose objection was accepted goes first (the better score before the other), then the list as it was computed."""
    place = case((col(Case.id).in_(upheld()), 0), else_=col(Case.reserve_place))
    statement = (
        select(col(Case.id))
        .where(col(Case.cycle_id) == cycle_id, col(Case.regency_code) == regency_code, col(Case.status) == "reserve")
        .order_by(place, func.coalesce(col(Case.score), 0).desc(), col(Case.id))
    )
    return session.scalars(statement.limit(1)).first()


def reserves_left(session: Session, cycle_id: int) -> int:
    statement = select(func.count()).where(col(Case.cycle_id) == cycle_id, col(Case.status) == "reserve")
    return session.scalars(statement).one()


def case_and_cycle(session: Session, year: int, household_id: int) -> tuple[Case, Cycle] | None:
    statement = (
        select(Case, Cycle)
        .join(Cycle, col(Cycle.id) == col(Case.cycle_id))
        .where(col(Cycle.year) == year, col(Case.household_id) == household_id)
    )
    row = session.execute(statement).one_or_none()
    return (row[0], row[1]) if row else None


def cut_off(session: Session, cycle_id: int, regency_code: str) -> tuple[int | None, int]:
    """(score of the last within the quota, how many were ranked) in one regency."""
    within = case((col(Case.placement) == "WITHIN_QUOTA", col(Case.score)))
    statement = select(func.min(within), func.count(col(Case.rank))).where(
        col(Case.cycle_id) == cycle_id, col(Case.regency_code) == regency_code
    )
    row = session.execute(statement).one()
    return row[0], row[1]
