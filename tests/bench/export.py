"""How long does the list of 131,072 cases take as XLSX, and how much memory? (`python -m tests.bench.export`)"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from service.cli.exports import CASE_HEADER, case_rows
from service.clock import wall
from service.db.session import Database
from service.db.tables import Case, Cycle, Household, RegistryFile
from service.spreadsheet import write_table
from service.trust.sealing import Sealer
from tests.bench.databases import NAMES, empty_database, peak_mb
from tests.bench.showing import show

CASES, GOAL_SECONDS, GOAL_MB = 131_072, 10, 500
VILLAGES = ("36.01.01.2001", "36.02.01.2001", "36.03.01.2001", "36.71.01.1001")


def measure() -> list[dict[str, Any]]:
    """Seconds and peak memory by database; each in a process of its own, so that the peak is the export's."""
    rows: list[dict[str, Any]] = []
    for name in NAMES:
        told = subprocess.run(
            [sys.executable, "-m", "tests.bench.export", name], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        found = json.loads(told.splitlines()[-1])
        what = f"export of {found['rows']:,} cases to XLSX"
        rows.append({"what": what, "database": name, "measured": found["seconds"], "goal": GOAL_SECONDS, "unit": "s"})
        rows.append({"what": f"{what}, peak memory", "database": name, "measured": found["mb"], "goal": GOAL_MB, "unit": "MB"})
    return rows


def export_once(name: str) -> dict[str, float]:
    sealer = Sealer("d" * 40)
    with empty_database(name) as database, tempfile.TemporaryDirectory() as folder:
        _fill(database, sealer)
        target = Path(folder) / "cases.xlsx"
        began = time.perf_counter()
        with database.read() as session:
            written = write_table(target, CASE_HEADER, case_rows(session, sealer, 1))
        seconds = time.perf_counter() - began
    return {"rows": written, "seconds": round(seconds, 2), "mb": round(peak_mb())}


def _fill(database: Database, sealer: Sealer) -> None:
    now = wall()
    with database.write() as session:
        cycle = Cycle(year=2021, policy={}, policy_hash="x", seed=1, opened_by="user:op", status_since=now)
        file = RegistryFile(
            sha256="x", name="x", rows=0, added=0, updated=0, unchanged=0, rejected=0, duplicates=0, imported_by="x",
            imported_at=now,
        )  # fmt: skip
        session.add_all([cycle, file])
        session.flush()
        for start in range(1, CASES + 1, 16_384):
            ids = range(start, min(start + 16_384, CASES + 1))
            session.execute(Household.__table__.insert(), [_household(i, sealer, now) for i in ids])
            session.execute(Case.__table__.insert(), [_case(i, now) for i in ids])


def _household(number: int, sealer: Sealer, now: Any) -> dict[str, Any]:
    village = VILLAGES[number % 4]
    nik = f"{village.replace('.', '')[:6]}010180{number % 10_000:04d}"
    return {
        "id": number, "nik_sealed": sealer.seal("nik", nik), "nik_lookup": f"{number:064d}", "kk_sealed": "x",
        "kk_lookup": f"{number:064d}", "name": f"Keluarga Sintetis {number:06d}", "birth_place": "Serang",
        "birth_on": date(1980, 1, 1), "sex": "P", "address": "Kp. Contoh", "rt": "001", "rw": "001", "village_code": village,
        "district_code": village[:8], "regency_code": village[:5], "programme": "JAMSOSRATU", "may_be_referred": True,
        "nik_check": "unchecked", "content_hash": "x", "file_id": 1, "added_at": now, "updated_at": now,
    }  # fmt: skip


def _case(number: int, now: Any) -> dict[str, Any]:
    village = VILLAGES[number % 4]
    return {
        "id": number, "cycle_id": 1, "household_id": number, "regency_code": village[:5], "district_code": village[:8],
        "status": "selected", "status_since": now, "placement": "WITHIN_QUOTA", "score": number % 100, "rank": number,
        "explanation": {"rules": {"PRIOR_UEP": {"value": None, "threshold": None, "met": True}} | {"pad": "x" * 1200}},
    }  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(export_once(sys.argv[1])))
    else:
        show(measure())
