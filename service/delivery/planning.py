"""Which parcels at a point get which event, and how does each facilitator learn of it?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service import clock
from service.db.tables import DeliveryPoint, HandoverEvent
from service.delivery import queries
from service.delivery.events import Venue, Waiting, cut_into_events
from service.messages.outbox import owe_webhook
from service.stage import Done, Work


def plan_events(work: Work, ids: list[int]) -> Done:
    """First events, per district; a household without a facilitator's account waits, since nobody could report it."""
    with work.database.write() as session:
        return _plan(session, work, queries.waiting_parcels(session, ids))


def plan_second_events(work: Work, ids: list[int]) -> Done:
    """Absent households get another event until the policy's number is used up; then a home visit is needed."""
    limit = work.policy.events_per_household
    with work.database.write() as session:
        waiting = queries.waiting_parcels(session, ids)
        used_up = {parcel.parcel_id: "HOME_VISIT" for parcel in waiting if parcel.absences >= limit}
        done = _plan(session, work, [parcel for parcel in waiting if parcel.parcel_id not in used_up])
    return done + Done(0, used_up)


def _plan(session: Session, work: Work, waiting: Sequence[Waiting]) -> Done:
    facilitators = {p.parcel_id: p.facilitator_id for p in waiting if p.facilitator_id is not None}
    planned = cut_into_events(
        [p for p in waiting if p.parcel_id in facilitators], queries.event_days(session, work.cycle_id),
        clock.today(work.home), work.policy.event_notice_days, work.policy.households_per_event, work.policy.local_holidays,
    )  # fmt: skip
    hours = (work.policy.event_opens, work.policy.event_closes)
    events = queries.add_events(session, work.cycle, planned, facilitators, hours)
    announce(session, work.cycle_id, events, "event.planned", work.now)
    return Done(len(facilitators), {p.parcel_id: "NO_FACILITATOR" for p in waiting if p.parcel_id not in facilitators})


def announce(
    session: Session, cycle_id: int, events: Sequence[HandoverEvent], kind: str, at: datetime, also: Collection[int] = ()
) -> None:
    """Each facilitator learns of each event with own parcels, and what is in them; public numbers only.

    `also`: facilitators who have no parcel on these events any more, and must know that.
    """
    points = queries.points(session, {event.district_code for event in events})
    contents = queries.package_contents(session, cycle_id)
    by_id = {event.id: event for event in events}
    parcels: dict[tuple[int, int], list[dict[str, str]]] = {(i or 0, left): [] for i in by_id for left in also}
    for row in queries.invitations(session, [event.id or 0 for event in events]):
        listed = parcels.setdefault((row["event_id"], row["facilitator_id"]), [])
        listed.append({"parcel": row["parcel"], "package": row["package"]})
    for (event_id, facilitator_id), listed in parcels.items():
        event = by_id[event_id]
        packages = {code: contents[code] for code in sorted({row["package"] for row in listed})}
        body = {**_announced(event, points.get(event.district_code)), "parcels": listed, "packages": packages}
        owe_webhook(session, facilitator_id, event.number, kind, body, at)


def venue_of(event: HandoverEvent, point: DeliveryPoint | None) -> Venue:
    """An own place without coordinates has none: those of the point would be wrong."""
    if event.place:
        return Venue(event.place, "", event.latitude, event.longitude)
    return Venue(point.name, point.address, point.latitude, point.longitude) if point else Venue(None)


def _announced(event: HandoverEvent, point: DeliveryPoint | None) -> dict[str, Any]:
    venue = venue_of(event, point)
    return {
        "event": event.number, "round": event.round, "held_on": event.held_on.isoformat(), "district": event.district_code,
        "opens_at": event.opens_at.isoformat() if event.opens_at else None,
        "closes_at": event.closes_at.isoformat() if event.closes_at else None,
        "point": venue.name, "latitude": venue.latitude, "longitude": venue.longitude,
    }  # fmt: skip
