"""How far did what was sent to an agency ever come, whatever became of it later?"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.sent import WAS_SENT
from service.db.tables import Move, Referral
from service.lifecycle import Subject

_OF_REFERRALS = col(Move.subject) == str(Subject.REFERRAL)


def ever_reached(session: Session, agency_id: int, batch_id: int | None = None) -> dict[str, int]:
    """status -> how many of the agency's referrals (of one batch) ever came there: what was handed on stays counted."""
    chosen = (
        select(col(Move.to_status), func.count(func.distinct(col(Move.subject_id))))
        .join(Referral, col(Referral.id) == col(Move.subject_id))
        .where(_OF_REFERRALS, col(Referral.agency_id) == agency_id)
        .group_by(col(Move.to_status))
    )
    if batch_id:
        chosen = chosen.where(col(Referral.batch_id) == batch_id)
    return {row[0]: row[1] for row in session.execute(chosen)}


def was_sent(session: Session, referral_id: int) -> bool:
    return session.execute(select(col(Referral.id)).where(col(Referral.id) == referral_id, WAS_SENT)).first() is not None
