"""What does a facilitator say about a handover, and as which columns is it kept?"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

STAGE = "delivery"
Number = Annotated[str, Field(pattern=r"^PKT-\d{4}-\d{5,}$", max_length=30)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Item(BaseModel):
    """So many of one kind of goods, as counted at the handover; `brand` and `serial` as read from a tool."""

    name: str = Field(min_length=1, max_length=120)
    count: int = Field(ge=0, le=100_000)
    brand: str | None = Field(default=None, max_length=60)
    serial: str | None = Field(default=None, max_length=60)


class Handover(BaseModel):
    """`parcel.handed_over` and `parcel.partial`. Gaps become doubts.

    `photo`, `authority` (letter of a proxy) and `signature`: SHA-256 of the files sent; degrees WGS 84, `accuracy_m` as the
    phone says; `mark`: how the receiver signed.
    """

    parcel: Number
    at: AwareDatetime
    receiver: Literal["self", "proxy"] | None = None
    receiver_name: str | None = Field(default=None, max_length=120)
    relation: str | None = Field(default=None, max_length=60)
    authority: Hash | None = None
    items: list[Item] = Field(default_factory=list, max_length=60)
    function_tested: bool | None = None
    photo: Hash | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    accuracy_m: int | None = Field(default=None, ge=0, le=1_000_000)
    signature: Hash | None = None
    mark: Literal["signature", "thumbprint"] | None = None
    note: str | None = Field(default=None, max_length=500)


class NoHandover(BaseModel):
    """`parcel.absent` and `parcel.refused`: `reason` a short word, `note` free text."""

    parcel: Number
    at: AwareDatetime
    reason: str | None = Field(default=None, max_length=120)
    note: str | None = Field(default=None, max_length=500)


def as_told(data: Handover) -> dict[str, Any]:
    """Columns of Parcel; the doubts are looked for anew."""
    return {
        "reported_at": data.at, "receiver": data.receiver, "receiver_relation": data.relation,
        "receiver_name": data.receiver_name, "authority_sha256": data.authority, "signature_sha256": data.signature,
        "mark": data.mark, "items": [item.model_dump(exclude_none=True) for item in data.items],
        "function_tested": data.function_tested, "latitude": data.latitude, "longitude": data.longitude,
        "accuracy_m": data.accuracy_m, "photo_sha256": data.photo, "note": data.note, "doubts": None,
    }  # fmt: skip


def told_note(data: NoHandover) -> str | None:
    return "; ".join(text for text in (data.reason, data.note) if text) or None
