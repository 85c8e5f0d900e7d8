"""What does freezing read from the registry and the ledger, and what did people decide about duplicates?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import case, func, or_, select, union_all
from sqlmodel import Session, col

from service.db.tables import (
    AidReceipt,
    Assessment,
    Case,
    Cycle,
    DuplicatePair,
    EarlierFamilyCard,
    Household,
    Member,
    NikDecision,
    Parcel,
)
from service.selection.duplicates import Decided

UEP = "UEP%"


def snapshot_rows(session: Session, cycle_year: int, as_of: date) -> Sequence[Any]:
    """One row for every registered household, in the order of `snapshot.SCHEMA`; one statement, so one moment."""
    found, had, ours, house = _latest_assessment(as_of), _received(cycle_year), _our_own_aid(cycle_year), Household
    some = or_(func.trim(func.coalesce(col(house.business_text), "")) != "", col(house.business_type).is_not(None))
    later = case((func.coalesce(ours.c.year, 0) > func.coalesce(had.c.province, 0), ours.c.year), else_=had.c.province)
    statement = (
        select(
            col(house.id), col(house.regency_code), col(house.district_code), col(house.birth_on), col(house.programme),
            col(house.started_year), col(house.ended_year), col(house.decile), col(house.business_type),
            case((some, 1), else_=0), col(house.business_since), found.c.assessed_on, found.c.attendance_percent,
            found.c.monthly_income, found.c.members, found.c.savings, found.c.income_sources, later, had.c.central,
            col(house.kk_lookup),
        )
        .join(found, (found.c.household_id == house.id) & (found.c.place == 1), isouter=True)
        .join(had, had.c.household_id == house.id, isouter=True)
        .join(ours, ours.c.household_id == house.id, isouter=True)
    )  # fmt: skip
    return session.execute(statement).all()


def decided_pairs(session: Session) -> list[Decided]:
    """Pairs of households a person decided on."""
    pair = DuplicatePair
    statement = select(col(pair.first_id), col(pair.second_id), col(pair.state), col(pair.kept_id)).where(
        col(pair.state).in_(("same", "different"))
    )
    rows = session.execute(statement.order_by(col(pair.id)))
    return [Decided(row[0], row[1], (row[3] or row[0]) if row[2] == "same" else None) for row in rows]


def _latest_assessment(as_of: date) -> Any:
    place = func.row_number().over(partition_by=col(Assessment.household_id), order_by=col(Assessment.assessed_on).desc())
    known = select(Assessment.__table__, place.label("place"))  # type: ignore[attr-defined]
    return known.where(col(Assessment.assessed_on) <= as_of).subquery()


def _received(cycle_year: int) -> Any:
    """household -> last year of provincial UEP before this cycle, and of central UEP, under any number of the household."""
    aid, known = _aid(cycle_year), _numbers()
    return (
        select(known.c.household_id, func.max(aid.c.province).label("province"), func.max(aid.c.central).label("central"))
        .join(aid, aid.c.lookup == known.c.lookup)
        .group_by(known.c.household_id)
        .subquery()
    )


def _numbers() -> Any:
    """(household, lookup) of its head's NIK and present card, its members' NIKs, corrected NIKs and earlier cards."""
    kinds: list[Any] = [
        select(col(owner).label("household_id"), col(lookup).label("lookup")).where(col(lookup).is_not(None))
        for owner, lookup in (
            (Household.id, Household.nik_lookup), (Household.id, Household.kk_lookup),
            (Member.household_id, Member.nik_lookup), (NikDecision.household_id, NikDecision.old_nik_lookup),
            (EarlierFamilyCard.household_id, EarlierFamilyCard.kk_lookup),
        )
    ]  # fmt: skip
    return union_all(*kinds).subquery()


def _aid(cycle_year: int) -> Any:
    """lookup (of NIK or KK) -> last year of provincial UEP before this cycle, and of central UEP."""
    aid = AidReceipt
    kinds: list[Any] = [
        select(lookup.label("lookup"), col(aid.source), col(aid.year)).where(
            func.upper(aid.programme).like(UEP), lookup.is_not(None)
        )
        for lookup in (col(aid.nik_lookup), col(aid.kk_lookup))
    ]
    both = union_all(*kinds).subquery()
    earlier = (both.c.source == "province") & (both.c.year < cycle_year)
    central = (both.c.source == "central") & (both.c.year <= cycle_year)
    return (
        select(
            both.c.lookup,
            func.max(case((earlier, both.c.year))).label("province"),
            func.max(case((central, both.c.year))).label("central"),
        )
        .group_by(both.c.lookup)
        .subquery()
    )


def _our_own_aid(cycle_year: int) -> Any:
    """household -> last earlier cycle in which its goods were proven here."""
    return (
        select(col(Case.household_id), func.max(col(Cycle.year)).label("year"))
        .join(Parcel, col(Parcel.case_id) == col(Case.id))
        .join(Cycle, col(Cycle.id) == col(Case.cycle_id))
        .where(col(Parcel.status) == "verified", col(Cycle.year) < cycle_year)
        .group_by(col(Case.household_id))
        .subquery()
    )
