"""How does a status change? Here only: one guarded UPDATE and one row in the table of moves, together.

`record_move` for one subject raises when it is not where the caller thought; `record_moves` for a batch moves
those that still are and returns their ids, so that the caller sees who did not move.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm.util import identity_key
from sqlmodel import Session, SQLModel

from service.clock import wall
from service.db.tables import Case, Cycle, Move, Order, Parcel, Referral
from service.errors import NotFound
from service.lifecycle import FIRST, NoSuchMove, Subject, next_status

TABLES: dict[Subject, type[SQLModel]] = {
    Subject.CYCLE: Cycle,
    Subject.CASE: Case,
    Subject.ORDER: Order,
    Subject.PARCEL: Parcel,
    Subject.REFERRAL: Referral,
}
BATCH = 500
_PREFIX = "v_"
_INSERT = insert(Move.__table__)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Told:
    """Who says so, when (business time), and why: the part of a move that does not depend on the subject."""

    actor: str
    at: datetime
    reason: str | None = None


def record_move(session: Session, subject: Subject, subject_id: int, event: str, told: Told, **fields: Any) -> str:
    """Move one subject by `event` and set `fields` with it; returns the new status.

    Raises:
        NotFound: no such subject.
        NoSuchMove: the event does not apply to its status, also when somebody else moved it first.
    """
    session.flush()
    connection = session.connection()
    row = connection.execute(_look(subject), {"_id": subject_id}).one_or_none()
    if row is None:
        raise NotFound(f"{subject} {subject_id} tidak ada.")
    was, cycle_id = row
    values = {"status": next_status(subject, was, event), "status_since": told.at, **fields}
    bound = {"_id": subject_id, "_was": was, **{_PREFIX + name: value for name, value in values.items()}}
    if connection.execute(_guarded_update(subject, tuple(values)), bound).rowcount != 1:
        sentence = f"{subject} {subject_id} sudah dipindahkan orang lain."
        raise NoSuchMove(sentence, subject=str(subject), status=was, event=event)
    connection.execute(_INSERT, _move_row(subject, subject_id, cycle_id, was, event, values["status"], told))
    _forget_loaded(session, subject, subject_id)
    return str(values["status"])


def record_moves(
    session: Session, subject: Subject, ids: Iterable[int], status: str, event: str, told: Told,
    fields: Mapping[str, Any] | None = None, reasons: Mapping[int, str] | None = None,
) -> list[int]:  # fmt: skip
    """Move every subject of `ids` that is at `status`; returns the ids that moved, in ascending order.

    `fields` are set on all of them; `reasons` gives a move's reason by id where it differs from `told.reason`.

    Raises:
        NoSuchMove: the event does not apply to `status`.
    """
    table = _table(subject)
    to = next_status(subject, status, event)
    moved: list[tuple[int, int]] = []
    for chunk in _chunks(ids):
        statement = (
            update(table)
            .where(table.c.id.in_(chunk), table.c.status == status)
            .values(status=to, status_since=told.at, **(fields or {}))
            .returning(table.c.id, _cycle_column(table))
        )
        moved += [(row[0], row[1]) for row in session.execute(statement)]
    moved.sort()
    if moved:
        rows = [_move_row(subject, i, cycle, status, event, to, told, (reasons or {}).get(i)) for i, cycle in moved]
        session.execute(insert(Move), rows)
    return [i for i, _ in moved]


def record_beginnings(session: Session, subject: Subject, ids: Sequence[int], cycle_id: int, told: Told) -> None:
    """Write the first row of the table of moves for subjects just inserted at their first status."""
    if ids:
        rows = [_move_row(subject, i, cycle_id, "", "began", FIRST[subject], told) for i in ids]
        session.execute(insert(Move), rows)


def record_all_beginnings(session: Session, subject: Subject, cycle_id: int, told: Told) -> int:
    """The same in one statement for all of a cycle at their first status, when none of them has moved yet; how many."""
    table, move = _table(subject), Move.__table__  # type: ignore[attr-defined]
    row = _move_row(subject, 0, cycle_id, "", "began", FIRST[subject], told)
    told_columns = {name: bindparam(None, value, type_=move.c[name].type) for name, value in row.items()}
    columns: Any = list((told_columns | {"subject_id": table.c.id}).values())
    begun = select(*columns).where(table.c.cycle_id == cycle_id, table.c.status == FIRST[subject]).order_by(table.c.id)
    return int(session.execute(insert(move).from_select(list(row), begun)).rowcount)  # type: ignore[attr-defined]


def _cycle_column(table: Any) -> Any:
    return table.c.id if table is _table(Subject.CYCLE) else table.c.cycle_id


@cache
def _look(subject: Subject) -> Any:
    table = _table(subject)
    return select(table.c.status, _cycle_column(table)).where(table.c.id == bindparam("_id"))


@cache
def _guarded_update(subject: Subject, names: tuple[str, ...]) -> Any:
    """Built once for each set of columns: building costs more than running."""
    table = _table(subject)
    values = {name: bindparam(_PREFIX + name, type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("_id"), table.c.status == bindparam("_was")).values(values)


def _forget_loaded(session: Session, subject: Subject, subject_id: int) -> None:
    """An object of the session that shows the old status is read anew when it is next looked at."""
    kept = session.identity_map.get(identity_key(TABLES[subject], subject_id))
    if kept is not None:
        session.expire(kept)


def _table(subject: Subject) -> Any:
    return TABLES[subject].__table__  # type: ignore[attr-defined]


def _chunks(ids: Iterable[int]) -> Iterable[list[int]]:
    ordered = sorted(set(ids))
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


def _move_row(
    subject: Subject, subject_id: int, cycle_id: int, frm: str, event: str, to: str, told: Told, reason: str | None = None
) -> dict[str, Any]:
    return {
        "subject": str(subject), "subject_id": subject_id, "cycle_id": cycle_id, "from_status": frm, "event": event,
        "to_status": to, "actor": told.actor, "reason": reason or told.reason, "at": told.at, "written_at": wall(),
    }  # fmt: skip
