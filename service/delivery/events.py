"""On which day, where, and with which parcels is each handover event held? Pure: no clock, no database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from service.clock import WIB
from service.working_days import add_working_days, is_working_day


@dataclass(frozen=True)
class Waiting:
    """A parcel that lies at its point and needs an event of this round."""

    parcel_id: int
    district_code: str
    facilitator_id: int | None
    absences: int = 0

    @property
    def round(self) -> int:
        return self.absences + 1


@dataclass(frozen=True)
class PlannedEvent:
    """One day at one district's point for these parcels (ascending ids)."""

    district_code: str
    round: int
    held_on: date
    parcel_ids: tuple[int, ...]


@dataclass(frozen=True)
class Venue:
    """Where an event is held: its own place, or the point of its district."""

    name: str | None
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None


def at_hour(day: date, hour: time) -> datetime:
    """The instant of an hour in Banten."""
    return datetime.combine(day, hour, tzinfo=WIB)


def cut_into_events(
    waiting: Collection[Waiting], taken: Mapping[str, Collection[date]], today: date, notice: int, capacity: int,
    local_holidays: Sequence[date] = (),
) -> list[PlannedEvent]:  # fmt: skip
    """Events of at most `capacity` parcels per district and round, one a working day and point, `notice` working days ahead.

    `taken`: days on which a district already has an event.
    """
    groups: dict[tuple[str, int], list[int]] = defaultdict(list)
    for parcel in waiting:
        groups[parcel.district_code, parcel.round].append(parcel.parcel_id)
    busy = {district: set(days) for district, days in taken.items()}
    first = add_working_days(today, notice, local_holidays)
    planned = []
    for (district, round_), ids in sorted(groups.items()):
        ids.sort()
        for start in range(0, len(ids), capacity):
            day = next_free_day(first, busy.setdefault(district, set()), local_holidays)
            busy[district].add(day)
            planned.append(PlannedEvent(district, round_, day, tuple(ids[start : start + capacity])))
    return planned


def next_free_day(first: date, busy: Collection[date], local_holidays: Sequence[date] = ()) -> date:
    """The first working day from `first` on that is not in `busy`."""
    day = first
    while day in busy or not is_working_day(day, local_holidays):
        day += timedelta(days=1)
    return day


def absences_after(absences: int, event_round: int | None, held_on: date | None, told_for: date) -> int:
    """How often the household has been absent, now that it is told for a day; one event counts once however often told."""
    was_held = event_round is not None and held_on is not None and told_for >= held_on
    return max(absences, 1, event_round if was_held and event_round else 0)
