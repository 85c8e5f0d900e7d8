"""What happens when a facilitator tells us how a handover went?

Four callbacks (`parcel.*`), one door each. What is told is kept on the parcel as told; whether it proves anything is
judged later by the rules of `evidence.py`. Only the facilitator the parcel is assigned to may tell.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field
from sqlmodel import Session

from service.clock import WIB
from service.db.history import Told, record_move
from service.db.set_aside import replace_set_aside
from service.delivery import queries
from service.delivery.events import absences_after
from service.errors import NotAllowed, NotFound
from service.lifecycle import Subject
from service.messages.inbox import Door, Found
from service.messages.outbox import owe_kick

STAGE = "delivery"
Number = Annotated[str, Field(pattern=r"^PKT-\d{4}-\d{5,}$", max_length=30)]


class ParcelUnknown(NotFound):
    """No parcel has this number."""


class NotYourParcel(NotAllowed):
    """The parcel is assigned to another facilitator."""


class Item(BaseModel):
    """So many of one kind of goods, as counted at the handover."""

    name: str = Field(min_length=1, max_length=120)
    count: int = Field(ge=0, le=100_000)


class Handover(BaseModel):
    """`parcel.handed_over` and `parcel.partial`. `photo`: SHA-256 of the file sent; degrees WGS 84. Gaps become doubts."""

    parcel: Number
    at: AwareDatetime
    receiver: Literal["self", "proxy"] | None = None
    relation: str | None = Field(default=None, max_length=60)
    items: list[Item] = Field(default_factory=list, max_length=60)
    function_tested: bool | None = None
    photo: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    note: str | None = Field(default=None, max_length=500)


class NoHandover(BaseModel):
    """`parcel.absent` and `parcel.refused`: `reason` a short word, `note` free text."""

    parcel: Number
    at: AwareDatetime
    reason: str | None = Field(default=None, max_length=120)
    note: str | None = Field(default=None, max_length=500)


def find_parcel(session: Session, data: Handover | NoHandover) -> Found:
    """Raises ParcelUnknown."""
    row = queries.parcel_named(session, data.parcel)
    if row is None:
        raise ParcelUnknown(f"Paket {data.parcel} tidak dikenal.")
    return Found(row.id, row.status, row.facilitator_id)


def parcel_handed_over(session: Session, parcel_id: int, data: Handover, told: Told) -> None:
    _goods_reached_household(session, parcel_id, "handed_over", data, told)


def parcel_partial(session: Session, parcel_id: int, data: Handover, told: Told) -> None:
    _goods_reached_household(session, parcel_id, "partial", data, told)


def parcel_absent(session: Session, parcel_id: int, data: NoHandover, told: Told) -> None:
    row = _assigned_parcel(session, parcel_id, told)
    absences = absences_after(row.absences, row.round, row.held_on, data.at.astimezone(WIB).date())
    record_move(
        session, Subject.PARCEL, parcel_id, "absent", told, reported_at=data.at, absences=absences, note=_note(data)
    )  # fmt: skip
    owe_kick(session, STAGE, row.year, told.at)


def parcel_refused(session: Session, parcel_id: int, data: NoHandover, told: Told) -> None:
    row = _assigned_parcel(session, parcel_id, told)
    record_move(session, Subject.PARCEL, parcel_id, "refused", told, reported_at=data.at, note=_note(data))
    owe_kick(session, STAGE, row.year, told.at)


def _goods_reached_household(session: Session, parcel_id: int, event: str, data: Handover, told: Told) -> None:
    """Keep what was told; the household's case follows to `delivered` in the same transaction."""
    row = _assigned_parcel(session, parcel_id, told)
    record_move(session, Subject.PARCEL, parcel_id, event, told, **_as_told(data))
    if row.case_status == "ordered":
        record_move(session, Subject.CASE, row.case_id, "delivered", told)
    if row.status != "at_point":  # an absent or partial one may be on a list of those set aside
        replace_set_aside(session, row.cycle_id, STAGE, Subject.PARCEL, [parcel_id], {}, told.at)
    owe_kick(session, STAGE, row.year, told.at)


def _assigned_parcel(session: Session, parcel_id: int, told: Told) -> Any:
    """Raises NotYourParcel when a partner tells who is not the parcel's facilitator."""
    row = queries.told_parcel(session, parcel_id)
    if told.actor != f"partner:{row.sender}":
        raise NotYourParcel("Paket ini bukan tugas pendamping tersebut.")
    return row


def _as_told(data: Handover) -> dict[str, Any]:
    return {
        "reported_at": data.at, "receiver": data.receiver, "receiver_relation": data.relation,
        "items": [item.model_dump() for item in data.items], "function_tested": data.function_tested,
        "latitude": data.latitude, "longitude": data.longitude, "photo_sha256": data.photo, "note": data.note, "doubts": None,
    }  # fmt: skip


def _note(data: NoHandover) -> str | None:
    return "; ".join(text for text in (data.reason, data.note) if text) or None


FACILITATOR = ("facilitator",)
DOORS: dict[str, Door] = {
    "parcel.handed_over": Door(Subject.PARCEL, "handed_over", FACILITATOR, Handover, find_parcel, parcel_handed_over),
    "parcel.partial": Door(Subject.PARCEL, "partial", FACILITATOR, Handover, find_parcel, parcel_partial),
    "parcel.absent": Door(Subject.PARCEL, "absent", FACILITATOR, NoHandover, find_parcel, parcel_absent),
    "parcel.refused": Door(Subject.PARCEL, "refused", FACILITATOR, NoHandover, find_parcel, parcel_refused),
}
