"""Which accepted orders still wait for their supplier's handover record, and who took their goods when?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Letter, Move, Order


def orders_without_receipt(session: Session, cycle_id: int) -> list[int]:
    """Numbered at acceptance, and its order letter is there (the record names it)."""
    chosen = select(col(Order.id)).where(
        col(Order.cycle_id) == cycle_id, col(Order.receipt_number).is_not(None), col(Order.receipt_letter_id).is_(None),
        col(Order.letter_id).is_not(None),
    )  # fmt: skip
    return list(session.scalars(chosen.order_by(col(Order.id))))


def last_told(session: Session, ids: Collection[int], event: str) -> dict[int, tuple[str, datetime]]:
    """Order -> (actor, when) of its last event of this kind."""
    chosen = select(col(Move.subject_id), col(Move.actor), col(Move.at)).where(
        col(Move.subject) == "order", col(Move.event) == event, col(Move.subject_id).in_(ids)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(chosen.order_by(col(Move.id)))}


def letter_days(session: Session, ids: Collection[int]) -> dict[int, Letter]:
    """Order -> its order letter."""
    chosen = select(col(Order.id), Letter).join(Letter, col(Letter.id) == col(Order.letter_id)).where(col(Order.id).in_(ids))
    return {row[0]: row[1] for row in session.execute(chosen)}
