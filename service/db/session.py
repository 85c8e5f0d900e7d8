"""How is a transaction opened on either database without losing a write?

SQLite: WAL, `synchronous=FULL`, foreign keys, and `BEGIN IMMEDIATE` for writers behind a process-wide lock
(the driver's own deferred begin loses read-modify-writes silently). PostgreSQL: READ COMMITTED; writers
use `UPDATE ... WHERE status = ?`. Write transactions are short: no HTTP and no PDF inside.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlmodel import Session

from service.errors import TryAgainLater
from service.settings import Settings

RESTED = 1.0
"""Seconds after which a pooled connection is asked whether it still lives; asking costs a round trip each time."""
BUSY_MS, LOOKS_MS = 15_000, 2
"""How long a writer waits for one in another process, and how often it looks: SQLite by itself looks every 100 ms after a
while, so that a stage with one transaction after another would never let it in between."""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}", "temp_store=MEMORY")


class DatabaseAway(TryAgainLater):
    """The database does not answer, is locked for too long, or its disk is full."""


class Database:
    """One engine with two ways in: `write()` commits or rolls back whole, `read()` never writes."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_sqlite = address.startswith("sqlite")
        self.engine = _sqlite_engine(address) if self.is_sqlite else _postgresql_engine(address)
        self._writer = self.engine.execution_options(estafet_write=True)
        self._one_writer = threading.RLock() if self.is_sqlite else None

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits at the end of the block, or not at all."""
        if self._one_writer is None:
            with self._session(self._writer) as session:
                yield session
            return
        with self._one_writer, self._session(self._writer) as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view; nothing is committed."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def give_way(self) -> None:
        """Called between one transaction and the next: SQLite has no queue, and a writer that waits only looks now and then."""
        if self.is_sqlite:
            time.sleep(3 * LOOKS_MS / 1000)

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except OperationalError as error:
            raise DatabaseAway(f"Basis data tidak dapat menyimpan: {error.orig}. Coba lagi sebentar.") from error

    def close(self) -> None:
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    if not settings.is_postgresql:
        settings.home.mkdir(parents=True, exist_ok=True)
    return Database(settings.database)


def _postgresql_engine(address: str) -> Engine:
    engine = create_engine(address, pool_size=10, max_overflow=20)

    def rests(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    def wakes(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info["rests_since"] < RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:  # the server was restarted: no pooled connection lives any more
            raise InvalidatePoolError from error

    event.listen(engine, "connect", rests)
    event.listen(engine, "checkin", rests)
    event.listen(engine, "checkout", wakes)
    return engine


def _sqlite_engine(address: str) -> Engine:
    engine = create_engine(
        address, module=_sqlite_module(), connect_args={"check_same_thread": False}, pool_size=10, max_overflow=30
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _sqlite_module() -> Any:
    """The packaged SQLite (3.51.3 or newer: the WAL-reset fix); the system's own where no wheel exists."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:  # no wheel for this platform
        import sqlite3 as dbapi2
    return dbapi2


def _prepare_connection(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("estafet_write"):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout={LOOKS_MS}")
    try:
        _begin_as_soon_as_free(connection)
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_MS}")


def _begin_as_soon_as_free(connection: Connection) -> None:
    """Raises OperationalError when another process has written for BUSY_MS."""
    until = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > until:
                raise
