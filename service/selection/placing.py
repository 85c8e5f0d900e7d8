"""Who is in, who waits, who is out? One pass over the frozen snapshot.

Order within a regency: score, then longer in the programme, then the tie-break: the first 16 hex digits of SHA-256 of
`<seed>:<household id>`, smaller first, then the household id (so that anyone can recompute it). Pure: the same
snapshot, quota, policy, day and seed give the same list, whatever the order of rows. Columns stay narrow (codes are
Enums, numbers as small as they fit), so that ten million households fit into a small machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from service.policy import CyclePolicy
from service.selection.eligibility import first_failing, rules
from service.selection.quota import Places, places_of, reserve_places
from service.selection.score import POINTS, indicators, total

WITHIN, RESERVE, BEYOND = "WITHIN_QUOTA", "RESERVE", "BEYOND_RESERVE"
_HASHED_AT_ONCE = 500_000
_ORDER = {"regency_code": False, "score": True, "served": True, "tie": False, "household_id": False}


@dataclass(frozen=True)
class Basis:
    """What a list rests on besides the snapshot: `quota` by regency (and `districts`, where a regency shares its own
    among them) before redistribution.
    """

    policy: CyclePolicy
    quota: Mapping[str, int]
    as_of: date
    year: int
    seed: int
    districts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Placed:
    """`frame`: household_id, regency_code, points_*, score, failing, rank, placement (a failing code, WITHIN_QUOTA,
    RESERVE or BEYOND_RESERVE), reserve_place; by household.
    """

    frame: pl.DataFrame
    places: Places


def place(snapshot: pl.LazyFrame, basis: Basis) -> Placed:
    """Judge, score and place every household of the snapshot."""
    judged = _judged(snapshot, basis)
    out = judged.filter(pl.col("failing").is_not_null())
    ranked = _ranked(judged.filter(pl.col("failing").is_null()), basis.seed)
    able = _counted(ranked, "regency_code")
    places = places_of(basis.quota, basis.districts, able, _counted(ranked, "district_code") if basis.districts else {})
    placed = _with_placement(ranked, places, basis)
    failed = out.with_columns(
        rank=pl.lit(None, pl.UInt32), placement=pl.col("failing").cast(_kinds(basis)), reserve_place=pl.lit(None, pl.UInt32)
    )
    columns = ("household_id", "regency_code", *POINTS, "score", "failing", "rank", "placement", "reserve_place")
    return Placed(pl.concat([placed.select(columns), failed.select(columns)]).sort("household_id"), places)


def placement_code() -> pl.Expr:
    """The placement as it is stored and told: a reserve with its place."""
    waits = pl.format("RESERVE_{}", pl.col("reserve_place"))
    return pl.when(pl.col("reserve_place").is_not_null()).then(waits).otherwise(pl.col("placement").cast(pl.String))


def tie_break(seed: int, household_id: int) -> str:
    """The last word between equals: 16 hex digits, the smaller goes first."""
    return hashlib.sha256(f"{seed}:{household_id}".encode()).hexdigest()[:16]


def tie_numbers(seed: int, household_ids: pl.Series) -> pl.Series:
    """`tie_break` of each as a number."""
    parts = [_hashed(seed, part) for part in household_ids.to_frame().iter_slices(_HASHED_AT_ONCE)]
    return pl.concat(parts) if parts else pl.Series(dtype=pl.UInt64)


def served_years(year: int) -> pl.Expr:
    """Whole years in the programme, up to the cycle's year where it has not ended; unknown counts as none."""
    served = pl.col("ended_year").fill_null(year) - pl.col("started_year")
    return served.fill_null(0).clip(-1000, 1000).cast(pl.Int16)


def scored(snapshot: pl.LazyFrame, basis: Basis) -> pl.LazyFrame:
    """The snapshot with the points of each indicator and the `score`."""
    points = [one.points for one in indicators(basis.policy, basis.as_of)]
    return snapshot.with_columns(points).with_columns(score=total())


def _judged(snapshot: pl.LazyFrame, basis: Basis) -> pl.DataFrame:
    """What placing needs of every household; `failing` is the first rule not met, null for the eligible."""
    regions = [pl.col("regency_code").cast(_known(snapshot, "regency_code"))]
    if basis.districts:
        regions.append(pl.col("district_code").cast(_known(snapshot, "district_code")))
    return (
        scored(snapshot, basis)
        .select(
            "household_id", *regions, *POINTS, "score",
            failing=first_failing(rules(basis.policy, basis.as_of)), served=served_years(basis.year),
        )
        .collect(engine="streaming")
    )  # fmt: skip


def _known(snapshot: pl.LazyFrame, column: str) -> pl.Enum:
    """The codes that occur, as a type of one or two bytes a row."""
    codes = snapshot.select(pl.col(column).unique()).collect(engine="streaming").get_column(column)
    return pl.Enum(codes.drop_nulls().sort())


def _ranked(eligible: pl.DataFrame, seed: int) -> pl.DataFrame:
    """In order, with `rank`: 1 is first in its regency."""
    tied = eligible.with_columns(tie=tie_numbers(seed, eligible.get_column("household_id")))
    ordered = tied.sort(list(_ORDER), descending=list(_ORDER.values()))
    return ordered.drop("tie", "served").with_columns(rank=_numbered("regency_code"))


def _with_placement(ranked: pl.DataFrame, places: Places, basis: Basis) -> pl.DataFrame:
    """Adds `placement` and `reserve_place`; rows are in order of rank within each regency."""
    shared = {code[:5] for code in places.districts}
    alone = {code: number for code, number in places.regencies.items() if code not in shared}
    within = pl.col("rank") <= _looked_up("regency_code", alone)
    if places.districts:
        within = within | (_numbered("district_code") <= _looked_up("district_code", places.districts))
    reserves = {code: reserve_places(number, basis.policy.reserve_percent) for code, number in places.regencies.items()}
    past = (~pl.col("within")).cum_sum().over("regency_code").cast(pl.UInt32)
    waits = ~pl.col("within") & (past <= _looked_up("regency_code", reserves))
    found = ranked.with_columns(within=within).with_columns(reserve_place=pl.when(waits).then(past))
    named = pl.when("within").then(pl.lit(WITHIN)).when(pl.col("reserve_place").is_not_null()).then(pl.lit(RESERVE))
    return found.with_columns(placement=named.otherwise(pl.lit(BEYOND)).cast(_kinds(basis)))


def _kinds(basis: Basis) -> pl.Enum:
    return pl.Enum([WITHIN, RESERVE, BEYOND, *(rule.code for rule in rules(basis.policy, basis.as_of))])


def _numbered(column: str) -> pl.Expr:
    return pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over(column)


def _counted(frame: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(frame.get_column(column).value_counts().iter_rows())


def _looked_up(column: str, numbers: Mapping[str, int]) -> pl.Expr:
    return pl.col(column).cast(pl.String).replace_strict(dict(numbers), default=0, return_dtype=pl.UInt32)


def _hashed(seed: int, ids: pl.DataFrame) -> pl.Series:
    digests = [hashlib.sha256(f"{seed}:{one}".encode()).digest() for one in ids.to_series()]
    return pl.Series(digests, dtype=pl.Binary).bin.slice(0, 8).bin.reinterpret(dtype=pl.UInt64, endianness="big")
