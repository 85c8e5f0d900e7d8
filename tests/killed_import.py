"""Takes in one regency's file in this process and kills it, without a word, at its n-th write: what a power cut does.

`python tests/killed_import.py FILE N`; the home comes from the environment. A write is a statement that changes something, a
COPY of PostgreSQL, or a commit. N = 0: not killed. Exit code 0: the import came to its end; it prints its counts.
"""

import json
import os
import signal
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import event

from service.db import bulk
from service.registry.steps import import_file
from service.settings import load_settings
from service.trust.homes import open_home

WRITES = ("INSERT", "UPDATE", "DELETE", "COPY")
ROWS_A_STATEMENT = 4


class Sword:
    """Counts writes and strikes at the n-th, before it happens."""

    def __init__(self, strike_at: int) -> None:
        self.left = strike_at

    def __call__(self, statement: str) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def main(path: Path, kill_at: int) -> None:
    bulk.CHUNK = ROWS_A_STATEMENT  # so that a small file is written by many statements, as a large one is
    house = open_home(load_settings())
    sword = Sword(kill_at)
    event.listen(house.database.engine, "before_cursor_execute", lambda _c, _r, statement, *_more: sword(statement))
    event.listen(house.database.engine, "commit", lambda _connection: sword("COPY"))
    _watch_copies(sword)
    result = import_file(house.database, house.home, house.sealer, path, "user:petugas", datetime(2021, 1, 11, 3, tzinfo=UTC))
    print(json.dumps(asdict(result)))


def _watch_copies(sword: Sword) -> None:
    """PostgreSQL's COPY goes past SQLAlchemy."""
    copy = psycopg.Cursor.copy

    def watched(cursor, statement, *rest, **options):
        sword(statement)
        return copy(cursor, statement, *rest, **options)

    psycopg.Cursor.copy = watched


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
