"""Which partly handed over parcels owe a claim, which claims are untold or made good, and how are they listed?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import Claim, Move, Order, OutboundMessage, Package, PackageItem, Parcel, Partner


@dataclass(frozen=True)
class Reported:
    """A partly handed over parcel as its facilitator told it, with what its package should hold (name -> quantity)."""

    parcel_id: int
    told: list[dict[str, Any]]
    function_tested: bool | None
    note: str | None
    contents: dict[str, int]
    to_test: tuple[str, ...]


def parcels_owing_claim(session: Session, cycle_id: int) -> list[int]:
    """Partly handed over (also where a verifier decided since), and nobody claimed yet what is missing."""
    claimed = select(col(Claim.id)).where(col(Claim.parcel_id) == col(Parcel.id))
    decided = select(col(Move.id)).where(
        col(Move.subject) == "parcel", col(Move.subject_id) == col(Parcel.id), col(Move.from_status) == "partial",
        col(Move.event).in_(("verified", "disputed")),
    )  # fmt: skip
    were_partial = select(col(Move.subject_id)).where(
        col(Move.cycle_id) == cycle_id, col(Move.subject) == "parcel", col(Move.to_status) == "partial"
    )
    chosen = select(col(Parcel.id)).where(
        col(Parcel.id).in_(were_partial), col(Parcel.status).in_(("partial", "verified", "disputed")),
        (col(Parcel.status) == "partial") | decided.correlate(Parcel).exists(), ~claimed.correlate(Parcel).exists(),
    )  # fmt: skip
    return list(session.scalars(chosen.order_by(col(Parcel.id))))


def reported(session: Session, parcel_ids: Collection[int]) -> list[Reported]:
    found = []
    parcels = session.scalars(select(Parcel).where(col(Parcel.id).in_(parcel_ids)).order_by(col(Parcel.id))).all()
    contents = _contents(session, {parcel.package_id for parcel in parcels})
    for parcel in parcels:
        items = contents.get(parcel.package_id, [])
        held = {item.name: item.quantity for item in items}
        tested = tuple(item.name for item in items if item.needs_function_test)
        found.append(Reported(parcel.id or 0, parcel.items or [], parcel.function_tested, parcel.note, held, tested))
    return found


def untold_claims(session: Session, cycle_id: int) -> list[int]:
    """Open claims whose supplier has an address and was not told."""
    told = select(col(OutboundMessage.id)).where(
        col(OutboundMessage.kind) == "webhook", col(OutboundMessage.subject_key) == "claim:" + col(Claim.number)
    )
    chosen = (
        select(col(Claim.id))
        .join(Order, col(Order.id) == col(Claim.order_id))
        .join(Partner, col(Partner.id) == col(Order.supplier_id))
        .where(col(Claim.cycle_id) == cycle_id, col(Claim.state) == "open", ~told.correlate(Claim).exists())
        .where(col(Partner.webhook_url).is_not(None), col(Partner.webhook_url) != "", col(Partner.active))
    )
    return list(session.scalars(chosen.order_by(col(Claim.id))))


def claims_made_good(session: Session, cycle_id: int) -> list[int]:
    """Open claims whose parcel was handed over completely after they were raised."""
    later = select(col(Move.id)).where(
        col(Move.subject) == "parcel", col(Move.subject_id) == col(Claim.parcel_id), col(Move.event) == "handed_over",
        col(Move.at) >= col(Claim.raised_at), col(Move.from_status) == "partial",
    )  # fmt: skip
    chosen = select(col(Claim.id)).where(col(Claim.cycle_id) == cycle_id, col(Claim.state) == "open")
    return list(session.scalars(chosen.where(later.correlate(Claim).exists()).order_by(col(Claim.id))))


def claim_rows(session: Session, ids: Collection[int]) -> list[tuple[Claim, Parcel, Package, Order | None]]:
    statement = _joined().where(col(Claim.id).in_(ids)).order_by(col(Claim.id))
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(statement)]


def claims_page(
    session: Session, cycle_id: int, state: str | None = None, regencies: Sequence[str] = (), after_id: int = 0, limit: int = 50
) -> list[tuple[Claim, Parcel, Package, Order | None, Partner | None]]:
    statement = _within(_joined(with_supplier=True).where(col(Claim.cycle_id) == cycle_id, col(Claim.id) > after_id), regencies)
    if state:
        statement = statement.where(col(Claim.state) == state)
    rows = session.execute(statement.order_by(col(Claim.id)).limit(limit))
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def claim_counts(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> dict[str, int]:
    counted = select(col(Claim.state), func.count()).where(col(Claim.cycle_id) == cycle_id).group_by(col(Claim.state))
    return {row[0]: row[1] for row in session.execute(_within(counted, regencies))}


def claims_of_order(session: Session, order_id: int) -> Sequence[Claim]:
    return session.scalars(select(Claim).where(col(Claim.order_id) == order_id).order_by(col(Claim.id))).all()


def claims_of_supplier(session: Session, supplier_id: int, state: str = "open") -> list[tuple[Claim, Package, Order, datetime]]:
    """(Claim, Package, Order, since when), oldest first; nothing of the household."""
    statement = (
        select(Claim, Package, Order)
        .join(Order, col(Order.id) == col(Claim.order_id))
        .join(Parcel, col(Parcel.id) == col(Claim.parcel_id))
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .where(col(Order.supplier_id) == supplier_id, col(Claim.state) == state)
        .order_by(col(Claim.id))
        .limit(200)
    )
    return [(row[0], row[1], row[2], row[0].raised_at) for row in session.execute(statement)]


def _joined(with_supplier: bool = False) -> Any:
    chosen: Any = select(Claim, Parcel, Package, Order, Partner) if with_supplier else select(Claim, Parcel, Package, Order)
    chosen = (
        chosen.join(Parcel, col(Parcel.id) == col(Claim.parcel_id))
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .outerjoin(Order, col(Order.id) == col(Claim.order_id))
    )
    return chosen.outerjoin(Partner, col(Partner.id) == col(Order.supplier_id)) if with_supplier else chosen


def _within(chosen: Any, regencies: Sequence[str]) -> Any:
    return chosen.where(func.substr(col(Claim.district_code), 1, 5).in_(regencies)) if regencies else chosen


def _contents(session: Session, package_ids: Collection[int]) -> dict[int, list[PackageItem]]:
    found: dict[int, list[PackageItem]] = {}
    chosen = select(PackageItem).where(col(PackageItem.package_id).in_(package_ids)).order_by(col(PackageItem.id))
    for item in session.scalars(chosen):
        found.setdefault(item.package_id, []).append(item)
    return found
