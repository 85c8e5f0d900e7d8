"""When is a message tried again, and when is it given up?"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

SCHEDULE = tuple(
    timedelta(seconds=s) for s in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)  # fmt: skip
JITTER = 0.2
LONGEST_WISH = timedelta(hours=24)
LONGEST_KICK = 60


def next_attempt(attempts: int, now: datetime, wish: timedelta | None, chance: random.Random) -> datetime | None:
    """After so many attempts (1 = the first failed); None: give up. `wish` is the receiver's Retry-After."""
    if attempts > len(SCHEDULE):
        return None
    pause = SCHEDULE[attempts - 1] * (1 + JITTER * (2 * chance.random() - 1))
    return now + max(pause, min(wish or pause, LONGEST_WISH))


def next_kick(attempts: int, now: datetime, chance: random.Random) -> datetime:
    """Kicks are never given up; Prefect comes back."""
    seconds: float = min(2 ** min(attempts, 10), LONGEST_KICK)
    return now + timedelta(seconds=seconds * (1 - JITTER * chance.random()))
