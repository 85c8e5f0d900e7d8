"""Which referrals' households took their word back, so that an agency sees their particulars no more?"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Consent, Referral


def without_consent(session: Session, referral_ids: Collection[int]) -> frozenset[int]:
    """Ids of those whose consent was withdrawn."""
    chosen = select(col(Referral.id)).join(Consent, col(Consent.id) == col(Referral.consent_id))
    return frozenset(
        session.execute(chosen.where(col(Referral.id).in_(referral_ids), col(Consent.withdrawn_at).is_not(None))).scalars()
    )
