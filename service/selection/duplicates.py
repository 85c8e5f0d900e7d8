"""Which household stays, where two registered households are one?

What a person decided goes first (`same`: the one not kept is the duplicate; chains are followed to their end). Then
the same current family card: the first registered stays, unless a person said that the two are different. A pair
nobody decided excludes nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Decided:
    """A pair a person decided: `kept` is the household that stays, None where the two are different."""

    first: int
    second: int
    kept: int | None


def duplicates(cards: Iterable[tuple[int, str]], pairs: Iterable[Decided]) -> dict[int, int]:
    """Household -> the household that stays, for every duplicate. `cards`: (household, current family card)."""
    groups, said = _Groups(), list(pairs)
    same = [pair for pair in said if pair.kept is not None]
    for pair in said:
        if pair.kept is None:
            groups.forbid(pair.first, pair.second)
    for pair in same:
        groups.join(pair.first, pair.second)
    _join_cards(groups, cards)
    kept = {pair.kept for pair in same}
    lost = {one for pair in same for one in (pair.first, pair.second) if one != pair.kept}
    found: dict[int, int] = {}
    for members in groups.all():
        stays = min(members, key=lambda one: (one in lost, one not in kept, one))
        found |= {one: stays for one in members if one != stays}
    return found


def _join_cards(groups: _Groups, cards: Iterable[tuple[int, str]]) -> None:
    """Each household of a card joins the first of it from which it is not said to be different."""
    firsts: dict[str, list[int]] = {}
    for household, card in sorted(cards):
        stays = firsts.setdefault(card, [])
        like = next((one for one in stays if groups.may_join(one, household)), None)
        if like is None:
            stays.append(household)
        else:
            groups.join(like, household)


class _Groups:
    """Union-find that remembers who is in each group, and who must not be."""

    def __init__(self) -> None:
        self._root: dict[int, int] = {}
        self._members: dict[int, set[int]] = {}
        self._different: dict[int, set[int]] = {}

    def forbid(self, one: int, other: int) -> None:
        """The two are different: no card joins their groups."""
        self._different.setdefault(one, set()).add(other)
        self._different.setdefault(other, set()).add(one)

    def may_join(self, one: int, other: int) -> bool:
        theirs = self._group(other)
        return all(self._different.get(mine, set()).isdisjoint(theirs) for mine in self._group(one))

    def join(self, one: int, other: int) -> None:
        small, large = sorted((self._find(one), self._find(other)), key=lambda root: len(self._members[root]))
        if small != large:
            self._root[small] = large
            self._members[large] |= self._members.pop(small)

    def all(self) -> Iterable[set[int]]:
        return self._members.values()

    def _group(self, one: int) -> set[int]:
        return self._members[self._find(one)]

    def _find(self, one: int) -> int:
        if one not in self._root:
            self._root[one] = one
            self._members[one] = {one}
        while self._root[one] != one:
            self._root[one] = self._root[self._root[one]]
            one = self._root[one]
        return one
