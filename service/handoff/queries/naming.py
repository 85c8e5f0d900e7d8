"""Which open referrals of an agency rest on no consent that names it?"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlmodel import Session, col

from service.db.tables import Consent, Referral
from service.handoff.queries.work import OPEN


def not_naming(session: Session, agency_id: int) -> dict[int, int]:
    """referral id -> its cycle."""
    unnamed = or_(col(Consent.receiver_id).is_(None), col(Consent.receiver_id) != agency_id)
    chosen = (
        select(col(Referral.id), col(Referral.cycle_id))
        .join(Consent, col(Consent.id) == col(Referral.consent_id), isouter=True)
        .where(
            col(Referral.agency_id) == agency_id,
            OPEN,
            unnamed,
        )
    )
    return {row[0]: row[1] for row in session.execute(chosen)}
