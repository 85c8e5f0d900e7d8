"""Which cases need a parcel, which parcels wait for an order, and what is ordered so far?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Integer, Text, bindparam, case, cast, func, select, update
from sqlmodel import Session, col

from service.db.bulk import insert_rows
from service.db.tables import BusinessType, Case, Household, Move, Order, Package, PackageItem, Parcel, Partner
from service.procurement.budget import Priced
from service.procurement.orders import Waiting

_PARCELS: Any = Parcel
LEFT = ("withdrawn", "substituted", "lost_contact")


def packages(session: Session, cycle_id: int) -> Sequence[Package]:
    """All versions, also those that are not given any more."""
    statement = select(Package).where(col(Package.cycle_id) == cycle_id)
    return session.scalars(statement.order_by(col(Package.code), col(Package.version))).all()


def items_of(session: Session, cycle_id: int) -> dict[int, list[PackageItem]]:
    """Package id -> its items."""
    statement = select(PackageItem).join(Package, col(Package.id) == col(PackageItem.package_id))
    found: dict[int, list[PackageItem]] = {}
    for item in session.scalars(statement.where(col(Package.cycle_id) == cycle_id).order_by(col(PackageItem.id))):
        found.setdefault(item.package_id, []).append(item)
    return found


def package_by_kind(session: Session, cycle_id: int) -> dict[str, int]:
    """Kind of business -> package id."""
    statement = select(col(BusinessType.code), col(BusinessType.package_id)).where(col(BusinessType.cycle_id) == cycle_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def cases_without_parcel(session: Session, cycle_id: int) -> list[int]:
    statement = (
        select(col(Case.id))
        .join(Parcel, col(Parcel.case_id) == col(Case.id), isouter=True)
        .where(col(Case.cycle_id) == cycle_id, col(Case.status) == "decreed", col(Parcel.id).is_(None))
    )
    return list(session.scalars(statement.order_by(col(Case.id))))


@dataclass(frozen=True)
class Need:
    """A decreed case and the kind of business its household runs."""

    case_id: int
    district_code: str
    kind: str | None


def needs(session: Session, cycle_id: int, case_ids: Sequence[int]) -> list[Need]:
    """Of the given cases, those that still are decreed and have no parcel."""
    if not case_ids:
        return []
    due = set(case_ids)
    statement = (
        select(col(Case.id), col(Case.district_code), col(Household.business_type))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Parcel, col(Parcel.case_id) == col(Case.id), isouter=True)
        .where(col(Case.cycle_id) == cycle_id, col(Case.status) == "decreed", col(Parcel.id).is_(None))
        .where(col(Case.id).between(min(due), max(due)))
        .order_by(col(Case.id))
    )
    return [Need(*row) for row in session.execute(statement) if row[0] in due]


def parcels_numbered(session: Session, cycle_id: int) -> int:
    """How many parcel numbers of the cycle are given; every parcel made here has one and none is ever removed."""
    return session.scalars(select(func.count()).where(col(Parcel.cycle_id) == cycle_id)).one()


def orders_numbered(session: Session, cycle_id: int) -> int:
    return session.scalars(select(func.count()).where(col(Order.cycle_id) == cycle_id)).one()


def insert_parcels(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Of one cycle; their ids, ascending."""
    if not rows:
        return []
    cycle_id = rows[0]["cycle_id"]
    mine = select(col(Parcel.id)).where(col(Parcel.cycle_id) == cycle_id).order_by(col(Parcel.id))
    newest = session.scalars(select(func.max(col(Parcel.id))).where(col(Parcel.cycle_id) == cycle_id)).one()
    insert_rows(session, Parcel, list(rows[0]), (tuple(row.values()) for row in rows))
    return list(session.scalars(mine.where(col(Parcel.id) > (newest or 0))))


def parcels_of_the_left(session: Session, cycle_id: int) -> list[int]:
    """Planned parcels of cases that ended before their goods came."""
    statement = (
        select(col(Parcel.id))
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "planned", col(Case.status).in_(LEFT))
    )
    return list(session.scalars(statement.order_by(col(Parcel.id))))


def orders_not_placed(session: Session, parcel_ids: Sequence[int]) -> list[int]:
    """Orders at draft or approved that hold one of the parcels."""
    statement = (
        select(col(Order.id))
        .join(Parcel, col(Parcel.order_id) == col(Order.id))
        .where(col(Parcel.id).in_(parcel_ids), col(Order.status).in_(("draft", "approved")))
    )
    return sorted(set(session.scalars(statement)))


def parcels_without_order(session: Session, cycle_id: int) -> list[int]:
    statement = select(col(Parcel.id)).where(
        col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "planned", col(Parcel.order_id).is_(None)
    )
    return list(session.scalars(statement.order_by(col(Parcel.id))))


def waiting(session: Session, cycle_id: int, own_account: str) -> tuple[list[Waiting], list[Priced]]:
    """Every planned parcel without an order, as planning and as the budget see it. The tail is who scored least.

    An order its supplier gave up after a part of it came counts as cancelled for the rest.
    """
    given_up = (
        select(col(Move.id))
        .where(col(Move.subject) == "order", col(Move.subject_id) == col(Order.id), col(Move.event) == "arrived")
        .where(col(Move.reason).is_not(None))
        .correlate(Order)
        .exists()
    )
    former_status = case((given_up, "cancelled"), else_=col(Order.status))
    statement = (
        select(
            col(Parcel.id), col(Parcel.package_id), col(Package.price), col(Parcel.district_code),
            col(Parcel.former_order_id), col(Order.supplier_id), former_status,
            func.nullif(col(Package.account_code), own_account),
            col(Package.code), col(Case.score),
        )
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Order, col(Order.id) == col(Parcel.former_order_id), isouter=True)
        .where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "planned", col(Parcel.order_id).is_(None))
        .order_by(col(Parcel.id))
    )  # fmt: skip
    rows = session.execute(statement).all()
    queued = [Waiting(*row[:8]) for row in rows]
    return queued, [Priced(row[0], row[8], row[2], 100 - (row[9] or 0), row[7] or own_account) for row in rows]


def suppliers(session: Session) -> dict[str | None, list[int]]:
    """Regency (None: all of them) -> active suppliers, ascending."""
    statement = select(col(Partner.regency_code), col(Partner.id)).where(
        col(Partner.kind) == "supplier", col(Partner.active).is_(True)
    )
    found: dict[str | None, list[int]] = {}
    for row in session.execute(statement.order_by(col(Partner.id))):
        found.setdefault(row[0], []).append(row[1])
    return found


def put_on_orders(session: Session, order_of: Mapping[int, int]) -> int:
    """Parcel -> order, in one statement; how many of them were on no order yet."""
    table = _PARCELS.__table__
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    each = func.json_each if is_sqlite else func.json_each_text
    told = bindparam(None, json.dumps(order_of), Text) if is_sqlite else cast(bindparam(None, json.dumps(order_of), Text), JSON)
    listed = each(told).table_valued("key", "value")
    wanted = select(cast(listed.c.key, Integer).label("parcel"), cast(listed.c.value, Integer).label("order_id"))
    chosen = wanted.cte("chosen").prefix_with("MATERIALIZED") if is_sqlite else wanted.cte("chosen")
    statement = (
        update(table).where(table.c.id == chosen.c.parcel, table.c.order_id.is_(None)).values(order_id=chosen.c.order_id)
    )
    return int(session.connection().execute(statement).rowcount)


def free_parcels(session: Session, order_id: int, as_failed: bool = True) -> int:
    """What an order should have brought and did not waits again, and knows which order failed; returns how many."""
    statement = update(Parcel).where(col(Parcel.order_id) == order_id, col(Parcel.status) == "planned")
    fields: dict[str, Any] = {"order_id": None} | ({"former_order_id": order_id} if as_failed else {})
    freed = session.execute(statement.values(**fields).execution_options(synchronize_session=False))
    return int(freed.rowcount)  # type: ignore[attr-defined]


def forget_failed(session: Session, order_id: int) -> int:
    """Waiting parcels are planned as if `order_id` had never held them; returns how many."""
    statement = update(Parcel).where(
        col(Parcel.former_order_id) == order_id, col(Parcel.order_id).is_(None), col(Parcel.status) == "planned"
    )
    done = session.execute(statement.values(former_order_id=None).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
