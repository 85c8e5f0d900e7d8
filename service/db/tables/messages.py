"""Which messages came in, which go out, which letters exist under which number?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from service.db.types import instant, one_of


class InboundMessage(SQLModel, table=True):
    """A callback kept as told; `result`: applied, parked (its turn comes), late (shown to a person)."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("partner_id", "webhook_id"),
        one_of("result", ["applied", "parked", "late", "refused"], "inbound_result"),
        Index("ix_inbound_subject", "subject", "subject_id", "result"),
    )

    id: int | None = Field(default=None, primary_key=True)
    partner_id: int = Field(foreign_key="partner.id")
    webhook_id: str = Field(max_length=64)
    type: str = Field(max_length=40)
    subject: str = Field(max_length=10)
    subject_id: int
    body: dict[str, Any] = Field(sa_type=JSON)
    told_at: datetime = instant()
    received_at: datetime = instant()
    result: str = Field(max_length=10, index=True)
    applied_at: datetime | None = instant(default=None)
    copies: int = 0
    was_parked: bool = False


class RefusedCount(SQLModel, table=True):
    """How many messages were refused on a day, by reason; nothing else of a stranger is kept."""

    __tablename__ = "refused_count"

    day: date = Field(primary_key=True)
    reason: str = Field(primary_key=True, max_length=30)
    count: int = 0


class OutboundMessage(SQLModel, table=True):
    """A message owed to somebody, written in the transaction that causes it. `kind`: webhook, mail or kick."""

    __tablename__ = "outbound_message"
    __table_args__ = (
        one_of("kind", ["webhook", "mail", "kick"], "outbound_kind"),
        one_of("state", ["waiting", "sent", "dead"], "outbound_state"),
        Index("ix_outbound_due", "state", "next_attempt_at"),
        Index("ix_outbound_order", "kind", "subject_key", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=10)
    partner_id: int | None = Field(default=None, foreign_key="partner.id", index=True)
    address: str = ""
    subject_key: str = Field(max_length=60)
    type: str = Field(max_length=60)
    body: dict[str, Any] = Field(sa_type=JSON)
    state: str = Field(default="waiting", max_length=10)
    attempts: int = 0
    next_attempt_at: datetime = instant()
    last_error: str | None = None
    created_at: datetime = instant()
    sent_at: datetime | None = instant(default=None)


class Reminder(SQLModel, table=True):
    """A reminder or escalation already given for one stay in one status, so that it is given once."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("subject", "subject_id", "level", "status_since"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    subject: str = Field(max_length=10)
    subject_id: int
    level: str = Field(max_length=20)
    status_since: datetime = instant()
    given_at: datetime = instant()


class NumberBook(SQLModel, table=True):
    """The last number given in one book of one year; a number is taken at signing only and never used again."""

    __tablename__ = "number_book"

    book: str = Field(primary_key=True, max_length=30)
    year: int = Field(primary_key=True)
    last_seq: int = 0


class Letter(SQLModel, table=True):
    """A rendered letter: its number, file, hash, and QR. `kind`: decree, order, receipt, referral, referral_sheet, handover."""

    __tablename__ = "letter"
    __table_args__ = (UniqueConstraint("book", "year", "seq"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20, index=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    subject_key: str = Field(max_length=60, index=True)
    code: str = Field(unique=True, max_length=40)
    book: str | None = Field(default=None, max_length=30)
    year: int | None = None
    seq: int | None = None
    number: str | None = Field(default=None, max_length=60)
    dated_on: date
    about: str
    signer_name: str
    signer_post: str
    signed_electronically: bool = False
    file: str
    sha256: str = Field(max_length=64)
    rendered_at: datetime = instant()
    signed_file: str | None = None
    signed_sha256: str | None = Field(default=None, max_length=64)
    signed_by: str | None = None
    signed_at: datetime | None = instant(default=None)
    uploaded_by: str | None = None
    superseded_by_id: int | None = Field(default=None, foreign_key="letter.id")
