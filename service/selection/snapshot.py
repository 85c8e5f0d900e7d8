"""What did the registry say on the day of the freeze? A content-hashed file of ids and what the rules read.

No name, no NIK, no address: a household is its id, its age in years, its regency and district.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from service.errors import NeedsPerson

SCHEMA: dict[str, Any] = {
    "household_id": pl.Int64, "regency_code": pl.String, "district_code": pl.String, "birth_on": pl.Date,
    "programme": pl.String, "started_year": pl.Int64, "ended_year": pl.Int64, "decile": pl.Int64,
    "business_type": pl.String, "has_business": pl.Int64, "business_since": pl.Date, "assessed_on": pl.Date,
    "attendance_percent": pl.Int64, "monthly_income": pl.Int64, "members": pl.Int64, "savings": pl.Int64,
    "income_sources": pl.Int64, "first_of_kk": pl.Int64, "prior_province_year": pl.Int64, "prior_central_year": pl.Int64,
}  # fmt: skip


class SnapshotChanged(NeedsPerson):
    """The file is gone, or is not the one that was frozen."""


def frame_of(rows: Sequence[Any], as_of: date) -> pl.DataFrame:
    """Rows of `queries.snapshot_rows` as the frame that is frozen, by household; the birth date becomes an age."""
    frame = pl.DataFrame([tuple(row) for row in rows], schema=SCHEMA, orient="row")
    born = pl.col("birth_on")
    before_birthday = (born.dt.month().cast(pl.Int32) * 100 + born.dt.day()) > as_of.month * 100 + as_of.day
    age = as_of.year - born.dt.year() - before_birthday.cast(pl.Int32)
    known = frame.with_columns(age=age.cast(pl.Int64), has_business=pl.col("has_business") == 1)
    return known.drop("birth_on").sort("household_id")


def keep(home: Path, year: int, frame: pl.DataFrame) -> tuple[str, str]:
    """Write the snapshot; returns its place within the home and its SHA-256."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    place = Path("snapshots") / f"{year}-{digest[:12]}.parquet"
    path = home / place
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(content)
    draft.replace(path)
    return place.as_posix(), digest


def read(home: Path, place: str | None, digest: str | None) -> pl.DataFrame:
    """The frozen snapshot.

    Raises:
        SnapshotChanged: its content no longer has the hash noted at the freeze.
    """
    path = home / (place or "")
    if not place or not path.is_file():
        raise SnapshotChanged("Berkas data beku tidak ditemukan. Kembalikan berkas itu dari cadangan.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise SnapshotChanged("Berkas data beku berubah sejak dibekukan. Kembalikan berkas aslinya dari cadangan.")
    return pl.read_parquet(io.BytesIO(content))
