"""How does a planned event get another day, place or facilitator, and who is told?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from sqlmodel import Session

from service.clock import WIB
from service.db.history import Told
from service.db.tables import Cycle, HandoverEvent, Partner
from service.delivery.events import at_hour
from service.delivery.planning import announce
from service.delivery.queries import attending
from service.errors import BadInput, NotFound, NotNow
from service.policy import CyclePolicy
from service.regions import regency_of
from service.trust.rights import Officer, require, require_region
from service.working_days import is_working_day

CHANGED = "event.changed"


class EventUnknown(NotFound):
    """No event has this number."""


class EventBegan(NotNow):
    """Handovers of this event have been reported; its day and place are part of their proof."""


class DayNotPossible(BadInput):
    """The new day is past, no working day, or another event is there already."""


class PlaceNotPossible(BadInput):
    """Hours or coordinates that cannot be."""


class NoSuchFacilitator(BadInput):
    """Not a facilitator of this regency, or one without a household that waits at this event."""


@dataclass(frozen=True)
class Change:
    """What shall hold from now on. Without `place` it is the district's point; hours None: as in the policy."""

    held_on: date
    opens: time | None = None
    closes: time | None = None
    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def change_event(session: Session, officer: Officer, number: str, change: Change, today: date, told: Told) -> HandoverEvent:
    """Another day, hours or place; every facilitator with households there is told again.

    Raises:
        NotAllowed: no right, another region. EventUnknown, EventBegan, DayNotPossible, PlaceNotPossible.
    """
    event = _event_for(session, officer, number)
    policy = CyclePolicy.model_validate(session.get_one(Cycle, event.cycle_id).policy)
    if reported := attending.already_told(session, event):
        raise EventBegan(
            f"Acara ini sudah berjalan: {reported} keluarga sudah dilaporkan. Jadwalnya tidak dapat diubah lagi.",
            status="began", event=CHANGED,
        )  # fmt: skip
    _check_day(session, event, change.held_on, today, policy)
    _check_place(change)
    opens, closes = change.opens or policy.event_opens, change.closes or policy.event_closes
    if opens >= closes:
        raise _refused(PlaceNotPossible, "tutup", "Jam selesai harus sesudah jam mulai")
    event.held_on, event.opens_at, event.closes_at = (
        change.held_on, at_hour(change.held_on, opens), at_hour(change.held_on, closes),
    )  # fmt: skip
    event.place, event.latitude, event.longitude = change.place or None, change.latitude, change.longitude
    event.changed_at = told.at
    session.add(event)
    session.flush()
    announce(session, event.cycle_id, [event], CHANGED, told.at)
    return event


def reassign(session: Session, officer: Officer, number: str, away: str, instead: str, told: Told) -> int:
    """Households of a facilitator who is away go to another of the same regency, for this event; returns how many.

    Raises:
        NotAllowed: no right, another region. EventUnknown, NoSuchFacilitator.
    """
    event = _event_for(session, officer, number)
    one, other = (_facilitator(session, event, sender, field) for sender, field in ((away, "dari"), (instead, "kepada")))
    if one.id == other.id:
        raise _refused(NoSuchFacilitator, "kepada", "Pilih pendamping lain")
    moved = attending.give_to(session, event.id or 0, one.id or 0, other.id or 0)
    if not moved:
        raise _refused(NoSuchFacilitator, "dari", f"{one.name} tidak punya keluarga yang masih menunggu pada acara ini")
    event.changed_at = told.at
    session.add(event)
    session.flush()
    announce(session, event.cycle_id, [event], CHANGED, told.at, also=[one.id or 0])
    return moved


def hours_of(event: HandoverEvent) -> str:
    """`08.00-16.00 WIB`; empty for an event planned before hours were kept."""
    if event.opens_at is None or event.closes_at is None:
        return ""
    return f"{event.opens_at.astimezone(WIB):%H.%M}-{event.closes_at.astimezone(WIB):%H.%M} WIB"


def _event_for(session: Session, officer: Officer, number: str) -> HandoverEvent:
    """Raises EventUnknown, NoRight, OutsideRegion."""
    require(officer, "event.change")
    event = attending.event_locked(session, number)
    if event is None:
        raise EventUnknown(f"Acara {number} tidak ditemukan.")
    require_region(officer, regency_of(event.district_code))
    return event


def _check_day(session: Session, event: HandoverEvent, day: date, today: date, policy: CyclePolicy) -> None:
    """Raises DayNotPossible."""
    taken = attending.other_on(session, event, day)
    fault = (
        "Hari itu sudah lewat" if day < today
        else "Hari itu bukan hari kerja" if not is_working_day(day, policy.local_holidays)
        else f"Sudah ada acara {taken} di titik serah ini pada hari itu" if taken
        else ""
    )  # fmt: skip
    if fault:
        raise _refused(DayNotPossible, "tanggal", fault)


def _check_place(change: Change) -> None:
    """Coordinates come in pairs, and only with a place of their own. Raises PlaceNotPossible."""
    pair = (change.latitude, change.longitude)
    fault = ""
    if (pair[0] is None) != (pair[1] is None):
        fault = "Isi lintang dan bujur, atau kosongkan keduanya"
    elif pair[0] is not None and not change.place:
        fault = "Koordinat hanya untuk tempat yang disebut namanya"
    elif pair[0] is not None and pair[1] is not None and not (-90 <= pair[0] <= 90 and -180 <= pair[1] <= 180):
        fault = "Lintang -90 sampai 90, bujur -180 sampai 180"
    if fault:
        raise _refused(PlaceNotPossible, "lintang", fault)


def _facilitator(session: Session, event: HandoverEvent, sender: str, field: str) -> Partner:
    """One who is away may have been deactivated since; the other may not. Raises NoSuchFacilitator."""
    known = {partner.sender: partner for partner in attending.facilitators_of(session, regency_of(event.district_code))}
    if field == "dari":
        known |= {partner.sender: partner for partner in attending.facilitators_at(session, event.id or 0)}
    if sender not in known:
        raise _refused(NoSuchFacilitator, field, "Pilih pendamping dari kabupaten/kota acara ini")
    return known[sender]


def _refused(kind: type[BadInput], field: str, fault: str) -> BadInput:
    return kind(f"{fault}.", faults=[{"field": field, "fault": fault}])
