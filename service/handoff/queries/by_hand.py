"""Which letters went out to an agency that no mail and no message reaches, so that somebody must take them there?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import Case, Partner, Referral, ReferralBatch


def is_out_of_reach(agency: Partner) -> bool:
    """Neither a mail address nor one for messages: nothing tells it that a letter is there."""
    return not agency.contact and not agency.webhook_url


def to_take_there(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[tuple[str, datetime]]:
    """Numbers of batches of which a referral is still unacknowledged, each with the hour of its signature; the oldest first."""
    unreached = (col(Partner.contact) == "") & (func.coalesce(col(Partner.webhook_url), "") == "")
    chosen = (
        select(col(ReferralBatch.number), col(ReferralBatch.signed_at))
        .join(Partner, col(Partner.id) == col(ReferralBatch.agency_id))
        .join(Referral, col(Referral.batch_id) == col(ReferralBatch.id))
        .where(col(ReferralBatch.cycle_id) == cycle_id, col(Referral.status) == "sent", unreached)
        .distinct()
        .order_by(col(ReferralBatch.signed_at), col(ReferralBatch.number))
    )
    if regencies:
        chosen = chosen.join(Case, col(Case.id) == col(Referral.case_id)).where(col(Case.regency_code).in_(regencies))
    return [(row[0], row[1]) for row in session.execute(chosen)]
