"""Which pictures did facilitators send, who else uses them, and which look the same?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from service.db.tables import EvidencePhoto, EvidenceUpload, Parcel
from service.delivery.evidence import Paper, Photo
from service.delivery.likeness import Alike
from service.delivery.queries.work import parts_of


@dataclass
class Pictures:
    """What is known of the files a batch of parcels names, by the hash the facilitator gave."""

    kept: dict[str, EvidencePhoto] = field(default_factory=dict)
    senders: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    users: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    numbers: dict[int, str] = field(default_factory=dict)
    alike: Alike = field(default_factory=lambda: Alike({}, 0))

    def photo(self, parcel: Parcel) -> Photo:
        given = parcel.photo_sha256
        kept = self.kept.get(given) if given else None
        if given is None or kept is None:
            return Photo(is_named=given is not None)
        near = self.alike.owners_near(kept.likeness_hash, [parcel.id or 0]) if kept.likeness_hash else []
        is_reused = bool(self.users[kept.sha256] - {parcel.id or 0})
        return Photo(
            True, True, bool(self.senders[given] & {parcel.facilitator_id, parcel.reporter_id}), is_reused,
            tuple(self.numbers[i] for i in near), kept.taken_at, pair(kept.latitude, kept.longitude),
        )  # fmt: skip

    def paper(self, given: str | None) -> Paper:
        return Paper(given is not None, given in self.kept)


def pictures_of(session: Session, parcels: Collection[Parcel], likeness_bits: int) -> Pictures:
    """Photos, signatures and letters of authority of these parcels, beside every photo of their cycle."""
    named = {sha for p in parcels for sha in (p.photo_sha256, p.authority_sha256, p.signature_sha256) if sha}
    found = Pictures()
    chosen = select(EvidenceUpload, EvidencePhoto).join(
        EvidencePhoto, col(EvidencePhoto.sha256) == col(EvidenceUpload.photo_sha256)
    )
    for part in parts_of(named):
        for upload, photo in session.execute(chosen.where(col(EvidenceUpload.given_sha256).in_(part))):
            found.kept[upload.given_sha256] = photo
            found.senders[upload.given_sha256].add(upload.partner_id)
    _add_users(session, found, {photo.sha256 for photo in found.kept.values()})
    _add_likeness(session, found, {parcel.cycle_id for parcel in parcels}, likeness_bits)
    return found


def photo_sent(session: Session, given_sha256: str, partner_id: int) -> str | None:
    """The kept photo's hash, when this facilitator sent this file before."""
    same = {"given": given_sha256, "partner": partner_id}
    return session.connection().execute(_PHOTO_SENT, same).scalar_one_or_none()


def kept_photo(session: Session, given_sha256: str | None) -> str | None:
    """The hash in the store of a file that any facilitator sent under this hash."""
    chosen = select(col(EvidenceUpload.photo_sha256)).where(col(EvidenceUpload.given_sha256) == given_sha256)
    return session.execute(chosen.limit(1)).scalar_one_or_none()


def keep_photo(session: Session, photo: dict[str, Any], upload: dict[str, Any]) -> None:
    """Insert both rows (of EvidencePhoto and EvidenceUpload) where they are missing."""
    connection = session.connection()
    for table, row in ((EvidencePhoto, photo), (EvidenceUpload, upload)):
        connection.execute(_insert_missing(connection.dialect.name, table), row)


def pair(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    return None if latitude is None or longitude is None else (latitude, longitude)


# Built once: every photo runs them, and building costs more than running.
_PHOTO_SENT: Any = select(col(EvidenceUpload.photo_sha256)).where(
    col(EvidenceUpload.given_sha256) == bindparam("given"), col(EvidenceUpload.partner_id) == bindparam("partner")
)


@cache
def _insert_missing(dialect: str, table: type[SQLModel]) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table.__table__).on_conflict_do_nothing()  # type: ignore[attr-defined]


def _add_users(session: Session, found: Pictures, kept: Collection[str]) -> None:
    """By kept photo: every parcel that names it, in whatever file it was sent."""
    chosen = select(col(EvidenceUpload.photo_sha256), col(Parcel.id)).join(
        Parcel, col(Parcel.photo_sha256) == col(EvidenceUpload.given_sha256)
    )
    for part in parts_of(kept):
        for photo, parcel_id in session.execute(chosen.where(col(EvidenceUpload.photo_sha256).in_(part))):
            found.users[photo].add(parcel_id or 0)


def _add_likeness(session: Session, found: Pictures, cycle_ids: Collection[int], likeness_bits: int) -> None:
    """Photos kept before likeness was noted have none and are like no other."""
    chosen = (
        select(col(Parcel.id), col(Parcel.number), col(EvidencePhoto.likeness_hash))
        .join(EvidenceUpload, col(EvidenceUpload.given_sha256) == col(Parcel.photo_sha256))
        .join(EvidencePhoto, col(EvidencePhoto.sha256) == col(EvidenceUpload.photo_sha256))
        .where(col(Parcel.cycle_id).in_(cycle_ids), col(EvidencePhoto.likeness_hash).is_not(None))
    )
    rows = session.execute(chosen).all()
    found.numbers = {row[0]: row[1] for row in rows}
    found.alike = Alike({row[0]: row[2] for row in rows}, likeness_bits)
