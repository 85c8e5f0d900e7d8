"""Which cover letters had a batch, and which of them is still to be printed in the place of an earlier one?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import Consent, Letter, Referral, ReferralBatch
from service.handoff.queries.closed import RESTS_ON, STILL_LISTED

KIND = "referral"


def covers_of(session: Session, batch_number: str) -> Sequence[Letter]:
    """The first one first."""
    chosen = select(Letter).where(col(Letter.kind) == KIND, col(Letter.subject_key) == f"batch:{batch_number}")
    return session.execute(chosen.order_by(col(Letter.id))).scalars().all()


def to_reprint(session: Session, cycle_id: int) -> list[int]:
    """One referral of each batch that went out and whose new cover letter is signed, but not printed yet."""
    first = func.min(col(Referral.id))
    chosen = (
        select(first)
        .join(ReferralBatch, col(ReferralBatch.id) == col(Referral.batch_id))
        .join(Consent, RESTS_ON, isouter=True)
        .where(
            col(ReferralBatch.cycle_id) == cycle_id, col(ReferralBatch.state) == "sent", col(ReferralBatch.letter_id).is_(None),
            STILL_LISTED,
        )
        .group_by(col(Referral.batch_id))
        .order_by(first)
    )  # fmt: skip
    return list(session.execute(chosen).scalars())


def numbers_of_sheets(session: Session, referral_ids: Collection[int]) -> list[str]:
    """The letter numbers that stand on the current sheets of these referrals, the oldest first."""
    chosen = (
        select(col(Letter.number))
        .join(Referral, col(Referral.letter_id) == col(Letter.id))
        .where(col(Referral.id).in_(referral_ids), col(Letter.number).is_not(None))
        .order_by(col(Letter.id))
    )
    return list(dict.fromkeys(session.execute(chosen).scalars()))
