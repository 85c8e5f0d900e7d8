"""Who carries what is owed, and what becomes of each attempt?

Claim (a guarded UPDATE in its own short transaction), send outside any transaction, settle together what has been
answered. A sender that dies in between leaves its messages due again after the lease: at least once. All times here
are wire time.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlmodel import Session

from service.clock import wall
from service.db.session import Database
from service.db.tables import OutboundMessage, Partner
from service.errors import EstafetError
from service.messages import queries, wire
from service.messages.backoff import next_attempt, next_kick
from service.messages.mail import send_mail
from service.messages.prefect_api import PrefectApi
from service.messages.signatures import signed_headers
from service.settings import Settings
from service.trust.partners import secrets_of
from service.trust.sealing import Sealer

LEASE = timedelta(seconds=90)
AT_ONCE = 16
AT_ONCE_EACH = 4
KICK_EVERY_SECONDS = 1.0
GONE = 410
log = structlog.get_logger("estafet.outbox")


@dataclass(frozen=True)
class Attempt:
    """What one attempt came to; `error` empty means sent."""

    error: str = ""
    wish: timedelta | None = None
    is_gone: bool = False


@dataclass
class Carrier:
    """Everything sending needs; `chance` spreads retries."""

    database: Database
    sealer: Sealer
    home: Path
    settings: Settings
    prefect: PrefectApi | None = None
    chance: random.Random = field(default_factory=random.Random)

    def due(self, kinds: tuple[str, ...], limit: int, busy: frozenset[int] = frozenset()) -> list[OutboundMessage]:
        """Claims what is due; messages of `busy` partners wait."""
        now = wall()
        with self.database.read() as session:
            found = queries.due_messages(session, kinds, now, limit, busy)
        if not found:
            return []
        with self.database.write() as session:
            return [message for message in found if queries.claim(session, message, now + LEASE)]

    def attempt(self, message: OutboundMessage) -> Attempt:
        """One attempt. `message` is as it was before it was claimed."""
        try:
            return self._send(message)
        except EstafetError as error:
            return Attempt(error.message)
        except Exception as error:  # a fault of ours must not stop the others
            log.exception("send_failed", message_id=message.id, kind=message.kind)
            return Attempt(type(error).__name__)

    def settle(self, attempts: Sequence[tuple[OutboundMessage, Attempt]]) -> None:
        """What became of them, in one transaction."""
        if attempts:
            with self.database.write() as session:
                for message, attempt in attempts:
                    self._settle(session, message, attempt)

    def carry(self, message: OutboundMessage) -> Attempt:
        """One attempt and its settlement."""
        attempt = self.attempt(message)
        self.settle([(message, attempt)])
        return attempt

    def _send(self, message: OutboundMessage) -> Attempt:
        if message.kind == "webhook":
            return self._send_webhook(message)
        if message.kind == "mail":
            mail_url = self.settings.mail_url
            send_mail(mail_url, self.home, _id(message), message.address, message.type, message.body)
            return Attempt()
        return self._kick(message)

    def _send_webhook(self, message: OutboundMessage) -> Attempt:
        with self.database.read() as session:
            partner = session.get(Partner, message.partner_id)
        if partner is None or not partner.webhook_url:
            return Attempt("Mitra tidak mempunyai alamat webhook.", is_gone=True)
        now = wall()
        body = body_of(message)
        headers = {"content-type": "application/json", "user-agent": "Estafet/1"}
        headers |= signed_headers(f"msg_{message.id}", body, secrets_of(partner, self.sealer, now), now)
        answer = wire.post(partner.webhook_url, headers, body, self.settings.allow_private_webhooks)
        if 200 <= answer.status < 300:
            return Attempt()
        return Attempt(f"Dijawab {answer.status}.", answer.retry_after, answer.status == GONE)

    def _kick(self, message: OutboundMessage) -> Attempt:
        if self.prefect is None:
            return Attempt("Prefect tidak dipakai.")
        stage = message.body["stage"]
        self.prefect.start_stage(stage, message.body["year"], f"flow:{stage}", f"kick-{message.id}")
        return Attempt()

    def _settle(self, session: Session, message: OutboundMessage, attempt: Attempt) -> None:
        now, tries = wall(), message.attempts + 1
        if not attempt.error:
            said = {key: value for key, value in message.body.items() if key != "link"}  # a link is a secret
            queries.settle_outbound(session, _id(message), state="sent", sent_at=now, last_error=None, body=said)
            return
        again = self._again(message, tries, now, attempt)
        state: dict[str, Any] = {"next_attempt_at": again} if again else {"state": "dead"}
        queries.settle_outbound(session, _id(message), last_error=attempt.error, **state)
        if attempt.is_gone and message.partner_id:
            _disable(session.get(Partner, message.partner_id))
            queries.bury_all(session, message.partner_id, "Alamat webhook dinonaktifkan oleh mitra (410).")

    def _again(self, message: OutboundMessage, tries: int, now: datetime, attempt: Attempt) -> datetime | None:
        if message.kind == "kick":
            return next_kick(tries, now, self.chance)
        return None if attempt.is_gone else next_attempt(tries, now, attempt.wish, self.chance)


def body_of(message: OutboundMessage) -> bytes:
    """Every attempt sends the same bytes."""
    content = {"type": message.type, "timestamp": message.created_at.isoformat(), "data": message.body}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def send_all_due(carrier: Carrier, kinds: tuple[str, ...] = ("webhook", "mail", "kick")) -> int:
    """Carry what is due now, in this thread, until nothing is; returns how many were sent."""
    sent = 0
    while messages := carrier.due(kinds, AT_ONCE):
        sent += sum(not carrier.carry(message).error for message in messages)
    return sent


class Sender(threading.Thread):
    """The loop beside the service: several receivers at once, few messages each, at most one kick a second."""

    def __init__(self, carrier: Carrier, pause: float = 0.2) -> None:
        super().__init__(name="estafet-outbox", daemon=True)
        self._carrier, self._pause = carrier, pause
        self._ending = threading.Event()
        self._under_way: dict[Future[Attempt], OutboundMessage] = {}
        self._last_kick = 0.0

    def stop(self, wait: float = 25.0) -> None:
        self._ending.set()
        self.join(wait)

    def run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="estafet-send") as pool:
            while not self._ending.is_set():
                try:
                    self._settle_done()
                    started = self._start_due(pool) + self._kick()
                except Exception as error:  # the database may be away for a while
                    log.warning("outbox_waits", error=type(error).__name__)
                    started = 0
                if not started:
                    self._ending.wait(self._pause if not self._under_way else 0.02)
        with suppress(EstafetError):  # else they are sent again after the lease
            self._settle_done()

    def _settle_done(self) -> None:
        done = [future for future in self._under_way if future.done()]
        self._carrier.settle([(self._under_way[future], future.result()) for future in done])
        for future in done:
            del self._under_way[future]

    def _start_due(self, pool: ThreadPoolExecutor) -> int:
        if (room := AT_ONCE - len(self._under_way)) <= 0:
            return 0
        mine = [message.partner_id for message in self._under_way.values()]
        busy = frozenset(partner for partner in mine if partner and mine.count(partner) >= AT_ONCE_EACH)
        messages = self._carrier.due(("webhook", "mail"), min(room, AT_ONCE_EACH), busy)
        for message in messages:
            self._under_way[pool.submit(self._carrier.attempt, message)] = message
        return len(messages)

    def _kick(self) -> int:
        if time.monotonic() - self._last_kick < KICK_EVERY_SECONDS:
            return 0
        messages = self._carrier.due(("kick",), 1)
        for message in messages:
            self._last_kick = time.monotonic()
            self._carrier.carry(message)
        return len(messages)


def _disable(partner: Partner | None) -> None:
    if partner is not None:
        partner.webhook_url = None


def _id(message: OutboundMessage) -> int:
    assert message.id is not None
    return message.id
