"""Who is in, who waits, who is out? One pass over the frozen snapshot.

Order within a regency: score, then longer in the programme, then sha256 of `<seed>:<household>` (so that anyone can
recompute it). Pure: the same snapshot, quota, policy, day and seed give the same list, whatever the order of rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from service.policy import CyclePolicy
from service.selection.eligibility import Rule, first_failing, rules
from service.selection.quota import redistribute, reserve_places
from service.selection.score import Indicator, indicators, total

WITHIN, BEYOND = "WITHIN_QUOTA", "BEYOND_RESERVE"


@dataclass(frozen=True)
class Basis:
    """What a list rests on besides the snapshot. `quota`: regency -> households, before redistribution."""

    policy: CyclePolicy
    quota: Mapping[str, int]
    as_of: date
    year: int
    seed: int


@dataclass(frozen=True)
class Placed:
    """`frame`: household_id, regency_code, score, rank, placement, reserve_place, explanation (JSON), by household;
    `places`: regency -> households after redistribution.
    """

    frame: pl.DataFrame
    places: dict[str, int]

    def household_ids(self, placement: pl.Expr) -> list[int]:
        return self.frame.filter(placement).get_column("household_id").to_list()


def place(snapshot: pl.DataFrame, basis: Basis) -> Placed:
    """Judge, score and place every household of the snapshot."""
    judged = _judged(snapshot, basis)
    ranked = _ranked(judged, basis)
    counted = ranked.filter(pl.col("rank").is_not_null()).get_column("regency_code").value_counts()
    places = redistribute(basis.quota, dict(counted.iter_rows()))
    frame = _with_placement(ranked, places, basis.policy.reserve_percent)
    columns = ("household_id", "regency_code", "score", "rank", "placement", "reserve_place", "explanation")
    return Placed(frame.select(columns).sort("household_id"), places)


def tie_break(seed: int, household_id: int) -> str:
    """The last word between equals: 64 hex characters, the smaller goes first."""
    return hashlib.sha256(f"{seed}:{household_id}".encode()).hexdigest()


def _judged(snapshot: pl.DataFrame, basis: Basis) -> pl.DataFrame:
    """Adds `score`, `failing` (code or null), `explanation`."""
    all_rules = rules(basis.policy, basis.as_of)
    all_indicators = indicators(basis.policy, basis.as_of)
    return (
        snapshot.lazy()
        .with_columns(score=total(all_indicators))
        .with_columns(failing=first_failing(all_rules), explanation=_explanation(all_rules, all_indicators))
        .collect()
    )


def _explanation(all_rules: tuple[Rule, ...], all_indicators: tuple[Indicator, ...]) -> pl.Expr:
    """JSON `{"rules": {code: {value, threshold, met}}, "score": {code: {value, full, weight, points, missing}}}`."""
    told_rules = [
        pl.struct(value=rule.value, threshold=pl.lit(rule.threshold), met=rule.met).alias(rule.code) for rule in all_rules
    ]
    told_score = [
        pl.struct(
            value=one.value, full=pl.lit(one.full), weight=pl.lit(one.weight), points=one.points, missing=one.value.is_null()
        ).alias(one.code)
        for one in all_indicators
    ]
    return pl.struct(rules=pl.struct(told_rules), score=pl.struct(told_score)).struct.json_encode()


def _ranked(judged: pl.DataFrame, basis: Basis) -> pl.DataFrame:
    """Adds `rank` (1 is first in its regency; null for the ineligible)."""
    ties = [tie_break(basis.seed, household) for household in judged.get_column("household_id")]
    served = pl.col("ended_year").fill_null(basis.year) - pl.col("started_year")
    ordered = judged.with_columns(tie=pl.Series(ties, dtype=pl.String), served=served.fill_null(0)).sort(
        ["regency_code", pl.col("failing").is_not_null(), "score", "served", "tie"],
        descending=[False, False, True, True, False],
    )
    place_in_regency = pl.int_range(1, pl.len() + 1).over("regency_code")
    return ordered.with_columns(rank=pl.when(pl.col("failing").is_null()).then(place_in_regency))


def _with_placement(ranked: pl.DataFrame, places: Mapping[str, int], percent: int) -> pl.DataFrame:
    reserves = {code: reserve_places(number, percent) for code, number in places.items()}
    past = pl.col("rank") - _looked_up(places)
    waits = past.is_between(1, _looked_up(reserves))
    return ranked.with_columns(reserve_place=pl.when(waits).then(past)).with_columns(
        placement=pl.when(pl.col("failing").is_not_null())
        .then(pl.col("failing"))
        .when(past <= 0)
        .then(pl.lit(WITHIN))
        .when(waits)
        .then(pl.format("RESERVE_{}", past))
        .otherwise(pl.lit(BEYOND))
    )


def _looked_up(numbers: Mapping[str, int]) -> pl.Expr:
    return pl.col("regency_code").replace_strict(dict(numbers), default=0, return_dtype=pl.Int64)
