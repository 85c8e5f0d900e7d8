"""How are callbacks that arrive together kept and applied in one transaction, with one commit for all of them?

Here goes the ordinary message only: from a partner whose signature still counts, new or a plain copy, about a subject of
the partner's that nobody else holds, whose turn is now. Whatever is not so is left out untouched (None) and goes the way of
one (`inbox.receive`), which knows the right answer; so does everybody when anything fails here. The answer is given after
the commit, as there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.db.history import Told
from service.db.session import Database
from service.lifecycle import Subject, may_move
from service.messages import queries
from service.messages.inbox import DUPLICATE, Door, Doors, Found, Ready, Telling, columns_of, retry_parked
from service.messages.turns import Turn
from service.trust.queries import Signer, signers

MOST = 64
"""In one transaction; more would keep others waiting for theirs."""


@dataclass(frozen=True)
class Callback:
    """A message and its sender as it was known when the signature was checked."""

    signer: Signer
    telling: Telling

    @property
    def key(self) -> tuple[int, str]:
        return self.signer.id, self.telling.message_id


Taken = list[str | None]


def may_go_together(doors: Doors, signer: Signer, telling: Telling) -> bool:
    door = doors[telling.type]
    return door.many is not None and signer.kind in door.sender_kinds


def receive_together(database: Database, doors: Doors, callbacks: Sequence[Callback], now: datetime) -> Taken:
    """Each one's result, applied or duplicate; None: nothing was done, it goes the way of one. `now` is business time."""
    with database.write() as session:
        asked = _still_signed(session, callbacks)
        kept = queries.keep_all_new(session, [_row(doors, one, now) for one in asked.values()]) if asked else {}
        ready = _ready(session, doors, {key: asked[key] for key in kept}, now)
        applied = {key: one for of_door in ready.values() for key, one in of_door.items()}
        queries.unkeep(session, [kept_id for key, kept_id in kept.items() if key not in applied])
        for type_, of_door in ready.items():
            _many(doors[type_]).apply(session, list(of_door.values()))
        queries.settle_applied(session, {kept[key]: one.found.id for key, one in applied.items()}, now)
        _retry(session, doors, ready, now)
        copies = asked.keys() - kept.keys()
        for key in copies:
            queries.count_copy(session, *key)
    results = {**dict.fromkeys(applied, Turn.NOW.value), **dict.fromkeys(copies, DUPLICATE)}
    return [results.get(one.key) if asked.get(one.key) is one else None for one in callbacks]


def _still_signed(session: Session, callbacks: Sequence[Callback]) -> dict[tuple[int, str], Callback]:
    """The first of each message whose sender is, in this transaction, who it was when the signature was checked."""
    now_known = signers(session, {one.signer.sender for one in callbacks})
    asked: dict[tuple[int, str], Callback] = {}
    for one in callbacks:
        if one.signer.active and now_known.get(one.signer.sender) == one.signer:
            asked.setdefault(one.key, one)
    return asked


def _ready(
    session: Session, doors: Doors, new: dict[tuple[int, str], Callback], now: datetime
) -> dict[str, dict[tuple[int, str], Ready]]:
    """By type, those whose turn is now; of one subject the first only."""
    by_type: dict[str, list[tuple[int, str]]] = {}
    for key, one in new.items():
        by_type.setdefault(one.telling.type, []).append(key)
    taken, ready = set[tuple[Subject, int]](), dict[str, dict[tuple[int, str], Ready]]()
    for type_, keys in by_type.items():
        door = doors[type_]
        for key, found in zip(keys, _many(door).find(session, [new[key].telling.data for key in keys]), strict=True):
            if found and _has_its_turn(door, found, key[0]) and (door.subject, found.id) not in taken:
                taken.add((door.subject, found.id))
                told = Told(f"partner:{new[key].signer.sender}", now)
                ready.setdefault(type_, {})[key] = Ready(found, new[key].telling.data, told)
    return ready


def _has_its_turn(door: Door, found: Found, partner_id: int) -> bool:
    return found.is_theirs(partner_id) and may_move(door.subject, found.status, door.event)


def _retry(session: Session, doors: Doors, ready: dict[str, dict[tuple[int, str], Ready]], now: datetime) -> None:
    """What waited for a subject that has moved."""
    for type_, of_door in ready.items():
        subject = doors[type_].subject
        for subject_id in queries.with_parked(session, subject, [one.found.id for one in of_door.values()]):
            retry_parked(session, doors, subject, subject_id, now)


def _row(doors: Doors, one: Callback, now: datetime) -> dict[str, Any]:
    key = {"partner_id": one.signer.id, "webhook_id": one.telling.message_id}
    return key | columns_of(doors[one.telling.type], one.telling, now)


def _many(door: Door) -> Any:
    assert door.many is not None
    return door.many


class WaitingRoom:
    """Who comes while a transaction is under way waits for the next one; who finds nobody there waits for nobody."""

    def __init__(self, take: Callable[[Sequence[Callback]], Taken]) -> None:
        self._take, self._waiting = take, list[tuple[Callback, Future[str | None]]]()
        self._lock, self._is_busy = threading.Lock(), False
        self._writer = ThreadPoolExecutor(1, "callbacks")
        self.known: dict[str, Signer] = {}
        """Senders whose signature held before, so that it can be checked without asking; asked again when they are taken."""

    def enter(self, one: Callback) -> Future[str | None]:
        """What became of it; None: it goes the way of one."""
        future = Future[str | None]()
        with self._lock:
            self._waiting.append((one, future))
            if self._is_busy:
                return future
            self._is_busy = True
        self._writer.submit(self._work)
        return future

    def _work(self) -> None:
        while group := self._next():
            try:
                results = self._take([one for one, _ in group])
            except Exception:  # each will meet what is wrong by itself, and say so
                results = [None] * len(group)
            for (_, future), result in zip(group, results, strict=True):
                if future.set_running_or_notify_cancel():
                    future.set_result(result)

    def _next(self) -> list[tuple[Callback, Future[str | None]]]:
        with self._lock:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            self._is_busy = bool(group)
            return group
