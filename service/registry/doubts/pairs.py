"""Which two households must a person look at, and what does a new search change about the pairs already kept?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

Pair = tuple[int, int]
MOST_OF_A_GROUP = 30


@dataclass(frozen=True, slots=True)
class Cause:
    """Why two households may be one; `likeness` (0 to 100) only where the kind is `likely`."""

    kind: str
    likeness: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A pair as the registry holds it."""

    id: int
    state: str
    cause: Cause


@dataclass(slots=True)
class Changes:
    """What a search writes; decided pairs are in none of these."""

    new: list[tuple[Pair, Cause]] = field(default_factory=list)
    returned: list[tuple[int, Cause]] = field(default_factory=list)
    altered: list[tuple[int, Cause]] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)


def pairs_within(groups: Iterable[Sequence[int]]) -> set[Pair]:
    """Every two households of a group; in a group nobody would go through (a number filled down a whole file) each with the
    first one only."""
    found: set[Pair] = set()
    for group in groups:
        ids = sorted(set(group))
        found |= set(combinations(ids, 2) if len(ids) <= MOST_OF_A_GROUP else ((ids[0], other) for other in ids[1:]))
    return found


def causes_of(
    same_kk: Iterable[Pair], shared_member: Iterable[Pair], likely: Iterable[tuple[int, int, int]]
) -> dict[Pair, Cause]:
    """One cause a pair: the strongest there is."""
    found = {(first, second): Cause("likely", likeness) for first, second, likeness in likely}
    found |= dict.fromkeys(shared_member, Cause("shared_member"))
    return found | dict.fromkeys(same_kk, Cause("same_kk"))


def changes(causes: Mapping[Pair, Cause], kept: Mapping[Pair, Kept]) -> Changes:
    """A pair decided by a person stays as decided, whatever is found now."""
    found = Changes(new=[(pair, cause) for pair, cause in sorted(causes.items()) if pair not in kept])
    for pair, old in sorted(kept.items()):
        cause = causes.get(pair)
        if old.state == "open" and cause is None:
            found.cleared.append(old.id)
        elif old.state == "open" and cause and cause != old.cause:
            found.altered.append((old.id, cause))
        elif old.state == "cleared" and cause:
            found.returned.append((old.id, cause))
    return found
