"""Who is due for an exit list, who stands on which, and what does the aid ledger say of it?

`household` columns are names: for pages of people who may see them and for the file itself, never for logs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from service.db.tables import (
    AccessRecord,
    AidReceipt,
    Case,
    Decree,
    ExitEntry,
    ExitList,
    Household,
    NumberBook,
    Package,
    Parcel,
)

PAGE = 50


def due_rows(session: Session, cycle_id: int) -> Sequence[Any]:
    """Everybody whose goods are proven and who is on no list yet, in the order of the file: village, then number."""
    chosen: Any = (
        select(
            col(Case.id).label("case_id"), col(Case.household_id), col(Case.regency_code), col(Household.nik_sealed),
            col(Household.nik_lookup), col(Household.kk_sealed), col(Household.kk_lookup), col(Household.name),
            col(Household.village_code), col(Household.programme), col(Decree.number).label("decree"),
            col(Decree.decided_at).label("decreed_at"), col(Parcel.number).label("parcel"), col(Parcel.reported_at),
            col(Parcel.status_since).label("verified_at"), col(Package.name).label("package"), col(Package.price),
        )
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Parcel, col(Parcel.case_id) == col(Case.id))
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .outerjoin(Decree, col(Decree.id) == col(Case.decree_id))
        .where(*_due(cycle_id))
        .order_by(col(Household.village_code), col(Case.household_id))
    )  # fmt: skip
    return session.execute(chosen).all()


def due_cases(session: Session, cycle_id: int) -> set[int]:
    chosen = select(col(Case.id)).join(Parcel, col(Parcel.case_id) == col(Case.id)).where(*_due(cycle_id))
    return set(session.scalars(chosen))


def due_standing(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> tuple[int, datetime | None]:
    """How many wait for a list, and since when the first does."""
    counted = select(func.count(), func.min(col(Parcel.status_since))).join(Case, col(Case.id) == col(Parcel.case_id))
    counted = counted.where(*_due(cycle_id))
    row = session.execute(counted.where(col(Case.regency_code).in_(regencies)) if regencies else counted).one()
    return row[0], row[1]


def lists_of(session: Session, cycle_id: int) -> Sequence[ExitList]:
    """Newest first."""
    return session.scalars(select(ExitList).where(col(ExitList.cycle_id) == cycle_id).order_by(col(ExitList.id).desc())).all()


def list_numbered(session: Session, number: str, is_locked: bool = False) -> ExitList | None:
    """`is_locked`: held until the transaction ends, so that two who write on it come one after the other."""
    chosen = select(ExitList).where(col(ExitList.number) == number)
    if is_locked:
        chosen = chosen.with_for_update().execution_options(populate_existing=True)
    return session.scalars(chosen).one_or_none()


def list_of_case(session: Session, case_id: int) -> ExitList | None:
    chosen = select(ExitList).join(ExitEntry, col(ExitEntry.exit_list_id) == col(ExitList.id))
    return session.scalars(chosen.where(col(ExitEntry.case_id) == case_id)).one_or_none()


def entries_of(
    session: Session, list_id: int, regencies: Sequence[str] = (), after: int = 0, limit: int = PAGE
) -> list[dict[str, Any]]:
    """id, household, household_id, village_code, regency_code, status, parcel, reported_at; a page at a time."""
    chosen: Any = (
        select(
            col(ExitEntry.id), col(Household.name).label("household"), col(Case.household_id), col(Household.village_code),
            col(Case.regency_code), col(Case.status), col(Parcel.number).label("parcel"), col(Parcel.reported_at),
        )
        .join(Case, col(Case.id) == col(ExitEntry.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Parcel, (col(Parcel.case_id) == col(Case.id)) & (col(Parcel.status) == "verified"))
        .where(col(ExitEntry.exit_list_id) == list_id, col(ExitEntry.id) > after)
        .order_by(col(ExitEntry.id))
        .limit(limit)
    )  # fmt: skip
    chosen = chosen.where(col(Case.regency_code).in_(regencies)) if regencies else chosen
    return [dict(row) for row in session.execute(chosen).mappings()]


def by_regency(session: Session, list_id: int) -> dict[str, int]:
    counted = select(col(Case.regency_code), func.count()).join(ExitEntry, col(ExitEntry.case_id) == col(Case.id))
    counted = counted.where(col(ExitEntry.exit_list_id) == list_id).group_by(col(Case.regency_code))
    return {row[0]: row[1] for row in session.execute(counted.order_by(col(Case.regency_code)))}


def is_listed(session: Session, list_id: int, household_id: int) -> bool:
    asked = select(col(ExitEntry.id)).join(Case, col(Case.id) == col(ExitEntry.case_id))
    asked = asked.where(col(ExitEntry.exit_list_id) == list_id, col(Case.household_id) == household_id)
    return session.scalars(asked).one_or_none() is not None


def lists_made(session: Session, cycle_id: int) -> int:
    return session.scalars(select(func.count()).where(col(ExitList.cycle_id) == cycle_id)).one()


def files_named(session: Session) -> set[str]:
    """The file of every list of every cycle."""
    return set(session.scalars(select(col(ExitList.file))))


def last_in_book(session: Session, book: str, year: int) -> int:
    """The last number taken; looked at, not taken."""
    chosen = select(col(NumberBook.last_seq)).where(col(NumberBook.book) == book, col(NumberBook.year) == year)
    return session.scalars(chosen).one_or_none() or 0


def write_entries(session: Session, list_id: int, case_ids: Collection[int]) -> None:
    session.execute(insert(ExitEntry), [{"exit_list_id": list_id, "case_id": case_id} for case_id in case_ids])


def write_receipts(session: Session, rows: list[dict[str, Any]]) -> None:
    """Into the aid ledger; a line that a file brought before is completed with what we proved, one of the centre is left."""
    dialect = session.get_bind().dialect.name
    made = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(AidReceipt)
    told = {name: made.excluded[name] for name in ("kk_lookup", "what", "amount", "received_on")}
    statement = made.on_conflict_do_update(
        index_elements=[col(AidReceipt.nik_lookup), col(AidReceipt.programme), col(AidReceipt.year)], set_=told,
        where=col(AidReceipt.source) == made.excluded.source,
    )  # fmt: skip
    session.connection().execute(statement, rows)


def log_access(session: Session, list_id: int, **common: Any) -> None:
    """A row of the access log for every household of a list, in one statement."""
    table: Any = AccessRecord.__table__  # type: ignore[attr-defined]
    told = {name: bindparam(None, value, type_=table.c[name].type) for name, value in common.items()}
    whose = (
        select(col(Case.household_id), *told.values())
        .join(ExitEntry, col(ExitEntry.case_id) == col(Case.id))
        .where(col(ExitEntry.exit_list_id) == list_id)
    )
    session.execute(insert(AccessRecord).from_select(["household_id", *told], whose))


def exported_entries(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> Iterator[Sequence[Any]]:
    """List, state, household, sealed NIK, name, village, day of the handover; by list and place in it."""
    chosen: Any = (
        select(
            col(ExitList.number), col(ExitList.state), col(Case.household_id), col(Household.nik_sealed), col(Household.name),
            col(Household.village_code), col(Parcel.number), col(Parcel.reported_at), col(ExitList.acknowledged_at),
        )
        .join(ExitEntry, col(ExitEntry.exit_list_id) == col(ExitList.id))
        .join(Case, col(Case.id) == col(ExitEntry.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Parcel, (col(Parcel.case_id) == col(Case.id)) & (col(Parcel.status) == "verified"))
        .where(col(ExitList.cycle_id) == cycle_id)
        .order_by(col(ExitList.id), col(ExitEntry.id))
    )  # fmt: skip
    chosen = chosen.where(col(Case.regency_code).in_(regencies)) if regencies else chosen
    yield from session.execute(chosen.execution_options(yield_per=2000))


def _due(cycle_id: int) -> tuple[Any, ...]:
    """Proven goods are what counts, not where the case went after: who withdrew later still has them."""
    listed = select(col(ExitEntry.id)).where(col(ExitEntry.case_id) == col(Case.id)).exists()
    return col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "verified", ~listed
