"""What does a facilitator's phone need to work without a network: own events, everybody on them, what is in the packages?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from service.db.tables import Case, Cycle, HandoverEvent, Household, Package, PackageItem, Parcel, Partner
from service.delivery.queries.work import dicts_of, parts_of

STILL_OPEN = ("at_point", "absent")


def facilitator_named(session: Session, sender: str) -> Partner | None:
    """The active facilitator with this sender."""
    chosen = select(Partner).where(col(Partner.sender) == sender, col(Partner.kind) == "facilitator", col(Partner.active))
    return session.execute(chosen).scalar_one_or_none()


def events_for(session: Session, partner_id: int, since: date) -> list[HandoverEvent]:
    """Events of running cycles with own parcels: those held since that day, and earlier ones with somebody still waiting."""
    mine = (
        select(col(Parcel.event_id))
        .join(HandoverEvent, col(HandoverEvent.id) == col(Parcel.event_id))
        .join(Cycle, col(Cycle.id) == col(Parcel.cycle_id))
        .where(col(Parcel.facilitator_id) == partner_id, col(Cycle.status).not_in(("closed", "cancelled")))
        .where(or_(col(HandoverEvent.held_on) >= since, col(Parcel.status).in_(STILL_OPEN)))
    )
    chosen = select(HandoverEvent).where(col(HandoverEvent.id).in_(mine))
    return list(session.execute(chosen.order_by(col(HandoverEvent.held_on), col(HandoverEvent.id))).scalars())


def households_at(session: Session, event_ids: Collection[int]) -> list[dict[str, Any]]:
    """Parcels of these events with the household's name and village; colleagues' too. No NIK, no phone."""
    chosen: Any = (
        select(
            col(Parcel.number), col(Parcel.code), col(Parcel.event_id), col(Parcel.status), col(Parcel.absences),
            col(Parcel.facilitator_id), col(Parcel.package_id), col(Household.name), col(Household.village_code),
            col(Household.rt), col(Household.rw),
        )
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .order_by(col(Household.village_code), col(Household.name), col(Parcel.id))
    )  # fmt: skip
    return [row for part in parts_of(event_ids) for row in dicts_of(session, chosen.where(col(Parcel.event_id).in_(part)))]


def contents_of(session: Session, package_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """By package: its name and items, each with the count and whether it is switched on before handing over."""
    names = select(col(Package.id), col(Package.name)).where(col(Package.id).in_(package_ids))
    items: dict[int, list[dict[str, Any]]] = defaultdict(list)
    of_packages = select(PackageItem).where(col(PackageItem.package_id).in_(package_ids)).order_by(col(PackageItem.id))
    for item in session.execute(of_packages).scalars():
        entry = {"name": item.name, "count": item.quantity, "unit": item.unit, "test": item.needs_function_test}
        items[item.package_id].append(entry)
    return {package_id: {"name": name, "items": items[package_id]} for package_id, name in session.execute(names)}


def regency_of_parcel(session: Session, number: str) -> str | None:
    chosen = select(col(Parcel.district_code)).where(col(Parcel.number) == number)
    district = session.execute(chosen).scalar_one_or_none()
    return district[:5] if district else None
