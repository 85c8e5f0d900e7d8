"""How is a consistent copy of a SQLite database taken while it is written to?"""

from __future__ import annotations

from pathlib import Path

from service.db.session import Database
from service.errors import BadInput


class FileExists(BadInput):
    """A copy is never written over another."""


def copy_into(database: Database, path: Path) -> int:
    """Writes the copy beside and renames it, so that a half copy never bears the name; returns its bytes."""
    if path.exists():
        raise FileExists(f"Berkas {path} sudah ada. Pilih nama lain.")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    raw = database.engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(draft),))
    finally:
        raw.close()
    draft.chmod(0o600)
    draft.replace(path)
    return path.stat().st_size
