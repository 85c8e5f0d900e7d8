"""Who would enter and who would leave under another policy or quota, where, and by which rule? Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from service.policy import CyclePolicy, hash_of
from service.selection.placing import WITHIN, Placed, place, placement_code
from service.selection.recount import frozen_basis
from service.stage import Work

COLUMNS = ("household_id", "regency_code", "change", "before", "after")


@dataclass(frozen=True)
class Tried:
    """What is tried instead; None is what the cycle has."""

    policy: CyclePolicy | None = None
    quota: Mapping[str, int] | None = None
    districts: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Simulation:
    """`changes`: `COLUMNS` of everybody who enters or leaves, by household; `before` and `after` are placement codes."""

    policy_hash: str
    stays: int
    changes: pl.DataFrame

    def as_fields(self) -> dict[str, Any]:
        """For programs; households by number with the code that tells why."""
        enters, leaves = self._of("enters"), self._of("leaves")
        return {
            "policy_hash": self.policy_hash,
            "stays": self.stays,
            "enters": dict(enters.select("household_id", "before").iter_rows()),
            "leaves": dict(leaves.select("household_id", "after").iter_rows()),
            "by_regency": self.by_regency(),
            "by_code": _counted(leaves, "after"),
            "by_rule": {"enters": _counted(enters, "before"), "leaves": _counted(leaves, "after")},
        }

    def by_regency(self) -> dict[str, dict[str, Any]]:
        """Regency -> how many enter and leave, and why they were out before or are out after."""
        found: dict[str, dict[str, Any]] = {}
        for code in self.changes.get_column("regency_code").unique().sort():
            enters, leaves = (self._of(change).filter(pl.col("regency_code") == code) for change in ("enters", "leaves"))
            found[code] = {
                "enters": enters.height, "leaves": leaves.height,
                "out_before": _counted(enters, "before"), "out_after": _counted(leaves, "after"),
            }  # fmt: skip
        return found

    def _of(self, change: str) -> pl.DataFrame:
        return self.changes.filter(pl.col("change") == change)


def simulate_selection(work: Work, tried: Tried) -> Simulation:
    """Place the frozen households twice, as they were placed and as they would be.

    Raises:
        NotFrozen, SnapshotChanged
    """
    frozen, basis = frozen_basis(work)
    policy = tried.policy or basis.policy
    quota = basis.quota if tried.quota is None else tried.quota
    districts = (basis.districts if tried.quota is None else {}) if tried.districts is None else tried.districts
    other = replace(basis, policy=policy, quota=quota, districts=districts)
    return compared(place(frozen, basis), place(frozen, other), hash_of(policy))


def compared(before: Placed, after: Placed, policy_hash: str) -> Simulation:
    """Who is within the quota of one list only."""
    told = [_told(placed, name) for placed, name in ((before, "before"), (after, "after"))]
    both = told[0].join(told[1].drop("regency_code"), on="household_id")
    was, will = pl.col("before") == WITHIN, pl.col("after") == WITHIN
    change = pl.when(~was & will).then(pl.lit("enters")).when(was & ~will).then(pl.lit("leaves"))
    changes = both.with_columns(change=change).filter(pl.col("change").is_not_null())
    return Simulation(policy_hash, both.filter(was & will).height, changes.select(COLUMNS).sort("household_id"))


def _told(placed: Placed, name: str) -> pl.DataFrame:
    return placed.frame.select("household_id", pl.col("regency_code").cast(pl.String), placement_code().alias(name))


def _counted(changes: pl.DataFrame, column: str) -> dict[str, int]:
    """Code -> how many; all places of the reserve list count as one code."""
    codes = changes.select(pl.col(column).str.replace(r"^RESERVE_\d+$", "RESERVE")).to_series()
    return dict(codes.value_counts().sort(column).iter_rows())
