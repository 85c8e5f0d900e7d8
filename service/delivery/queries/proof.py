"""What was told and stored about each parcel, as the rules of evidence look at it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from service.clock import WIB
from service.db.tables import Case, CaseDocument, DeliveryPoint, HandoverConflict, HandoverEvent, PackageItem, Parcel
from service.delivery.evidence import Evidence, Paper, counted, plain_name
from service.delivery.queries.pictures import Pictures, pair, pictures_of
from service.delivery.queries.work import parts_of

REPORTED = ("handed_over", "partial")


@dataclass
class Around:
    """What the rules need beside the parcels of one batch."""

    pictures: Pictures
    packed: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    with_tests: set[int] = field(default_factory=set)
    authorised: set[int] = field(default_factory=set)
    disputed_stories: set[int] = field(default_factory=set)


def evidence_of(session: Session, ids: Sequence[int], likeness_bits: int) -> list[Evidence]:
    """Everything the rules of `evidence.py` look at, for one batch of handed-over or partial parcels."""
    chosen = (
        select(Parcel, col(Case.status), HandoverEvent, DeliveryPoint)
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .outerjoin(HandoverEvent, col(HandoverEvent.id) == col(Parcel.event_id))
        .outerjoin(DeliveryPoint, col(DeliveryPoint.district_code) == col(Parcel.district_code))
        .where(col(Parcel.status).in_(REPORTED))
        .order_by(col(Parcel.id))
    )
    rows = [row for part in parts_of(ids) for row in session.execute(chosen.where(col(Parcel.id).in_(part)))]
    parcels = [row[0] for row in rows]
    around = Around(pictures_of(session, parcels, likeness_bits))
    _add_packed(session, around, {parcel.package_id for parcel in parcels})
    around.authorised = _cases_with_authority(session, {p.case_id for p in parcels if p.receiver == "proxy"})
    around.disputed_stories = _told_twice(session, [parcel.id or 0 for parcel in parcels])
    return [_evidence(parcel, case_status, event, point, around) for parcel, case_status, event, point in rows]


def _add_packed(session: Session, around: Around, package_ids: Collection[int]) -> None:
    chosen = select(PackageItem).where(col(PackageItem.package_id).in_(package_ids))
    for item in session.execute(chosen).scalars():
        counts, name = around.packed[item.package_id], plain_name(item.name)
        counts[name] = counts.get(name, 0) + item.quantity
        if item.needs_function_test:
            around.with_tests.add(item.package_id)


def _cases_with_authority(session: Session, case_ids: Collection[int]) -> set[int]:
    """Whose letter of authority was brought as a paper of the file."""
    chosen = select(col(CaseDocument.case_id)).where(col(CaseDocument.kind) == "authority")
    return {
        i for part in parts_of(case_ids) for i in session.execute(chosen.where(col(CaseDocument.case_id).in_(part))).scalars()
    }


def _told_twice(session: Session, parcel_ids: Collection[int]) -> set[int]:
    chosen = select(col(HandoverConflict.parcel_id)).where(col(HandoverConflict.state) == "open")
    return {
        i
        for part in parts_of(parcel_ids)
        for i in session.execute(chosen.where(col(HandoverConflict.parcel_id).in_(part))).scalars()
    }


def _evidence(
    parcel: Parcel, case_status: str, event: HandoverEvent | None, point: DeliveryPoint | None, around: Around
) -> Evidence:
    pictures, authorised = around.pictures, parcel.case_id in around.authorised
    return Evidence(
        parcel_id=parcel.id or 0, case_id=parcel.case_id, status=parcel.status, case_status=case_status,
        handed_on=parcel.reported_at.astimezone(WIB).date() if parcel.reported_at else None,
        told_on=parcel.status_since.astimezone(WIB).date(), receiver=parcel.receiver, relation=parcel.receiver_relation,
        told=counted(parcel.items), packed=around.packed[parcel.package_id], function_tested=parcel.function_tested,
        place=pair(parcel.latitude, parcel.longitude), accuracy_m=parcel.accuracy_m, photo=pictures.photo(parcel),
        handed_at=parcel.reported_at, needs_function_test=parcel.package_id in around.with_tests,
        authority=Paper(True, True) if authorised else pictures.paper(parcel.authority_sha256), mark=parcel.mark,
        signature=pictures.paper(parcel.signature_sha256), has_two_reports=parcel.id in around.disputed_stories,
        **_planned(event, point),
    )  # fmt: skip


def _planned(event: HandoverEvent | None, point: DeliveryPoint | None) -> dict[str, Any]:
    """Day, hours and place; an event held elsewhere brings its own place."""
    here = pair(event.latitude, event.longitude) if event else None
    return {
        "held_on": event.held_on if event else None, "round": event.round if event else 1,
        "opens_at": event.opens_at if event else None, "closes_at": event.closes_at if event else None,
        "point": here or (pair(point.latitude, point.longitude) if point else None),
    }  # fmt: skip
