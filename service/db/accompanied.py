"""Which households does a facilitator accompany?

Whose parcel was entrusted to her; before that, whom the registry names with her code.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlmodel import Session, col

from service.db.tables import Case, Household, Parcel, Partner


def is_accompanied_by(session: Session, case_id: int, login: str) -> bool:
    chosen = select(col(Case.id)).join(Household, col(Household.id) == col(Case.household_id)).where(col(Case.id) == case_id)
    return session.execute(chosen.where(accompanied_by(login))).first() is not None


def accompanied_by(login: str) -> Any:
    """For a statement over Case and Household; `login` is the sender of the facilitator's phone, `fas-p01`."""
    entrusted = exists().where(col(Parcel.case_id) == col(Case.id), col(Parcel.facilitator_id).is_not(None))
    mine = (
        select(col(Parcel.case_id))
        .join(Partner, col(Partner.id) == col(Parcel.facilitator_id))
        .where(col(Partner.sender) == login, col(Partner.kind) == "facilitator")
    )
    named = "fas-" + func.lower(col(Household.facilitator_code)) == login
    return or_(col(Case.id).in_(mine), and_(named, ~entrusted))
