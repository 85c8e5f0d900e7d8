"""What stands behind an agency's link besides its referrals: cover letters, the conversation, reports due?"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Letter, OutcomeReport, ReferralBatch, ReferralNote


def covers(session: Session, agency_id: int, batch_id: int | None, limit: int = 10) -> Sequence[Letter]:
    """Cover letters to an agency, newest first; of one batch where the link names one."""
    chosen = select(Letter).join(ReferralBatch, col(ReferralBatch.letter_id) == col(Letter.id))
    chosen = chosen.where(col(ReferralBatch.agency_id) == agency_id)
    if batch_id:
        chosen = chosen.where(col(ReferralBatch.id) == batch_id)
    return session.execute(chosen.order_by(col(Letter.id).desc()).limit(limit)).scalars().all()


def notes(session: Session, referral_id: int) -> Sequence[ReferralNote]:
    """The conversation about a referral, oldest first."""
    chosen = select(ReferralNote).where(col(ReferralNote.referral_id) == referral_id)
    return session.execute(chosen.order_by(col(ReferralNote.id))).scalars().all()


def reports(session: Session, referral_id: int) -> Sequence[OutcomeReport]:
    """What the agency reports some months after the service began, in order."""
    chosen = select(OutcomeReport).where(col(OutcomeReport.referral_id) == referral_id, col(OutcomeReport.month) > 0)
    return session.execute(chosen.order_by(col(OutcomeReport.month))).scalars().all()
