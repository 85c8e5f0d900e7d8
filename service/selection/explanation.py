"""What is written down for every case about its rules, its score and its order, so that anyone can follow it later?

JSON: `{"rules": {code: {value, threshold, met}}, "score": {indicator: {value, full, weight, points, missing}},
"order": {served, tie_break}}`. It is made when it is written, a chunk at a time: placing itself does not need it.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from service.selection.eligibility import Rule, rules
from service.selection.placing import Basis, scored, served_years, tie_break
from service.selection.score import Indicator, indicators

CHUNK = 20_000


def explanations(snapshot: pl.LazyFrame, basis: Basis) -> Iterator[pl.DataFrame]:
    """`household_id, explanation` for every household of the snapshot, `CHUNK` at a time, in the order of the snapshot."""
    all_rules, all_indicators = rules(basis.policy, basis.as_of), indicators(basis.policy, basis.as_of)
    for part in snapshot.collect(engine="streaming").iter_slices(CHUNK):
        ties = [tie_break(basis.seed, household) for household in part.get_column("household_id")]
        order = pl.struct(served=served_years(basis.year), tie_break=pl.Series(ties, dtype=pl.String))
        told = pl.struct(rules=_rules(all_rules), score=_score(all_indicators), order=order).struct.json_encode()
        yield scored(part.lazy(), basis).select("household_id", explanation=told).collect()


def _rules(all_rules: tuple[Rule, ...]) -> pl.Expr:
    return pl.struct(
        pl.struct(value=rule.value, threshold=pl.lit(rule.threshold), met=rule.met).alias(rule.code) for rule in all_rules
    )


def _score(all_indicators: tuple[Indicator, ...]) -> pl.Expr:
    return pl.struct(
        pl.struct(
            value=one.value, full=pl.lit(one.full), weight=pl.lit(one.weight), points=pl.col(one.column),
            missing=one.value.is_null(),
        ).alias(one.code)
        for one in all_indicators
    )  # fmt: skip
