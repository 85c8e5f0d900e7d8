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
from sqlalchemy import ARRAY, ColumnElement, Connection, String, any_, bindparam, func, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

CHUNK = 5_000
CACHE_KIB, USUAL_CACHE_KIB = 256 * 1024, 2_000
Rows = Iterable[Sequence[Any]]


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
    statement = f"{table.name} ({', '.join(columns)})"
    for chunk in _chunks(rows):
        whole = ((*row, *filled.values()) for row in chunk) if filled else chunk
        _insert(session, statement, _stored(session, [table.c[name] for name in columns], whole))


def update_rows(session: Session, model: type[SQLModel], names: Sequence[str], rows: Rows) -> None:
    """`rows` are the values of `names`, of which the first is the primary key."""
    table: Any = model.__table__  # type: ignore[attr-defined]
    mark = "?" if _is_sqlite(session) else "%s"
    sets = ", ".join(f"{name} = {mark}" for name in names[1:])
    statement = f"UPDATE {table.name} SET {sets} WHERE {names[0]} = {mark}"  # noqa: S608  (names of our own columns)
    columns = [table.c[name] for name in (*names[1:], names[0])]
    for chunk in _chunks(rows):
        turned = ((*row[1:], row[0]) for row in chunk)
        session.connection().exec_driver_sql(statement, _stored(session, columns, turned))


def one_of_many(session: Session, column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """`column IN (values)` with one bound value, however many there are."""
    if _is_sqlite(session):
        listed = func.json_each(bindparam(None, json.dumps(list(values)), String)).table_valued("value")
        return cast(ColumnElement[bool], column.in_(select(listed.c.value)))
    return cast(ColumnElement[bool], column == any_(bindparam(None, list(values), ARRAY(String))))


def _insert(session: Session, into: str, rows: list[tuple[Any, ...]]) -> None:
    if _is_sqlite(session):
        marks = ", ".join("?" * len(rows[0]))
        statement = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608  (names of our own tables and columns)
        session.connection().exec_driver_sql(statement, rows)
    else:
        _copy(session.connection(), f"COPY {into} FROM STDIN", rows)


def _copy(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    """Raises what SQLAlchemy raises for any other statement."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def _stored(session: Session, columns: Sequence[Any], rows: Rows) -> list[tuple[Any, ...]]:
    """The values as the driver takes them, column by column."""
    dialect = session.connection().dialect
    makers = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
    turned = [
        values if make is None else list(map(_each_once(make), values))
        for make, values in zip(makers, zip(*rows, strict=True), strict=True)
    ]
    return list(zip(*turned, strict=True))


def _each_once(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Days and instants repeat."""
    return lru_cache(maxsize=CHUNK)(make)


def _is_sqlite(session: Session) -> bool:
    return bool(session.get_bind().dialect.name == "sqlite")


def _chunks(rows: Rows) -> Iterator[list[Sequence[Any]]]:
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
