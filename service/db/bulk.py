"""How are very many rows of one table written or looked up at once, as fast as either database takes them?

SQLite: the driver's own `executemany`. PostgreSQL: `COPY`. Values go through the same type as everywhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any, cast

import psycopg
from sqlalchemy import ARRAY, ColumnElement, Connection, Integer, String, any_, bindparam, func, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

CHUNK, PIECE = 5_000, 250
CACHE_KIB, USUAL_CACHE_KIB = 256 * 1024, 2_000
Rows = Iterable[Sequence[Any]]
Maker = Callable[[Any], Any]


@contextmanager
def roomy(session: Session) -> Iterator[None]:
    """Room for the indexes of a large table while many rows go into it: SQLite's own 2 MB would be written over and over."""
    if not _is_sqlite(session):
        yield
        return
    connection = session.connection()
    connection.exec_driver_sql(f"PRAGMA cache_size=-{CACHE_KIB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size=-{USUAL_CACHE_KIB}")


def insert_rows(session: Session, model: type[SQLModel], names: Sequence[str], rows: Rows) -> None:
    """`rows` are the values of `names`; columns that are not named get what the table's class says."""
    table: Any = model.__table__  # type: ignore[attr-defined]
    filled = {c.name: c.default.arg for c in table.columns if c.name not in names and c.default is not None}
    columns = [*names, *filled]
    into = f"{table.name} ({', '.join(columns)})"
    makers = _makers(session, [table.c[name] for name in columns])
    whole = ((*row, *filled.values()) for row in rows) if filled else rows
    if _is_sqlite(session):
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608  (names of our own tables and columns)
        for chunk in _chunks(whole, CHUNK):
            session.connection().exec_driver_sql(statement, _stored(makers, chunk))
    else:
        pieces = (_stored(makers, chunk) for chunk in _chunks(whole, PIECE))
        _copy(session.connection(), f"COPY {into} FROM STDIN", pieces)


def update_rows(session: Session, model: type[SQLModel], names: Sequence[str], rows: Rows) -> None:
    """`rows` are the values of `names`, of which the first is the primary key."""
    table: Any = model.__table__  # type: ignore[attr-defined]
    mark = "?" if _is_sqlite(session) else "%s"
    sets = ", ".join(f"{name} = {mark}" for name in names[1:])
    statement = f"UPDATE {table.name} SET {sets} WHERE {names[0]} = {mark}"  # noqa: S608  (names of our own columns)
    makers = _makers(session, [table.c[name] for name in (*names[1:], names[0])])
    for chunk in _chunks(rows, CHUNK):
        turned = ((*row[1:], row[0]) for row in chunk)
        session.connection().exec_driver_sql(statement, _stored(makers, turned))


def one_of_many(session: Session, column: Any, values: Sequence[str] | Sequence[int]) -> ColumnElement[bool]:
    """`column IN (values)` with one bound value, however many there are."""
    if _is_sqlite(session):
        listed = func.json_each(bindparam(None, json.dumps(list(values)), String)).table_valued("value")
        return cast(ColumnElement[bool], column.in_(select(listed.c.value)))
    return cast(ColumnElement[bool], column == any_(bindparam(None, list(values), ARRAY(_kind_of(column)))))


def _kind_of(column: Any) -> type[Integer] | type[String]:
    return Integer if isinstance(column.type, Integer) else String


def _copy(connection: Connection, statement: str, pieces: Iterable[list[tuple[Any, ...]]]) -> None:
    """The server writes one piece while the next is made. Raises what SQLAlchemy raises for any other statement."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for piece in pieces:
                for row in piece:
                    copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def _makers(session: Session, columns: Sequence[Any]) -> list[Maker | None]:
    """How each column's values become what the driver takes; None where they are that already. Days and instants repeat."""
    dialect = session.connection().dialect
    makers = (column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns)
    return [make and lru_cache(maxsize=10 * CHUNK)(make) for make in makers]


def _stored(makers: Sequence[Maker | None], rows: Rows) -> list[tuple[Any, ...]]:
    """Column by column."""
    columns = zip(*rows, strict=True)
    turned = [values if make is None else map(make, values) for make, values in zip(makers, columns, strict=True)]
    return list(zip(*turned, strict=True))


def _is_sqlite(session: Session) -> bool:
    return bool(session.get_bind().dialect.name == "sqlite")


def _chunks(rows: Rows, size: int) -> Iterator[list[Sequence[Any]]]:
    left = iter(rows)
    while chunk := list(islice(left, size)):
        yield chunk
