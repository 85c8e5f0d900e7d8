"""What could a stage not move, and why?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from service.db.tables import SetAside
from service.lifecycle import Subject

CHUNK = 20_000  # fewer than either database takes in one statement


def replace_set_aside(
    session: Session, cycle_id: int, stage: str, subject: Subject, ids: Sequence[int], codes: Mapping[int, str], at: datetime
) -> None:
    """For the ids just tried: forget what was said before, keep the code of those that still cannot move."""
    same = (col(SetAside.stage) == stage, col(SetAside.subject) == str(subject))
    for start in range(0, len(ids), CHUNK):
        session.execute(delete(SetAside).where(*same, col(SetAside.subject_id).in_(ids[start : start + CHUNK])))
    if codes:
        common = {"cycle_id": cycle_id, "stage": stage, "subject": str(subject), "since": at}
        session.execute(insert(SetAside), [{**common, "subject_id": i, "code": code} for i, code in codes.items()])


def ids_set_aside(session: Session, stage: str, subject: Subject, cycle_id: int) -> set[int]:
    """What a stage tried in this cycle and could not move."""
    same = (col(SetAside.stage) == stage, col(SetAside.subject) == str(subject), col(SetAside.cycle_id) == cycle_id)
    return set(session.execute(select(col(SetAside.subject_id)).where(*same)).scalars())
