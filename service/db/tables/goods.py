"""Which goods, ordered from whom, brought where, handed to whom, with which proof? Amounts are rupiah `int`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from service.db.types import instant, status_check, status_field
from service.lifecycle import Subject


class Package(SQLModel, table=True):
    """A version of a package of business goods in one cycle's catalogue; another price or content is another version.

    `is_current`: new parcels get this version. `account_code` None: the cycle's own budget account.
    """

    __tablename__ = "package"
    __table_args__ = (UniqueConstraint("cycle_id", "code", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    code: str = Field(max_length=20)
    version: int = 1
    name: str
    price: int
    account_code: str | None = Field(default=None, max_length=40)
    is_current: bool = True
    made_by: str | None = None
    made_at: datetime | None = instant(default=None)


class PackageItem(SQLModel, table=True):
    """One kind of goods in a package; `price` is for one unit, taxes and transport included, `tax` the part that is tax."""

    __tablename__ = "package_item"

    id: int | None = Field(default=None, primary_key=True)
    package_id: int = Field(foreign_key="package.id", index=True)
    name: str
    quantity: int
    unit: str
    price: int
    tax: int = 0
    needs_function_test: bool = False


class BusinessType(SQLModel, table=True):
    """Which package a kind of business gets in a cycle; several kinds may share one. `words`: free texts that mean it."""

    __tablename__ = "business_type"
    __table_args__ = (UniqueConstraint("cycle_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    code: str = Field(max_length=30)
    name: str
    family: str = Field(max_length=30)
    package_id: int = Field(foreign_key="package.id")


class DeliveryPoint(SQLModel, table=True):
    """Where goods of one district are handed over (usually the district office)."""

    __tablename__ = "delivery_point"

    district_code: str = Field(primary_key=True, max_length=8)
    name: str
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Order(SQLModel, table=True):
    """Goods for one delivery point from one supplier. `number` is what outsiders say; `letter_number` is taken at approval."""

    __tablename__ = "purchase_order"
    __table_args__ = (status_check(Subject.ORDER),)

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    supplier_id: int = Field(foreign_key="partner.id", index=True)
    district_code: str = Field(max_length=8, index=True)
    status: str = status_field(Subject.ORDER)
    status_since: datetime = instant()
    amount: int
    contract_form: str = Field(max_length=30)
    due_on: date | None = None
    drafted_by: str
    decided_by: str | None = None
    replaces_id: int | None = Field(default=None, foreign_key="purchase_order.id")
    inspected_by: str | None = None
    note: str | None = None
    account_code: str | None = Field(default=None, max_length=40)
    samples_opened: int | None = None
    inspection_note: str | None = None
    receipt_seq: int | None = None
    receipt_number: str | None = Field(default=None, max_length=60)
    receipt_letter_id: int | None = Field(default=None, foreign_key="letter.id")
    letter_seq: int | None = None
    letter_number: str | None = Field(default=None, max_length=60)
    letter_id: int | None = Field(default=None, foreign_key="letter.id")


class OrderLine(SQLModel, table=True):
    """So many of one package version in an order; `arrived` as the supplier says, the rest as our inspection counted."""

    __tablename__ = "order_line"
    __table_args__ = (UniqueConstraint("order_id", "package_id"),)

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="purchase_order.id", index=True)
    package_id: int = Field(foreign_key="package.id")
    quantity: int
    price: int
    arrived: int | None = None
    passed: int | None = None
    damaged: int | None = None
    wrong: int | None = None


class HandoverEvent(SQLModel, table=True):
    """A day at a delivery point on which parcels are handed over. `round` 2 is for those absent at the first.

    Where `place` is set it is held there and not at the district's point; `opens_at` and `closes_at` are instants.
    """

    __tablename__ = "handover_event"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    district_code: str = Field(max_length=8, index=True)
    round: int = 1
    held_on: date
    parcels: int
    opens_at: datetime | None = instant(default=None)
    closes_at: datetime | None = instant(default=None)
    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    changed_at: datetime | None = instant(default=None)


class Parcel(SQLModel, table=True):
    """One household's package on its way. Reported fields are as the facilitator told them.

    `former_order_id`: the order that should have brought it and did not (short, cancelled, rejected). `code`: random, what
    the household's QR says. `reporter_id`: the facilitator who told, when it is a colleague of the assigned one.
    `*_sha256`: as the facilitator's phone named the file; `mark`: how the receiver signed.
    """

    __tablename__ = "parcel"
    __table_args__ = (
        status_check(Subject.PARCEL),
        Index("ix_parcel_cycle_status", "cycle_id", "status"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    cycle_id: int = Field(foreign_key="cycle.id")
    case_id: int = Field(foreign_key="household_case.id", index=True)
    package_id: int = Field(foreign_key="package.id")
    order_id: int | None = Field(default=None, foreign_key="purchase_order.id", index=True)
    former_order_id: int | None = Field(default=None, foreign_key="purchase_order.id")
    district_code: str = Field(max_length=8, index=True)
    facilitator_id: int | None = Field(default=None, foreign_key="partner.id", index=True)
    event_id: int | None = Field(default=None, foreign_key="handover_event.id", index=True)
    status: str = status_field(Subject.PARCEL)
    status_since: datetime = instant()
    absences: int = 0
    reported_at: datetime | None = instant(default=None)
    receiver: str | None = Field(default=None, max_length=20)
    receiver_relation: str | None = None
    items: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    function_tested: bool | None = None
    latitude: float | None = None
    longitude: float | None = None
    photo_sha256: str | None = Field(default=None, max_length=64, index=True)
    note: str | None = None
    doubts: list[str] | None = Field(default=None, sa_type=JSON)
    verified_by: str | None = None
    code: str | None = Field(default=None, index=True, unique=True, max_length=20)
    receiver_name: str | None = None
    authority_sha256: str | None = Field(default=None, max_length=64)
    signature_sha256: str | None = Field(default=None, max_length=64)
    mark: str | None = Field(default=None, max_length=12)
    accuracy_m: int | None = None
    reporter_id: int | None = Field(default=None, foreign_key="partner.id")
    record_seq: int | None = None
    record_number: str | None = Field(default=None, max_length=60)
    record_letter_id: int | None = Field(default=None, foreign_key="letter.id")


class EvidencePhoto(SQLModel, table=True):
    """A photo kept by content hash outside the database; EXIF only as parsed time and place. `likeness_hash`: 64 bit, hex."""

    __tablename__ = "evidence_photo"

    sha256: str = Field(primary_key=True, max_length=64)
    given_sha256: str = Field(max_length=64, index=True)
    partner_id: int = Field(foreign_key="partner.id", index=True)
    width: int
    height: int
    bytes: int
    taken_at: datetime | None = instant(default=None)
    latitude: float | None = None
    longitude: float | None = None
    stored_at: datetime = instant()
    likeness_hash: str | None = Field(default=None, max_length=16, index=True)


class EvidenceUpload(SQLModel, table=True):
    """Which facilitator sent which file; the same picture in another file (other EXIF) is the same kept photo."""

    __tablename__ = "evidence_upload"

    given_sha256: str = Field(primary_key=True, max_length=64)
    partner_id: int = Field(primary_key=True, foreign_key="partner.id")
    photo_sha256: str = Field(foreign_key="evidence_photo.sha256", max_length=64, index=True)
    sent_at: datetime = instant()
