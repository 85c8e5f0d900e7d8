"""How are the cases and placements of a whole cycle written at once and read back, and who stands beside a household?

Many rows go through a temporary table: filled by COPY on PostgreSQL and by one prepared statement on SQLite, then
taken over by one statement that is the same on both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import bindparam, case, func, select, text, update
from sqlmodel import Session, col

from service.db.tables import Case, DistrictQuota, Quota
from service.db.types import Instant

_CASE_COLUMNS = "household_id integer, regency_code text, district_code text"
_PLACEMENT_COLUMNS = (
    "household_id integer, score integer, rank integer, placement text, reserve_place integer, explanation json"
)
_BEGIN = """
    INSERT INTO household_case (cycle_id, household_id, regency_code, district_code, status, status_since)
    SELECT :cycle_id, household_id, regency_code, district_code, 'proposed', :since FROM many_rows ORDER BY household_id
"""
_PLACE = """
    UPDATE household_case
    SET score = many_rows.score, rank = many_rows.rank, placement = many_rows.placement,
        reserve_place = many_rows.reserve_place, explanation = many_rows.explanation
    FROM many_rows
    WHERE household_case.cycle_id = :cycle_id AND household_case.household_id = many_rows.household_id
"""
_BEGIN_CASES = text(_BEGIN).bindparams(bindparam("since", type_=Instant))


def insert_cases(session: Session, cycle_id: int, households: pl.DataFrame, since: datetime) -> None:
    """A case at its first status for each row of `household_id, regency_code, district_code`."""
    _fill(session, _CASE_COLUMNS, households)
    session.execute(_BEGIN_CASES, {"cycle_id": cycle_id, "since": since})
    _empty(session)


def write_placements(session: Session, cycle_id: int, placed: pl.DataFrame) -> None:
    """Columns `household_id, score, rank, placement, reserve_place, explanation` (JSON text, kept as it is)."""
    _fill(session, _PLACEMENT_COLUMNS, placed)
    session.execute(text(_PLACE), {"cycle_id": cycle_id})
    _empty(session)


def write_redistributed(session: Session, cycle_id: int, regencies: Mapping[str, int], districts: Mapping[str, int]) -> None:
    """The places of each regency and district beside its quota."""
    for table, column, places in (
        (Quota, Quota.regency_code, regencies), (DistrictQuota, DistrictQuota.district_code, districts),
    ):  # fmt: skip
        for code, number in places.items():
            mine = (col(table.cycle_id) == cycle_id, col(column) == code)
            session.execute(update(table).where(*mine).values(redistributed=number))


def quota_rows(session: Session, cycle_id: int) -> dict[str, tuple[int, int | None]]:
    """Code of a regency or district -> (quota as opened, places after redistribution)."""
    found: dict[str, tuple[int, int | None]] = {}
    for table, column in ((Quota, Quota.regency_code), (DistrictQuota, DistrictQuota.district_code)):
        statement = select(col(column), col(table.households), col(table.redistributed)).where(col(table.cycle_id) == cycle_id)
        found |= {row[0]: (row[1], row[2]) for row in session.execute(statement)}
    return found


def district_quota_of(session: Session, cycle_id: int) -> dict[str, int]:
    """District -> households, as opened; only of regencies that share their quota."""
    quota = DistrictQuota
    statement = select(col(quota.district_code), col(quota.households)).where(col(quota.cycle_id) == cycle_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def case_by_household(session: Session, cycle_id: int) -> dict[int, int]:
    statement = select(col(Case.household_id), col(Case.id)).where(col(Case.cycle_id) == cycle_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def placements(session: Session, cycle_id: int, indicators: Sequence[str]) -> Sequence[Any]:
    """(household_id, placement, score, rank, reserve_place, points of each indicator) of every case, by household."""
    told: Any = Case.explanation
    points = [told[("score", code, "points")].as_integer() for code in indicators]
    statement = select(
        col(Case.household_id), col(Case.placement), col(Case.score), col(Case.rank), col(Case.reserve_place), *points
    ).where(col(Case.cycle_id) == cycle_id)
    return session.execute(statement.order_by(col(Case.household_id))).all()


def neighbours(session: Session, beside: Case, reach: int) -> Sequence[Case]:
    """Cases up to `reach` ranks above and below in the same regency, by rank."""
    assert beside.rank is not None
    statement = select(Case).where(
        col(Case.cycle_id) == beside.cycle_id, col(Case.regency_code) == beside.regency_code,
        col(Case.rank).between(beside.rank - reach, beside.rank + reach), col(Case.id) != beside.id,
    )  # fmt: skip
    return session.scalars(statement.order_by(col(Case.rank))).all()


@dataclass(frozen=True)
class DistrictStanding:
    """How a district was filled: the score of the last within its quota, a case's rank in it, how many were ranked."""

    quota: int
    places: int | None
    cut_off: int | None
    rank: int
    ranked: int


def district_standing(session: Session, beside: Case) -> DistrictStanding | None:
    """The standing of a case's district, where its regency shares its quota among districts (one without a row has 0)."""
    shares, prefix = DistrictQuota, beside.regency_code + "."
    own = (col(shares.cycle_id) == beside.cycle_id, col(shares.district_code).startswith(prefix))
    quotas = {one.district_code: one for one in session.scalars(select(shares).where(*own))}
    if not quotas:
        return None
    within = func.min(case((col(Case.placement) == "WITHIN_QUOTA", col(Case.score))))
    before = func.sum(case((col(Case.rank) <= (beside.rank or 0), 1), else_=0))
    mine = (col(Case.cycle_id) == beside.cycle_id, col(Case.district_code) == beside.district_code)
    row = session.execute(select(within, before, func.count(col(Case.rank))).where(*mine)).one()
    quota = quotas.get(beside.district_code)
    return DistrictStanding(quota.households if quota else 0, quota.redistributed if quota else 0, *row)


def _fill(session: Session, columns: str, rows: pl.DataFrame) -> None:
    """A temporary table `many_rows` with the frame's rows; its columns are in the order of `columns`."""
    session.execute(text(f"CREATE TEMPORARY TABLE many_rows ({columns})"))
    names = [column.split()[0] for column in columns.split(", ")]
    ordered = rows.select(names)
    cursor: Any = session.connection().connection.cursor()
    if session.get_bind().dialect.name == "postgresql":
        with cursor.copy(f"COPY many_rows ({', '.join(names)}) FROM STDIN (FORMAT csv)") as copy:
            copy.write(ordered.write_csv(include_header=False))
    else:
        marks = ", ".join("?" * len(names))
        cursor.executemany(f"INSERT INTO many_rows VALUES ({marks})", ordered.iter_rows())  # noqa: S608 - only question marks
    cursor.close()


def _empty(session: Session) -> None:
    session.execute(text("DROP TABLE many_rows"))
