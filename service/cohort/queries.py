"""What does the database say about a cycle's households as a whole, and about one of them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlmodel import Session, col

from service.cohort.conservation import NOT_YET_SENT, Place
from service.db.tables import (
    Case,
    Cycle,
    Household,
    InboundMessage,
    Letter,
    Mentorship,
    Move,
    Order,
    Parcel,
    Referral,
    RefusedCount,
    RegistryFile,
    SetAside,
)
from service.errors import NotFound
from service.lifecycle import ENDS, Subject, status_of

TABLE_OF: dict[Subject, Any] = {
    Subject.CASE: Case,
    Subject.ORDER: Order,
    Subject.PARCEL: Parcel,
    Subject.REFERRAL: Referral,
}


class NoSuchCycle(NotFound):
    """No cycle of that year was opened."""


class NoSuchCase(NotFound):
    """The household is not in that cycle."""


def cycle_of(session: Session, year: int) -> Cycle:
    """Raises NoSuchCycle."""
    found: Cycle | None = session.execute(select(Cycle).where(col(Cycle.year) == year)).scalar_one_or_none()
    if found is None:
        raise NoSuchCycle(f"Siklus {year} belum dibuka. Buka dengan: estafet cycle open {year} --quota quota.csv")
    return found


def cycles(session: Session) -> Sequence[Cycle]:
    """All cycles, newest first."""
    return session.execute(select(Cycle).order_by(col(Cycle.year).desc())).scalars().all()


def households_known(session: Session) -> int:
    return int(session.execute(select(func.count()).select_from(Household)).scalar_one())


def rejected_rows(session: Session) -> int:
    total = func.coalesce(func.sum(col(RegistryFile.rejected) + col(RegistryFile.duplicates)), 0)
    return int(session.execute(select(total)).scalar_one())


def funnel(session: Session, cycle_id: int) -> list[tuple[str, str, int]]:
    """(regency, case status, count) now."""
    statement = (
        select(col(Case.regency_code), col(Case.status), func.count())
        .where(col(Case.cycle_id) == cycle_id)
        .group_by(col(Case.regency_code), col(Case.status))
        .order_by(col(Case.regency_code))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def ever_reached(session: Session, cycle_id: int, subject: Subject) -> dict[tuple[str, str], int]:
    """(regency, status) -> how many subjects ever came there: figures that stay when a case moves on."""
    table = TABLE_OF[subject]
    reached = (
        select(col(Move.subject_id), col(Move.to_status))
        .where(col(Move.cycle_id) == cycle_id, col(Move.subject) == str(subject))
        .distinct()
        .subquery()
    )
    regency = table.regency_code if subject is Subject.CASE else func.substr(_district_of(subject), 1, 5)
    statement = select(regency, reached.c.to_status, func.count()).join(table, table.id == reached.c.subject_id)
    if subject is Subject.REFERRAL:
        statement = statement.join(Case, col(Case.id) == col(Referral.case_id))
    rows = session.execute(statement.group_by(regency, reached.c.to_status))
    return {(row[0], row[1]): row[2] for row in rows}


def ever_happened(session: Session, cycle_id: int, events: Sequence[str]) -> dict[str, int]:
    """regency -> how many cases ever had one of the events."""
    statement = (
        select(col(Case.regency_code), func.count(func.distinct(col(Move.subject_id))))
        .join(Case, col(Case.id) == col(Move.subject_id))
        .where(col(Move.cycle_id) == cycle_id, col(Move.subject) == "case", col(Move.event).in_(events))
        .group_by(col(Case.regency_code))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def mentored(session: Session, cycle_id: int) -> dict[str, int]:
    statement = (
        select(col(Case.regency_code), func.count())
        .join(Mentorship, col(Mentorship.case_id) == col(Case.id))
        .where(col(Mentorship.cycle_id) == cycle_id)
        .group_by(col(Case.regency_code))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def replaced(session: Session, cycle_id: int) -> dict[str, int]:
    """regency -> cases that took somebody's place."""
    statement = (
        select(col(Case.regency_code), func.count())
        .where(col(Case.cycle_id) == cycle_id, col(Case.replaces_case_id).is_not(None))
        .group_by(col(Case.regency_code))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def letters_written(session: Session, cycle_id: int) -> int:
    return int(session.execute(select(func.count()).select_from(Letter).where(col(Letter.cycle_id) == cycle_id)).scalar_one())


def callbacks_counted(session: Session) -> dict[str, int]:
    """Messages applied, copies of them, those that ever had to wait, and refused ones."""
    applied = func.sum(case((col(InboundMessage.result) == "applied", 1), else_=0))
    parked = func.sum(case((col(InboundMessage.was_parked).is_(True), 1), else_=0))
    row = session.execute(select(applied, func.sum(col(InboundMessage.copies)), parked)).one()
    refused = session.execute(select(func.sum(col(RefusedCount.count)))).scalar_one()
    return {"applied": row[0] or 0, "duplicate": row[1] or 0, "parked": row[2] or 0, "refused": refused or 0}


def places(session: Session, cycle_id: int) -> list[Place]:
    """One `Place` for every case of the cycle."""
    last = (
        select(func.max(col(Move.id)).label("id"), col(Move.subject_id).label("case_id"))
        .where(col(Move.cycle_id) == cycle_id, col(Move.subject) == "case")
        .group_by(col(Move.subject_id))
        .subquery()
    )
    gone = ENDS[Subject.PARCEL] - {"verified"}
    parcels = _counts_by_case(
        Parcel,
        running=col(Parcel.status).not_in(gone | {"verified"}),
        verified=col(Parcel.status) == "verified",
    )
    ended = ENDS[Subject.REFERRAL]
    referrals = _counts_by_case(
        Referral,
        sent=col(Referral.status).not_in(ended | NOT_YET_SENT),
        unsent=col(Referral.status).in_(NOT_YET_SENT),
    )
    statement = (
        select(
            col(Case.id), col(Case.status), col(Move.to_status),
            parcels.c.running, parcels.c.verified, referrals.c.sent, referrals.c.unsent,
        )
        .join(last, last.c.case_id == col(Case.id), isouter=True)
        .join(Move, col(Move.id) == last.c.id, isouter=True)
        .join(parcels, parcels.c.case_id == col(Case.id), isouter=True)
        .join(referrals, referrals.c.case_id == col(Case.id), isouter=True)
        .where(col(Case.cycle_id) == cycle_id)
    )  # fmt: skip
    return [Place(r[0], r[1], r[2], r[3] or 0, r[4] or 0, r[5] or 0, r[6] or 0) for r in session.execute(statement)]


def _counts_by_case(table: Any, **kinds: ColumnElement[bool]) -> Any:
    sums = [func.sum(case((condition, 1), else_=0)).label(name) for name, condition in kinds.items()]
    return select(table.case_id.label("case_id"), *sums).group_by(table.case_id).subquery()


def _district_of(subject: Subject) -> Any:
    return col(Case.district_code) if subject is Subject.REFERRAL else TABLE_OF[subject].district_code


def beginnings(session: Session, cycle_id: int) -> int:
    """How many households were frozen into the cycle."""
    statement = select(func.count()).where(
        col(Move.cycle_id) == cycle_id, col(Move.subject) == "case", col(Move.event) == "began"
    )
    return int(session.execute(statement).scalar_one())


@dataclass(frozen=True)
class Waiting:
    """So many subjects at one status, whose turn it is, and since when the oldest waits."""

    subject: Subject
    status: str
    turn: str
    days: int | None
    count: int
    oldest_since: datetime


def waiting(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[Waiting]:
    """What waits for whom since when, longest first; `regencies` empty means all.

    A household whose referral is open waits as that referral: with whoever signs, answers or decides about it.
    """
    has_open = select(col(Referral.case_id)).where(
        col(Referral.cycle_id) == cycle_id, col(Referral.status).not_in(ENDS[Subject.REFERRAL])
    )
    found: list[Waiting] = []
    for subject, table in TABLE_OF.items():
        statement = select(table.status, func.count(), func.min(table.status_since)).where(
            table.cycle_id == cycle_id, table.status.not_in(ENDS[subject])
        )
        if subject is Subject.CASE:
            statement = statement.where(col(Case.id).not_in(has_open))
        if regencies:
            statement = statement.where(_regency_condition(subject, regencies))
        for name, count, since in session.execute(statement.group_by(table.status)):
            status = status_of(subject, name)
            found.append(Waiting(subject, name, status.turn, status.days, count, since))
    return sorted(found, key=lambda row: row.oldest_since)


def _regency_condition(subject: Subject, regencies: Sequence[str]) -> Any:
    if subject is Subject.CASE:
        return col(Case.regency_code).in_(regencies)
    if subject is Subject.REFERRAL:
        return col(Referral.case_id).in_(select(col(Case.id)).where(col(Case.regency_code).in_(regencies)))
    return func.substr(TABLE_OF[subject].district_code, 1, 5).in_(regencies)


def case_of(session: Session, year: int, household_id: int) -> Case:
    """Raises NoSuchCase."""
    statement = (
        select(Case)
        .join(Cycle, col(Cycle.id) == col(Case.cycle_id))
        .where(col(Cycle.year) == year, col(Case.household_id) == household_id)
    )
    found: Case | None = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NoSuchCase(f"Rumah tangga {household_id} tidak ada dalam siklus {year}.")
    return found


def cases(
    session: Session, cycle_id: int, status: str | None = None, regency: str | None = None, after_id: int = 0, limit: int = 50
) -> Sequence[tuple[Case, Household]]:
    """A page of cases with their households, by id (stable while others move)."""
    statement = (
        select(Case, Household)
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Case.cycle_id) == cycle_id, col(Case.id) > after_id)
        .order_by(col(Case.id))
        .limit(limit)
    )
    if status:
        statement = statement.where(col(Case.status) == status)
    if regency:
        statement = statement.where(col(Case.regency_code) == regency)
    return [(row[0], row[1]) for row in session.execute(statement)]


def story(session: Session, case_id: int) -> Sequence[Move]:
    """Every move of a case, its parcels and its referrals, in the order they were written."""
    parcels = select(col(Parcel.id)).where(col(Parcel.case_id) == case_id)
    referrals = select(col(Referral.id)).where(col(Referral.case_id) == case_id)
    mine = (
        ((col(Move.subject) == "case") & (col(Move.subject_id) == case_id))
        | ((col(Move.subject) == "parcel") & col(Move.subject_id).in_(parcels))
        | ((col(Move.subject) == "referral") & col(Move.subject_id).in_(referrals))
    )
    return session.execute(select(Move).where(mine).order_by(col(Move.id))).scalars().all()


def set_aside(session: Session, cycle_id: int, stage: str | None = None, limit: int = 500) -> Sequence[SetAside]:
    """What stages could not move, oldest first."""
    statement = select(SetAside).where(col(SetAside.cycle_id) == cycle_id).order_by(col(SetAside.since)).limit(limit)
    if stage:
        statement = statement.where(col(SetAside.stage) == stage)
    return session.execute(statement).scalars().all()


def set_aside_counts(session: Session, cycle_id: int) -> list[tuple[str, str, int]]:
    """(stage, code, count)."""
    statement = (
        select(col(SetAside.stage), col(SetAside.code), func.count())
        .where(col(SetAside.cycle_id) == cycle_id)
        .group_by(col(SetAside.stage), col(SetAside.code))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]
