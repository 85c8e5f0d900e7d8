"""Is there money for what is about to be ordered, and if not, how is the gap closed most cheaply?

Every household's package counts once; what was ordered before counts too. Nothing is trimmed silently: above the
ceiling nothing is ordered at all. Rupiah are `int`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Priced:
    """A parcel that is not ordered yet: its package's price, and where its household stands (larger is later)."""

    parcel_id: int
    package: str
    price: int
    rank: int


@dataclass(frozen=True)
class Way:
    """One way to close a gap: `code` FEWER_HOUSEHOLDS, CHEAPER_PACKAGE or HIGHER_CEILING; `saves` rupiah."""

    code: str
    sentence: str
    saves: int


@dataclass(frozen=True)
class Budget:
    """`need` is everything of the cycle, `waiting` the part that is not ordered yet."""

    ceiling: int
    need: int
    waiting: int
    ways: tuple[Way, ...] = ()

    @property
    def gap(self) -> int:
        """Rupiah missing; 0 when the money suffices."""
        return max(0, self.need - self.ceiling)

    @property
    def is_enough(self) -> bool:
        return self.gap == 0

    @property
    def sentence(self) -> str:
        if self.is_enough:
            return f"Kebutuhan {rupiah(self.need)} cukup dengan pagu {rupiah(self.ceiling)}."
        return f"Kebutuhan {rupiah(self.need)} melebihi pagu {rupiah(self.ceiling)}: kurang {rupiah(self.gap)}."


def check_budget(ceiling: int, already_ordered: int, waiting: Sequence[Priced]) -> Budget:
    """Sum what is ordered and what waits against the ceiling; with a gap come the ways to close it."""
    cost = sum(one.price for one in waiting)
    budget = Budget(ceiling, already_ordered + cost, cost)
    if budget.is_enough:
        return budget
    found = (fewer_households(budget.gap, waiting), cheaper_package(budget.gap, waiting), _higher_ceiling(budget.gap))
    return Budget(ceiling, budget.need, cost, tuple(way for way in found if way is not None))


def fewer_households(gap: int, waiting: Sequence[Priced]) -> Way | None:
    """Leave out from the tail of the list until the gap is closed; None when that is not enough."""
    saved = 0
    for count, one in enumerate(sorted(waiting, key=lambda one: (-one.rank, -one.parcel_id)), start=1):
        saved += one.price
        if saved >= gap:
            return Way("FEWER_HOUSEHOLDS", f"Kurangi {count} rumah tangga dari urutan terbawah: hemat {rupiah(saved)}.", saved)
    return None


def cheaper_package(gap: int, waiting: Sequence[Priced]) -> Way | None:
    """Lower the price of the package that is bought most, by as little as closes the gap; None when it would be free."""
    spent: dict[str, list[int]] = {}
    for one in waiting:
        spent.setdefault(one.package, []).append(one.price)
    code, prices = max(spent.items(), key=lambda pair: (sum(pair[1]), pair[0]))
    less = -(-gap // len(prices))
    if less >= min(prices):
        return None
    sentence = (
        f"Turunkan harga paket {code} {rupiah(less)} untuk {len(prices)} rumah tangga: hemat {rupiah(less * len(prices))}."
    )
    return Way("CHEAPER_PACKAGE", sentence, less * len(prices))


def rupiah(amount: int) -> str:
    """`Rp2.500.000`."""
    return f"Rp{amount:,}".replace(",", ".")


def _higher_ceiling(gap: int) -> Way:
    return Way("HIGHER_CEILING", f"Usulkan tambahan pagu {rupiah(gap)} pada perubahan anggaran.", gap)
