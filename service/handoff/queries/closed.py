"""Which households are closed to the agency they were sent to, and which letters still list one of them?

Closed: the referral was taken back or went to another agency, or the household took its word back.
"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlmodel import Session, col

from service.db.tables import Consent, Letter, Referral, ReferralBatch

TAKEN_BACK = ("withdrawn", "rerouted")
STILL_LISTED = col(Referral.status).not_in(("drafted", *TAKEN_BACK)) & col(Consent.withdrawn_at).is_(None)
RESTS_ON = col(Consent.id) == col(Referral.consent_id)


def still_listed(session: Session, batch_id: int) -> list[int]:
    """The referrals a batch's letter lists if it is printed now: signed under it and not closed to its agency."""
    chosen = select(col(Referral.id)).join(Consent, RESTS_ON, isouter=True)
    chosen = chosen.where(col(Referral.batch_id) == batch_id, STILL_LISTED).order_by(col(Referral.id))
    return list(session.execute(chosen).scalars())


def closed_on(session: Session, letter: Letter) -> list[str]:
    """Numbers of the referrals a cover letter lists that were closed to its agency after it was printed."""
    kind, _, batch = letter.subject_key.partition(":")
    if kind != "batch":
        return []
    is_taken_back = col(Referral.status).in_(TAKEN_BACK)
    chosen = (
        select(col(Referral.number))
        .join(ReferralBatch, col(ReferralBatch.id) == col(Referral.batch_id))
        .join(Consent, RESTS_ON, isouter=True)
        .where(
            col(ReferralBatch.number) == batch,
            or_(
                is_taken_back & (col(Referral.status_since) > letter.rendered_at),
                ~is_taken_back & (col(Consent.withdrawn_at) > letter.rendered_at),
            ),
        )
    )
    return list(session.execute(chosen.order_by(col(Referral.id))).scalars())
