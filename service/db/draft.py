"""How does a developer draft a migration from the tables? (`python -m service.db.draft "what changed"`)"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from service.db import schema
from service.db.session import Database


def draft(message: str) -> str:
    """Migrate an empty database to the last revision, compare, write the next one; returns its number."""
    revision = f"{len(list((schema.MIGRATIONS / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'draft.db'}")
        schema.migrate(database)
        schema.write_migration(database, message, revision)
        database.close()
    return revision


if __name__ == "__main__":
    print(draft(" ".join(sys.argv[1:])))
