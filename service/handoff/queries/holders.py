"""Who holds the baton of the households that are ready, referred or in service: so many at which status of which referral?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import Case, Referral
from service.handoff.queries.work import OPEN

ON_THE_WAY = ("ready", "referred", "in_service")


@dataclass(frozen=True)
class Held:
    """Households at one status whose open referral is at one status (`referral` None: they have none), and since when."""

    case: str
    referral: str | None
    count: int
    since: datetime


def held(session: Session, cycle_id: int) -> list[Held]:
    """The longest waiting first."""
    since = func.min(func.coalesce(col(Referral.status_since), col(Case.status_since)))
    chosen = (
        select(col(Case.status), col(Referral.status), func.count(), since)
        .join(Referral, (col(Referral.case_id) == col(Case.id)) & OPEN, isouter=True)
        .where(col(Case.cycle_id) == cycle_id, col(Case.status).in_(ON_THE_WAY))
        .group_by(col(Case.status), col(Referral.status))
        .order_by(since)
    )
    return [Held(*row) for row in session.execute(chosen)]
