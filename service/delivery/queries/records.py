"""Which proven handovers have no record yet, and what does a record say about one?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from service.db.tables import (
    Case,
    Decree,
    DeliveryPoint,
    EvidenceUpload,
    HandoverEvent,
    Household,
    Letter,
    Package,
    PackageItem,
    Parcel,
    Partner,
)
from service.delivery.queries.work import parts_of


@dataclass(frozen=True)
class Story:
    """Everything one record of handover is made of. `photo`, `signature`: hashes in the store."""

    parcel: Parcel
    case: Case
    household: Household
    package: Package
    items: list[PackageItem]
    event: HandoverEvent | None
    point: DeliveryPoint | None
    witness: Partner | None
    decree: Decree | None
    photo: str | None
    signature: str | None


def parcels_without_record(session: Session, cycle_id: int) -> list[int]:
    chosen = select(col(Parcel.id)).where(
        col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "verified", col(Parcel.record_letter_id).is_(None)
    )
    return list(session.execute(chosen.order_by(col(Parcel.id))).scalars())


def parcels_of_event_proven(session: Session, event_id: int) -> list[int]:
    chosen = select(col(Parcel.id)).where(col(Parcel.event_id) == event_id, col(Parcel.record_number).is_not(None))
    return list(session.execute(chosen.order_by(col(Parcel.number))).scalars())


def unnumbered(session: Session, ids: Collection[int]) -> list[Parcel]:
    """Verified parcels whose record has no number yet, held until the transaction ends; in the order of their numbers."""
    chosen = select(Parcel).where(col(Parcel.status) == "verified", col(Parcel.record_seq).is_(None))
    chosen = chosen.order_by(col(Parcel.id)).with_for_update()
    return [row for part in parts_of(ids) for row in session.execute(chosen.where(col(Parcel.id).in_(part))).scalars()]


def still_unwritten(session: Session, ids: Collection[int]) -> set[int]:
    """Those whose record nobody else has kept meanwhile, held until the transaction ends."""
    chosen = select(col(Parcel.id)).where(col(Parcel.record_letter_id).is_(None)).order_by(col(Parcel.id)).with_for_update()
    return {i or 0 for part in parts_of(ids) for i in session.execute(chosen.where(col(Parcel.id).in_(part))).scalars()}


def write_record_columns(session: Session, rows: list[dict[str, Any]]) -> None:
    """Each row: `id` and the record's columns to set."""
    if rows:
        session.execute(update(Parcel), rows)


def stories(session: Session, ids: Collection[int]) -> list[Story]:
    """In the order of the parcels' ids."""
    teller = func.coalesce(col(Parcel.reporter_id), col(Parcel.facilitator_id))
    chosen = (
        select(Parcel, Case, Household, Package, HandoverEvent, DeliveryPoint, Partner, Decree)
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .outerjoin(HandoverEvent, col(HandoverEvent.id) == col(Parcel.event_id))
        .outerjoin(DeliveryPoint, col(DeliveryPoint.district_code) == col(Parcel.district_code))
        .outerjoin(Partner, col(Partner.id) == teller)
        .outerjoin(Decree, col(Decree.id) == col(Case.decree_id))
        .order_by(col(Parcel.id))
    )
    rows = [row for part in parts_of(ids) for row in session.execute(chosen.where(col(Parcel.id).in_(part)))]
    items = _items(session, {row[3].id for row in rows})
    kept = _kept(session, {sha for row in rows for sha in (row[0].photo_sha256, row[0].signature_sha256) if sha})
    return [_story(row, items, kept) for row in rows]


def letter_of_parcel(session: Session, number: str) -> Letter | None:
    """The record of handover of a parcel."""
    chosen = select(Letter).join(Parcel, col(Parcel.record_letter_id) == col(Letter.id))
    return session.execute(chosen.where(col(Parcel.number) == number)).scalar_one_or_none()


def event_counts(session: Session, event_id: int) -> dict[str, int]:
    """Status -> how many of the event's parcels are there."""
    counted = select(col(Parcel.status), func.count()).where(col(Parcel.event_id) == event_id)
    return {row[0]: row[1] for row in session.execute(counted.group_by(col(Parcel.status)))}


def _story(row: Any, items: Mapping[int, list[PackageItem]], kept: Mapping[str, str]) -> Story:
    parcel, case, household, package, event, point, witness, decree = row
    photo, signature = (kept.get(sha or "") for sha in (parcel.photo_sha256, parcel.signature_sha256))
    return Story(parcel, case, household, package, items[package.id], event, point, witness, decree, photo, signature)


def _items(session: Session, package_ids: Collection[int | None]) -> dict[int, list[PackageItem]]:
    items: dict[int, list[PackageItem]] = defaultdict(list)
    chosen = select(PackageItem).where(col(PackageItem.package_id).in_(package_ids)).order_by(col(PackageItem.id))
    for item in session.execute(chosen).scalars():
        items[item.package_id].append(item)
    return items


def _kept(session: Session, given: Collection[str]) -> dict[str, str]:
    chosen = select(col(EvidenceUpload.given_sha256), col(EvidenceUpload.photo_sha256))
    return {
        row[0]: row[1]
        for part in parts_of(given)
        for row in session.execute(chosen.where(col(EvidenceUpload.given_sha256).in_(part)))
    }
