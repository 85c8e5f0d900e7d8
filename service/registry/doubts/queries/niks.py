"""Whose NIK waits to be checked, whose could not be matched, and what was decided about it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import Session, col

from service.db.tables import AccessRecord, Household, NikDecision

UNMATCHED = ("not_found", "differs")
CHUNK = 5_000
_HOUSEHOLDS: Any = Household.__table__  # type: ignore[attr-defined]
_ACCESS: Any = AccessRecord.__table__  # type: ignore[attr-defined]


def unchecked_households(session: Session, regencies: Sequence[str]) -> Sequence[Any]:
    """(id, nik_sealed, name, birth_place, birth_on, sex, village_code) of those nobody has asked about yet."""
    house = Household
    chosen = select(
        col(house.id), col(house.nik_sealed), col(house.name), col(house.birth_place), col(house.birth_on), col(house.sex),
        col(house.village_code),
    ).where(col(house.nik_check) == "unchecked")  # fmt: skip
    return session.execute(_within(chosen, regencies).order_by(col(house.village_code), col(house.id))).all()


def write_access(session: Session, user_id: int, household_ids: Sequence[int], reason: str, at: datetime) -> None:
    """One record for every household whose NIK leaves the house."""
    common = {"user_id": user_id, "field": "nik", "reason": reason, "at": at}
    session.execute(insert(_ACCESS), [{**common, "household_id": household_id} for household_id in household_ids])


def checks_of(session: Session, nik_lookups: Sequence[str]) -> dict[str, tuple[int, str]]:
    """NIK lookup -> (household id, nik_check)."""
    house = Household
    chosen = select(col(house.nik_lookup), col(house.id), col(house.nik_check))
    return {
        row[0]: (row[1], row[2])
        for chunk in _chunks(nik_lookups)
        for row in session.execute(chosen.where(col(house.nik_lookup).in_(chunk)))
    }


def households_by_old_nik(session: Session, nik_lookups: Sequence[str]) -> dict[str, int]:
    """Lookup of a NIK a person has corrected -> the household that had it; the newest correction counts.

    A file that still carries the old NIK means this household. A NIK that is some household's today is that household's.
    """
    decided = NikDecision
    chosen = select(col(decided.old_nik_lookup), col(decided.household_id)).order_by(col(decided.id))
    return {
        row[0]: row[1]
        for chunk in _chunks(nik_lookups)
        for row in session.execute(chosen.where(col(decided.old_nik_lookup).in_(chunk)))
    }


def write_checks(session: Session, rows: Sequence[tuple[int, str, str]], at: datetime) -> None:
    """(household id, what it was, what it is now); one a person decided meanwhile stays."""
    if not rows:
        return
    table = _HOUSEHOLDS.c
    here = update(_HOUSEHOLDS).where(table.id == bindparam("household"), table.nik_check == bindparam("was"))
    bound = [{"household": household_id, "was": was, "now": now} for household_id, was, now in rows]
    session.connection().execute(here.values(nik_check=bindparam("now"), nik_checked_at=at), bound)


def unmatched_households(
    session: Session, regencies: Sequence[str] = (), check: str | None = None, after: int = 0, limit: int = 50
) -> list[Household]:
    """The queue: ascending ids above `after`; `regencies` empty means the whole province."""
    chosen = _within(select(Household), regencies).where(_is_unmatched(check), col(Household.id) > after)
    return list(session.scalars(chosen.order_by(col(Household.id)).limit(limit)))


def unmatched_counts(session: Session, regencies: Sequence[str] = ()) -> dict[str, int]:
    """`not_found`, `differs` -> households."""
    counted = select(col(Household.nik_check), func.count()).where(_is_unmatched(None)).group_by(col(Household.nik_check))
    return {row[0]: row[1] for row in session.execute(_within(counted, regencies))}


def unmatched_by_regency(session: Session, regencies: Sequence[str] = ()) -> dict[str, int]:
    counted = select(col(Household.regency_code), func.count()).where(_is_unmatched(None))
    grouped = _within(counted, regencies).group_by(col(Household.regency_code)).order_by(col(Household.regency_code))
    return {row[0]: row[1] for row in session.execute(grouped)}


def oldest_unmatched(session: Session, regencies: Sequence[str] = ()) -> datetime | None:
    first = func.min(col(Household.nik_checked_at), type_=_HOUSEHOLDS.c.nik_checked_at.type)
    found: datetime | None = session.execute(_within(select(first).where(_is_unmatched(None)), regencies)).scalar_one()
    return found


def lock_household(session: Session, household: Household) -> None:
    """Two decisions about one NIK wait for each other (SQLite has one writer anyway)."""
    session.execute(select(col(Household.id)).where(col(Household.id) == household.id).with_for_update())
    session.refresh(household)


def household_with_nik(session: Session, nik_lookup: str) -> Household | None:
    return session.scalars(select(Household).where(col(Household.nik_lookup) == nik_lookup)).one_or_none()


def nik_decisions(session: Session, household_id: int) -> list[NikDecision]:
    """The newest first."""
    chosen = select(NikDecision).where(col(NikDecision.household_id) == household_id)
    return list(session.scalars(chosen.order_by(col(NikDecision.id).desc())))


def _is_unmatched(check: str | None) -> Any:
    return col(Household.nik_check) == check if check in UNMATCHED else col(Household.nik_check).in_(UNMATCHED)


def _within(chosen: Any, regencies: Sequence[str]) -> Any:
    return chosen.where(col(Household.regency_code).in_(regencies)) if regencies else chosen


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
