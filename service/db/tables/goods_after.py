"""What else is kept around goods: other packages asked for, shipments, claims, stock without a household, checks, exits?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from service.db.types import instant, one_of

PROPOSAL_STATES = ["open", "accepted", "refused"]
CLAIM_KINDS = ["short", "damaged", "wrong"]
CLAIM_STATES = ["open", "replaced", "dropped"]
SPARE_STATES = ["spare", "given", "written_off"]
SAMPLE_STATES = ["waiting", "passed", "failed"]
CONFLICT_STATES = ["open", "first_stays", "second_counts"]
DOCUMENT_KINDS = ["identity_card", "family_card", "pledge", "authority", "statement", "other"]
EXIT_STATES = ["made", "sent", "acknowledged"]


class PackageProposal(SQLModel, table=True):
    """Somebody asks, before anything is ordered, that a household gets another package than its kind of business says."""

    __tablename__ = "package_proposal"
    __table_args__ = (one_of("state", PROPOSAL_STATES, "package_proposal_state"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    case_id: int = Field(foreign_key="household_case.id", index=True)
    package_id: int = Field(foreign_key="package.id")
    reason: str
    proposed_by: str
    proposed_at: datetime = instant()
    state: str = Field(default="open", max_length=10, index=True)
    decided_by: str | None = None
    decided_at: datetime | None = instant(default=None)
    note: str | None = None


class Shipment(SQLModel, table=True):
    """One of the shipments of an order, as its supplier tells. Counts by package code; `ref` is the supplier's own number."""

    __tablename__ = "shipment"
    __table_args__ = (UniqueConstraint("order_id", "ref"),)

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="purchase_order.id", index=True)
    ref: str = Field(max_length=40)
    shipped_on: date | None = None
    items: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    told_at: datetime = instant()
    arrived_on: date | None = None
    arrived: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    note: str | None = None


class Claim(SQLModel, table=True):
    """Goods an order still owes one household: short, damaged or wrong at the handover. `items`: name and count.

    `state`: open (the supplier owes), replaced (the household has them), dropped (a person gave it up, with a reason).
    """

    __tablename__ = "claim"
    __table_args__ = (one_of("kind", CLAIM_KINDS, "claim_kind"), one_of("state", CLAIM_STATES, "claim_state"))

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    order_id: int | None = Field(default=None, foreign_key="purchase_order.id", index=True)
    parcel_id: int = Field(foreign_key="parcel.id", index=True)
    district_code: str = Field(max_length=8, index=True)
    kind: str = Field(max_length=10)
    items: list[dict[str, Any]] = Field(sa_type=JSON)
    state: str = Field(default="open", max_length=10, index=True)
    raised_by: str
    raised_at: datetime = instant()
    note: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = instant(default=None)
    reason: str | None = None


class SparePackage(SQLModel, table=True):
    """One package that lies at a point without a household: its household left, refused, was not found, or none was left.

    `given`: a waiting parcel took it (`to_parcel_id`) and needs no second order. `is_whole` false: not given by itself.
    """

    __tablename__ = "spare_package"
    __table_args__ = (one_of("state", SPARE_STATES, "spare_state"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    district_code: str = Field(max_length=8, index=True)
    package_id: int = Field(foreign_key="package.id")
    order_id: int | None = Field(default=None, foreign_key="purchase_order.id", index=True)
    from_parcel_id: int | None = Field(default=None, foreign_key="parcel.id", index=True)
    to_parcel_id: int | None = Field(default=None, foreign_key="parcel.id", index=True)
    is_whole: bool = True
    state: str = Field(default="spare", max_length=12, index=True)
    why: str = Field(max_length=40)
    came_at: datetime = instant()
    decided_by: str | None = None
    decided_at: datetime | None = instant(default=None)
    reason: str | None = None


class SampleCheck(SQLModel, table=True):
    """A handover drawn by lot to be checked again by somebody else, although the rules found no doubt."""

    __tablename__ = "sample_check"
    __table_args__ = (one_of("state", SAMPLE_STATES, "sample_state"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    parcel_id: int = Field(foreign_key="parcel.id", unique=True)
    facilitator_id: int = Field(foreign_key="partner.id", index=True)
    rate_percent: int
    drawn_at: datetime = instant()
    state: str = Field(default="waiting", max_length=10, index=True)
    decided_by: str | None = None
    decided_at: datetime | None = instant(default=None)
    note: str | None = None


class HandoverConflict(SQLModel, table=True):
    """A second, different report about a parcel that was reported already; a person says which one counts."""

    __tablename__ = "handover_conflict"
    __table_args__ = (one_of("state", CONFLICT_STATES, "conflict_state"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    parcel_id: int = Field(foreign_key="parcel.id", index=True)
    told_by_id: int = Field(foreign_key="partner.id")
    type: str = Field(max_length=40)
    body: dict[str, Any] = Field(sa_type=JSON)
    told_at: datetime = instant()
    state: str = Field(default="open", max_length=15, index=True)
    decided_by: str | None = None
    decided_at: datetime | None = instant(default=None)
    reason: str | None = None


class CaseDocument(SQLModel, table=True):
    """A paper of a household's file (card copy, signed pledge, letter of authority), kept by content hash beside the photos."""

    __tablename__ = "case_document"
    __table_args__ = (UniqueConstraint("case_id", "kind", "sha256"), one_of("kind", DOCUMENT_KINDS, "document_kind"))

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="household_case.id", index=True)
    kind: str = Field(max_length=15)
    sha256: str = Field(max_length=64, index=True)
    media_type: str = Field(max_length=40)
    bytes: int
    brought_by: str
    brought_at: datetime = instant()
    note: str | None = None


class ExitList(SQLModel, table=True):
    """A file that tells the cash programme whose cash aid ends, because a handover is proven; known by its hash."""

    __tablename__ = "exit_list"
    __table_args__ = (one_of("state", EXIT_STATES, "exit_state"),)

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    households: int
    file: str
    sha256: str = Field(max_length=64)
    state: str = Field(default="made", max_length=15)
    made_by: str
    made_at: datetime = instant()
    sent_at: datetime | None = instant(default=None)
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = instant(default=None)
    note: str | None = None


class ExitEntry(SQLModel, table=True):
    """One household on an exit list; it is on one list only."""

    __tablename__ = "exit_entry"

    id: int | None = Field(default=None, primary_key=True)
    exit_list_id: int = Field(foreign_key="exit_list.id", index=True)
    case_id: int = Field(foreign_key="household_case.id", unique=True)
