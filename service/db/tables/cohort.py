"""Which cycle, which household in it, where does each stand, and how did it get there?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from service.db.types import instant, one_of, status_check, status_field
from service.lifecycle import Subject


class Cycle(SQLModel, table=True):
    """One year of the programme, with its policy (JSON of `service.policy.CyclePolicy`) and frozen snapshot."""

    __tablename__ = "cycle"
    __table_args__ = (status_check(Subject.CYCLE),)

    id: int | None = Field(default=None, primary_key=True)
    year: int = Field(unique=True)
    status: str = status_field(Subject.CYCLE)
    status_since: datetime = instant()
    policy: dict[str, Any] = Field(sa_type=JSON)
    policy_hash: str = Field(max_length=64)
    seed: int
    opened_by: str
    snapshot_file: str | None = None
    snapshot_hash: str | None = Field(default=None, max_length=64)
    frozen_at: datetime | None = instant(default=None)
    selection_hash: str | None = Field(default=None, max_length=64)


class PolicyVersion(SQLModel, table=True):
    """A cycle's policy as it was set; the newest is in force and stands in the cycle's row too."""

    __tablename__ = "policy_version"
    __table_args__ = (UniqueConstraint("cycle_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    version: int
    policy: dict[str, Any] = Field(sa_type=JSON)
    policy_hash: str = Field(max_length=64)
    set_by: str
    set_at: datetime = instant()
    reason: str | None = None


class Quota(SQLModel, table=True):
    """How many households of one regency a cycle takes; `placed_for` is after redistribution."""

    __tablename__ = "quota"
    __table_args__ = (UniqueConstraint("cycle_id", "regency_code"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    regency_code: str = Field(max_length=5)
    households: int
    redistributed: int | None = None


class DistrictQuota(SQLModel, table=True):
    """How a regency's quota is shared among its districts, where it is; `redistributed` is after filling."""

    __tablename__ = "district_quota"
    __table_args__ = (UniqueConstraint("cycle_id", "district_code"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    district_code: str = Field(max_length=8)
    households: int
    redistributed: int | None = None


class Decree(SQLModel, table=True):
    """One version of the recipient list; verified by the regencies, approved by others than its maker.

    `state`: proposed, approved, rejected, superseded (its list changed before it was decided). `number` is taken at approval.
    """

    __tablename__ = "decree"
    __table_args__ = (UniqueConstraint("cycle_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    version: int
    state: str = Field(default="proposed", max_length=20)
    list_hash: str = Field(max_length=64)
    households: int
    proposed_by: str
    proposed_at: datetime = instant()
    decided_by: str | None = None
    decided_at: datetime | None = instant(default=None)
    note: str | None = None
    seq: int | None = None
    number: str | None = Field(default=None, max_length=60)
    letter_id: int | None = Field(default=None, foreign_key="letter.id")
    public_letter_id: int | None = Field(default=None, foreign_key="letter.id")
    objections_until: date | None = None


class Endorsement(SQLModel, table=True):
    """One official's yes to a decree version: `verified` for a regency, `approved` for the province (`regency_code` empty)."""

    __tablename__ = "endorsement"
    __table_args__ = (
        UniqueConstraint("decree_id", "kind", "regency_code", "actor"),
        one_of("kind", ["verified", "approved"], "endorsement_kind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    decree_id: int = Field(foreign_key="decree.id", index=True)
    kind: str = Field(max_length=10)
    regency_code: str = Field(default="", max_length=5)
    actor: str
    at: datetime = instant()


class Objection(SQLModel, table=True):
    """Somebody says that a household is wrongly out (`enter`) or wrongly in (`leave`); decided before the decree is signed.

    `state`: open, accepted, refused. `grounds` and `answer` are people's words and stay here, out of moves and logs.
    """

    __tablename__ = "objection"
    __table_args__ = (
        one_of("kind", ["enter", "leave"], "objection_kind"),
        one_of("state", ["open", "accepted", "refused"], "objection_state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    case_id: int = Field(foreign_key="household_case.id", index=True)
    kind: str = Field(max_length=10)
    grounds: str
    state: str = Field(default="open", max_length=10, index=True)
    filed_by: str
    filed_at: datetime = instant()
    decided_by: str | None = None
    decided_at: datetime | None = instant(default=None)
    answer: str | None = None


class Case(SQLModel, table=True):
    """One household in one cycle. `explanation`: every rule and indicator with value, threshold, verdict (no personal data)."""

    __tablename__ = "household_case"
    __table_args__ = (
        UniqueConstraint("cycle_id", "household_id"),
        status_check(Subject.CASE),
        Index("ix_case_cycle_status", "cycle_id", "status"),
        Index("ix_case_cycle_regency", "cycle_id", "regency_code", "status"),
    )

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id")
    household_id: int = Field(foreign_key="household.id")
    regency_code: str = Field(max_length=5)
    district_code: str = Field(max_length=8)
    status: str = status_field(Subject.CASE, indexed=False)
    status_since: datetime = instant()
    placement: str | None = Field(default=None, max_length=30)
    score: int | None = None
    rank: int | None = None
    reserve_place: int | None = None
    explanation: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    decree_id: int | None = Field(default=None, foreign_key="decree.id", index=True)
    replaces_case_id: int | None = Field(default=None, foreign_key="household_case.id")
    end_reason: str | None = None


class Move(SQLModel, table=True):
    """The table of moves: who moved what from where to where, when and why. Written by `service.db.history` only."""

    __tablename__ = "move"
    __table_args__ = (
        Index("ix_move_subject", "subject", "subject_id", "id"),
        Index("ix_move_cycle_to", "cycle_id", "subject", "to_status"),
    )

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(max_length=10)
    subject_id: int
    cycle_id: int = Field(foreign_key="cycle.id")
    from_status: str = Field(max_length=20)
    event: str = Field(max_length=30)
    to_status: str = Field(max_length=20)
    actor: str
    reason: str | None = None
    at: datetime = instant()
    written_at: datetime = instant()


class SetAside(SQLModel, table=True):
    """Something a stage could not move, with the reason; cleared when it moves. Ids only, no personal data."""

    __tablename__ = "set_aside"
    __table_args__ = (UniqueConstraint("stage", "subject", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    stage: str = Field(max_length=20)
    subject: str = Field(max_length=10)
    subject_id: int
    code: str = Field(max_length=40)
    note: str | None = None
    since: datetime = instant()
