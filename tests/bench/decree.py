"""How long does it take to sign a decree of 32,768 households? (`python -m tests.bench.decree`)

The cases come the real way (frozen, judged, placed, proposed, verified by their regencies), so that each row carries its
whole explanation; timed is the official's approval as he waits for it: from the call to the commit. Between proposal and
approval lie days in real life, in which PostgreSQL's autovacuum has swept the table; here `VACUUM` does it, untimed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from factories import NOW, SEALER, assessment_row, household_row, make_cycle, make_officer, run_step, told_by, work_of
from sqlalchemy import func, insert, select, text

from service.db.session import Database
from service.db.tables import Assessment, Case, Cycle, Decree, Household, Move, RegistryFile
from service.policy import CyclePolicy
from service.selection.decisions import approve_decree, verify_decree
from service.selection.steps import STEPS
from tests.bench.databases import NAMES, empty_database
from tests.bench.showing import show

CASES, EXTRA, ROUNDS, GOAL = 32_768, 2_048, 3, 1.0
REGENCIES = ("36.01", "36.02", "36.03", "36.04", "36.71", "36.72", "36.73", "36.74")
OPERATOR, VERIFIER, APPROVER = make_officer("operator"), make_officer("verifier"), make_officer("approver")


def measure() -> list[dict[str, Any]]:
    return [_row(name) for name in NAMES]


def _row(name: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder, empty_database(name) as database:
        seconds = sorted(_approvals(database, Path(folder)))
    note = f"median of {ROUNDS}: {', '.join(f'{one:.2f}' for one in seconds)}; commit included"
    return {
        "what": f"decree approval of {CASES:,} cases", "database": name, "measured": round(seconds[ROUNDS // 2], 3),
        "goal": GOAL, "unit": "s", "note": note,
    }  # fmt: skip


def _approvals(database: Database, home: Path) -> list[float]:
    """One cycle a round, over the same registry."""
    _register(database)
    return [_one_approval(database, home, 2021 + place) for place in range(ROUNDS)]


def _one_approval(database: Database, home: Path, year: int) -> float:
    share = CASES // len(REGENCIES)
    with database.write() as session:
        policy = CyclePolicy(eligibility={"minimum_score": 0}, reserve_percent=5)
        cycle_id = make_cycle(session, year, dict.fromkeys(REGENCIES, share), policy).id
    run_step(work_of(database, home, cycle_id, OPERATOR.actor), "selection", STEPS, *[step.name for step in STEPS[:4]])
    with database.write() as session:
        verify_decree(session, VERIFIER, session.get_one(Cycle, cycle_id), None, told_by(VERIFIER))
    _swept(database)
    began = time.perf_counter()
    with database.write() as session:
        approve_decree(session, APPROVER, session.get_one(Cycle, cycle_id), told_by(APPROVER))
    seconds = time.perf_counter() - began
    _require_all_decreed(database, cycle_id)
    return seconds


def _swept(database: Database) -> None:
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM household_case, move"))


def _require_all_decreed(database: Database, cycle_id: int) -> None:
    with database.read() as session:
        decreed = session.scalar(select(func.count()).where(Case.cycle_id == cycle_id, Case.status == "decreed"))
        moves = session.scalar(select(func.count()).where(Move.cycle_id == cycle_id, Move.event == "decree_approved"))
        number = session.scalar(select(Decree.number).where(Decree.cycle_id == cycle_id))
    if (decreed, moves) != (CASES, CASES + 1) or not number:
        raise AssertionError(f"decreed {decreed}, moves {moves}, number {number}")


def _register(database: Database) -> None:
    """Enough eligible households in each regency; written in bulk, their NIK sealed once (nobody opens it here)."""
    with database.write() as session:
        file = RegistryFile(
            sha256="0" * 64, name="bench.csv", rows=0, added=0, updated=0, unchanged=0, rejected=0, duplicates=0,
            imported_by="user:bench", imported_at=NOW,
        )  # fmt: skip
        session.add(file)
        session.flush()
        plain = household_row(1, file.id).model_dump(exclude={"id"})
        session.execute(insert(Household), [plain | _own(number) for number in range(CASES + EXTRA)])
        ids = session.scalars(select(Household.id)).all()
        assessed = assessment_row(0).model_dump(exclude={"id"})
        session.execute(insert(Assessment), [assessed | {"household_id": i, "attendance_percent": i % 90 + 10} for i in ids])


def _own(number: int) -> dict[str, Any]:
    regency = REGENCIES[number % len(REGENCIES)]
    return {
        "nik_lookup": SEALER.lookup("nik", f"{number:016d}"), "kk_lookup": SEALER.lookup("kk", f"{number:016d}"),
        "content_hash": str(number), "regency_code": regency, "district_code": f"{regency}.01",
        "village_code": f"{regency}.01.2001",
    }  # fmt: skip


if __name__ == "__main__":
    show(measure())
