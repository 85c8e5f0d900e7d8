"""Which handovers that the rules believe are checked once more by somebody else?

Drawn by lot for each facilitator, the rate doubling after each check that failed. The lot is a hash of the year's seed and the
parcel's number, so that nobody can choose it and everybody can draw it again. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

LOTS = 10_000


@dataclass(frozen=True)
class Proven:
    """A parcel the rules believe, and the facilitator who told of it."""

    parcel_id: int
    number: str
    facilitator_id: int


def rate_after(percent: int, failed: int) -> int:
    """The rate in percent after so many failed checks of one facilitator in the year."""
    return int(min(100, percent * 2**failed)) if failed < 8 or not percent else 100


def is_drawn(seed: int, number: str, percent: int) -> bool:
    lot = int.from_bytes(hashlib.sha256(f"{seed}:{number}".encode()).digest()[:8], "big") % LOTS
    return lot < percent * LOTS // 100


def drawn_of(proven: Collection[Proven], seed: int, percent: int, failed: Mapping[int, int]) -> dict[int, int]:
    """Parcel id -> the rate at which it was drawn. `failed`: failed checks by facilitator."""
    rates = {one.parcel_id: rate_after(percent, failed.get(one.facilitator_id, 0)) for one in proven}
    return {one.parcel_id: rates[one.parcel_id] for one in proven if is_drawn(seed, one.number, rates[one.parcel_id])}
