"""Which households were absent how often since when, who goes there, and whose goods went back?

Rows are dicts with names and addresses: for pages and lists of people who may see them, never for logs or Prefect.
`regencies` empty means the whole province.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, literal, select
from sqlmodel import Session, col

from service.db.tables import Case, Household, Move, Package, Parcel, Partner, Reminder
from service.delivery.queries.work import parts_of
from service.lifecycle import Subject

PAGE = 50
OVER = ("refused", "returned")


def absent_counts(session: Session, cycle_id: int, at_least: int, regencies: Sequence[str] = ()) -> tuple[int, datetime | None]:
    """How many are absent at least so often, and since when the first is."""
    counted = select(func.count(), func.min(col(Parcel.status_since))).join(Case, col(Case.id) == col(Parcel.case_id))
    row = session.execute(_within(counted.where(*_absent(cycle_id, at_least)), regencies)).one()
    return row[0], row[1]


def by_facilitator(session: Session, cycle_id: int, at_least: int, regencies: Sequence[str] = ()) -> list[dict[str, Any]]:
    """sender, name, households and villages to go to; the most first."""
    chosen = (
        select(
            col(Partner.sender), col(Partner.name), func.count().label("households"),
            func.count(func.distinct(col(Household.village_code))).label("villages"),
        )
        .select_from(Parcel)
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Partner, col(Partner.id) == col(Parcel.facilitator_id))
        .where(*_absent(cycle_id, at_least))
        .group_by(col(Partner.sender), col(Partner.name))
        .order_by(func.count().desc(), col(Partner.sender))
    )  # fmt: skip
    return [dict(row) for row in session.execute(_within(chosen, regencies)).mappings()]


def absent_page(
    session: Session, cycle_id: int, at_least: int, regencies: Sequence[str] = (), facilitator: str | None = None,
    after: int = 0, limit: int | None = PAGE,
) -> list[dict[str, Any]]:  # fmt: skip
    """In the order of parcels; `first_absent_at` is when it was first told. `limit` None: all."""
    chosen = _rows().where(*_absent(cycle_id, at_least), col(Parcel.id) > after).order_by(col(Parcel.id))
    if facilitator:
        chosen = chosen.where(col(Partner.sender) == facilitator)
    chosen = _within(chosen, regencies)
    return [dict(row) for row in session.execute(chosen.limit(limit) if limit else chosen).mappings()]


def visit_list(
    session: Session, cycle_id: int, at_least: int, regencies: Sequence[str] = (), facilitator: str | None = None
) -> Iterator[dict[str, Any]]:
    """Everybody to visit, facilitator by facilitator and village by village: the list one goes by."""
    chosen = _rows().where(*_absent(cycle_id, at_least))
    chosen = chosen.order_by(col(Case.regency_code), col(Partner.sender), col(Household.village_code), col(Parcel.id))
    if facilitator:
        chosen = chosen.where(col(Partner.sender) == facilitator)
    yield from (dict(row) for row in session.execute(_within(chosen, regencies)).mappings())


def goods_gone_back(session: Session, cycle_id: int, regencies: Sequence[str] = (), after: int = 0) -> list[dict[str, Any]]:
    """Refused or returned, a page at a time: why it ended, and which household took the place (None: nobody yet)."""
    heir = Case.__table__.alias("heir")  # type: ignore[attr-defined]
    chosen = (
        _rows()
        .add_columns(heir.c.household_id.label("heir"), heir.c.status.label("heir_status"))
        .outerjoin(heir, heir.c.replaces_case_id == col(Case.id))
        .where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status).in_(OVER), col(Parcel.id) > after)
        .order_by(col(Parcel.id))
        .limit(PAGE)
    )
    return [dict(row) for row in session.execute(_within(chosen, regencies)).mappings()]


def gone_back_count(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> int:
    counted = select(func.count()).select_from(Parcel).join(Case, col(Case.id) == col(Parcel.case_id))
    counted = counted.where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status).in_(OVER))
    return int(session.execute(_within(counted, regencies)).scalar_one())


def reserves_by_regency(session: Session, cycle_id: int) -> dict[str, int]:
    """How many wait on the reserve list of each regency."""
    counted = select(col(Case.regency_code), func.count()).where(col(Case.cycle_id) == cycle_id, col(Case.status) == "reserve")
    return {row[0]: row[1] for row in session.execute(counted.group_by(col(Case.regency_code)))}


def absent_without_reminder(session: Session, cycle_id: int, level: str) -> list[int]:
    given = select(col(Reminder.id)).where(*_given(level)).exists()
    chosen = select(col(Parcel.id)).where(*_absent(cycle_id, 0), ~given)
    return list(session.scalars(chosen.order_by(col(Parcel.id))))


def keep_reminders(session: Session, cycle_id: int, parcel_ids: Sequence[int], level: str, at: datetime) -> int:
    """One reminder for each of these that is absent and has none; how many."""
    table: Any = Reminder.__table__  # type: ignore[attr-defined]
    told = {"cycle_id": cycle_id, "subject": str(Subject.PARCEL), "level": level, "given_at": at}
    values = [literal(value, table.c[name].type) for name, value in told.items()]
    given = select(col(Reminder.id)).where(*_given(level)).exists()
    kept = 0
    for part in parts_of(parcel_ids):
        due = select(col(Parcel.id), col(Parcel.status_since), *values)
        due = due.where(*_absent(cycle_id, 0), col(Parcel.id).in_(part), ~given).order_by(col(Parcel.id))
        written = insert(table).from_select(["subject_id", "status_since", *told], due).returning(table.c.id)
        kept += len(session.execute(written).all())
    return kept


def absent_named(session: Session, cycle_id: int, numbers: Sequence[str]) -> dict[str, int]:
    """number -> id of those of these parcels that are absent."""
    chosen = select(col(Parcel.number), col(Parcel.id)).where(*_absent(cycle_id, 0), col(Parcel.number).in_(numbers))
    return {row[0]: row[1] for row in session.execute(chosen)}


def overdue_standing(session: Session, cycle_id: int, level: str, regencies: Sequence[str] = ()) -> tuple[int, datetime | None]:
    """How many were brought before a verifier and are still absent, and since when the first."""
    counted = (
        select(func.count(), func.min(col(Reminder.given_at)))
        .select_from(Parcel)
        .join(Reminder, _is_reminder_of_parcel())
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .where(*_absent(cycle_id, 0), col(Reminder.level) == level)
    )
    row = session.execute(_within(counted, regencies)).one()
    return row[0], row[1]


def _rows() -> Any:
    first = (
        select(func.min(col(Move.at)))
        .where(col(Move.subject) == str(Subject.PARCEL), col(Move.subject_id) == col(Parcel.id), col(Move.event) == "absent")
        .correlate(Parcel)
        .scalar_subquery()
    )
    return (
        select(
            col(Parcel.id), col(Parcel.number), col(Parcel.status), col(Parcel.status_since), col(Parcel.absences),
            col(Parcel.note), col(Case.regency_code), col(Case.household_id), col(Case.status).label("case_status"),
            col(Case.end_reason), col(Household.name).label("household"), col(Household.address), col(Household.rt),
            col(Household.rw), col(Household.village_code), col(Household.nik_sealed), col(Package.name).label("package"),
            col(Partner.sender).label("facilitator"), col(Partner.name).label("facilitator_name"),
            first.label("first_absent_at"),
        )
        .select_from(Parcel)
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .outerjoin(Partner, col(Partner.id) == col(Parcel.facilitator_id))
    )  # fmt: skip


def _absent(cycle_id: int, at_least: int) -> tuple[Any, ...]:
    return col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "absent", col(Parcel.absences) >= at_least


def _given(level: str) -> tuple[Any, ...]:
    return _is_reminder_of_parcel(), col(Reminder.level) == level


def _is_reminder_of_parcel() -> Any:
    return (col(Reminder.subject) == str(Subject.PARCEL)) & (col(Reminder.subject_id) == col(Parcel.id))


def _within(chosen: Any, regencies: Sequence[str]) -> Any:
    return chosen.where(col(Case.regency_code).in_(regencies)) if regencies else chosen
