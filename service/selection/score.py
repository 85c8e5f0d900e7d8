"""How many points does a household earn by each indicator?

Linear up to the policy's scale, in whole points (rounded down), so that more of an indicator never gives fewer points.
Evidence that is missing earns nothing and is named as missing. Source: the rubric of the graduation practice
(attendance, sources of income, savings, income per head, age of the business); weights and scale are the cycle's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from service.policy import CyclePolicy
from service.selection.eligibility import months_since


@dataclass(frozen=True)
class Indicator:
    """`full` is the value that earns all of `weight`."""

    code: str
    value: pl.Expr
    full: int
    weight: int

    @property
    def points(self) -> pl.Expr:
        """0 to `weight`, in a column named `column`."""
        earned = self.value.cast(pl.Int64).clip(0, self.full) * self.weight // self.full
        return earned.fill_null(0).cast(pl.UInt8).alias(self.column)

    @property
    def column(self) -> str:
        return points_column(self.code)


LABELS = {
    "attendance": {"id": "Kehadiran pertemuan (%)", "en": "Attendance of meetings (%)"},
    "income_sources": {"id": "Sumber penghasilan", "en": "Sources of income"},
    "savings": {"id": "Tabungan (Rp)", "en": "Savings (Rp)"},
    "income_per_head": {"id": "Penghasilan per anggota (Rp/bulan)", "en": "Income per member (Rp a month)"},
    "business_age": {"id": "Umur usaha (bulan)", "en": "Age of the business (months)"},
}


def indicators(policy: CyclePolicy, as_of: date) -> tuple[Indicator, ...]:
    """The five indicators of a cycle; their weights sum to 100."""
    weights, scale = policy.weights.model_dump(), policy.scale.model_dump()
    return tuple(Indicator(code, value, scale[code], weights[code]) for code, value in _values(as_of).items())


def points_column(code: str) -> str:
    return f"points_{code}"


POINTS = tuple(points_column(code) for code in LABELS)


def total() -> pl.Expr:
    """0 to 100: the sum of the columns `POINTS`."""
    return pl.sum_horizontal(POINTS).cast(pl.UInt8)


def _values(as_of: date) -> dict[str, pl.Expr]:
    per_head = pl.when(pl.col("members") > 0).then(pl.col("monthly_income") // pl.col("members"))
    return {
        "attendance": pl.col("attendance_percent"),
        "income_sources": pl.col("income_sources"),
        "savings": pl.col("savings"),
        "income_per_head": per_head,
        "business_age": months_since("business_since", as_of),
    }
