"""Who said yes to a decree version, who objects, and who stands on it?

Reads, and the one lock of the selection: whoever decides about a cycle's list first holds the cycle (`hold_cycle`), so that
a signature, an objection and a withdrawal at the same moment come one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from service.db.tables import Case, Cycle, Decree, Endorsement, Objection

Rows = list[tuple[Any, ...]]


def hold_cycle(session: Session, cycle_id: int) -> Cycle:
    """The cycle as it is now, held until the transaction ends (moves of its cases are not kept waiting)."""
    chosen = select(Cycle).where(col(Cycle.id) == cycle_id).with_for_update(key_share=True)
    held: Cycle = session.execute(chosen.execution_options(populate_existing=True)).scalar_one()
    return held


def waiting_version(session: Session, cycle_id: int) -> Decree | None:
    """The version that waits for its signature: only the newest can."""
    chosen = select(Decree).where(col(Decree.cycle_id) == cycle_id).order_by(col(Decree.version).desc()).limit(1)
    newest: Decree | None = session.execute(chosen.execution_options(populate_existing=True)).scalar_one_or_none()
    return newest if newest and newest.state == "proposed" else None


def listed(session: Session, decree_id: int, status: str = "selected") -> list[tuple[int, int]]:
    """(case, household) of everybody on a version who is at `status`."""
    chosen = select(col(Case.id), col(Case.household_id)).where(col(Case.decree_id) == decree_id, col(Case.status) == status)
    return [(row[0], row[1]) for row in session.execute(chosen)]


def households_by_regency(session: Session, decree_id: int) -> dict[str, int]:
    """Regency -> how many households a version lists, whatever became of them."""
    counted = select(col(Case.regency_code), func.count()).where(col(Case.decree_id) == decree_id)
    rows = session.execute(counted.group_by(col(Case.regency_code)).order_by(col(Case.regency_code)))
    return {row[0]: row[1] for row in rows}


def households_of(session: Session, decree_id: int, regency_code: str) -> list[int]:
    chosen = select(col(Case.household_id)).where(col(Case.decree_id) == decree_id, col(Case.regency_code) == regency_code)
    return list(session.scalars(chosen))


def endorsements(session: Session, decree_id: int) -> Sequence[Endorsement]:
    """Every yes to a version, in the order given."""
    return session.scalars(
        select(Endorsement).where(col(Endorsement.decree_id) == decree_id).order_by(col(Endorsement.id))
    ).all()


def objections(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[tuple[Objection, Case]]:
    """Open ones first, then by number."""
    is_decided = case((col(Objection.state) == "open", 0), else_=1)
    chosen = (
        select(Objection, Case)
        .join(Case, col(Case.id) == col(Objection.case_id))
        .where(col(Objection.cycle_id) == cycle_id)
        .order_by(is_decided, col(Objection.id))
    )
    if regencies:
        chosen = chosen.where(col(Case.regency_code).in_(regencies))
    return [(row[0], row[1]) for row in session.execute(chosen)]


def objections_of_case(session: Session, case_id: int) -> Sequence[Objection]:
    return session.scalars(select(Objection).where(col(Objection.case_id) == case_id).order_by(col(Objection.id))).all()


def open_objections(session: Session, cycle_id: int) -> int:
    counted = select(func.count()).where(col(Objection.cycle_id) == cycle_id, col(Objection.state) == "open")
    return int(session.scalars(counted).one())


def objection_and_case(session: Session, objection_id: int) -> tuple[Objection, Case] | None:
    chosen = select(Objection, Case).join(Case, col(Case.id) == col(Objection.case_id)).where(col(Objection.id) == objection_id)
    row = session.execute(chosen.execution_options(populate_existing=True)).one_or_none()
    return (row[0], row[1]) if row else None


def upheld() -> Any:
    """The cases whose objection to be left out was accepted: they stand before everybody else on the reserve list."""
    return select(col(Objection.case_id)).where(col(Objection.kind) == "enter", col(Objection.state) == "accepted")


def took_whose_place(session: Session, case_id: int) -> int | None:
    """The household this case replaces."""
    mine = select(col(Case.replaces_case_id)).where(col(Case.id) == case_id).scalar_subquery()
    return session.scalars(select(col(Case.household_id)).where(col(Case.id) == mine)).one_or_none()


def whose_place_was_taken_by(session: Session, case_id: int) -> int | None:
    """The household that took this case's place."""
    return session.scalars(select(col(Case.household_id)).where(col(Case.replaces_case_id) == case_id)).one_or_none()
