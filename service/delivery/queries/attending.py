"""Which events are there, who comes to each, and which facilitators serve it?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update
from sqlmodel import Session, col

from service.db.tables import Case, DeliveryPoint, HandoverEvent, Household, Package, Parcel, Partner
from service.delivery.queries.pages import AT_HOUSEHOLD
from service.delivery.queries.work import dicts_of

WAITING = ("planned", "at_point", "absent")
PAGE = 50


def event_rows(
    session: Session,
    cycle_id: int,
    regencies: Sequence[str] = (),
    after: tuple[date, int] | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Events by day, with how many of their households were served, are absent, and still wait; a page of them by default."""
    chosen: Any = (
        select(
            col(HandoverEvent.id), col(HandoverEvent.number), col(HandoverEvent.district_code), col(HandoverEvent.round),
            col(HandoverEvent.held_on), col(HandoverEvent.opens_at), col(HandoverEvent.closes_at), col(HandoverEvent.place),
            func.count(col(Parcel.id)).label("households"), _count(*AT_HOUSEHOLD).label("served"),
            _count("absent").label("absent"), _count("planned", "at_point").label("waiting"),
            func.count(func.distinct(col(Parcel.facilitator_id))).label("facilitators"),
        )
        .outerjoin(Parcel, col(Parcel.event_id) == col(HandoverEvent.id))
        .where(col(HandoverEvent.cycle_id) == cycle_id, _within(regencies))
        .group_by(col(HandoverEvent.id))
        .order_by(col(HandoverEvent.held_on), col(HandoverEvent.id))
        .limit(limit or PAGE)
    )  # fmt: skip
    if after:
        later = and_(col(HandoverEvent.held_on) == after[0], col(HandoverEvent.id) > after[1])
        chosen = chosen.where(or_(col(HandoverEvent.held_on) > after[0], later))
    return dicts_of(session, chosen)


def event_counts(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> dict[str, int]:
    """events, households, served, absent, waiting: of all that `event_rows` would list."""
    events = select(func.count()).select_from(HandoverEvent).where(col(HandoverEvent.cycle_id) == cycle_id, _within(regencies))
    counted: Any = (
        select(
            func.count().label("households"), _count(*AT_HOUSEHOLD).label("served"), _count("absent").label("absent"),
            _count("planned", "at_point").label("waiting"),
        )
        .select_from(Parcel)
        .join(HandoverEvent, col(HandoverEvent.id) == col(Parcel.event_id))
        .where(col(HandoverEvent.cycle_id) == cycle_id, _within(regencies))
    )  # fmt: skip
    return {"events": int(session.execute(events).scalar_one()), **dicts_of(session, counted)[0]}


def attendance(session: Session, event_id: int) -> list[dict[str, Any]]:
    """The households of an event in the order of villages and names; phone numbers still sealed."""
    chosen: Any = (
        select(
            col(Parcel.id), col(Parcel.number), col(Parcel.code), col(Parcel.status), col(Parcel.absences),
            col(Household.id).label("household_id"), col(Household.name), col(Household.village_code), col(Household.rt),
            col(Household.rw), col(Household.phone_sealed), col(Package.name).label("package"),
            col(Parcel.facilitator_id), col(Partner.sender).label("facilitator"),
            col(Partner.name).label("facilitator_name"),
        )
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .outerjoin(Partner, col(Partner.id) == col(Parcel.facilitator_id))
        .where(col(Parcel.event_id) == event_id)
        .order_by(col(Household.village_code), col(Household.name), col(Parcel.id))
    )  # fmt: skip
    return dicts_of(session, chosen)


def point_of(session: Session, district: str) -> DeliveryPoint | None:
    return session.get(DeliveryPoint, district)


def event_locked(session: Session, number: str) -> HandoverEvent | None:
    """The row is ours until the transaction ends."""
    chosen = select(HandoverEvent).where(col(HandoverEvent.number) == number).with_for_update()
    return session.execute(chosen).scalar_one_or_none()


def other_on(session: Session, event: HandoverEvent, day: date) -> str | None:
    """The number of another event at the same district's point on this day."""
    same = (col(HandoverEvent.cycle_id) == event.cycle_id, col(HandoverEvent.district_code) == event.district_code)
    chosen = select(col(HandoverEvent.number)).where(*same, col(HandoverEvent.held_on) == day)
    return session.execute(chosen.where(col(HandoverEvent.id) != event.id).limit(1)).scalars().first()


def already_told(session: Session, event: HandoverEvent) -> int:
    """How many households of this event have been reported, absent ones of this round included."""
    absent_now = (col(Parcel.status) == "absent") & (col(Parcel.absences) >= event.round)
    told = or_(col(Parcel.status).in_((*AT_HOUSEHOLD, "refused", "returned")), absent_now)
    chosen = select(func.count()).select_from(Parcel).where(col(Parcel.event_id) == event.id, told)
    return int(session.execute(chosen).scalar_one())


def facilitators_of(session: Session, regency: str) -> list[Partner]:
    """Active facilitators of a regency: registered for it, or named by one of its households."""
    named = select(func.lower(col(Household.facilitator_code))).where(col(Household.regency_code) == regency)
    chosen = select(Partner).where(
        col(Partner.kind) == "facilitator", col(Partner.active),
        or_(col(Partner.regency_code) == regency, func.substr(col(Partner.sender), 5).in_(named)),
    )  # fmt: skip
    return list(session.execute(chosen.order_by(col(Partner.sender))).scalars())


def facilitators_at(session: Session, event_id: int) -> list[Partner]:
    """Whoever has a household at this event."""
    here = select(col(Parcel.facilitator_id)).where(col(Parcel.event_id) == event_id)
    return list(session.execute(select(Partner).where(col(Partner.id).in_(here)).order_by(col(Partner.sender))).scalars())


def give_to(session: Session, event_id: int, from_id: int, to_id: int) -> int:
    """Put the parcels of one facilitator that nobody has reported yet into another's hands; how many."""
    waiting = (col(Parcel.event_id) == event_id, col(Parcel.facilitator_id) == from_id, col(Parcel.status).in_(WAITING))
    done: Any = session.execute(update(Parcel).where(*waiting).values(facilitator_id=to_id))
    return int(done.rowcount)


def _count(*statuses: str) -> Any:
    return func.coalesce(func.sum(case((col(Parcel.status).in_(statuses), 1), else_=0)), 0)


def _within(regencies: Sequence[str]) -> Any:
    regency = func.substr(col(HandoverEvent.district_code), 1, 5)
    return regency.in_(regencies) if regencies else col(HandoverEvent.id).is_not(None)
