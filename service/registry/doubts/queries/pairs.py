"""Which households share a card, a member or a name, which pairs are kept, and how does a pair change?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import bindparam, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from service.db.tables import DuplicatePair, Household, Member, NikDecision, RegistryFile
from service.errors import NotFound
from service.registry.doubts.likely import SCHEMA
from service.registry.doubts.pairs import Cause, Changes, Kept, Pair

_PAIRS: Any = DuplicatePair.__table__  # type: ignore[attr-defined]
_FIRST, _SECOND = aliased(Household), aliased(Household)
Sides = tuple[DuplicatePair, Household, Household]


def registry_mark(session: Session) -> tuple[int, ...]:
    """Changes whenever households, members or NIKs do."""
    tables: Sequence[Any] = (RegistryFile, Member, NikDecision, Household)
    return tuple(session.scalar(select(func.coalesce(func.max(table.id), 0))) or 0 for table in tables)


def people(session: Session) -> pl.DataFrame:
    """Every household as the search for likely pairs reads it."""
    house = Household
    rows = session.execute(select(col(house.id), col(house.name), col(house.birth_on), col(house.village_code))).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=SCHEMA, orient="row")


def households_by_shared_card(session: Session) -> list[list[int]]:
    """Groups of households that have one KK number today."""
    shared = select(col(Household.kk_lookup)).group_by(col(Household.kk_lookup)).having(func.count() > 1)
    chosen = select(col(Household.kk_lookup), col(Household.id)).where(col(Household.kk_lookup).in_(shared))
    return _grouped(session.execute(chosen))


def households_by_shared_person(session: Session) -> list[list[int]]:
    """Groups of households in which one NIK is a member, or a member of one and the head of another."""
    shared = select(col(Member.nik_lookup)).group_by(col(Member.nik_lookup)).having(func.count() > 1)
    members = select(col(Member.nik_lookup), col(Member.household_id)).where(col(Member.nik_lookup).in_(shared))
    both = select(col(Member.nik_lookup), col(Member.household_id), col(Household.id)).join(
        Household, (col(Household.nik_lookup) == col(Member.nik_lookup)) & (col(Household.id) != col(Member.household_id))
    )
    found = [(lookup, household_id) for lookup, household_id in session.execute(members)]
    for lookup, of_member, of_head in session.execute(both):
        found += [(lookup, of_member), (lookup, of_head)]
    return _grouped(found)


def _grouped(rows: Iterable[Any]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for lookup, household_id in rows:
        groups.setdefault(lookup, []).append(household_id)
    return list(groups.values())


def kept_pairs(session: Session) -> dict[Pair, Kept]:
    table = _PAIRS.c
    chosen = select(table.first_id, table.second_id, table.id, table.state, table.kind, table.likeness)
    return {(row[0], row[1]): Kept(row[2], row[3], Cause(row[4], row[5])) for row in session.execute(chosen)}


def write_changes(session: Session, changes: Changes, now: datetime) -> None:
    """In bulk; a pair somebody else wrote or decided meanwhile stays as it is."""
    new = [
        {
            "first_id": first,
            "second_id": second,
            "kind": cause.kind,
            "likeness": cause.likeness,
            "state": "open",
            "found_at": now,
        }
        for (first, second), cause in changes.new
    ]
    if new:
        session.execute(_insert(session).on_conflict_do_nothing(), new)
    _move(session, "cleared", "open", changes.returned, found_at=now)
    _move(session, "open", "open", changes.altered)
    if changes.cleared:
        here = update(_PAIRS).where(_PAIRS.c.id == bindparam("pair_id"), _PAIRS.c.state == "open").values(state="cleared")
        session.connection().execute(here, [{"pair_id": pair_id} for pair_id in changes.cleared])


def _move(session: Session, was: str, to: str, rows: Sequence[tuple[int, Cause]], **fields: Any) -> None:
    if not rows:
        return
    here = update(_PAIRS).where(_PAIRS.c.id == bindparam("pair_id"), _PAIRS.c.state == was)
    values = {"state": to, "kind": bindparam("why"), "likeness": bindparam("alike"), **fields}
    bound = [{"pair_id": pair_id, "why": cause.kind, "alike": cause.likeness} for pair_id, cause in rows]
    session.connection().execute(here.values(values), bound)


def _insert(session: Session) -> Any:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(_PAIRS)


def pair_with_sides(session: Session, pair_id: int) -> Sides:
    """The pair with its first and second household. Raises NotFound."""
    found = session.execute(_with_sides().where(col(DuplicatePair.id) == pair_id)).one_or_none()
    if found is None:
        raise NotFound(f"Pasangan nomor {pair_id} tidak ada.")
    return found[0], found[1], found[2]


def lock_decisions(session: Session, pair: DuplicatePair) -> None:
    """One decision at a time (SQLite has one writer anyway), so that none is blind to another; ends with the transaction."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(360012022)"))
    session.refresh(pair)


def write_decision(session: Session, pair_id: int, fields: dict[str, Any]) -> bool:
    """False when the pair is not open any more."""
    here = update(_PAIRS).where(_PAIRS.c.id == pair_id, _PAIRS.c.state == "open").values(fields)
    return bool(session.connection().execute(here).rowcount)


def kept_instead_of(session: Session, household_id: int) -> set[int]:
    """The households this one was decided to be a duplicate of, and those which they are duplicates of in turn."""
    table = _PAIRS.c
    found, asked = {household_id}, {household_id}
    while asked:
        beside = or_(table.first_id.in_(asked), table.second_id.in_(asked))
        chosen = select(table.first_id, table.second_id, table.kept_id).where(beside, table.state == "same")
        stayed = {kept for first, second, kept in session.execute(chosen) if first + second - kept in asked}
        asked, found = stayed - found, found | stayed
    return found - {household_id}


def open_pairs(
    session: Session,
    regencies: Sequence[str] = (),
    about: str | None = None,
    kind: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Sides]:
    """Ascending ids above `after`. Both households lie in `regencies` (empty: anywhere), one of them in `about`."""
    chosen = _asked(_with_sides(), regencies, about).where(col(DuplicatePair.id) > after)
    if kind:
        chosen = chosen.where(col(DuplicatePair.kind) == kind)
    return [(row[0], row[1], row[2]) for row in session.execute(chosen.order_by(col(DuplicatePair.id)).limit(limit))]


def open_pair_counts(session: Session, regencies: Sequence[str] = (), about: str | None = None) -> dict[str, int]:
    """kind -> open pairs, of the same households as `open_pairs`."""
    counted = _joined(select(col(DuplicatePair.kind), func.count()).select_from(DuplicatePair))
    chosen = _asked(counted, regencies, about).group_by(col(DuplicatePair.kind))
    return {row[0]: row[1] for row in session.execute(chosen)}


def oldest_open_pair(session: Session, regencies: Sequence[str] = ()) -> datetime | None:
    first = func.min(col(DuplicatePair.found_at), type_=_PAIRS.c.found_at.type)
    found: datetime | None = session.execute(
        _asked(_joined(select(first).select_from(DuplicatePair)), regencies, None)
    ).scalar_one()
    return found


def _with_sides() -> Any:
    return _joined(select(DuplicatePair, _FIRST, _SECOND))


def _joined(chosen: Any) -> Any:
    with_first = chosen.join(_FIRST, col(_FIRST.id) == col(DuplicatePair.first_id))
    return with_first.join(_SECOND, col(_SECOND.id) == col(DuplicatePair.second_id))


def _asked(chosen: Any, regencies: Sequence[str], about: str | None) -> Any:
    chosen = chosen.where(col(DuplicatePair.state) == "open")
    one, other = col(_FIRST.regency_code), col(_SECOND.regency_code)
    if regencies:
        chosen = chosen.where(one.in_(regencies), other.in_(regencies))
    return chosen.where(or_(one == about, other == about)) if about else chosen


def members_of(session: Session, household_ids: Sequence[int]) -> dict[int, list[Member]]:
    chosen = select(Member).where(col(Member.household_id).in_(household_ids)).order_by(col(Member.id))
    found: dict[int, list[Member]] = {household_id: [] for household_id in household_ids}
    for member in session.scalars(chosen):
        found[member.household_id].append(member)
    return found
