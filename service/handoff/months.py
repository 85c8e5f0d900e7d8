"""When does a report by month fall due, and from which day may it be given?

Pure. A report of month 12 given in month 3 would settle for ever what nobody can know yet, so it is refused until a month
before it falls due.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

EARLY = timedelta(days=31)
"""So long before the day it falls due: a report is then listed as asked for, and may be given."""


def months_after(day: date, months: int) -> date:
    """The same day so many months on; the last of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def opens_on(due_on: date) -> date:
    """The first day on which the report that falls due then may be given."""
    return due_on - EARLY
