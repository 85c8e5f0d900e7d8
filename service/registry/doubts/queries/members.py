"""Which household does a family card belong to, whom do we know on it, and how are members written for many at once?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from service.db.tables import EarlierFamilyCard, Household, Member, NikDecision

CHUNK = 5_000
_MEMBERS: Any = Member.__table__  # type: ignore[attr-defined]
_KEEP_NULLS = {"render_nulls": True}


def households_by_card(session: Session, kk_lookups: Sequence[str]) -> dict[str, int]:
    """KK lookup -> the household that has the card today (the one registered first), else the one that had it before."""
    found: dict[str, int] = {}
    cards: tuple[tuple[Any, Any], ...] = (
        (col(EarlierFamilyCard.kk_lookup), col(EarlierFamilyCard.household_id)),
        (col(Household.kk_lookup), col(Household.id)),
    )
    for card, household_id in cards:  # today's cards come last and win
        for chunk in _chunks(kk_lookups):
            chosen = select(card, household_id).where(card.in_(chunk)).order_by(household_id.desc())
            found |= {row[0]: row[1] for row in session.execute(chosen)}
    return found


def heads(session: Session, household_ids: Sequence[int]) -> dict[int, set[str]]:
    """Household -> NIK lookups of its head: today's, and those a person has corrected."""
    found: dict[int, set[str]] = {household_id: set() for household_id in household_ids}
    niks: tuple[tuple[Any, Any], ...] = (
        (col(Household.id), col(Household.nik_lookup)),
        (col(NikDecision.household_id), col(NikDecision.old_nik_lookup)),
    )
    for household_id, lookup in niks:
        for chunk in _chunks(household_ids):
            chosen = select(household_id, lookup).where(household_id.in_(chunk), lookup.is_not(None))
            for row in session.execute(chosen):
                found[row[0]].add(row[1])
    return found


def known_members(session: Session, household_ids: Sequence[int]) -> dict[tuple[int, str], Any]:
    """(household, NIK lookup) -> (id, name, birth_on, sex, relation)."""
    table = _MEMBERS.c
    chosen = select(table.household_id, table.nik_lookup, table.id, table.name, table.birth_on, table.sex, table.relation)
    return {
        (row[0], row[1]): tuple(row[2:])
        for chunk in _chunks(household_ids)
        for row in session.execute(chosen.where(table.household_id.in_(chunk)))
    }


def write_members(session: Session, new: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]]) -> None:
    for chunk in _chunks(new):
        session.execute(insert(Member), chunk, execution_options=_KEEP_NULLS)
    for chunk in _chunks(changed):
        session.execute(update(Member), chunk)


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
