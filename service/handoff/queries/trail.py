"""What happened to a household on its way from agency to agency, in the order it happened?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Move, Partner, Referral, ReferralNote
from service.handoff.services import labels_of


@dataclass(frozen=True)
class Hop:
    """One agency on the way: why it, what was asked, which numbers both sides gave, and every move since."""

    hop: int
    number: str
    register_number: str | None
    agency: str
    why: str
    asked: str
    status: str
    reason: str | None
    consent_id: int | None
    moves: list[tuple[datetime, str, str, str | None]]
    notes: int


def trail_of(session: Session, case_id: int) -> list[Hop]:
    """Oldest hop first; `moves`: (when, event, who, why)."""
    rows = session.execute(
        select(Referral, Partner)
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .where(col(Referral.case_id) == case_id)
        .order_by(col(Referral.id))
    )
    return [_hop(session, row[0], row[1]) for row in rows]


def _hop(session: Session, referral: Referral, agency: Partner) -> Hop:
    same = (col(Move.subject) == "referral", col(Move.subject_id) == referral.id)
    columns = (col(Move.at), col(Move.event), col(Move.actor), col(Move.reason))
    moves = [(row[0], row[1], row[2], row[3]) for row in session.execute(select(*columns).where(*same).order_by(col(Move.id)))]
    written = select(col(ReferralNote.id)).where(col(ReferralNote.referral_id) == referral.id)
    return Hop(
        referral.hop, referral.number, referral.register_number, agency.name, referral.why_agency or "",
        labels_of(referral.services or ()), referral.status, referral.reason, referral.consent_id, moves,
        len(session.execute(written).all()),
    )  # fmt: skip
