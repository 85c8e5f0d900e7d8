"""How long does an officer wait for the pages of the agencies with 100,000 referrals? (`python -m tests.bench.desks`)

Forty agencies, one referral in each open status in turn, every one with its moves; the pages are asked over HTTP, the best of
three.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parents[1]))

from factories import NOW
from handoff_scenes import make_agency
from page_scene import Pages
from sqlmodel import select

from service.db.session import Database
from service.db.tables import Move, Referral
from tests.bench.databases import NAMES, empty_database
from tests.bench.showing import show

COUNT, AGENCIES, GOAL = 100_000, 40, 1.0
WAYS: tuple[tuple[str, ...], ...] = (
    ("sent",), ("sent", "acknowledged"), ("sent", "acknowledged", "accepted"), ("sent", "acknowledged", "declined"),
    ("sent", "no_response"), ("sent", "acknowledged", "accepted", "in_service"),
)  # fmt: skip
PAGES = ("/instansi", "/instansi/dinas-1", "/instansi/dinas-1?bagian=mereka&setelah=50000", "/instansi?periksa=1")


def measure() -> list[dict[str, Any]]:
    rows = []
    for name in NAMES:
        with empty_database(name) as database, tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder:
            rows += _measured(name, database, Path(folder))
    return rows


def _measured(name: str, database: Database, home: Path) -> list[dict[str, Any]]:
    pages = Pages(database, home).with_things()
    _fill(database)
    browser, rows = pages.officer("operator"), []
    for path in PAGES:
        seconds = []
        for _ in range(3):
            began = time.perf_counter()
            assert browser.get(path).status_code == 200
            seconds.append(time.perf_counter() - began)
        goal = None if "periksa" in path else GOAL
        what = f"page {path}, {COUNT:,} referrals"
        rows.append({"what": what, "database": name, "measured": round(min(seconds), 2), "goal": goal, "unit": "s"})
    pages.app.state.prefect.close()
    return rows


def _fill(database: Database) -> None:
    """Copies of one sent referral, each of another purpose so that the database lets them be, and their moves."""
    tables: tuple[Any, Any] = (Referral.__table__, Move.__table__)  # type: ignore[attr-defined]
    with database.write() as session:
        first = session.exec(select(Referral)).one()
        agencies = [make_agency(session, f"dinas-{n}").id for n in range(AGENCIES)]
        common = first.model_dump(exclude={"id"})
        for start in range(10_000, 10_000 + COUNT, 5_000):
            ids = range(start, start + 5_000)
            session.execute(insert(tables[0]), [
                common | {"id": n, "number": f"RJK-B-{n}", "purpose": f"p{n}", "agency_id": agencies[n % AGENCIES],
                          "status": WAYS[n % len(WAYS)][-1], "paused_at": None}
                for n in ids
            ])  # fmt: skip
            session.execute(
                insert(tables[1]), [_move(first, n, place) for n in ids for place in range(len(WAYS[n % len(WAYS)]))]
            )


def _move(first: Referral, number: int, place: int) -> dict[str, Any]:
    way = ("signed", *WAYS[number % len(WAYS)])
    return {
        "subject": "referral", "subject_id": number, "cycle_id": first.cycle_id, "from_status": way[place],
        "event": way[place + 1], "to_status": way[place + 1], "actor": "officer:1", "at": NOW + timedelta(days=place),
        "written_at": NOW,
    }  # fmt: skip


if __name__ == "__main__":
    show(measure())
