"""What did partners tell us, as a person looks it through, and what was given up on?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from service.db.tables import InboundMessage, OutboundMessage, Partner


def locked_message(session: Session, message_id: int) -> InboundMessage | None:
    """The kept message; nobody else settles it until the transaction ends."""
    return session.exec(select(InboundMessage).where(col(InboundMessage.id) == message_id).with_for_update()).one_or_none()


def inbound_log(session: Session, result: str | None, partner_id: int | None, before: int, limit: int) -> list[Any]:
    """(InboundMessage, Partner), the newest first; before an id, so many at a time."""
    chosen = select(InboundMessage, Partner).join(Partner, col(Partner.id) == col(InboundMessage.partner_id))
    if result:
        chosen = chosen.where(col(InboundMessage.result) == result)
    if partner_id:
        chosen = chosen.where(col(InboundMessage.partner_id) == partner_id)
    if before:
        chosen = chosen.where(col(InboundMessage.id) < before)
    return list(session.exec(chosen.order_by(col(InboundMessage.id).desc()).limit(limit)))


def late_since(session: Session, since: datetime) -> int:
    """How many messages that came too late were received from an instant on (business time)."""
    chosen = select(func.count()).where(col(InboundMessage.result) == "late", col(InboundMessage.received_at) >= since)
    return session.exec(chosen).one()


def revive_all(session: Session, now: datetime) -> int:
    """Every dead letter gets another round of attempts; how many."""
    given_up = update(OutboundMessage).where(col(OutboundMessage.state) == "dead")
    done = session.execute(given_up.values(state="waiting", attempts=0, next_attempt_at=now))
    return int(done.rowcount)  # type: ignore[attr-defined]
