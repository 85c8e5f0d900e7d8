"""Which experienced household becomes the mentor of which newcomer? Pure: one deterministic pass over all of them.

Source: "those who already run a business become motivators of those who never did" (the programme, 2020). Same kind
of business before a related one, and within that same village before district before regency. All pairs of a nearer
tier are made before any of a farther one; inside a tier newcomers go by case id and take the lowest household id
that still has room. Nobody is ever paired across regencies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from service.business import family_of
from service.regions import district_of, regency_of


class Placed(Protocol):
    """Somebody with a kind of business in a village."""

    @property
    def business(self) -> str | None: ...
    @property
    def village_code(self) -> str: ...


@dataclass(frozen=True)
class Newcomer:
    """A case whose goods are proven and that has no mentor yet."""

    case_id: int
    business: str | None
    village_code: str


@dataclass(frozen=True)
class Mentor:
    """A household with enough years in business; `room`: how many newcomers it may still take."""

    household_id: int
    business: str | None
    village_code: str
    room: int


@dataclass(frozen=True)
class Pair:
    """`nearness`: village, district or regency, whichever is the nearest they share."""

    case_id: int
    mentor_household_id: int
    nearness: str
    same_business: bool


Key = Callable[[Placed], tuple[str, str] | None]
NEARNESS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("village", lambda code: code),
    ("district", district_of),
    ("regency", regency_of),
)


def pair(newcomers: Iterable[Newcomer], mentors: Iterable[Mentor]) -> list[Pair]:
    """At most one pair per newcomer, never more than a mentor's room; in the order of case ids."""
    waiting = sorted(newcomers, key=lambda newcomer: newcomer.case_id)
    candidates = sorted(mentors, key=lambda mentor: mentor.household_id)
    room = {mentor.household_id: mentor.room for mentor in candidates}
    pairs: list[Pair] = []
    for same_business in (True, False):
        for nearness, area in NEARNESS:
            made = _tier(waiting, candidates, room, _key(same_business, area))
            pairs += [Pair(case_id, mentor_id, nearness, same_business) for case_id, mentor_id in made.items()]
            waiting = [newcomer for newcomer in waiting if newcomer.case_id not in made]
    return sorted(pairs, key=lambda made: made.case_id)


def started_by(today: date, months: int) -> date:
    """The latest day on which a business had to exist to be `months` old today; a short month's last day counts."""
    years, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    day = today.day
    while True:
        try:
            return date(years, month + 1, day)
        except ValueError:
            day -= 1


def _tier(waiting: Sequence[Newcomer], candidates: Sequence[Mentor], room: dict[int, int], key: Key) -> Mapping[int, int]:
    """Pairs (case id -> mentor) of those who share `key`; takes the places from `room`."""
    queues: dict[tuple[str, str], list[int]] = defaultdict(list)
    for mentor in reversed(candidates):
        if room[mentor.household_id] > 0 and (shared := key(mentor)):
            queues[shared].append(mentor.household_id)
    made: dict[int, int] = {}
    for newcomer in waiting:
        shared = key(newcomer)
        mentor_id = _next_with_room(queues[shared], room) if shared else None
        if mentor_id is not None:
            made[newcomer.case_id] = mentor_id
            room[mentor_id] -= 1
    return made


def _next_with_room(queue: list[int], room: Mapping[int, int]) -> int | None:
    """The lowest id (queues end with it) that still has a place."""
    while queue and room[queue[-1]] <= 0:
        queue.pop()
    return queue[-1] if queue else None


def _key(same_business: bool, area: Callable[[str], str]) -> Key:
    def key(placed: Placed) -> tuple[str, str] | None:
        kind = placed.business if same_business else family_of(placed.business)
        return (kind, area(placed.village_code)) if kind else None

    return key
