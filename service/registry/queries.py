"""Which households does the registry hold, and how are many written at once?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from lokal.phone import normalize_phone
from sqlalchemy import bindparam, delete, exists, func, insert, literal, text
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from service.db import bulk
from service.db.tables import AidReceipt, Assessment, EarlierFamilyCard, Household, Member, NikDecision, RegistryFile
from service.errors import NotFound
from service.registry.duplicates import Corrected, Known

CHUNK = 5_000
Lookup = Callable[[str, str], str]


def lock_registry(session: Session) -> None:
    """One import writes at a time (SQLite has one writer anyway); released at the end of the transaction."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(360012021)"))


def file_with_content(session: Session, sha256: str) -> RegistryFile | None:
    return session.exec(select(RegistryFile).where(col(RegistryFile.sha256) == sha256)).one_or_none()


def latest_change(session: Session) -> tuple[int, int]:
    """Changes whenever an import commits or a person corrects a NIK: what was decided before is then stale."""
    newest = (select(func.max(col(table.id))) for table in (RegistryFile, NikDecision))
    file_id, decision_id = (session.exec(statement).one() or 0 for statement in newest)
    return file_id, decision_id


def known_households(session: Session, nik_lookups: Sequence[str]) -> dict[str, Known]:
    """By NIK lookup."""
    wanted = bulk.one_of_many(session, col(Household.nik_lookup), nik_lookups)
    statement: Any = select_columns(
        col(Household.nik_lookup), col(Household.id), col(Household.regency_code), col(Household.kk_lookup),
        col(Household.content_hash),
    )  # fmt: skip
    return {lookup: Known(*rest) for lookup, *rest in session.connection().execute(statement.where(wanted))}


def corrected_niks(session: Session) -> dict[str, Corrected]:
    """By the lookup of the NIK a household had before a person corrected it: all of them, few beside a file."""
    old = col(NikDecision.old_nik_lookup)
    statement: Any = select_columns(old, col(Household.id), col(Household.birth_on)).join(
        Household, col(Household.id) == col(NikDecision.household_id)
    )
    rows = session.connection().execute(statement.where(old.is_not(None)))
    return {lookup: Corrected(*rest) for lookup, *rest in rows}


def insert_households(session: Session, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    bulk.insert_rows(session, Household, names, rows)


def update_households(session: Session, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """`rows` are the values of `names`, the first of which is `id`."""
    bulk.update_rows(session, Household, names, rows)


def keep_family_cards(session: Session, household_ids: Sequence[int], now: datetime) -> None:
    """The KK number each of these households has until now goes into its history, once."""
    had, kept = Household.__table__, EarlierFamilyCard.__table__  # type: ignore[attr-defined]
    is_kept = exists().where(kept.c.household_id == had.c.id, kept.c.kk_lookup == had.c.kk_lookup)
    for chunk in _chunks(household_ids):
        chosen = select_columns(had.c.id, had.c.kk_sealed, had.c.kk_lookup, literal(now, kept.c.replaced_at.type))
        chosen = chosen.where(had.c.id.in_(chunk), ~is_kept)
        names = ["household_id", "kk_sealed", "kk_lookup", "replaced_at"]
        session.connection().execute(insert(kept).from_select(names, chosen))


def household_ids_of_file(session: Session, file_id: int) -> dict[str, int]:
    """NIK lookup -> id of every household this file added or changed last."""
    chosen: Any = select_columns(col(Household.nik_lookup), col(Household.id)).where(col(Household.file_id) == file_id)
    return {lookup: found for lookup, found in session.connection().execute(chosen)}


def write_assessments(
    session: Session, names: Sequence[str], rows: Iterable[Sequence[Any]], replaced: Sequence[tuple[int, Any]]
) -> None:
    """Insert assessments; those of the same household and day (`replaced`) make room first."""
    table: Any = Assessment.__table__  # type: ignore[attr-defined]
    same_day = delete(table).where(table.c.household_id == bindparam("household"), table.c.assessed_on == bindparam("on"))
    for chunk in _chunks([{"household": household, "on": on} for household, on in replaced]):
        session.connection().execute(same_day, chunk)
    bulk.insert_rows(session, Assessment, names, rows)


def known_receipts(session: Session, nik_lookups: Sequence[str]) -> dict[tuple[str, str, int], AidReceipt]:
    """By (NIK lookup, programme, year)."""
    wanted = bulk.one_of_many(session, col(AidReceipt.nik_lookup), nik_lookups)
    return {(one.nik_lookup, one.programme, one.year): one for one in session.exec(select(AidReceipt).where(wanted))}


def write_receipts(session: Session, new: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]]) -> None:
    """Rows of one list all have the same columns, in the same order; those of `changed` begin with `id`."""
    if new:
        bulk.insert_rows(session, AidReceipt, tuple(new[0]), (tuple(row.values()) for row in new))
    if changed:
        bulk.update_rows(session, AidReceipt, tuple(changed[0]), (tuple(row.values()) for row in changed))


def household_by_id(session: Session, household_id: int) -> Household:
    """Raises NotFound."""
    found = session.get(Household, household_id)
    if found is None:
        raise NotFound(f"Rumah tangga nomor {household_id} tidak ada.")
    return found


def find_households(
    session: Session, words: str, lookup: Lookup, after: int = 0, limit: int = 50, regencies: Sequence[str] = ()
) -> list[Household]:
    """By NIK, KK, phone (any form), household number or part of a name; ascending ids above `after`, at most `limit`.

    `lookup` is `Sealer.lookup`; `regencies` empty means the whole province.
    """
    statement = select(Household).where(col(Household.id) > after)
    if regencies:
        statement = statement.where(col(Household.regency_code).in_(regencies))
    if words.strip():
        statement = statement.where(or_(*_meanings(words.strip(), lookup)))
    return list(session.exec(statement.order_by(col(Household.id)).limit(limit)))


def _meanings(words: str, lookup: Lookup) -> Iterator[Any]:
    digits = re.sub(r"[ .\-]", "", words)
    if len(digits) == 16 and digits.isdigit():
        yield col(Household.nik_lookup) == lookup("nik", digits)
        yield col(Household.kk_lookup) == lookup("kk", digits)
    elif phone := normalize_phone(words):
        yield col(Household.phone_lookup) == lookup("phone", phone)
    elif digits.isdigit() and len(digits) < 10:
        yield col(Household.id) == int(digits)
    else:
        yield col(Household.name).icontains(words, autoescape=True)


def assessments_of(session: Session, household_id: int) -> list[Assessment]:
    """The newest first."""
    statement = select(Assessment).where(col(Assessment.household_id) == household_id)
    return list(session.exec(statement.order_by(col(Assessment.assessed_on).desc())))


def member_lookups(session: Session, household_id: int) -> set[str]:
    """NIK lookups of the household's members besides its head."""
    return set(session.exec(select(Member.nik_lookup).where(col(Member.household_id) == household_id)))


def aid_received_by(session: Session, household: Household) -> list[AidReceipt]:
    """What the head, a member, or anybody of a KK the household has or had received, by year."""
    earlier = select(EarlierFamilyCard.kk_lookup).where(col(EarlierFamilyCard.household_id) == household.id)
    same = or_(
        col(AidReceipt.nik_lookup) == household.nik_lookup,
        col(AidReceipt.nik_lookup).in_(select(Member.nik_lookup).where(col(Member.household_id) == household.id)),
        col(AidReceipt.kk_lookup) == household.kk_lookup,
        col(AidReceipt.kk_lookup).in_(earlier),
    )
    return list(session.exec(select(AidReceipt).where(same).order_by(col(AidReceipt.year), col(AidReceipt.id))))


def households_by_regency(session: Session) -> dict[str, int]:
    rows = session.exec(select(Household.regency_code, func.count()).group_by(col(Household.regency_code)))
    return dict(sorted(rows.all()))


def imported_files(session: Session, limit: int = 50, before: int = 0) -> list[RegistryFile]:
    """The newest first; those with an id below `before` when it is given."""
    statement = select(RegistryFile).order_by(col(RegistryFile.id).desc()).limit(limit)
    return list(session.exec(statement.where(col(RegistryFile.id) < before) if before else statement))


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
