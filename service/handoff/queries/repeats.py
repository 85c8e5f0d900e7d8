"""What is kept of a referral when its agency says again what it said before?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from service.db.tables import InboundMessage, Move, Referral
from service.lifecycle import Subject
from service.messages.turns import ROUND_STARTS


def locked_referral(session: Session, referral_id: int) -> Referral:
    """As it is now; it stays ours until the transaction ends."""
    session.flush()
    return session.get_one(Referral, referral_id, populate_existing=True, with_for_update=True)


def set_register_number(session: Session, referral_id: int, number: str | None) -> None:
    """A change like any other, so the version rises."""
    session.execute(
        update(Referral)
        .where(col(Referral.id) == referral_id)
        .values(register_number=number, version=col(Referral.version) + 1)
    )


def applied_words(session: Session, referral_id: int, kind: str) -> list[dict[str, Any]]:
    """`data` of every message of a kind that was applied to the referral in its present round."""
    of_referral = (col(Move.subject) == str(Subject.REFERRAL), col(Move.subject_id) == referral_id)
    started = select(func.max(Move.at)).where(*of_referral, col(Move.event).in_(ROUND_STARTS)).scalar_subquery()
    chosen = select(col(InboundMessage.body)).where(
        col(InboundMessage.subject) == str(Subject.REFERRAL), col(InboundMessage.subject_id) == referral_id,
        col(InboundMessage.type) == kind, col(InboundMessage.result) == "applied", col(InboundMessage.received_at) >= started,
    )  # fmt: skip
    return [body["data"] for body in session.execute(chosen).scalars()]
