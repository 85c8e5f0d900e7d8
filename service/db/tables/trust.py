"""Who may act: people with accounts, partners with secrets; and who looked at what?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from service.db.types import instant, one_of

PARTNER_KINDS = ["supplier", "agency", "facilitator"]
OFFICE, BANK, COMPANY = "office", "bank", "company"
AGENCY_KINDS = [OFFICE, BANK, COMPANY]


class Installation(SQLModel, table=True):
    """The one row that says what this database is: `kind` normal or demo; `key_check` proves the keys fit."""

    __tablename__ = "installation"

    id: int = Field(default=1, primary_key=True)
    kind: str = Field(max_length=10)
    key_check: str
    made_at: datetime = instant()


class User(SQLModel, table=True):
    """A person of the agency. `regencies`: empty means the whole province. No password: tokens only."""

    __tablename__ = "user_account"

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True, max_length=60)
    name: str
    password_hash: str | None = None
    roles: list[str] = Field(sa_type=JSON)
    regencies: list[str] = Field(default_factory=list, sa_type=JSON)
    active: bool = True
    made_at: datetime = instant()


class UserSession(SQLModel, table=True):
    """A login in a browser; revocable, only the token's hash is kept. Times are wire time."""

    __tablename__ = "user_session"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)


class ApiToken(SQLModel, table=True):
    """A personal token for programs; only its hash is kept."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    label: str = ""
    made_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)


class AccessRecord(SQLModel, table=True):
    """Who opened which personal field of which household, and why. Rows are only ever added."""

    __tablename__ = "access_record"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    field: str = Field(max_length=20)
    reason: str
    at: datetime = instant()


class Partner(SQLModel, table=True):
    """Who answers from outside: supplier, agency, or a facilitator's device; `sender` names it in `/callbacks/{sender}`.

    `agency_kind`: office, bank or company (`AGENCY_KINDS`); companies get minimal fields. `terms`: working days that differ
    from the policy's; `is_sandbox`: answers by itself, for trying out, and never gets a real household.
    """

    __tablename__ = "partner"
    __table_args__ = (one_of("kind", PARTNER_KINDS, "partner_kind"),)

    id: int | None = Field(default=None, primary_key=True)
    sender: str = Field(unique=True, max_length=60)
    kind: str = Field(max_length=15, index=True)
    name: str
    regency_code: str | None = Field(default=None, max_length=5, index=True)
    services: list[str] = Field(default_factory=list, sa_type=JSON)
    capacity: int | None = None
    contact: str = ""
    superior_contact: str = ""
    webhook_url: str | None = None
    secret_sealed: str
    old_secret_sealed: str | None = None
    old_secret_until: datetime | None = instant(default=None)
    active: bool = True
    made_at: datetime = instant()
    agency_kind: str = Field(default=OFFICE, max_length=10)
    terms: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    is_sandbox: bool = False
