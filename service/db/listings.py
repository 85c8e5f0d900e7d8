"""Which rows does a page list, and which one does its address name?

Reads only, across rooms, for people who look; pages are cut by key (`after_id`), so that a list stays stable while things
move. `regencies` empty means the whole province.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlmodel import Session, SQLModel, col

from service.db.accompanied import accompanied_by
from service.db.history import TABLES
from service.db.sent import WAS_SENT
from service.db.tables import (
    Assessment,
    Case,
    Decree,
    Household,
    InboundMessage,
    Letter,
    Mentorship,
    Move,
    Order,
    OrderLine,
    OutboundMessage,
    Package,
    PackageItem,
    Parcel,
    Partner,
    Quota,
    Referral,
    ReferralBatch,
    User,
    Visit,
)
from service.errors import NotFound
from service.lifecycle import Subject

T = TypeVar("T", bound=SQLModel)
Rows = list[tuple[Any, ...]]
PAGE = 50
_CAME_THERE = (col(Referral.status) != "withdrawn") | WAS_SENT


def by_number(session: Session, table: type[T], number: str) -> T:
    """An order, parcel, referral or batch by its public number. Raises NotFound."""
    named: Any = table
    found: T | None = session.execute(select(named).where(named.number == number)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"Nomor {number} tidak ditemukan.")
    return found


def status_counts(
    session: Session, subject: Subject, cycle_id: int, regencies: Sequence[str] = (), accompanied: str = ""
) -> dict[str, int]:
    """How many subjects stand at each status; agrees with the list of the same filter (`accompanied`: of cases only)."""
    table: Any = TABLES[subject]
    counted = select(table.status, func.count()).where(table.cycle_id == cycle_id).group_by(table.status)
    if subject is Subject.REFERRAL:
        counted = counted.join(Case, col(Case.id) == table.case_id)
    if accompanied:
        counted = counted.join(Household, col(Household.id) == table.household_id).where(accompanied_by(accompanied))
    return {row[0]: row[1] for row in session.execute(_within(counted, _regency(table), regencies))}


def cases(
    session: Session, cycle_id: int, status: str | None, regencies: Sequence[str], after_id: int, limit: int = PAGE,
    accompanied: str = "",
) -> Rows:  # fmt: skip
    """(Case, Household); `accompanied`: only those of the facilitator of this login."""
    chosen = select(Case, Household).join(Household, col(Household.id) == col(Case.household_id))
    if accompanied:
        chosen = chosen.where(accompanied_by(accompanied))
    return _page(session, _within(chosen, _regency(Case), regencies), Case, cycle_id, status, after_id, limit)


def last_move(session: Session, cycle_id: int) -> int:
    """The id of the newest move of a cycle: the same as long as nothing has happened."""
    newest = select(func.max(col(Move.id))).where(col(Move.cycle_id) == cycle_id)
    return int(session.execute(newest).scalar_one() or 0)


def orders(
    session: Session, cycle_id: int, status: str | None, regencies: Sequence[str], after_id: int, limit: int = PAGE
) -> Rows:
    """(Order, supplier)."""
    chosen = select(Order, Partner).join(Partner, col(Partner.id) == col(Order.supplier_id))
    return _page(session, _within(chosen, _regency(Order), regencies), Order, cycle_id, status, after_id, limit)


def order_lines(session: Session, order_id: int) -> Rows:
    """(OrderLine, Package)."""
    chosen = select(OrderLine, Package).join(Package, col(Package.id) == col(OrderLine.package_id))
    return _rows(session, chosen.where(col(OrderLine.order_id) == order_id).order_by(col(Package.code)))


def package_items(session: Session, package_id: int) -> Sequence[PackageItem]:
    chosen = select(PackageItem).where(col(PackageItem.package_id) == package_id).order_by(col(PackageItem.id))
    return session.execute(chosen).scalars().all()


def parcels(
    session: Session, cycle_id: int, status: str | None, regencies: Sequence[str], after_id: int, limit: int = PAGE
) -> Rows:
    """(Parcel, Package, Household)."""
    chosen = (
        select(Parcel, Package, Household)
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
    )
    return _page(session, _within(chosen, _regency(Parcel), regencies), Parcel, cycle_id, status, after_id, limit)


def referrals(
    session: Session, cycle_id: int, status: str | None, regencies: Sequence[str], after_id: int, limit: int = PAGE
) -> Rows:
    """(Referral, agency, Household)."""
    chosen = _referrals_with_people()
    return _page(session, _within(chosen, _regency(Referral), regencies), Referral, cycle_id, status, after_id, limit)


def referrals_of_batch(session: Session, batch_id: int) -> Rows:
    """(Referral, agency, Household)."""
    chosen = _referrals_with_people().where(col(Referral.batch_id) == batch_id)
    return _rows(session, chosen.order_by(col(Referral.id)))


def referrals_of_agency(
    session: Session, agency_id: int, statuses: Sequence[str], after_id: int = 0, limit: int = PAGE, batch_id: int | None = None
) -> Rows:
    """(Referral, agency, Household) as the agency's own page shows them."""
    chosen = _referrals_with_people().where(
        col(Referral.agency_id) == agency_id, col(Referral.status).in_(statuses), col(Referral.id) > after_id, _CAME_THERE
    )
    if batch_id:
        chosen = chosen.where(col(Referral.batch_id) == batch_id)
    return _rows(session, chosen.order_by(col(Referral.id)).limit(limit))


def agency_counts(session: Session, agency_id: int, batch_id: int | None = None) -> dict[str, int]:
    """status -> number of referrals sent to the agency (in one batch)."""
    counted = select(col(Referral.status), func.count()).where(col(Referral.agency_id) == agency_id, _CAME_THERE)
    if batch_id:
        counted = counted.where(col(Referral.batch_id) == batch_id)
    return {row[0]: row[1] for row in session.execute(counted.group_by(col(Referral.status)))}


def orders_of_supplier(
    session: Session, supplier_id: int, statuses: Sequence[str], after_id: int = 0, limit: int = PAGE
) -> Rows:
    """(Order,)"""
    chosen = select(Order).where(
        col(Order.supplier_id) == supplier_id, col(Order.status).in_(statuses), col(Order.id) > after_id
    )
    return _rows(session, chosen.order_by(col(Order.id)).limit(limit))


def is_order_of(session: Session, number: str, supplier_id: int) -> bool:
    asked = select(func.count()).where(col(Order.number) == number, col(Order.supplier_id) == supplier_id)
    return bool(session.execute(asked).scalar_one())


def batches(session: Session, cycle_id: int, state: str, regencies: Sequence[str] = ()) -> Rows:
    """(ReferralBatch, agency, number of referrals)."""
    count = select(func.count()).where(col(Referral.batch_id) == col(ReferralBatch.id)).scalar_subquery()
    chosen = (
        select(ReferralBatch, Partner, count)
        .join(Partner, col(Partner.id) == col(ReferralBatch.agency_id))
        .where(col(ReferralBatch.cycle_id) == cycle_id, col(ReferralBatch.state) == state)
        .order_by(col(ReferralBatch.id))
    )
    return _rows(session, _within(chosen, col(Partner.regency_code), regencies))


def decrees(session: Session, cycle_id: int) -> Sequence[Decree]:
    """Every version, newest first."""
    chosen = select(Decree).where(col(Decree.cycle_id) == cycle_id).order_by(col(Decree.version).desc())
    return session.execute(chosen).scalars().all()


def quotas(session: Session, cycle_id: int) -> dict[str, Quota]:
    found = session.execute(select(Quota).where(col(Quota.cycle_id) == cycle_id)).scalars()
    return {quota.regency_code: quota for quota in found}


def parcels_of_case(session: Session, case_id: int) -> Rows:
    """(Parcel, Package)."""
    chosen = select(Parcel, Package).join(Package, col(Package.id) == col(Parcel.package_id))
    return _rows(session, chosen.where(col(Parcel.case_id) == case_id).order_by(col(Parcel.id)))


def referrals_of_case(session: Session, case_id: int) -> Rows:
    """(Referral, agency), hop by hop."""
    chosen = select(Referral, Partner).join(Partner, col(Partner.id) == col(Referral.agency_id))
    return _rows(session, chosen.where(col(Referral.case_id) == case_id).order_by(col(Referral.id)))


def mentor_of(session: Session, case_id: int) -> tuple[Mentorship, Household] | None:
    chosen = select(Mentorship, Household).join(Household, col(Household.id) == col(Mentorship.mentor_household_id))
    found = session.execute(chosen.where(col(Mentorship.case_id) == case_id)).one_or_none()
    return (found[0], found[1]) if found else None


def visits_of(session: Session, case_id: int) -> Sequence[Visit]:
    return session.execute(select(Visit).where(col(Visit.case_id) == case_id).order_by(col(Visit.visited_on))).scalars().all()


def latest_assessment(session: Session, household_id: int) -> Assessment | None:
    chosen = select(Assessment).where(col(Assessment.household_id) == household_id)
    return session.execute(chosen.order_by(col(Assessment.assessed_on).desc()).limit(1)).scalar_one_or_none()


def case_reading(session: Session, case_id: int) -> tuple[Case, Household]:
    """A case with its household. Raises NotFound."""
    chosen = select(Case, Household).join(Household, col(Household.id) == col(Case.household_id))
    found = session.execute(chosen.where(col(Case.id) == case_id)).one_or_none()
    if found is None:
        raise NotFound("Kasus tidak ditemukan.")
    return found[0], found[1]


def moves_of(session: Session, subject: Subject, subject_id: int) -> Sequence[Move]:
    mine = (col(Move.subject) == str(subject), col(Move.subject_id) == subject_id)
    return session.execute(select(Move).where(*mine).order_by(col(Move.id))).scalars().all()


def letters_about(session: Session, subject_keys: Sequence[str]) -> Sequence[Letter]:
    chosen = select(Letter).where(col(Letter.subject_key).in_(subject_keys)).order_by(col(Letter.id))
    return session.execute(chosen).scalars().all()


def letter_with_code(session: Session, code: str) -> Letter | None:
    return session.execute(select(Letter).where(col(Letter.code) == code)).scalar_one_or_none()


def messages_in(session: Session, result: str, limit: int = 100) -> Rows:
    """(InboundMessage, Partner), newest first."""
    chosen = select(InboundMessage, Partner).join(Partner, col(Partner.id) == col(InboundMessage.partner_id))
    return _rows(
        session, chosen.where(col(InboundMessage.result) == result).order_by(col(InboundMessage.id).desc()).limit(limit)
    )


def messages_out(session: Session, state: str, limit: int = 100, after: int = 0) -> Rows:
    """(OutboundMessage, Partner or None), oldest first; after an id, so many at a time."""
    chosen = select(OutboundMessage, Partner).join(Partner, col(Partner.id) == col(OutboundMessage.partner_id), isouter=True)
    chosen = chosen.where(col(OutboundMessage.state) == state, col(OutboundMessage.id) > after)
    return _rows(session, chosen.order_by(col(OutboundMessage.id)).limit(limit))


def message_counts(session: Session) -> dict[str, int]:
    """`in:late`, `in:parked`, `out:dead`, `out:waiting` ... -> count."""
    inbound = select(col(InboundMessage.result), func.count()).group_by(col(InboundMessage.result))
    outbound = select(col(OutboundMessage.state), func.count()).group_by(col(OutboundMessage.state))
    return {f"in:{r[0]}": r[1] for r in session.execute(inbound)} | {f"out:{r[0]}": r[1] for r in session.execute(outbound)}


def actor_names(session: Session) -> dict[str, str]:
    """`user:siti` and `partner:dinkop-3601` -> how people call them."""
    users = session.execute(select(col(User.login), col(User.name)))
    partners = session.execute(select(col(Partner.sender), col(Partner.name)))
    return {f"user:{row[0]}": row[1] for row in users} | {f"partner:{row[0]}": row[1] for row in partners}


def _referrals_with_people() -> Any:
    return (
        select(Referral, Partner, Household)
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .join(Case, col(Case.id) == col(Referral.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
    )


def _page(session: Session, chosen: Any, table: Any, cycle_id: int, status: str | None, after_id: int, limit: int) -> Rows:
    chosen = chosen.where(table.cycle_id == cycle_id, table.id > after_id).order_by(table.id).limit(limit)
    return _rows(session, chosen.where(table.status == status) if status else chosen)


def _rows(session: Session, chosen: Any) -> Rows:
    return [tuple(row) for row in session.execute(chosen)]


def _regency(table: Any) -> Any:
    if table in (Case, Referral):
        return col(Case.regency_code)
    return func.substr(table.district_code, 1, 5)


def _within(chosen: Any, regency: Any, regencies: Sequence[str]) -> Any:
    return chosen.where(regency.in_(regencies)) if regencies else chosen
