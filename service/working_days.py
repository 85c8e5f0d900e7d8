"""When is a term of N working days over? Monday to Friday, less national holidays and collective leave.

Source: yearly joint ministerial decree (SKB) on national holidays and cuti bersama, as carried by the
`holidays` package (categories public and government); local days come from the cycle's policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays

from service.clock import WIB

OFFICE_CLOSES = time(16, 0)


@lru_cache(maxsize=16)
def _national(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("ID", years=year, categories=("public", "government")))


def is_working_day(day: date, local_holidays: Iterable[date] = ()) -> bool:
    return day.weekday() < 5 and day not in _national(day.year) and day not in set(local_holidays)


def add_working_days(start: date, days: int, local_holidays: Iterable[date] = ()) -> date:
    """The day on which a term of `days` working days after `start` ends; the first counted day is the next one."""
    local = frozenset(local_holidays)
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day, local)
    return day


def working_days_between(start: date, end: date, local_holidays: Iterable[date] = ()) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before."""
    if end < start:
        return -working_days_between(end, start, local_holidays)
    local = frozenset(local_holidays)
    span = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(day, local) for day in span)


def end_of_office_day(day: date) -> datetime:
    """The instant (WIB) at which a term ending on `day` is over."""
    return datetime.combine(day, OFFICE_CLOSES, tzinfo=WIB)
