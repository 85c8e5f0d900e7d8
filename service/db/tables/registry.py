"""Which households do we know, from which file, assessed how, and what did they receive before?

NIK, KK and phone are sealed (`*_sealed`) beside a keyed lookup hash (`*_lookup`); see `service.trust.sealing`.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from service.db.types import instant, one_of

NIK_CHECKS = ["unchecked", "found", "not_found", "differs", "confirmed"]
PAIR_KINDS = ["same_kk", "shared_member", "likely"]
PAIR_STATES = ["open", "same", "different", "cleared"]


class RegistryFile(SQLModel, table=True):
    """One file a regency sent, recognised by its content hash."""

    __tablename__ = "registry_file"

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True, max_length=64)
    name: str
    rows: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    duplicates: int
    faults_file: str | None = None
    imported_by: str
    imported_at: datetime = instant()


class Household(SQLModel, table=True):
    """A household with its own id; the head's NIK identifies the person, the KK number may change."""

    __tablename__ = "household"
    __table_args__ = (one_of("sex", ["L", "P"], "household_sex"), one_of("nik_check", NIK_CHECKS, "household_nik_check"))

    id: int | None = Field(default=None, primary_key=True)
    nik_sealed: str
    nik_lookup: str = Field(unique=True, max_length=64)
    kk_sealed: str
    kk_lookup: str = Field(index=True, max_length=64)
    phone_sealed: str | None = None
    phone_lookup: str | None = Field(default=None, index=True, max_length=64)
    name: str
    birth_place: str
    birth_on: date
    sex: str = Field(max_length=1)
    address: str
    rt: str = Field(max_length=3)
    rw: str = Field(max_length=3)
    village_code: str = Field(max_length=13, index=True)
    district_code: str = Field(max_length=8, index=True)
    regency_code: str = Field(max_length=5, index=True)
    programme: str
    started_year: int | None = None
    ended_year: int | None = None
    decile: int | None = None
    decile_on: date | None = None
    business_text: str | None = None
    business_type: str | None = Field(default=None, index=True)
    business_since: date | None = None
    facilitator_code: str | None = Field(default=None, index=True)
    may_be_referred: bool = False
    product: str | None = None
    monthly_capacity: int | None = None
    nik_check: str = Field(default="unchecked", max_length=12, index=True)
    nik_checked_at: datetime | None = instant(default=None)
    content_hash: str = Field(max_length=64)
    file_id: int = Field(foreign_key="registry_file.id", index=True)
    added_at: datetime = instant()
    updated_at: datetime = instant()


class EarlierFamilyCard(SQLModel, table=True):
    """A KK number a household no longer has: a card is issued anew, the household stays itself."""

    __tablename__ = "earlier_family_card"
    __table_args__ = (UniqueConstraint("household_id", "kk_lookup"),)

    id: int | None = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    kk_sealed: str
    kk_lookup: str = Field(max_length=64, index=True)
    replaced_at: datetime = instant()


class Member(SQLModel, table=True):
    """Somebody on a household's family card besides its head. `relation` is as the card says (istri, anak, ...)."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("household_id", "nik_lookup"),)

    id: int | None = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    nik_sealed: str
    nik_lookup: str = Field(max_length=64, index=True)
    name: str
    birth_on: date | None = None
    sex: str | None = Field(default=None, max_length=1)
    relation: str | None = None
    added_at: datetime = instant()


class DuplicatePair(SQLModel, table=True):
    """Two households that may be one (`first_id` < `second_id`), found once and decided once by a person.

    `kind`: same_kk, shared_member, likely (`likeness` 0 to 100 of the names). `state`: open; same (`kept_id` stays, the
    other is its duplicate); different; cleared (what made them alike was corrected before anybody decided).
    """

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        one_of("kind", PAIR_KINDS, "pair_kind"),
        one_of("state", PAIR_STATES, "pair_state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    first_id: int = Field(foreign_key="household.id")
    second_id: int = Field(foreign_key="household.id", index=True)
    kind: str = Field(max_length=15)
    likeness: int | None = None
    state: str = Field(default="open", max_length=10, index=True)
    kept_id: int | None = Field(default=None, foreign_key="household.id")
    found_at: datetime = instant()
    decided_by: str | None = None
    decided_at: datetime | None = instant(default=None)
    reason: str | None = None


class NikDecision(SQLModel, table=True):
    """What a person did about a NIK nobody could match: `confirmed` by a document, or `corrected`; the old one is kept."""

    __tablename__ = "nik_decision"
    __table_args__ = (one_of("what", ["confirmed", "corrected"], "nik_decision_what"),)

    id: int | None = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    what: str = Field(max_length=10)
    old_nik_sealed: str | None = None
    old_nik_lookup: str | None = Field(default=None, max_length=64, index=True)
    reason: str
    decided_by: str
    decided_at: datetime = instant()


class Assessment(SQLModel, table=True):
    """What the facilitator found on one day. Units: percent, rupiah a month, persons, rupiah, count."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("household_id", "assessed_on"),)

    id: int | None = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    assessed_on: date
    attendance_percent: int | None = None
    monthly_income: int | None = None
    members: int | None = None
    savings: int | None = None
    income_sources: int | None = None


class AidReceipt(SQLModel, table=True):
    """The aid ledger: one aid one person received in one year. `source`: `province` or `central`; `amount` in rupiah."""

    __tablename__ = "aid_receipt"
    __table_args__ = (
        UniqueConstraint("nik_lookup", "programme", "year"),
        one_of("source", ["province", "central"], "aid_source"),
    )

    id: int | None = Field(default=None, primary_key=True)
    nik_lookup: str = Field(max_length=64, index=True)
    kk_lookup: str | None = Field(default=None, max_length=64, index=True)
    programme: str
    source: str
    year: int
    what: str | None = None
    amount: int | None = None
    received_on: date | None = None
    recorded_at: datetime = instant()
