"""How long does the search for households registered twice take, and how does it grow? (`python -m tests.bench.likely`)"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl
from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parents[1]))

from likely_people import every_village, population

from service.db.session import Database
from service.db.tables import Household, RegistryFile
from service.registry.doubts.likely import SCHEMA, likely_pairs
from service.registry.doubts.steps import find_duplicates
from tests.bench.databases import NAMES, empty_database
from tests.bench.showing import show

SMALL, LARGE, ROUNDS = 131_072, 524_288, 5
NOW = datetime(2021, 6, 1, tzinfo=UTC)


def measure() -> list[dict[str, Any]]:
    people = population(LARGE, 1, every_village())
    pairs = _interleaved(_frame(people[:SMALL]), _frame(people))
    small = median(one for one, _ in pairs)
    rows = [
        _row(f"likely duplicates among {SMALL:,} households", "", small, 20, "s", "the search alone, in memory"),
        _row(
            f"its growth from {SMALL:,} to {LARGE:,}", "", median(many / one for one, many in pairs), 4.4, "ratio",
            f"median of {ROUNDS} interleaved rounds",
        ),
    ]  # fmt: skip
    for name in NAMES:
        with empty_database(name) as database:
            _fill(database, people[:SMALL])
            found: list[int] = []
            took = _seconds(lambda database=database, found=found: found.append(find_duplicates(database, NOW).new))
            note = f"all three kinds, read, searched and {found[0]:,} pairs written"
            rows.append(_row(f"all duplicates of {SMALL:,} households", name, took, 20, "s", note))
            took = _seconds(lambda database=database: find_duplicates(database, NOW))
            rows.append(_row("the same once more", name, took, 20, "s", "nothing new"))
    return rows


def _interleaved(small: pl.DataFrame, large: pl.DataFrame) -> list[tuple[float, float]]:
    likely_pairs(small)
    return [(_seconds(lambda: likely_pairs(small)), _seconds(lambda: likely_pairs(large))) for _ in range(ROUNDS)]


def _frame(people: list[Any]) -> pl.DataFrame:
    return pl.DataFrame(people, schema=SCHEMA, orient="row")


def _fill(database: Database, people: list[Any]) -> None:
    """Every hundredth household shares a family card with another; every five-hundredth is there twice."""
    with database.write() as session:
        session.add(
            RegistryFile(id=1, sha256="0" * 64, name="bench.csv", rows=0, added=0, updated=0, unchanged=0, rejected=0,
                         duplicates=0, imported_by="user:bench", imported_at=NOW)
        )  # fmt: skip
        session.flush()
        table: Any = Household.__table__
        rows = [_household(*person, twin=people[at - 250] if at % 500 == 250 else None) for at, person in enumerate(people)]
        for start in range(0, len(rows), 5_000):
            session.execute(insert(table), rows[start : start + 5_000])


def _household(number: int, name: str, born: Any, village: str, twin: Any) -> dict[str, Any]:
    if twin:
        _, name, born, village = twin
    return {
        "id": number, "nik_sealed": "-", "nik_lookup": f"{number:064}", "kk_sealed": "-",
        "kk_lookup": f"{number - (number % 100 == 0):064}", "name": name, "birth_place": "-", "birth_on": born, "sex": "P",
        "address": "-", "rt": "001", "rw": "001", "village_code": village, "district_code": village[:8],
        "regency_code": village[:5], "programme": "JAMSOSRATU", "may_be_referred": True, "nik_check": "unchecked",
        "content_hash": "-", "file_id": 1, "added_at": NOW, "updated_at": NOW,
    }  # fmt: skip


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _row(what: str, database: str, measured: float, goal: float, unit: str, note: str) -> dict[str, Any]:
    return {"what": what, "database": database, "measured": round(measured, 2), "goal": goal, "unit": unit, "note": note}


if __name__ == "__main__":
    show(measure())
