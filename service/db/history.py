"""How does a status change? Here only: one guarded UPDATE and one row in the table of moves, together.

`record_move` for one subject raises when it is not where the caller thought; `record_moves` for a batch moves
those that still are and returns their ids, so that the caller sees who did not move. A batch is one statement on
PostgreSQL and two on SQLite (whose transactions write alone): the rows of the table of moves never leave the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import JSON, Integer, Text, bindparam, cast, func, insert, literal, select, update
from sqlalchemy.orm.util import identity_key
from sqlmodel import Session, SQLModel

from service.clock import wall
from service.db.bulk import insert_rows
from service.db.tables import Case, Cycle, Move, Order, Parcel, Referral
from service.db.types import Instant
from service.errors import NotFound
from service.lifecycle import FIRST, NoSuchMove, Subject, next_status

TABLES: dict[Subject, type[SQLModel]] = {
    Subject.CYCLE: Cycle,
    Subject.CASE: Case,
    Subject.ORDER: Order,
    Subject.PARCEL: Parcel,
    Subject.REFERRAL: Referral,
}
BATCH = 50_000
_PREFIX, _ROW = "v_", "m_"
_COLUMNS = (
    "subject", "subject_id", "cycle_id", "from_status", "event", "to_status", "actor", "reason", "at", "written_at",
)  # fmt: skip
_INSERT = insert(Move.__table__)  # type: ignore[attr-defined]
_INSERT_TOGETHER = _INSERT.returning(Move.__table__.c.id)  # type: ignore[attr-defined]  # one statement, not one for each


@dataclass(frozen=True)
class Told:
    """Who says so, when (business time), and why: the part of a move that does not depend on the subject."""

    actor: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True)
class SeenMove:
    """One of many to be moved: where this transaction has just seen it (and holds it), who says so, what is set with it."""

    id: int
    was: str
    cycle_id: int
    told: Told
    fields: dict[str, Any]


def record_move(session: Session, subject: Subject, subject_id: int, event: str, told: Told, **fields: Any) -> str:
    """Move one subject by `event` and set `fields` with it; returns the new status.

    Raises:
        NotFound: no such subject.
        NoSuchMove: the event does not apply to its status, also when somebody else moved it first.
    """
    session.flush()
    return record_seen_move(session, subject, subject_id, event, told, _seen_now(session, subject, subject_id), **fields)


def record_seen_move(
    session: Session, subject: Subject, subject_id: int, event: str, told: Told, seen: tuple[str, int], **fields: Any
) -> str:
    """The same for a subject whose status and cycle id this transaction has just read; raises NoSuchMove if it was wrong."""
    session.flush()
    was, cycle_id = seen
    values = {"status": next_status(subject, was, event), "status_since": told.at, **fields}
    bound = {"_id": subject_id, "_was": was, **{_PREFIX + name: value for name, value in values.items()}}
    row = _move_row(subject, subject_id, cycle_id, was, event, values["status"], told)
    if not _moved(session.connection(), subject, tuple(values), bound, row):
        sentence = f"{subject} {subject_id} sudah dipindahkan orang lain."
        raise NoSuchMove(sentence, subject=str(subject), status=was, event=event)
    _forget_loaded(session, subject, subject_id)
    return str(values["status"])


def _seen_now(session: Session, subject: Subject, subject_id: int) -> tuple[str, int]:
    row = session.connection().execute(_look(subject), {"_id": subject_id}).one_or_none()
    if row is None:
        raise NotFound(f"{subject} {subject_id} tidak ada.")
    return row[0], row[1]


def _moved(connection: Any, subject: Subject, names: tuple[str, ...], bound: dict[str, Any], row: dict[str, Any]) -> bool:
    """The guarded UPDATE and its row of the table of moves: one statement on PostgreSQL, two on SQLite."""
    if connection.dialect.name == "postgresql":
        written = {_ROW + name: value for name, value in row.items()}
        return bool(connection.execute(_update_and_row(subject, names), {**bound, **written}).rowcount == 1)
    if connection.execute(_guarded_update(subject, names), bound).rowcount != 1:
        return False
    connection.execute(_INSERT, row)
    return True


def record_seen_moves(session: Session, subject: Subject, event: str, moves: Sequence[SeenMove]) -> None:
    """Move many subjects by one event, each with columns of its own: a statement for each set of columns.

    Raises:
        NoSuchMove: the event does not apply, or one of them is not where it was seen; the transaction is not to be kept.
    """
    session.flush()
    connection, rows, asked = session.connection(), list[dict[str, Any]](), dict[tuple[str, ...], list[dict[str, Any]]]()
    for one in moves:
        values = {"status": next_status(subject, one.was, event), "status_since": one.told.at, **one.fields}
        bound = {"_id": one.id, "_was": one.was, **{_PREFIX + name: value for name, value in values.items()}}
        asked.setdefault(tuple(values), []).append(bound)
        rows.append(_move_row(subject, one.id, one.cycle_id, one.was, event, values["status"], one.told))
        _forget_loaded(session, subject, one.id)
    for names, of_names in asked.items():
        if connection.execute(_guarded_update(subject, names), of_names).rowcount != len(of_names):
            raise NoSuchMove(f"Salah satu {subject} sudah dipindahkan orang lain.", subject=str(subject), event=event)
    if rows:
        connection.execute(_INSERT_TOGETHER, rows)


def record_moves(
    session: Session, subject: Subject, ids: Iterable[int], status: str, event: str, told: Told,
    fields: Mapping[str, Any] | None = None, reasons: Mapping[int, str] | None = None,
) -> list[int]:  # fmt: skip
    """Move every subject of `ids` that is at `status`; returns the ids that moved, in ascending order.

    `fields` are set on all of them; `reasons` gives a move's reason by id where it differs from `told.reason`.

    Raises:
        NoSuchMove: the event does not apply to `status`.
    """
    session.flush()
    change = _Change(subject, status, event, next_status(subject, status, event), told, dict(fields or {}))
    together = _moved_on_sqlite if session.get_bind().dialect.name == "sqlite" else _moved_on_postgresql
    moved: list[int] = []
    for chunk in _chunks(ids):
        moved += together(session, change, {i: (reasons or {}).get(i) for i in chunk})
    return moved


def record_beginnings(session: Session, subject: Subject, ids: Sequence[int], cycle_id: int, told: Told) -> None:
    """Write the first row of the table of moves for subjects just inserted at their first status."""
    if ids:
        session.flush()
        row = tuple(_move_row(subject, 0, cycle_id, "", "began", FIRST[subject], told).values())
        insert_rows(session, Move, _COLUMNS, ((*row[:1], i, *row[2:]) for i in ids))


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
    values: dict[str, Any] = {name: bindparam(_PREFIX + name, type_=table.c[name].type) for name in names}
    values |= _risen(table)
    return update(table).where(table.c.id == bindparam("_id"), table.c.status == bindparam("_was")).values(values)


@cache
def _update_and_row(subject: Subject, names: tuple[str, ...]) -> Any:
    """Whom the UPDATE finds, the INSERT writes down; built once for each set of columns."""
    move = Move.__table__  # type: ignore[attr-defined]
    changed = _guarded_update(subject, names).returning(_table(subject).c.id).cte("changed")
    columns: Any = [bindparam(_ROW + name, type_=move.c[name].type) for name in _COLUMNS]
    row = select(*columns).select_from(changed)
    return insert(move).from_select(_COLUMNS, row).execution_options(preserve_rowcount=True)


def _forget_loaded(session: Session, subject: Subject, subject_id: int) -> None:
    """An object of the session that shows the old status is read anew when it is next looked at."""
    kept = session.identity_map.get(identity_key(TABLES[subject], subject_id))
    if kept is not None:
        session.expire(kept)


def _table(subject: Subject) -> Any:
    return TABLES[subject].__table__  # type: ignore[attr-defined]


def _risen(table: Any) -> dict[str, Any]:
    """A subject that counts its changes is one version on."""
    return {"version": table.c.version + 1} if "version" in table.c else {}


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(set(ids))
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


@dataclass(frozen=True)
class _Change:
    """One event for many subjects that are at one status."""

    subject: Subject
    status: str
    event: str
    to: str
    told: Told
    fields: dict[str, Any]

    @property
    def beside(self) -> dict[str, Any]:
        """What is set together with the status."""
        return {"status_since": self.told.at, **self.fields, **_risen(_table(self.subject))}

    def rows(self, subject_id: Any, cycle_id: Any, reason: Any) -> Any:
        """The SELECT that makes a row of the table of moves of each subject moved."""
        told = self.told
        why = func.coalesce(cast(reason, Text), literal(told.reason, Text)) if told.reason else cast(reason, Text)
        return select(
            literal(str(self.subject), Text), subject_id, cycle_id, literal(self.status, Text), literal(self.event, Text),
            literal(self.to, Text), literal(told.actor, Text), why, literal(told.at, Instant), literal(wall(), Instant),
        ).order_by(subject_id)  # fmt: skip


def _moved_on_postgresql(session: Session, change: _Change, wanted: dict[int, str | None]) -> list[int]:
    """One statement: whom the UPDATE finds at the status, the INSERT writes down. `wanted`: id -> reason."""
    table, asked = _table(change.subject), func.json_each_text(literal(wanted, JSON)).table_valued("key", "value")
    changed = (
        update(table)
        .where(table.c.id == cast(asked.c.key, Integer), table.c.status == change.status)
        .values(status=change.to, **change.beside)
        .returning(table.c.id.label("id"), _cycle_column(table).label("cycle_id"), asked.c.value.label("reason"))
        .cte("changed")
    )
    rows = change.rows(changed.c.id, changed.c.cycle_id, changed.c.reason)
    return _written(session, rows)


def _moved_on_sqlite(session: Session, change: _Change, wanted: dict[int, str | None]) -> list[int]:
    """Written down first, then moved: nobody else writes in between. `wanted`: id -> reason."""
    table, asked = _table(change.subject), _asked_on_sqlite(wanted)
    here = (table.c.id == asked.c.id) & (table.c.status == change.status)
    rows = change.rows(table.c.id, _cycle_column(table), asked.c.reason).select_from(asked.join(table, here))
    moved = _written(session, rows)
    is_asked = table.c.id.in_(select(asked.c.id))
    session.execute(update(table).where(is_asked, table.c.status == change.status).values(status=change.to, **change.beside))
    return moved


def _asked_on_sqlite(wanted: dict[int, str | None]) -> Any:
    """(id, reason) as a table the database indexes by itself: without that a join of two batches is quadratic."""
    each = func.json_each(json.dumps(wanted)).table_valued("key", "value")
    asked = select(cast(each.c.key, Integer).label("id"), each.c.value.label("reason")).cte("asked")
    return asked.prefix_with("MATERIALIZED")


def _written(session: Session, rows: Any) -> list[int]:
    """Insert into the table of moves; whose moves they were, in ascending order."""
    move = Move.__table__  # type: ignore[attr-defined]
    statement = insert(move).from_select(_COLUMNS, rows).returning(move.c.subject_id)
    return sorted(session.connection().execute(statement).scalars())


def _move_row(subject: Subject, subject_id: int, cycle_id: int, frm: str, event: str, to: str, told: Told) -> dict[str, Any]:
    return {
        "subject": str(subject), "subject_id": subject_id, "cycle_id": cycle_id, "from_status": frm, "event": event,
        "to_status": to, "actor": told.actor, "reason": told.reason, "at": told.at, "written_at": wall(),
    }  # fmt: skip
