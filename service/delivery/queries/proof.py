"""What was told and stored about each parcel, as the rules of evidence look at it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from service.clock import WIB
from service.db.tables import (
    Case,
    DeliveryPoint,
    EvidencePhoto,
    EvidenceUpload,
    HandoverEvent,
    PackageItem,
    Parcel,
)
from service.delivery.evidence import Evidence, Photo, counted, plain_name
from service.delivery.queries.work import parts_of

REPORTED = ("handed_over", "partial")


def evidence_of(session: Session, ids: Sequence[int]) -> list[Evidence]:
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
    photos, packed = _photos_of(session, parcels), _packed_in(session, {parcel.package_id for parcel in parcels})
    return [
        _evidence(parcel, case_status, event, point, photos[parcel.id or 0], packed[parcel.package_id])
        for parcel, case_status, event, point in rows
    ]


def photo_sent(session: Session, given_sha256: str, partner_id: int) -> str | None:
    """The kept photo's hash, when this facilitator sent this file before."""
    same = {"given": given_sha256, "partner": partner_id}
    return session.connection().execute(_PHOTO_SENT, same).scalar_one_or_none()


def keep_photo(session: Session, photo: dict[str, Any], upload: dict[str, Any]) -> None:
    """Insert both rows (of EvidencePhoto and EvidenceUpload) where they are missing."""
    connection = session.connection()
    for table, row in ((EvidencePhoto, photo), (EvidenceUpload, upload)):
        connection.execute(_insert_missing(connection.dialect.name, table), row)


# Built once: every photo runs them, and building costs more than running.
_PHOTO_SENT: Any = select(col(EvidenceUpload.photo_sha256)).where(
    col(EvidenceUpload.given_sha256) == bindparam("given"), col(EvidenceUpload.partner_id) == bindparam("partner")
)


@cache
def _insert_missing(dialect: str, table: type[SQLModel]) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table.__table__).on_conflict_do_nothing()  # type: ignore[attr-defined]


def _photos_of(session: Session, parcels: Sequence[Parcel]) -> dict[int, Photo]:
    named = {p.photo_sha256 for p in parcels if p.photo_sha256}
    kept: dict[str, str] = {}
    senders: dict[str, set[int]] = defaultdict(set)
    for upload in _uploads(session, named):
        kept[upload.given_sha256] = upload.photo_sha256
        senders[upload.given_sha256].add(upload.partner_id)
    users = _users_of_photos(session, set(kept.values()))
    return {
        p.id or 0: Photo(
            p.photo_sha256 is not None, p.photo_sha256 in kept, p.facilitator_id in senders.get(p.photo_sha256 or "", ()),
            bool(users.get(kept.get(p.photo_sha256 or "", ""), set()) - {p.id}),
        )
        for p in parcels
    }  # fmt: skip


def _uploads(session: Session, given: Collection[str]) -> list[EvidenceUpload]:
    chosen = select(EvidenceUpload)
    return [
        row
        for part in parts_of(given)
        for row in session.execute(chosen.where(col(EvidenceUpload.given_sha256).in_(part))).scalars()
    ]


def _users_of_photos(session: Session, kept: Collection[str]) -> dict[str, set[int]]:
    """By kept photo: every parcel that names it, in whatever file it was sent."""
    chosen = select(col(EvidenceUpload.photo_sha256), col(Parcel.id)).join(
        Parcel, col(Parcel.photo_sha256) == col(EvidenceUpload.given_sha256)
    )
    users: dict[str, set[int]] = defaultdict(set)
    for part in parts_of(kept):
        for photo, parcel_id in session.execute(chosen.where(col(EvidenceUpload.photo_sha256).in_(part))):
            users[photo].add(parcel_id or 0)
    return users


def _packed_in(session: Session, package_ids: Collection[int]) -> dict[int, dict[str, int]]:
    packed: dict[int, dict[str, int]] = defaultdict(dict)
    chosen = select(PackageItem).where(col(PackageItem.package_id).in_(package_ids))
    for item in session.execute(chosen).scalars():
        counts, name = packed[item.package_id], plain_name(item.name)
        counts[name] = counts.get(name, 0) + item.quantity
    return packed


def _evidence(
    parcel: Parcel,
    case_status: str,
    event: HandoverEvent | None,
    point: DeliveryPoint | None,
    photo: Photo,
    packed: dict[str, int],
) -> Evidence:
    return Evidence(
        parcel_id=parcel.id or 0, case_id=parcel.case_id, status=parcel.status, case_status=case_status,
        handed_on=parcel.reported_at.astimezone(WIB).date() if parcel.reported_at else None,
        told_on=parcel.status_since.astimezone(WIB).date(),
        held_on=event.held_on if event else None, round=event.round if event else 1,
        receiver=parcel.receiver, relation=parcel.receiver_relation, told=counted(parcel.items), packed=packed,
        function_tested=parcel.function_tested, place=_pair(parcel.latitude, parcel.longitude),
        point=_pair(point.latitude, point.longitude) if point else None, photo=photo,
    )  # fmt: skip


def _pair(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    return None if latitude is None or longitude is None else (latitude, longitude)
