"""Which agencies hold the particulars of a household that took its word back, and which of them said that they are deleted?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.sent import WAS_SENT
from service.db.tables import Consent, Partner, Referral, ReferralNote
from service.handoff.queries.closed import RESTS_ON
from service.handoff.queries.thread import FROM_AGENCY

CONFIRMED = "Data keluarga pada rujukan ini sudah kami hapus dan tidak kami proses lagi."
"""The line an agency's button writes; it stands in the conversation, where both offices read it."""


@dataclass(frozen=True)
class Held:
    """One referral with which an agency got the particulars; `confirmed_at`: when it said that they are deleted."""

    consent_id: int
    number: str
    agency: str
    confirmed_at: datetime | None


def held_with(session: Session, consent_ids: Collection[int]) -> list[Held]:
    """Of withdrawn consents, what agencies got with them, by referral."""
    return _held(session, col(Referral.consent_id).in_(consent_ids))


def held_with_referral(session: Session, referral_id: int) -> Held | None:
    """None where the consent stands or the agency never got anything."""
    return next(iter(_held(session, col(Referral.id) == referral_id)), None)


def to_delete(session: Session, agency_id: int, batch_id: int | None, limit: int = 20) -> list[str]:
    """Numbers of referrals of which the agency has not yet said that it deleted what it got."""
    same = [col(Referral.agency_id) == agency_id, *([col(Referral.batch_id) == batch_id] if batch_id else [])]
    return [one.number for one in _held(session, *same) if one.confirmed_at is None][:limit]


def _held(session: Session, *which: Any) -> list[Held]:
    said = select(func.min(col(ReferralNote.at))).where(
        col(ReferralNote.referral_id) == col(Referral.id), col(ReferralNote.text) == CONFIRMED, FROM_AGENCY,
        col(ReferralNote.at) >= col(Consent.withdrawn_at),
    )  # fmt: skip
    chosen = (
        select(col(Consent.id), col(Referral.number), col(Partner.name), said.correlate(Referral, Consent).scalar_subquery())
        .select_from(Referral)
        .join(Consent, RESTS_ON)
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .where(col(Consent.withdrawn_at).is_not(None), WAS_SENT, *which)
    )
    return [Held(*row) for row in session.execute(chosen.order_by(col(Referral.id)))]
