"""How long does the sweep of the clocks over 100,000 open referrals take? (`python -m tests.bench.clocks`)

A tenth of the agencies have terms of their own, one referral in a hundred stands still. Measured: the sweep that finds
nothing, the one of an ordinary day (one referral in fifty is due), and the worst: everything due at once.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import col

sys.path.insert(0, str(Path(__file__).parents[1]))

from handoff_scenes import Scene, make_agency, make_scene

from service import clock
from service.db.session import Database
from service.db.tables import Referral
from service.handoff.steps import WATCH_STEPS
from service.stage import run_locally
from tests.bench.databases import NAMES, empty_database
from tests.bench.showing import show

OPEN, AGENCIES, GOAL = 100_000, 40, 5
SENT_ON = datetime(2021, 6, 2, 9, 0, tzinfo=clock.WIB)


def measure() -> list[dict[str, Any]]:
    rows = []
    for name in NAMES:
        with empty_database(name) as database, tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder:
            rows += _measured(name, database, Path(folder))
    return rows


def _measured(name: str, database: Database, home: Path) -> list[dict[str, Any]]:
    scene = make_scene(database, home)
    scene.send_all()
    _fill(scene)
    what = f"clock sweep over {OPEN:,} open referrals"
    scene.at(date(2021, 6, 3), 9)
    rows = [_row(f"{what}, nothing due", name, *_swept(scene), GOAL)]
    with database.write() as session:
        session.execute(
            update(Referral).where(col(Referral.id) % 50 == 0).values(status_since=SENT_ON - timedelta(days=1, hours=12))
        )
    scene.at(date(2021, 6, 3))
    rows.append(_row(f"{what}, one in fifty due", name, *_swept(scene), GOAL))
    scene.at(date(2021, 6, 9), 15)
    rows.append(_row(f"{what}, all due at once", name, *_swept(scene), GOAL))
    rows.append(_row(f"{what}, all reminded before", name, *_swept(scene), GOAL))
    return rows


def _fill(scene: Scene) -> None:
    """Copies of one sent referral, each of another purpose so that the database lets them be, over many agencies."""
    [first] = scene.referrals()
    with scene.database.write() as session:
        agencies = [
            make_agency(session, f"dinas-{n}", terms={"acknowledge": 5} if n % 10 == 0 else None).id for n in range(AGENCIES)
        ]
        common = first.model_dump(exclude={"id"})
        table: Any = Referral.__table__
        for start in range(0, OPEN, 5_000):
            rows = [
                common
                | {
                    "number": f"RJK-B-{n}", "purpose": f"p{n}", "agency_id": agencies[n % AGENCIES],
                    "paused_at": SENT_ON if n % 100 == 0 else None,
                }
                for n in range(start, start + 5_000)
            ]  # fmt: skip
            session.execute(insert(table), rows)


def _swept(scene: Scene) -> tuple[float, int]:
    """(seconds, referrals moved) of the whole watch step, batches and what they leave behind included."""
    moved: list[int] = []

    def sweep() -> None:
        moved.extend(done.moved for step, done in run_locally(scene.work, "watch", WATCH_STEPS) if step.name == "run_clocks")

    return _seconds(sweep), sum(moved)


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _row(what: str, database: str, measured: float, moved: int, goal: float) -> dict[str, Any]:
    note = f"{moved:,} reminded or escalated"
    return {"what": what, "database": database, "measured": round(measured, 2), "goal": goal, "unit": "s", "note": note}


if __name__ == "__main__":
    show(measure())
