"""Was a referral ever sent, whatever became of it later?"""

from __future__ import annotations

from sqlalchemy import exists
from sqlmodel import col

from service.db.tables import Move, Referral
from service.lifecycle import Subject

WAS_SENT = exists().where(
    col(Move.subject) == str(Subject.REFERRAL), col(Move.subject_id) == col(Referral.id), col(Move.to_status) == "sent"
)
"""For a statement over Referral. Not so what was drafted or signed, and withdrawn before it went out."""
