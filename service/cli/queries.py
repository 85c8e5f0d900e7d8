"""Which rows do the lists and exports of the command line show?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import (
    Case,
    HandoverEvent,
    Household,
    Order,
    OrderLine,
    Package,
    Parcel,
    Partner,
    Referral,
    ReferralBatch,
)

PAGE = 2000


def orders(session: Session, cycle_id: int, status: str | None = None, regencies: Sequence[str] = ()) -> list[dict[str, Any]]:
    """By number, with how many packages each holds."""
    packages = select(func.coalesce(func.sum(col(OrderLine.quantity)), 0)).where(col(OrderLine.order_id) == col(Order.id))
    statement = (
        select(
            col(Order.number), col(Order.district_code), col(Partner.name), col(Order.status), col(Order.amount),
            col(Order.due_on), packages.correlate(Order).scalar_subquery(),
        )
        .join(Partner, col(Partner.id) == col(Order.supplier_id))
        .where(col(Order.cycle_id) == cycle_id)
        .order_by(col(Order.number))
    )  # fmt: skip
    if status:
        statement = statement.where(col(Order.status) == status)
    if regencies:
        statement = statement.where(func.substr(col(Order.district_code), 1, 5).in_(regencies))
    names = ("order", "district", "supplier", "status", "amount", "due_on", "packages")
    return [dict(zip(names, row, strict=True)) for row in session.execute(statement)]


def batches(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[dict[str, Any]]:
    """By number, with how many referrals each holds."""
    held = select(func.count()).where(col(Referral.batch_id) == col(ReferralBatch.id)).correlate(ReferralBatch)
    statement = (
        select(
            col(ReferralBatch.number), col(ReferralBatch.state), col(Partner.name), col(Partner.regency_code),
            held.scalar_subquery(),
        )
        .join(Partner, col(Partner.id) == col(ReferralBatch.agency_id))
        .where(col(ReferralBatch.cycle_id) == cycle_id)
        .order_by(col(ReferralBatch.number))
    )  # fmt: skip
    if regencies:
        statement = statement.where(col(Partner.regency_code).in_(regencies))
    names = ("batch", "state", "agency", "regency", "referrals")
    return [dict(zip(names, row, strict=True)) for row in session.execute(statement)]


def cases(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> Iterator[Sequence[Any]]:
    """Household, sealed NIK, name, regency, district, village, status, placement, score, rank; by case, as of one moment.

    Regency and district are the cohort's, as they were when the year's data was frozen.
    """
    statement = (
        select(
            col(Case.household_id), col(Household.nik_sealed), col(Household.name), col(Case.regency_code),
            col(Case.district_code), col(Household.village_code), col(Case.status), col(Case.placement),
            col(Case.score), col(Case.rank),
        )
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Case.cycle_id) == cycle_id)
        .order_by(col(Case.id))
    )  # fmt: skip
    if regencies:
        statement = statement.where(col(Case.regency_code).in_(regencies))
    yield from session.execute(statement.execution_options(yield_per=PAGE))


def referrals(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> Iterator[Sequence[Any]]:
    """Number, household, regency, agency, hop, status, since, register number, reason, outcome; by number."""
    statement = (
        select(
            col(Referral.number), col(Case.household_id), col(Case.regency_code), col(Partner.name), col(Referral.hop),
            col(Referral.status), col(Referral.status_since), col(Referral.register_number), col(Referral.reason),
            col(Referral.outcome),
        )
        .join(Case, col(Case.id) == col(Referral.case_id))
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .where(col(Referral.cycle_id) == cycle_id)
        .order_by(col(Referral.number))
    )  # fmt: skip
    if regencies:
        statement = statement.where(col(Case.regency_code).in_(regencies))
    yield from session.execute(statement.execution_options(yield_per=PAGE))


def parcels(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> Iterator[Sequence[Any]]:
    """Number, household, village, goods, price, order, event, facilitator, status, since, told, absences, record; by number."""
    statement: Any = (
        select(
            col(Parcel.number), col(Case.household_id), col(Household.village_code), col(Package.name), col(Package.price),
            col(Order.number).label("order"), col(HandoverEvent.number).label("event"), col(Partner.sender),
            col(Parcel.status), col(Parcel.status_since), col(Parcel.reported_at), col(Parcel.absences),
            col(Parcel.record_number),
        )
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .outerjoin(Order, col(Order.id) == col(Parcel.order_id))
        .outerjoin(HandoverEvent, col(HandoverEvent.id) == col(Parcel.event_id))
        .outerjoin(Partner, col(Partner.id) == col(Parcel.facilitator_id))
        .where(col(Parcel.cycle_id) == cycle_id)
        .order_by(col(Parcel.number))
    )  # fmt: skip
    if regencies:
        statement = statement.where(col(Case.regency_code).in_(regencies))
    yield from session.execute(statement.execution_options(yield_per=PAGE))
