"""Is there money for what is about to be ordered, account by account, and if not, how is the gap closed most cheaply?

Every household's package counts once; what was ordered before counts too. Nothing is trimmed silently: of an account
whose money does not suffice nothing is ordered at all. Rupiah are `int`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Priced:
    """A parcel that is not ordered yet: its package's price and account, and where its household stands (larger is later)."""

    parcel_id: int
    package: str
    price: int
    rank: int
    account: str = ""


@dataclass(frozen=True)
class Way:
    """One way to close a gap: `code` FEWER_HOUSEHOLDS, CHEAPER_PACKAGE, OTHER_PACKAGE or HIGHER_CEILING; `saves` rupiah."""

    code: str
    sentence: str
    saves: int


@dataclass(frozen=True)
class Budget:
    """One account. `need` is everything of the cycle, `waiting` the part not ordered yet; `ceiling` None: no such account."""

    ceiling: int | None
    need: int
    waiting: int
    ways: tuple[Way, ...] = ()
    account: str = ""

    @property
    def gap(self) -> int:
        """Rupiah missing; 0 when the money suffices."""
        return max(0, self.need - (self.ceiling or 0))

    @property
    def is_enough(self) -> bool:
        return self.gap == 0

    @property
    def sentence(self) -> str:
        if self.ceiling is None:
            return f"Rekening {self.account} tidak ada pada kebijakan siklus: {rupiah(self.need)} tidak dapat dipesan."
        if self.is_enough:
            return f"Kebutuhan {rupiah(self.need)} cukup dengan pagu {rupiah(self.ceiling)}."
        return f"Kebutuhan {rupiah(self.need)} melebihi pagu {rupiah(self.ceiling)}: kurang {rupiah(self.gap)}."


def check_budgets(
    ceilings: Mapping[str, int], ordered: Mapping[str, int], waiting: Iterable[Priced], prices: Mapping[str, Mapping[str, int]]
) -> list[Budget]:
    """Every account with a ceiling or a cost, the policy's first. `prices`: account -> package code -> price of today."""
    queued: dict[str, list[Priced]] = {}
    for one in waiting:
        queued.setdefault(one.account, []).append(one)
    named = [*ceilings, *sorted((queued.keys() | ordered.keys()) - ceilings.keys())]
    return [
        check_budget(ceilings.get(code), ordered.get(code, 0), queued.get(code, []), code, prices.get(code, {}))
        for code in named
    ]


def check_budget(
    ceiling: int | None, already_ordered: int, waiting: Sequence[Priced], account: str = "",
    prices: Mapping[str, int] | None = None,
) -> Budget:  # fmt: skip
    """Sum what is ordered and what waits against the ceiling; with a gap come the ways to close it."""
    cost = sum(one.price for one in waiting)
    budget = Budget(ceiling, already_ordered + cost, cost, account=account)
    if budget.is_enough or ceiling is None:
        return budget
    gap = budget.gap
    found = (
        fewer_households(gap, waiting), other_package(gap, waiting, prices or {}), cheaper_package(gap, waiting),
        _higher_ceiling(gap),
    )  # fmt: skip
    return Budget(ceiling, budget.need, cost, tuple(way for way in found if way is not None), account)


def fewer_households(gap: int, waiting: Sequence[Priced]) -> Way | None:
    """Leave out from the tail of the list until the gap is closed; None when that is not enough."""
    saved = 0
    for count, one in enumerate(sorted(waiting, key=lambda one: (-one.rank, -one.parcel_id)), start=1):
        saved += one.price
        if saved >= gap:
            return Way("FEWER_HOUSEHOLDS", f"Kurangi {count} rumah tangga dari urutan terbawah: hemat {rupiah(saved)}.", saved)
    return None


def other_package(gap: int, waiting: Sequence[Priced], prices: Mapping[str, int]) -> Way | None:
    """Give an existing cheaper package of the account instead; of all that close the gap, the one that takes least away."""
    found: list[tuple[int, int, str, str]] = []
    for (code, price), households in Counter((one.package, one.price) for one in waiting).items():
        for other, cheaper in prices.items():
            if other == code or cheaper >= price:
                continue
            count = -(-gap // (price - cheaper))
            if count <= households:
                found.append((count * (price - cheaper), count, code, other))
    if not found:
        return None
    saved, count, code, other = min(found)
    sentence = f"Ganti paket {code} dengan {other} yang ada di katalog untuk {count} rumah tangga: hemat {rupiah(saved)}."
    return Way("OTHER_PACKAGE", sentence, saved)


def cheaper_package(gap: int, waiting: Sequence[Priced]) -> Way | None:
    """Lower the price of the package that is bought most, by as little as closes the gap; None when it would be free."""
    spent: dict[str, list[int]] = {}
    for one in waiting:
        spent.setdefault(one.package, []).append(one.price)
    if not spent:
        return None
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
