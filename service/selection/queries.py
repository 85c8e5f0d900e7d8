"""What does selecting read from the registry and the cycle, and how are placements written for many at once?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import case, func, insert, or_, select, text, union_all, update
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from service.db.decrees import upheld
from service.db.tables import AidReceipt, Assessment, Case, Cycle, Decree, Household, Move, Parcel, Quota

_CASES: Any = Case
UEP = "UEP%"
LEFT = ("withdrawn", "substituted", "lost_contact")
BEFORE_ORDER = ("selected", "decreed")
_PLACE_EACH = """
    UPDATE household_case
    SET score = :score, rank = :rank, placement = :placement, reserve_place = :reserve_place, explanation = :explanation
    WHERE id = :case_id
"""
_PLACE_MANY = """
    UPDATE household_case
    SET score = t.score, rank = t.rank, placement = t.placement, reserve_place = t.reserve_place,
        explanation = CAST(t.explanation AS json)
    FROM json_to_recordset(CAST(:rows AS json))
        AS t(case_id int, score int, rank int, placement text, reserve_place int, explanation text)
    WHERE household_case.id = t.case_id
"""


def snapshot_rows(session: Session, cycle_year: int, as_of: date) -> Sequence[Any]:
    """One row for every registered household, in the order of `snapshot.SCHEMA`; one statement, so one moment."""
    found, by_nik, by_kk, ours = _latest_assessment(as_of), _aid(cycle_year), _aid(cycle_year), _our_own_aid(cycle_year)
    house = Household
    some = or_(func.trim(func.coalesce(col(house.business_text), "")) != "", col(house.business_type).is_not(None))
    province = _latest_of(by_nik.c.province, by_kk.c.province, ours.c.year)
    statement = (
        select(
            col(house.id), col(house.regency_code), col(house.district_code), col(house.birth_on), col(house.programme),
            col(house.started_year), col(house.ended_year), col(house.decile), col(house.business_type),
            case((some, 1), else_=0), col(house.business_since), found.c.assessed_on, found.c.attendance_percent,
            found.c.monthly_income, found.c.members, found.c.savings, found.c.income_sources,
            func.min(col(house.id)).over(partition_by=col(house.kk_lookup)), province,
            _latest_of(by_nik.c.central, by_kk.c.central),
        )
        .join(found, (found.c.household_id == house.id) & (found.c.place == 1), isouter=True)
        .join(by_nik, by_nik.c.lookup == house.nik_lookup, isouter=True)
        .join(by_kk, by_kk.c.lookup == house.kk_lookup, isouter=True)
        .join(ours, ours.c.household_id == house.id, isouter=True)
    )  # fmt: skip
    return session.execute(statement).all()


def _latest_assessment(as_of: date) -> Any:
    place = func.row_number().over(partition_by=col(Assessment.household_id), order_by=col(Assessment.assessed_on).desc())
    known = select(Assessment.__table__, place.label("place"))  # type: ignore[attr-defined]
    return known.where(col(Assessment.assessed_on) <= as_of).subquery()


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


def _latest_of(*years: Any) -> Any:
    """The greatest that is not null."""
    greatest: Any = func.coalesce(years[0], 0)
    for year in years[1:]:
        greatest = case((func.coalesce(year, 0) > greatest, year), else_=greatest)
    return func.nullif(greatest, 0)


def insert_cases(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    session.execute(insert(_CASES.__table__), list(rows))


def case_ids(session: Session, cycle_id: int, status: str) -> list[int]:
    statement = select(col(Case.id)).where(col(Case.cycle_id) == cycle_id, col(Case.status) == status)
    return list(session.scalars(statement.order_by(col(Case.id))))


def has_cases(session: Session, cycle_id: int, status: str) -> bool:
    statement = select(col(Case.id)).where(col(Case.cycle_id) == cycle_id, col(Case.status) == status)
    return session.scalars(statement.limit(1)).first() is not None


def case_by_household(session: Session, cycle_id: int) -> dict[int, int]:
    statement = select(col(Case.household_id), col(Case.id)).where(col(Case.cycle_id) == cycle_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def write_placements(session: Session, placed: pl.DataFrame) -> None:
    """Columns `case_id, score, rank, placement, reserve_place, explanation` (JSON text, kept as it is)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(_PLACE_MANY), {"rows": placed.write_json()})
    else:
        session.connection().execute(text(_PLACE_EACH), placed.to_dicts())


def quota_of(session: Session, cycle_id: int) -> dict[str, int]:
    """Regency -> households, as opened."""
    statement = select(col(Quota.regency_code), col(Quota.households)).where(col(Quota.cycle_id) == cycle_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def quota_row(session: Session, cycle_id: int, regency_code: str) -> Quota | None:
    statement = select(Quota).where(col(Quota.cycle_id) == cycle_id, col(Quota.regency_code) == regency_code)
    return session.scalars(statement).one_or_none()


def write_redistributed(session: Session, cycle_id: int, places: Mapping[str, int]) -> None:
    for code, households in places.items():
        mine = (col(Quota.cycle_id) == cycle_id, col(Quota.regency_code) == code)
        session.execute(update(Quota).where(*mine).values(redistributed=households))


@dataclass(frozen=True)
class Listed:
    """A selected case as the decree lists it."""

    case_id: int
    household_id: int
    regency_code: str
    decree_id: int | None


def selected(session: Session, cycle_id: int) -> list[Listed]:
    """Cases that wait for a decree, by regency and rank."""
    statement = (
        select(col(Case.id), col(Case.household_id), col(Case.regency_code), col(Case.decree_id))
        .where(col(Case.cycle_id) == cycle_id, col(Case.status) == "selected")
        .order_by(col(Case.regency_code), col(Case.rank), col(Case.id))
    )
    return [Listed(*row) for row in session.execute(statement)]


def list_on_decree(session: Session, cycle_id: int, decree_id: int) -> None:
    """Name the decree on all selected cases that no decree names yet."""
    free = (col(Case.cycle_id) == cycle_id, col(Case.status) == "selected", col(Case.decree_id).is_(None))
    session.execute(update(Case).where(*free).values(decree_id=decree_id).execution_options(synchronize_session=False))


def take_off_decree(session: Session, decree_id: int) -> None:
    """Selected cases are free for the next version."""
    statement = update(Case).where(col(Case.decree_id) == decree_id, col(Case.status) == "selected").values(decree_id=None)
    session.execute(statement.execution_options(synchronize_session=False))


def decrees(session: Session, cycle_id: int) -> Sequence[Decree]:
    """All versions, newest first."""
    return session.scalars(select(Decree).where(col(Decree.cycle_id) == cycle_id).order_by(col(Decree.version).desc())).all()


def decide(session: Session, decree_id: int, state: str, **fields: Any) -> bool:
    """Close a proposal; False when somebody else was faster."""
    statement = update(Decree).where(col(Decree.id) == decree_id, col(Decree.state) == "proposed")
    done = session.execute(statement.values(state=state, **fields).execution_options(synchronize_session=False))
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def decrees_without_letter(session: Session, cycle_id: int) -> list[int]:
    statement = select(col(Decree.id)).where(
        col(Decree.cycle_id) == cycle_id,
        col(Decree.state) == "approved",
        or_(col(Decree.letter_id).is_(None), col(Decree.public_letter_id).is_(None)),
    )
    return list(session.scalars(statement.order_by(col(Decree.id))))


def households_on_decree(session: Session, decree_id: int) -> list[tuple[Case, Household]]:
    """For the annex, in the order it lists them: everybody this version names, whatever became of them since."""
    statement = (
        select(Case, Household)
        .options(defer(_CASES.explanation))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Case.decree_id) == decree_id)
        .order_by(col(Case.regency_code), func.coalesce(col(Case.rank), 0), col(Case.id))
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def left_places(session: Session, cycle_id: int) -> list[int]:
    """Cases that left before their goods were ordered and whom nobody replaced yet, in the order they left."""
    heir = select(col(Case.replaces_case_id)).where(col(Case.cycle_id) == cycle_id, col(Case.replaces_case_id).is_not(None))
    statement = (
        select(col(Case.id))
        .join(Move, (col(Move.subject) == "case") & (col(Move.subject_id) == col(Case.id)))
        .where(col(Case.cycle_id) == cycle_id, col(Case.status).in_(LEFT), col(Case.id).not_in(heir))
        .where(col(Move.to_status).in_(LEFT), col(Move.from_status).in_(BEFORE_ORDER))
        .order_by(col(Move.id))
    )
    return list(session.scalars(statement))


def next_reserve(session: Session, cycle_id: int, regency_code: str) -> int | None:
    """Whose objection was accepted goes first (the better score before the other), then the list as it was computed."""
    place = case((col(Case.id).in_(upheld()), 0), else_=col(Case.reserve_place))
    statement = (
        select(col(Case.id))
        .where(col(Case.cycle_id) == cycle_id, col(Case.regency_code) == regency_code, col(Case.status) == "reserve")
        .order_by(place, func.coalesce(col(Case.score), 0).desc(), col(Case.id))
    )
    return session.scalars(statement.limit(1)).first()


def reserves_left(session: Session, cycle_id: int) -> int:
    statement = select(func.count()).where(col(Case.cycle_id) == cycle_id, col(Case.status) == "reserve")
    return session.scalars(statement).one()


def placements(session: Session, cycle_id: int) -> Sequence[Any]:
    """(household_id, placement, score, rank, reserve_place) of every case, by household."""
    statement = select(
        col(Case.household_id), col(Case.placement), col(Case.score), col(Case.rank), col(Case.reserve_place)
    ).where(col(Case.cycle_id) == cycle_id)
    return session.execute(statement.order_by(col(Case.household_id))).all()


def case_and_cycle(session: Session, year: int, household_id: int) -> tuple[Case, Cycle] | None:
    statement = (
        select(Case, Cycle)
        .join(Cycle, col(Cycle.id) == col(Case.cycle_id))
        .where(col(Cycle.year) == year, col(Case.household_id) == household_id)
    )
    row = session.execute(statement).one_or_none()
    return (row[0], row[1]) if row else None


def cut_off(session: Session, cycle_id: int, regency_code: str) -> tuple[int | None, int]:
    """(score of the last within the quota, how many were ranked) in one regency."""
    within = case((col(Case.placement) == "WITHIN_QUOTA", col(Case.score)))
    statement = select(func.min(within), func.count(col(Case.rank))).where(
        col(Case.cycle_id) == cycle_id, col(Case.regency_code) == regency_code
    )
    row = session.execute(statement).one()
    return row[0], row[1]
