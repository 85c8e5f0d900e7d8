"""Which goods does an order still owe a household, and how is such a claim written down?

Called inside the transaction that finds the fault; the supplier is told by a step of the delivery stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from service.db.spares import order_of_parcel
from service.db.tables import Claim, Parcel
from service.errors import NotFound

RULES = "rules"


class NoSuchClaim(NotFound):
    """No claim has this number."""


def raise_claim(
    session: Session, parcel_id: int, kind: str, items: Sequence[dict[str, Any]], by: str, at: datetime, note: str | None = None
) -> Claim:
    """`kind`: short, damaged or wrong; `items`: name and count. An open claim of the same kind for the parcel is that one."""
    parcel = session.get_one(Parcel, parcel_id)
    same = select(Claim).where(col(Claim.parcel_id) == parcel_id, col(Claim.kind) == kind, col(Claim.state) == "open")
    if known := session.scalars(same).first():
        return known
    before = session.scalars(select(func.count()).where(col(Claim.parcel_id) == parcel_id)).one()
    number = parcel.number.replace("PKT-", "KLM-", 1) + (f"-{before + 1}" if before else "")
    claim = Claim(
        number=number, cycle_id=parcel.cycle_id, order_id=order_of_parcel(session, parcel_id), parcel_id=parcel_id,
        district_code=parcel.district_code, kind=kind, items=list(items), raised_by=by, raised_at=at, note=note,
    )  # fmt: skip
    session.add(claim)
    session.flush()
    return claim


def claim_numbered(session: Session, number: str) -> Claim:
    """Raises NoSuchClaim."""
    found = session.scalars(select(Claim).where(col(Claim.number) == number)).one_or_none()
    if found is None:
        raise NoSuchClaim(f"Klaim {number} tidak ada.")
    return found


def end_claim(session: Session, claim_id: int, state: str, by: str, at: datetime, reason: str | None = None) -> bool:
    """`state`: replaced or dropped; False when it is not open (any more)."""
    guarded = update(Claim).where(col(Claim.id) == claim_id, col(Claim.state) == "open")
    values = {"state": state, "decided_by": by, "decided_at": at, "reason": reason}
    done = session.execute(guarded.values(**values))
    return bool(done.rowcount)  # type: ignore[attr-defined]
