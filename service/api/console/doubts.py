"""What in the registry waits for an officer's word? It belongs to no cycle and has no clock."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from service.api.console.tasks import Row
from service.registry.doubts.queries.niks import oldest_unmatched, unmatched_counts
from service.registry.doubts.queries.pairs import oldest_open_pair, open_pair_counts
from service.trust.rights import Officer, may


def registry_rows(session: Session, officer: Officer) -> list[Row]:
    """A line for each queue that holds something, for who may settle it."""
    if not may(officer, "registry.settle"):
        return []
    pairs = sum(open_pair_counts(session, officer.regencies).values())
    niks = sum(unmatched_counts(session, officer.regencies).values())
    found = (
        _row(pairs, oldest_open_pair(session, officer.regencies), "pasangan mungkin terdaftar ganda", "/ganda"),
        _row(niks, oldest_unmatched(session, officer.regencies), "keluarga dengan NIK belum cocok", "/nik"),
    )
    return [row for row in found if row]


def _row(count: int, since: datetime | None, what: str, href: str) -> Row | None:
    if not count or since is None:
        return None
    return Row(count, what, "Putuskan", href, turn="", mine=True, since=since, due=None, left=0, is_late=False)
