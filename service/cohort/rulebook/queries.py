"""Which versions of a cycle's policy are kept, and to what do its quotas sum?"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import PolicyVersion, Quota


def versions(session: Session, cycle_id: int) -> Sequence[PolicyVersion]:
    """Oldest first."""
    statement = select(PolicyVersion).where(col(PolicyVersion.cycle_id) == cycle_id)
    return session.scalars(statement.order_by(col(PolicyVersion.version))).all()


def quota_sum(session: Session, cycle_id: int) -> int:
    statement = select(func.coalesce(func.sum(col(Quota.households)), 0)).where(col(Quota.cycle_id) == cycle_id)
    return int(session.scalars(statement).one())
