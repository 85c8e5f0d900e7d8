"""Which cover letters had a batch, and which of them is still to be printed in the place of an earlier one?"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import Letter, Referral, ReferralBatch

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
        .where(
            col(ReferralBatch.cycle_id) == cycle_id, col(ReferralBatch.state) == "sent", col(ReferralBatch.letter_id).is_(None),
            col(Referral.status).not_in(("drafted", "withdrawn")),
        )
        .group_by(col(Referral.batch_id))
        .order_by(first)
    )  # fmt: skip
    return list(session.execute(chosen).scalars())
