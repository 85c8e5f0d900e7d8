"""Who accompanies the household, was movement seen, and which agency has the baton?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from service.db.types import instant, one_of, status_check, status_field
from service.lifecycle import ENDS, Subject

CONSENT_SOURCES = ["registry", "visit", "office"]
_OPEN = "status NOT IN (" + ", ".join(f"'{name}'" for name in sorted(ENDS[Subject.REFERRAL])) + ")"


class Mentorship(SQLModel, table=True):
    """A newcomer's mentor: a household that already runs a business. `nearness`: village, district or regency."""

    __tablename__ = "mentorship"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="household_case.id", unique=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    mentor_household_id: int = Field(foreign_key="household.id", index=True)
    nearness: str = Field(max_length=10)
    same_business: bool
    paired_at: datetime = instant()


class Visit(SQLModel, table=True):
    """A monitoring visit after the handover; `movement_seen` with the indicators it rests on."""

    __tablename__ = "visit"
    __table_args__ = (UniqueConstraint("case_id", "visited_on"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="household_case.id", index=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    visited_on: date
    movement_seen: bool
    indicators: dict[str, Any] = Field(sa_type=JSON)
    reported_by: str
    reported_at: datetime = instant()


class ReferralBatch(SQLModel, table=True):
    """Referrals that go to one agency under one letter. `number` is what `estafet referral sign` takes.

    `letter_*` are the number (from the gap-free book, or typed in) and QR code taken at signing, before the letter is rendered.
    `initials`: who put a mark before the signature (`by`, `at`); `copies`: offices named under *tembusan*.
    """

    __tablename__ = "referral_batch"
    __table_args__ = (one_of("state", ["drafted", "signed", "sent"], "batch_state"),)

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    agency_id: int = Field(foreign_key="partner.id", index=True)
    state: str = Field(default="drafted", max_length=10)
    drafted_by: str
    drafted_at: datetime = instant()
    signed_by: str | None = None
    signed_at: datetime | None = instant(default=None)
    letter_seq: int | None = None
    letter_number: str | None = Field(default=None, max_length=60)
    letter_code: str | None = Field(default=None, max_length=40)
    letter_id: int | None = Field(default=None, foreign_key="letter.id")
    initials: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    copies: list[str] | None = Field(default=None, sa_type=JSON)
    superseded_by_id: int | None = Field(default=None, foreign_key="referral_batch.id")


class Referral(SQLModel, table=True):
    """One hop of one household to one agency. At most one is open for a household and purpose.

    `services`: codes asked for; `version` rises with every change either side makes; `paused_*`: the agency waits for the
    household, so its clock stands still (`paused_days`: working days it stood before).
    """

    __tablename__ = "referral"
    __table_args__ = (
        status_check(Subject.REFERRAL),
        Index(
            "ix_referral_one_open", "case_id", "purpose", unique=True, sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)
        ),
        Index("ix_referral_cycle_status", "cycle_id", "status"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    cycle_id: int = Field(foreign_key="cycle.id")
    case_id: int = Field(foreign_key="household_case.id", index=True)
    agency_id: int = Field(foreign_key="partner.id", index=True)
    batch_id: int = Field(foreign_key="referral_batch.id", index=True)
    letter_id: int | None = Field(default=None, foreign_key="letter.id")
    purpose: str = Field(default="business_development", max_length=30)
    hop: int = 1
    previous_id: int | None = Field(default=None, foreign_key="referral.id")
    why_agency: str
    status: str = status_field(Subject.REFERRAL)
    status_since: datetime = instant()
    register_number: str | None = None
    reason: str | None = Field(default=None, max_length=30)
    note: str | None = None
    waitlist_until: date | None = None
    outcome: str | None = Field(default=None, max_length=30)
    outcome_indicators: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    needs_person: str | None = None
    services: list[str] | None = Field(default=None, sa_type=JSON)
    consent_id: int | None = Field(default=None, foreign_key="consent.id")
    version: int = 1
    paused_at: datetime | None = instant(default=None)
    paused_reason: str | None = None
    paused_days: int = 0
    concluded_on: date | None = None


class Consent(SQLModel, table=True):
    """A household agrees that for one purpose these fields go to these receivers, until a day; it may take that back.

    `receiver_id` None: every public agency of the purpose. Once withdrawn, processing stops by `stop_by` (3 x 24 hours).
    """

    __tablename__ = "consent"
    __table_args__ = (one_of("source", CONSENT_SOURCES, "consent_source"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="household_case.id", index=True)
    purpose: str = Field(max_length=30)
    fields: list[str] = Field(sa_type=JSON)
    receiver_id: int | None = Field(default=None, foreign_key="partner.id", index=True)
    source: str = Field(max_length=10)
    given_on: date
    expires_on: date
    recorded_by: str
    recorded_at: datetime = instant()
    withdrawn_at: datetime | None = instant(default=None)
    withdrawn_by: str | None = None
    stop_by: datetime | None = instant(default=None)
    stopped_at: datetime | None = instant(default=None)


class CaseNeed(SQLModel, table=True):
    """A service a household needs, by code of the service catalogue; noted by a person beyond what its business implies."""

    __tablename__ = "case_need"
    __table_args__ = (UniqueConstraint("case_id", "service"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="household_case.id", index=True)
    service: str = Field(max_length=30)
    noted_by: str
    noted_at: datetime = instant()


class OutcomeReport(SQLModel, table=True):
    """What the agency reports some months after the service began; `month` 0 is the report that concludes."""

    __tablename__ = "outcome_report"
    __table_args__ = (UniqueConstraint("referral_id", "month"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    referral_id: int = Field(foreign_key="referral.id")
    month: int
    due_on: date = Field(index=True)
    outcome: str | None = Field(default=None, max_length=30)
    indicators: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    note: str | None = None
    reported_by: str | None = None
    reported_at: datetime | None = instant(default=None)


class ReferralNote(SQLModel, table=True):
    """A line of the conversation about one referral; `author` is an actor. No personal data goes into mails about it."""

    __tablename__ = "referral_note"

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int = Field(foreign_key="referral.id", index=True)
    author: str
    text: str
    at: datetime = instant()
    read_at: datetime | None = instant(default=None)


class PartnerLink(SQLModel, table=True):
    """A link that opens one partner's page; only the token's hash is kept.

    `code_hash`: of the short code, sent apart, that opens personal details; after too many `wrong_codes` a new link is needed.
    """

    __tablename__ = "partner_link"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    partner_id: int = Field(foreign_key="partner.id", index=True)
    batch_id: int | None = Field(default=None, foreign_key="referral_batch.id")
    expires_on: date
    revoked_at: datetime | None = instant(default=None)
    made_at: datetime = instant()
    code_hash: str | None = Field(default=None, max_length=64)
    wrong_codes: int = 0
