"""How long does it take to judge, score and place a million, ten million, and to freeze and write a real cycle?

`python -m tests.bench.placing` (`--small` leaves the ten million out). The snapshots are made as columns, nobody's data;
each size runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import polars as pl
from factories import NOW, SEALER, assessment_row, household_row, make_cycle, run_step, work_of
from sqlalchemy import insert, select

from service.db.session import Database
from service.db.tables import AidReceipt, Assessment, Cycle, DuplicatePair, Household, Member, RegistryFile
from service.policy import CyclePolicy
from service.selection import snapshot
from service.selection.placing import Basis, place
from service.selection.recount import verify_selection
from service.selection.steps import STEPS
from tests.bench.databases import NAMES, empty_database, peak_mb
from tests.bench.showing import show

REGENCIES = ("36.01", "36.02", "36.03", "36.04", "36.71", "36.72", "36.73", "36.74")
GOALS = {1_000_000: 10.0, 10_000_000: 100.0}
MEMORY_GOAL_GB, CASES, AS_OF = 4.0, 131_072, date(2021, 6, 1)


def measure(small: bool = False) -> list[dict[str, Any]]:
    """Rows `{what, database, measured, goal, unit, note}`."""
    rows = _placed(1_000_000)[:1] if small else [*_placed(1_000_000)[:1], *_placed(10_000_000)]
    return [*rows, *(row for name in NAMES for row in _written(name))]


def _placed(households: int) -> list[dict[str, Any]]:
    """From the frozen file to the finished list: seconds, and peak memory of the process."""
    with tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder:
        for what in ("make", "place"):
            command = [sys.executable, "-m", "tests.bench.placing", f"--{what}", folder, str(households)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    told = json.loads(done.stdout)
    what = f"eligibility + score + place {households:,}"
    return [
        _row(what, "", told["seconds"], GOALS[households], "s", f"{told['within']:,} within the quota"),
        _row(f"{what}, peak memory", "", told["peak_gb"], MEMORY_GOAL_GB, "GB", "whole process"),
    ]


def _written(name: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder, empty_database(name) as database:
        cycle_id = _register(database)
        told: dict[str, float] = {}
        for step in ("freeze_registry", "place_households"):
            began = time.perf_counter()
            run_step(work_of(database, Path(folder), cycle_id), "selection", STEPS, step)
            told[step] = time.perf_counter() - began
        began = time.perf_counter()
        if not verify_selection(work_of(database, Path(folder), cycle_id)).is_same:
            raise AssertionError("the list came out differently")
        verified = time.perf_counter() - began
    note = f"freeze {told['freeze_registry']:.1f}, place and write {told['place_households']:.1f}"
    return [
        _row(f"freeze + place + write {CASES:,} cases", name, sum(told.values()), None, "s", note),
        _row(f"verify {CASES:,} cases", name, verified, None, "s", "recount, compare every row and its points"),
    ]


def _row(what: str, database: str, measured: float, goal: float | None, unit: str, note: str) -> dict[str, Any]:
    return {"what": what, "database": database, "measured": round(measured, 2), "goal": goal, "unit": unit, "note": note}


def make_snapshot(households: int) -> pl.DataFrame:
    """A frozen province of that many, two fifths of them failing some rule."""
    ids = pl.int_range(1, households + 1, dtype=pl.Int64, eager=True).alias("household_id")

    def drawn(seed: int, low: int, high: int) -> pl.Series:
        return (ids.hash(seed) % (high - low + 1)).cast(pl.Int64) + low

    where, day = drawn(1, 0, 7), pl.Series([date(2015, 1, 1)])
    nobody = pl.Series([None], dtype=pl.Int64).new_from_index(0, households)
    regency = where.replace_strict(list(range(8)), list(REGENCIES), return_dtype=pl.String)
    district = pl.Series(
        regency.to_frame("r").with_columns(d=drawn(2, 10, 28)).select(pl.format("{}.{}", "r", "d")).to_series()
    )
    return pl.DataFrame(
        {
            "household_id": ids, "regency_code": regency, "district_code": district,
            "programme": drawn(14, 0, 9).replace_strict({0: "PKH"}, default="JAMSOSRATU", return_dtype=pl.String),
            "started_year": drawn(3, 2010, 2020), "ended_year": nobody, "decile": drawn(4, 1, 6),
            "business_type": pl.Series(["warung"]).new_from_index(0, households), "has_business": drawn(5, 0, 19) > 0,
            "business_since": _days(day, drawn(6, 0, 2000)), "assessed_on": _days(day, drawn(7, 1950, 2300)),
            "attendance_percent": drawn(8, 0, 100), "monthly_income": drawn(9, 0, 4_000_000), "members": drawn(10, 1, 8),
            "savings": drawn(11, 0, 900_000), "income_sources": drawn(12, 0, 3), "duplicate_of": nobody,
            "prior_province_year": drawn(15, 0, 49).replace_strict({0: 2019}, default=None, return_dtype=pl.Int64),
            "prior_central_year": nobody, "age": drawn(13, 16, 80),
        }
    )  # fmt: skip


def _days(first: pl.Series, after: pl.Series) -> pl.Series:
    return pl.select(pl.lit(first[0]) + pl.duration(days=after)).to_series().cast(pl.Date)


def _basis(households: int) -> Basis:
    return Basis(CyclePolicy(), dict.fromkeys(REGENCIES, households // 160), AS_OF, 2021, 7)


def _make_alone(folder: Path, households: int) -> None:
    place_of_file, digest = snapshot.keep(folder, 2021, make_snapshot(households), snapshot.beside(_basis(households)))
    (folder / "where.json").write_text(json.dumps([place_of_file, digest]))


def _place_alone(folder: Path, households: int) -> None:
    where = json.loads((folder / "where.json").read_text())
    began = time.perf_counter()
    placed = place(snapshot.read(folder, *where), _basis(households))
    seconds = time.perf_counter() - began
    if placed.frame.height != households:
        raise AssertionError(f"{placed.frame.height} placed")
    peak = peak_mb() / 1024
    print(json.dumps({"seconds": seconds, "peak_gb": peak, "within": sum(placed.places.regencies.values())}))


def _register(database: Database) -> int:
    """A registry with assessments, a member each, a ledger and some decided pairs, in bulk; the cycle's id."""
    numbers, today = range(1, CASES + 1), datetime.now(UTC).date()
    with database.write() as session:
        file = RegistryFile(
            sha256="0" * 64, name="bench.csv", rows=0, added=0, updated=0, unchanged=0, rejected=0, duplicates=0,
            imported_by="user:bench", imported_at=NOW,
        )  # fmt: skip
        session.add(file)
        session.flush()
        plain = household_row(1, file.id).model_dump(exclude={"id"})
        session.execute(insert(Household), [plain | _own(number) for number in numbers])
        ids = session.scalars(select(Household.id).order_by(Household.id)).all()
        assessed = assessment_row(0).model_dump(exclude={"id"}) | {"assessed_on": today}
        session.execute(insert(Assessment), [assessed | {"household_id": i, "attendance_percent": i % 90 + 10} for i in ids])
        session.execute(insert(Member), [_member(i) for i in ids])
        session.execute(insert(AidReceipt), [_aid(number) for number in numbers if number % 20 == 0])
        session.execute(insert(DuplicatePair), [_pair(i) for i in ids if i % 200 == 1])
        cycle: Cycle = make_cycle(session, 2021, dict.fromkeys(REGENCIES, 312))
        assert cycle.id is not None
        return cycle.id


def _own(number: int) -> dict[str, Any]:
    regency = REGENCIES[number % len(REGENCIES)]
    return {
        "nik_lookup": SEALER.lookup("nik", f"{number:016d}"), "kk_lookup": SEALER.lookup("kk", f"{number // 100 * 100:016d}")
        if number % 100 == 1 else SEALER.lookup("kk", f"{number:016d}"), "content_hash": str(number),
        "regency_code": regency, "district_code": f"{regency}.01", "village_code": f"{regency}.01.2001",
    }  # fmt: skip


def _member(household_id: int) -> dict[str, Any]:
    lookup = SEALER.lookup("nik", f"9{household_id:015d}")
    return {"household_id": household_id, "nik_sealed": "x", "nik_lookup": lookup, "name": "Anggota Contoh", "added_at": NOW}


def _aid(number: int) -> dict[str, Any]:
    lookup = SEALER.lookup("nik", f"{'9' if number % 40 else '0'}{number:015d}")
    return {"nik_lookup": lookup, "programme": "UEP", "source": "province", "year": 2019, "recorded_at": NOW}


def _pair(first: int) -> dict[str, Any]:
    return {"first_id": first, "second_id": first + 1, "kind": "likely", "state": "same", "kept_id": first, "found_at": NOW}


def main(wish: list[str]) -> None:
    alone = {"--make": _make_alone, "--place": _place_alone}
    if wish and wish[0] in alone:
        alone[wish[0]](Path(wish[1]), int(wish[2]))
        return
    show(measure("--small" in wish))


if __name__ == "__main__":
    main(sys.argv[1:])
