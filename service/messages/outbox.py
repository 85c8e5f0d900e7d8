"""What do we owe to whom, and is it sent at least once, in order for each subject?

`owe_*` are called inside the transaction that causes the message; a separate loop (`sending.py`) sends. Sending goes
by wire time, so `at` (business time, possibly moved in a demo) is kept as the message's own time only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from service.clock import wall
from service.db.tables import OutboundMessage, Partner
from service.errors import NotFound, NotNow
from service.messages import queries
from service.messages.queries import log as log_queries

# Between two kicks of one stage and year: while partners call by the thousand, each kick would start a run of about two
# seconds' work for the few facts that are new; twenty seconds' go into one, and nobody waits longer for a stage.
KICK_PAUSE = timedelta(seconds=20)


class NotDead(NotNow):
    """Only a message that was given up is sent again by hand."""


def owe_webhook(session: Session, partner_id: int, subject_key: str, kind: str, data: dict[str, Any], at: datetime) -> None:
    """A signed webhook; `data` carries public numbers only. To a partner without an address nothing is owed."""
    partner = session.get(Partner, partner_id)
    if partner is None or not partner.webhook_url or not partner.active:
        return
    _owe(session, "webhook", subject_key, kind, data, at, partner_id=partner_id, address=partner.webhook_url)


def owe_mail(session: Session, address: str, subject_key: str, title: str, body: dict[str, Any], at: datetime) -> None:
    """A mail rendered from `templates/mail/{body['template']}` when sent; no personal data in it."""
    if address:
        _owe(session, "mail", subject_key, title, body, at, address=address)


def owe_kick(session: Session, stage: str, year: int, at: datetime) -> None:
    """Wake a stage's flow soon; several kicks of one stage and year that still wait are one.

    A kick already tried is not joined: its run may have begun before this transaction's facts were there.
    """
    key = f"{stage}-{year}"
    last = queries.last_kick(session, key)
    if last is None or last.attempts:
        _owe(session, "kick", key, stage, {"stage": stage, "year": year}, at, next_attempt_at=_kick_time(last))


def _kick_time(last: OutboundMessage | None) -> datetime:
    """Now, or a pause after the last one; one that is under way counts as sent now."""
    now = wall()
    return max(now, (last.sent_at or now) + KICK_PAUSE) if last else now


def send_again(session: Session, message_id: int) -> None:
    """A person gives a dead letter another round of attempts. Raises NotFound, NotDead."""
    message = session.get(OutboundMessage, message_id)
    if message is None:
        raise NotFound(f"Pesan keluar {message_id} tidak ada.")
    if message.state != "dead":
        raise NotDead("Hanya pesan yang sudah berhenti dicoba dapat dikirim ulang.", status=message.state, event="resend")
    message.state, message.attempts, message.next_attempt_at = "waiting", 0, wall()
    session.add(message)


def send_all_again(session: Session) -> int:
    """A person gives every dead letter another round of attempts, after an outage say; how many."""
    return log_queries.revive_all(session, wall())


def _owe(session: Session, kind: str, key: str, title: str, body: dict[str, Any], at: datetime, **fields: Any) -> None:
    when = {"next_attempt_at": wall(), "created_at": at}
    session.add(OutboundMessage(kind=kind, subject_key=key, type=title, body=body, **{**when, **fields}))
    session.flush()
