"""Which parcels are due for an event or an answer, and which events do they get?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, time
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlmodel import Session, col

from service.db.tables import (
    Case,
    Cycle,
    DeliveryPoint,
    HandoverEvent,
    Household,
    Package,
    PackageItem,
    Parcel,
    Partner,
)
from service.delivery.codes import new_code
from service.delivery.events import PlannedEvent, Waiting, at_hour

ENDED = ("withdrawn", "substituted", "lost_contact")


def ids_at(session: Session, cycle_id: int, *statuses: str) -> list[int]:
    """Parcels at one of these statuses, ascending."""
    chosen = select(col(Parcel.id)).where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status).in_(statuses))
    return list(session.execute(chosen.order_by(col(Parcel.id))).scalars())


def ids_without_event(session: Session, cycle_id: int) -> list[int]:
    chosen = select(col(Parcel.id)).where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "at_point")
    return list(session.execute(chosen.where(col(Parcel.event_id).is_(None)).order_by(col(Parcel.id))).scalars())


def ids_absent_from_last_event(session: Session, cycle_id: int) -> list[int]:
    """Absent parcels whose planned event is behind them (its round is counted as an absence)."""
    chosen = (
        select(col(Parcel.id))
        .join(HandoverEvent, col(HandoverEvent.id) == col(Parcel.event_id))
        .where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "absent")
        .where(col(HandoverEvent.round) <= col(Parcel.absences))
    )
    return list(session.execute(chosen.order_by(col(Parcel.id))).scalars())


def ids_of_ended_cases(session: Session, cycle_id: int, status: str) -> list[int]:
    """Parcels at `status` whose household no longer waits for goods."""
    chosen = (
        select(col(Parcel.id))
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == status, col(Case.status).in_(ENDED))
    )
    return list(session.execute(chosen.order_by(col(Parcel.id))).scalars())


def waiting_parcels(session: Session, ids: Collection[int]) -> list[Waiting]:
    """With the facilitator of the household's code (sender `fas-<code>`), where an active one exists."""
    chosen = (
        select(col(Parcel.id), col(Parcel.district_code), col(Partner.id), col(Parcel.absences))
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .outerjoin(
            Partner,
            (col(Partner.sender) == "fas-" + func.lower(col(Household.facilitator_code)))
            & (col(Partner.kind) == "facilitator")
            & col(Partner.active),
        )
    )
    return [Waiting(*row) for part in parts_of(ids) for row in session.execute(chosen.where(col(Parcel.id).in_(part)))]


def event_days(session: Session, cycle_id: int) -> dict[str, set[date]]:
    """Days already taken at each district's point."""
    days: dict[str, set[date]] = defaultdict(set)
    chosen = select(col(HandoverEvent.district_code), col(HandoverEvent.held_on)).where(col(HandoverEvent.cycle_id) == cycle_id)
    for district, day in session.execute(chosen):
        days[district].add(day)
    return days


def add_events(
    session: Session, cycle: Cycle, planned: Sequence[PlannedEvent], facilitators: dict[int, int], hours: tuple[time, time]
) -> list[HandoverEvent]:
    """Insert the events under the next numbers and put their parcels on them; in the order of `planned`.

    `hours` (WIB): from when to when each is held. A household invited for the first time gets its code.
    """
    assert cycle.id is not None
    count = select(func.count()).select_from(HandoverEvent).where(col(HandoverEvent.cycle_id) == cycle.id)
    taken = session.execute(count).scalar_one()
    events = [
        HandoverEvent(
            number=f"ACR-{cycle.year}-{seq:03d}", cycle_id=cycle.id, district_code=event.district_code,
            round=event.round, held_on=event.held_on, parcels=len(event.parcel_ids),
            opens_at=at_hour(event.held_on, hours[0]), closes_at=at_hour(event.held_on, hours[1]),
        )
        for seq, event in enumerate(planned, taken + 1)
    ]  # fmt: skip
    session.add_all(events)
    session.flush()
    places = [
        {"id": parcel_id, "event_id": event.id, "facilitator_id": facilitators[parcel_id]}
        for event, plan in zip(events, planned, strict=True)
        for parcel_id in plan.parcel_ids
    ]
    if places:
        session.execute(update(Parcel), places)
        _give_codes(session, [place["id"] for place in places])
    return events


def _give_codes(session: Session, ids: Collection[Any]) -> None:
    """To those that have none; a code stays with its parcel, whatever becomes of the event."""
    without = select(col(Parcel.id)).where(col(Parcel.code).is_(None))
    new = [i for part in parts_of(ids) for i in session.execute(without.where(col(Parcel.id).in_(part))).scalars()]
    if new:
        session.execute(update(Parcel), [{"id": parcel_id, "code": new_code()} for parcel_id in new])


def points(session: Session, districts: Collection[str]) -> dict[str, DeliveryPoint]:
    chosen = select(DeliveryPoint).where(col(DeliveryPoint.district_code).in_(districts))
    return {point.district_code: point for point in session.execute(chosen).scalars()}


def invitations(session: Session, event_ids: Collection[int]) -> list[dict[str, Any]]:
    """Parcels of events: event_id, facilitator_id, parcel (number), package (code), in the order of numbers."""
    chosen: Any = (
        select(
            col(Parcel.event_id),
            col(Parcel.facilitator_id),
            col(Parcel.number).label("parcel"),
            col(Package.code).label("package"),
        )
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .order_by(col(Parcel.number))
    )
    return [row for part in parts_of(event_ids) for row in dicts_of(session, chosen.where(col(Parcel.event_id).in_(part)))]


def package_contents(session: Session, cycle_id: int) -> dict[str, list[dict[str, Any]]]:
    """By package code: name, count and whether it is switched on before handing over."""
    chosen = (
        select(col(Package.code), col(PackageItem.name), col(PackageItem.quantity), col(PackageItem.needs_function_test))
        .join(Package, col(Package.id) == col(PackageItem.package_id))
        .where(col(Package.cycle_id) == cycle_id)
        .order_by(col(PackageItem.id))
    )
    contents: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for code, name, quantity, needs_test in session.execute(chosen):
        contents[code].append({"name": name, "count": quantity, "function_test": needs_test})
    return contents


def told_parcel(session: Session, parcel_id: int) -> Any:
    """What a told fact needs: the parcel, its case's status, its event's round and day, its facilitator's sender, the year."""
    return session.connection().execute(_TOLD_PARCEL, {"parcel_id": parcel_id}).one_or_none()


def parcel_named(session: Session, number: str) -> Any:
    """The same of the parcel with this public number, locked; `parcel_found` gives it once more without asking again."""
    row = session.connection().execute(_PARCEL_NAMED, {"number": number}).one_or_none()
    session.info[_FOUND] = row
    return row


def parcels_held(session: Session, numbers: Collection[str]) -> dict[str, Any]:
    """The same of several by number, with their cases: those nobody else holds, ours until the transaction ends."""
    rows = session.connection().execute(_PARCELS_HELD, {"numbers": list(numbers)})
    return {row.number: row for row in rows}


def parcel_found(session: Session, parcel_id: int) -> Any:
    """What `parcel_named` of this transaction has just read, once; anything later is read anew."""
    row = session.info.pop(_FOUND, None)
    return row if row is not None and row.id == parcel_id else told_parcel(session, parcel_id)


# Built once: every callback runs both, and building them costs more than running them.
_FOUND = "parcel_found"
_TOLD: Any = (
    select(
        col(Parcel.id), col(Parcel.facilitator_id),
        col(Parcel.cycle_id), col(Parcel.case_id), col(Parcel.status), col(Parcel.absences), col(Parcel.doubts),
        col(Case.status).label("case_status"), col(Case.regency_code), col(HandoverEvent.round), col(HandoverEvent.held_on),
        col(Partner.sender), col(Cycle.year), col(Parcel.event_id), col(Parcel.reporter_id),
    )
    .join(Case, col(Case.id) == col(Parcel.case_id))
    .join(Cycle, col(Cycle.id) == col(Parcel.cycle_id))
    .outerjoin(HandoverEvent, col(HandoverEvent.id) == col(Parcel.event_id))
    .outerjoin(Partner, col(Partner.id) == col(Parcel.facilitator_id))
)  # fmt: skip
_PARCELS_HELD = (
    _TOLD.add_columns(col(Parcel.number))
    .where(col(Parcel.number).in_(bindparam("numbers", expanding=True)))
    .with_for_update(of=[Parcel, Case], skip_locked=True)
)
_TOLD_PARCEL = _TOLD.where(col(Parcel.id) == bindparam("parcel_id"))
_PARCEL_NAMED = _TOLD.where(col(Parcel.number) == bindparam("number")).with_for_update(of=Parcel)


def cases_of(session: Session, ids: Collection[int]) -> list[int]:
    return [
        case_id
        for part in parts_of(ids)
        for case_id in session.execute(select(col(Parcel.case_id)).where(col(Parcel.id).in_(part))).scalars()
    ]


def write_doubts(session: Session, doubts: dict[int, list[str]]) -> None:
    """Keep the codes of broken rules on each parcel."""
    if doubts:
        session.execute(update(Parcel), [{"id": parcel_id, "doubts": codes} for parcel_id, codes in doubts.items()])


def parts_of(ids: Collection[Any], size: int = 500) -> list[list[Any]]:
    ordered = sorted(ids)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def dicts_of(session: Session, chosen: Any) -> list[dict[str, Any]]:
    """Rows as dicts by column label."""
    return [dict(row) for row in session.execute(chosen).mappings()]
