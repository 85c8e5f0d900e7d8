"""Which agencies hold referrals and have no code yet, so that they cannot read where the households live?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import Case, Partner, PartnerLink, Referral

WITH_THEM = ("sent", "acknowledged", "waitlisted", "accepted", "in_service")


def without_code(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[tuple[Partner, datetime]]:
    """Each with the day since which it holds one; who waits longest first."""
    has_code = (
        select(col(PartnerLink.id))
        .where(col(PartnerLink.partner_id) == col(Partner.id), col(PartnerLink.revoked_at).is_(None))
        .where(col(PartnerLink.code_hash).is_not(None))
        .exists()
    )
    since = func.min(col(Referral.status_since))
    chosen = (
        select(Partner, since)
        .join(Referral, col(Referral.agency_id) == col(Partner.id))
        .where(col(Referral.cycle_id) == cycle_id, col(Referral.status).in_(WITH_THEM))
        .where(col(Partner.is_sandbox).is_(False), ~has_code)
        .group_by(col(Partner.id))
        .order_by(since, col(Partner.id))
    )
    if regencies:
        chosen = chosen.join(Case, col(Case.id) == col(Referral.case_id)).where(col(Case.regency_code).in_(regencies))
    return [(row[0], row[1]) for row in session.execute(chosen)]
