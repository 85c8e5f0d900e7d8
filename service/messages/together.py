"""How are callbacks that arrive together kept and applied in one transaction, with one commit for all of them?

Here goes the ordinary message only: from a partner whose signature still counts, new or a plain copy, about a subject of
the partner's that nobody else holds, whose turn is now. Whatever is not so is left out untouched (None) and goes the way of
one (`inbox.receive`), which knows the right answer; so does everybody when anything fails here. The answer is given after
the commit, as there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.db.history import Told
from service.db.session import Database
from service.lifecycle import Subject, may_move
from service.messages import queries
from service.messages.inbox import DUPLICATE, Door, Doors, Found, Many, Ready, Telling, columns_of, retry_parked
from service.messages.turns import Turn
from service.trust.queries import Signer, signers

MOST = 64
"""In one transaction; more would keep others waiting for theirs."""
A_MOMENT = 0.002
"""Seconds. Longer would be felt by a lone sender whose companions have just left."""


Key = tuple[int, str]


@dataclass(frozen=True)
class Callback:
    """A message, its door, and its sender as it was known when the signature was checked."""

    signer: Signer
    telling: Telling
    door: Door

    @property
    def key(self) -> Key:
        return self.signer.id, self.telling.message_id

    @property
    def may_go_together(self) -> bool:
        return self.door.many is not None and not self.signer.is_sandbox and self.signer.kind in self.door.sender_kinds


Taken = list[str | None]


def receive_together(database: Database, doors: Doors, callbacks: Sequence[Callback], now: datetime) -> Taken:
    """Each one's result, applied or duplicate; None: nothing was done, it goes the way of one. `now` is business time."""
    with database.write() as session:
        asked = _still_signed(session, callbacks)
        kept = queries.keep_all_new(session, [_row(one, now) for one in asked.values()]) if asked else {}
        ready = _ready(session, {key: asked[key] for key in kept}, now)
        queries.unkeep(session, [kept_id for key, kept_id in kept.items() if key not in ready])
        for many, of_door in _by_door(asked, ready).items():
            many.apply(session, [ready[key] for key in of_door])
        if ready:
            queries.settle_applied(session, {kept[key]: one.found.id for key, one in ready.items()}, now)
            _retry(session, doors, {(asked[key].door.subject, one.found.id) for key, one in ready.items()}, now)
        copies = asked.keys() - kept.keys()
        for key in copies:
            queries.count_copy(session, *key)
    results = {**dict.fromkeys(ready, Turn.NOW.value), **dict.fromkeys(copies, DUPLICATE)}
    return [results.get(one.key) if asked.get(one.key) is one else None for one in callbacks]


def _still_signed(session: Session, callbacks: Sequence[Callback]) -> dict[Key, Callback]:
    """The first of each message whose sender is, in this transaction, who it was when the signature was checked."""
    now_known = signers(session, {one.signer.sender for one in callbacks})
    asked: dict[Key, Callback] = {}
    for one in callbacks:
        if one.signer.active and now_known.get(one.signer.sender) == one.signer:
            asked.setdefault(one.key, one)
    return asked


def _ready(session: Session, new: dict[Key, Callback], now: datetime) -> dict[Key, Ready]:
    """Those whose turn is now; of one subject the first only."""
    taken, ready = set[tuple[Subject, int]](), dict[Key, Ready]()
    for many, keys in _by_door(new, new).items():
        founds = many.find(session, [new[key].telling.data for key in keys])
        for key, found in zip(keys, founds, strict=True):
            one, subject = new[key], new[key].door.subject
            if found and _has_its_turn(one, found) and (subject, found.id) not in taken:
                taken.add((subject, found.id))
                ready[key] = Ready(found, one.telling.data, Told(f"partner:{one.signer.sender}", now))
    return ready


def _has_its_turn(one: Callback, found: Found) -> bool:
    return found.is_theirs(one.signer.id) and may_move(one.door.subject, found.status, one.door.event)


def _retry(session: Session, doors: Doors, moved: set[tuple[Subject, int]], now: datetime) -> None:
    """What waited for one that has moved."""
    for subject in {subject for subject, _ in moved}:
        ids = [subject_id for of, subject_id in moved if of == subject]
        for subject_id in queries.with_parked(session, subject, ids):
            retry_parked(session, doors, subject, subject_id, now)


def _by_door(callbacks: Mapping[Key, Callback], keys: Iterable[Key]) -> dict[Many, list[Key]]:
    by_door: dict[Many, list[Key]] = {}
    for key in keys:
        many = callbacks[key].door.many
        assert many is not None
        by_door.setdefault(many, []).append(key)
    return by_door


def _row(one: Callback, now: datetime) -> dict[str, Any]:
    return {"partner_id": one.signer.id, "webhook_id": one.telling.message_id, **columns_of(one.door, one.telling, now)}


Waiting = tuple[Callback, "Future[str | None]"]


class WaitingRoom:
    """Who comes while a transaction is under way waits for the next one; who finds nobody there waits for nobody.

    Senders that were just answered together come back at about the same time: the next transaction waits for them a moment,
    or it would begin with the first and leave the others to a third.
    """

    def __init__(self, take: Callable[[Sequence[Callback]], Taken]) -> None:
        self._take, self._waiting = take, list[Waiting]()
        self._changed, self._is_busy = threading.Condition(), False
        self._writer = ThreadPoolExecutor(1, "callbacks")
        self.known: dict[str, Signer] = {}
        """Senders whose signature held before, so that it can be checked without asking; asked again when they are taken."""

    def enter(self, one: Callback) -> Future[str | None]:
        """What became of it; None: it goes the way of one."""
        future = Future[str | None]()
        with self._changed:
            self._waiting.append((one, future))
            self._changed.notify()
            if not self._is_busy:
                self._is_busy = True
                self._writer.submit(self._work)
        return future

    def _work(self) -> None:
        group = self._next(0)
        while group:
            try:
                results = self._take([one for one, _ in group])
            except Exception:  # each will meet what is wrong by itself, and say so
                results = [None] * len(group)
            for (_, future), result in zip(group, results, strict=True):
                if future.set_running_or_notify_cancel():
                    future.set_result(result)
            group = self._next(len(group))

    def _next(self, answered: int) -> list[Waiting]:
        """Those who wait; empty when nobody came."""
        with self._changed:
            here = answered + len(self._waiting)
            if here > 1:
                self._changed.wait_for(lambda: len(self._waiting) >= min(here, MOST), A_MOMENT)
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            self._is_busy = bool(group)
            return group
