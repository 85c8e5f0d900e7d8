"""What did the registry say on the day of the freeze? A content-hashed file of ids and what the rules read.

No name, no NIK, no address: a household is its id, its age in years, its regency and district. The file also carries
what the list rests on besides its rows (quota, seed, day, hash of the policy), so that it can be counted again alone.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from service.errors import NeedsPerson
from service.policy import CyclePolicy
from service.selection.duplicates import Decided, duplicates
from service.selection.placing import Basis

SCHEMA: dict[str, Any] = {
    "household_id": pl.Int64, "regency_code": pl.String, "district_code": pl.String, "birth_on": pl.Date,
    "programme": pl.String, "started_year": pl.Int64, "ended_year": pl.Int64, "decile": pl.Int64,
    "business_type": pl.String, "has_business": pl.Int64, "business_since": pl.Date, "assessed_on": pl.Date,
    "attendance_percent": pl.Int64, "monthly_income": pl.Int64, "members": pl.Int64, "savings": pl.Int64,
    "income_sources": pl.Int64, "prior_province_year": pl.Int64, "prior_central_year": pl.Int64,
    "kk_lookup": pl.String,
}  # fmt: skip
_NOTE = "estafet"


class SnapshotChanged(NeedsPerson):
    """The file is gone, or is not the one that was frozen."""


def frame_of(rows: Sequence[Any], as_of: date, decided: Iterable[Decided]) -> pl.DataFrame:
    """Rows of `frozen.queries.snapshot_rows` as the frame that is frozen, by household.

    The birth date becomes an age, the family card the household that stays where several are one.
    """
    frame = pl.DataFrame([tuple(row) for row in rows], schema=SCHEMA, orient="row").sort("household_id")
    cards = frame.filter(pl.col("kk_lookup").is_duplicated()).select("household_id", "kk_lookup").iter_rows()
    stays = pl.col("household_id").replace_strict(duplicates(cards, decided), default=None, return_dtype=pl.Int64)
    known = frame.with_columns(age=_age(as_of), has_business=pl.col("has_business") == 1, duplicate_of=stays)
    return known.with_columns(_received_by_any()).drop("birth_on", "kk_lookup")


def _age(as_of: date) -> pl.Expr:
    born = pl.col("birth_on")
    before_birthday = (born.dt.month().cast(pl.Int32) * 100 + born.dt.day()) > as_of.month * 100 + as_of.day
    return (as_of.year - born.dt.year() - before_birthday.cast(pl.Int32)).cast(pl.Int64)


def _received_by_any() -> list[pl.Expr]:
    """What one of several households that are one received, all of them received."""
    one = pl.coalesce("duplicate_of", "household_id")
    return [pl.col(name).max().over(one) for name in ("prior_province_year", "prior_central_year")]


def keep(home: Path, year: int, frame: pl.DataFrame, note: str) -> tuple[str, str]:
    """Write the snapshot with the `note` beside its rows; returns its place within the home and its SHA-256."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False, metadata={_NOTE: note})
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    place = Path("snapshots") / f"{year}-{digest[:12]}.parquet"
    path = home / place
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(content)
    draft.replace(path)
    return place.as_posix(), digest


def beside(basis: Basis) -> str:
    """All that a list rests on besides the rows, as JSON."""
    return json.dumps(
        {
            "year": basis.year, "seed": basis.seed, "as_of": basis.as_of.isoformat(), "quota": dict(basis.quota),
            "district_quota": dict(basis.districts), "policy": basis.policy.model_dump(mode="json"),
        },
        sort_keys=True,
    )  # fmt: skip


def read(home: Path, place: str | None, digest: str | None) -> pl.LazyFrame:
    """The frozen snapshot, read column by column as it is needed.

    Raises:
        SnapshotChanged: its content no longer has the hash noted at the freeze.
    """
    path = _checked(home, place, digest)
    return with_present_columns(pl.scan_parquet(path))


def read_basis(home: Path, place: str | None, digest: str | None) -> Basis | None:
    """What `beside` wrote; None for a snapshot of before it was.

    Raises:
        SnapshotChanged
    """
    note = pl.read_parquet_metadata(_checked(home, place, digest)).get(_NOTE)
    if note is None:
        return None
    told = json.loads(note)
    policy, as_of = CyclePolicy.model_validate(told["policy"]), date.fromisoformat(told["as_of"])
    return Basis(policy, told["quota"], as_of, told["year"], told["seed"], told["district_quota"])


def with_present_columns(frame: pl.LazyFrame) -> pl.LazyFrame:
    """A snapshot of before duplicates were decided (`first_of_kk`) says the same in the present columns."""
    if "first_of_kk" not in frame.collect_schema():
        return frame
    first = pl.col("first_of_kk")
    return frame.with_columns(duplicate_of=pl.when(first != pl.col("household_id")).then(first)).drop("first_of_kk")


def _checked(home: Path, place: str | None, digest: str | None) -> Path:
    path = home / (place or "")
    if not place or not path.is_file():
        raise SnapshotChanged("Berkas data beku tidak ditemukan. Kembalikan berkas itu dari cadangan.")
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != digest:
        raise SnapshotChanged("Berkas data beku berubah sejak dibekukan. Kembalikan berkas aslinya dari cadangan.")
    return path
