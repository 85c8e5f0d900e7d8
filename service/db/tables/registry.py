"""Which households do we know, from which file, assessed how, and what did they receive before?

NIK, KK and phone are sealed (`*_sealed`) beside a keyed lookup hash (`*_lookup`); see `service.trust.sealing`.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from service.db.types import instant, one_of


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
    __table_args__ = (one_of("sex", ["L", "P"], "household_sex"),)

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
    content_hash: str = Field(max_length=64)
    file_id: int = Field(foreign_key="registry_file.id", index=True)
    added_at: datetime = instant()
    updated_at: datetime = instant()


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
    """The aid ledger: one aid one person received in one year. `source`: `province` or `central`."""

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
    recorded_at: datetime = instant()
