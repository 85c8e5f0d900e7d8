"""How does a person look through what partners told us, and let a kept message have its effect after all?

A message is told anew exactly as it was kept: the same door, the same rules, once. What was applied stays as it is.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlmodel import Session

from service.errors import NotFound, NotNow
from service.lifecycle import Subject
from service.messages import queries
from service.messages.inbox import Doors, retry, retry_parked
from service.messages.queries import log as log_queries
from service.messages.turns import Turn
from service.trust.rights import Officer, require

log = structlog.get_logger("estafet.service")


class AppliedAlready(NotNow):
    """The message has had its effect."""


def redrive(session: Session, doors: Doors, officer: Officer, message_id: int, now: datetime) -> str:
    """applied, parked, late or refused; whoever waited behind it follows. `now` is business time.

    Raises:
        NoRight, NotFound, AppliedAlready
    """
    require(officer, "message.resend")
    message = log_queries.locked_message(session, message_id)
    if message is None:
        raise NotFound(f"Laporan masuk {message_id} tidak ada.")
    if message.result == Turn.NOW.value:
        raise AppliedAlready("Laporan ini sudah diterapkan.", status=message.result, event="redrive")
    subject, result = Subject(message.subject), retry(session, doors, message, now)
    queries.settle(session, message_id, message.subject_id, result, now)
    if result == Turn.NOW.value:
        retry_parked(session, doors, subject, message.subject_id, now)
    log.info("redriven", message=message_id, result=result, by=officer.actor)
    return result
