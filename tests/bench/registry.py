"""How long does a whole province's registry take to come in, beside reading its file and inserting it unchecked?

`python -m tests.bench.registry`. 131,072 synthetic rows of 28 columns, a twentieth of them dirty. Ours: `import_file`, from the
path to the commit, faults file included. Unchecked: the same CSV read with Polars, its clean rows put into the same two
tables with the same indexes in one transaction, by `executemany` (SQLite) or `COPY` (PostgreSQL); no check, no seal, no hash.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlmodel import Session

sys.path.insert(0, str(Path(__file__).parents[2]))

from service.db.session import Database
from service.db.tables import RegistryFile
from service.registry.intake import ASSESSMENT
from service.registry.steps import import_file
from service.trust.sealing import Sealer
from tests.bench import dirty_file
from tests.bench.databases import NAMES, empty_database
from tests.bench.showing import show

ROWS, XLSX_ROWS, ROUNDS, SECONDS, RATIO = 131_072, 32_768, 2, 10.0, 4.0
NOW = datetime(dirty_file.YEAR, 1, 11, 3, tzinfo=UTC)
HOUSEHOLD = {
    "nik_sealed": "nik", "nik_lookup": "nik", "kk_sealed": "no_kk", "kk_lookup": "no_kk", "phone_sealed": "no_hp",
    "phone_lookup": "no_hp", "name": "nama", "birth_place": "tempat_lahir", "birth_on": "tanggal_lahir",
    "sex": "jenis_kelamin", "address": "alamat", "rt": "rt", "rw": "rw", "village_code": "kode_desa", "programme": "program",
    "started_year": "tahun_mulai", "ended_year": "tahun_akhir", "decile": "desil", "decile_on": "tanggal_desil",
    "business_text": "jenis_usaha", "business_type": "jenis_usaha", "business_since": "usaha_sejak", "product": "produk",
    "facilitator_code": "pendamping", "monthly_capacity": "kapasitas_bulanan", "content_hash": "nik",
}  # fmt: skip
SAME = {"nik_check": "unchecked", "file_id": 1, "added_at": "2021-01-11 03:00:00", "updated_at": "2021-01-11 03:00:00"}


def measure() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder:
        written = dirty_file.write(Path(folder) / "sintetis.csv", ROWS)
        spreadsheet = dirty_file.write(Path(folder) / "sintetis.xlsx", XLSX_ROWS)
        rows = [row for name in NAMES for row in _on(name, written, Path(folder))]
        return [*rows, _spreadsheet(spreadsheet, Path(folder))]


def _on(name: str, written: dirty_file.Written, folder: Path) -> Iterator[dict[str, Any]]:
    """Ours and the unchecked one in turn, each in an empty database of its own; the shorter of the rounds."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        with empty_database(name) as database:
            ours.append(_imported(database, written, folder))
        with empty_database(name) as database:
            bare.append(_unchecked(database, written))
    what = f"import of {ROWS:,} rows of CSV, 5 % dirty"
    note = f"{len(written.clean):,} households, {ROWS - len(written.clean):,} rows in the faults file"
    yield {"what": what, "database": name, "measured": round(min(ours), 2), "goal": SECONDS, "unit": "s", "note": note}
    note = f"Polars and bulk insert, unchecked: {min(bare):.2f} s"
    what, ratio = "the same import beside reading and inserting unchecked", min(ours) / min(bare)
    yield {"what": what, "database": name, "measured": round(ratio, 2), "goal": RATIO, "unit": "ratio", "note": note}


def _spreadsheet(written: dirty_file.Written, folder: Path) -> dict[str, Any]:
    with empty_database("SQLite") as database:
        seconds = _imported(database, written, folder)
    what = f"import of {XLSX_ROWS:,} rows of XLSX, 5 % dirty"
    return {"what": what, "database": "SQLite", "measured": round(seconds, 2), "goal": None, "unit": "s", "note": ""}


def _imported(database: Database, written: dirty_file.Written, folder: Path) -> float:
    began = time.perf_counter()
    result = import_file(database, folder, Sealer("kunci untuk tolok ukur"), written.path, "user:bench", NOW)
    seconds = time.perf_counter() - began
    assert (result.added, result.rejected, result.duplicates) == (len(written.clean), written.rejected, written.duplicates)
    return seconds


def _unchecked(database: Database, written: dirty_file.Written) -> float:
    """Text as it stands, straight to the driver; `written.clean` only spares the database what it would refuse."""
    began = time.perf_counter()
    table = pl.read_csv(written.path, infer_schema=False).with_row_index("line", offset=2)
    table = table.filter(pl.col("line").is_in(sorted(written.clean))).with_row_index("household_id", offset=1)
    village = pl.col("kode_desa")
    households = table.select(
        **{name: pl.col(column) for name, column in HOUSEHOLD.items()},
        **{name: pl.lit(value) for name, value in SAME.items()},
        district_code=village.str.head(8), regency_code=village.str.head(5),
        may_be_referred=(pl.col("persetujuan_rujukan") == "ya").cast(pl.Int8 if database.is_sqlite else pl.Boolean),
    )  # fmt: skip
    assessed = {"household_id": pl.col("household_id")} | {name: pl.col(column) for column, name in ASSESSMENT.items()}
    assessments = table.filter(pl.col("tanggal_asesmen").is_not_null()).select(**assessed)
    with database.write() as session:
        session.add(_file())
        session.flush()
        _bulk_inserted(database, session, "household", households)
        _bulk_inserted(database, session, "assessment", assessments)
    return time.perf_counter() - began


def _bulk_inserted(database: Database, session: Session, table: str, frame: pl.DataFrame) -> None:
    into = f"{table} ({', '.join(frame.columns)})"
    driver: Any = session.connection().connection.driver_connection
    if database.is_sqlite:
        driver.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * frame.width)})", frame.iter_rows())
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in frame.iter_rows():
            copy.write_row(row)


def _file() -> RegistryFile:
    return RegistryFile(
        id=1, sha256="0" * 64, name="unchecked", rows=ROWS, added=0, updated=0, unchanged=0, rejected=0, duplicates=0,
        imported_by="user:bench", imported_at=NOW,
    )  # fmt: skip


if __name__ == "__main__":
    show(measure())
