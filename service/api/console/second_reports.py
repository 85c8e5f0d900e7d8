"""What does a verifier see of a second report about a parcel, beside the first?"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from service.db.tables import HandoverConflict, Parcel
from service.delivery import conflicts
from service.delivery.queries import telling
from service.delivery.reports import Handover
from service.trust.rights import Officer, may
from service.words import TOLD

RECEIVERS = {"self": "Kepala keluarga sendiri", "proxy": "Diwakilkan"}


def second_reports(session: Session, officer: Officer, parcel: Parcel) -> list[dict[str, Any]]:
    """Open ones, each as rows of (what, first, second) that differ; `may_count`: the second one can take its place."""
    rows = telling.open_conflicts(session, parcel.id or 0)
    return [
        {
            "id": conflict.id, "by": partner.name, "type": TOLD.get(conflict.type, conflict.type), "told_at": conflict.told_at,
            "rows": _differences(parcel, conflict), "may_count": conflicts.may_second_count(parcel, conflict),
            "may_decide": may(officer, "parcel.verify"),
        }
        for conflict, partner in rows
    ]  # fmt: skip


def _differences(parcel: Parcel, conflict: HandoverConflict) -> list[tuple[str, Any, Any]]:
    told = conflicts.told_of(conflict)
    if not isinstance(told, Handover):
        return [("Sebab", parcel.note or "", "; ".join(text for text in (told.reason, told.note) if text))]
    pairs = (
        ("Penerima", _receiver(parcel.receiver, parcel.receiver_name), _receiver(told.receiver, told.receiver_name)),
        ("Barang", _counts(parcel.items), _counts([item.model_dump() for item in told.items])),
        ("Lokasi", _place(parcel.latitude, parcel.longitude), _place(told.latitude, told.longitude)),
        ("Foto", "ada" if parcel.photo_sha256 else "tidak ada", "ada" if told.photo else "tidak ada"),
        ("Catatan", parcel.note or "", told.note or ""),
    )
    return [pair for pair in pairs if pair[1] or pair[2]]


def _receiver(kind: str | None, name: str | None) -> str:
    return ": ".join(text for text in (RECEIVERS.get(kind or "", kind or ""), name) if text)


def _counts(items: list[dict[str, Any]] | None) -> str:
    return ", ".join(f"{item['count']} {item['name']}" for item in items or ())


def _place(latitude: float | None, longitude: float | None) -> str:
    return "" if latitude is None or longitude is None else f"{latitude:.5f}, {longitude:.5f}"
