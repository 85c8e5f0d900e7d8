"""How does a callback become an effect exactly once?

Who, well formed, had it already, write it down and apply it in the same transaction, answer. The keeping
`INSERT` is the first statement of the transaction, so of two equal messages one waits and finds itself a copy.
A message that came too early is parked and applied when its turn comes; one that came too late is kept for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy.exc import DataError
from sqlmodel import Session

from service.db.history import Told
from service.db.session import Database
from service.db.tables import InboundMessage, Partner
from service.errors import BadInput, EstafetError, NotAllowed, NotNow, TryAgainLater
from service.lifecycle import ENDS, Subject
from service.messages import queries
from service.messages.turns import Turn, turn_of
from service.trust.queries import Signer


@dataclass(frozen=True)
class Found:
    """The subject a message names: its id and status, the partner it belongs to, and others who may tell of it too.

    `others` is asked only when it is not the partner itself, so it may look them up then. `is_locked`: the row was read with
    a lock that holds until the transaction ends, so that its status need not be read again.
    """

    id: int
    status: str
    partner_id: int | None
    others: Container[int] = frozenset()
    is_locked: bool = False

    def is_theirs(self, partner_id: int) -> bool:
        return partner_id == self.partner_id or partner_id in self.others


@dataclass(frozen=True)
class Ready:
    """A kept message whose turn is now, with the subject it names."""

    found: Any
    data: Any
    told: Told


@dataclass(frozen=True)
class Many:
    """How a door takes what arrived together (`together.py`), in a few statements for all.

    `find` gives the subject of each `data` with its row locked until the transaction ends, or None where it is not to be had
    at once: unknown, locked by somebody else, or for any reason better looked at alone. `apply` moves what is `ready`:
    of different subjects, each at a status its event moves.
    """

    find: Callable[[Session, Sequence[Any]], Sequence[Found | None]]
    apply: Callable[[Session, Sequence[Ready]], None]


@dataclass(frozen=True)
class Door:
    """One type of callback: which subject, which event, what `data` must hold, how it is found and applied.

    `apply` runs inside the message's transaction, only when `event` is possible for the subject's status; it makes
    the moves itself (through `record_move`) and may owe messages or kicks. `late`, where given, runs in the same
    transaction when the message can have no effect any more: what a person must see beyond the message itself.
    `only_at`: for an event that moves nothing, the statuses at which it makes sense; before them it is parked.
    `again`, where given, judges an event told before in the present round of a subject that has not ended: the same (SAME),
    a correction that it keeps (NOW), or something else (NEVER). `apply` may raise SaidBefore for the first of these.
    `many`: where it comes by the thousand, how those that arrive together are taken together.
    """

    subject: Subject
    event: str
    sender_kinds: tuple[str, ...]
    data: type[BaseModel]
    find: Callable[[Session, Any], Found]
    apply: Callable[[Session, int, Any, Told], None]
    late: Callable[[Session, int, Any, Told], None] | None = None
    only_at: tuple[str, ...] = ()
    many: Many | None = None
    again: Callable[[Session, int, Any, Told], Turn] | None = None


Doors = Mapping[str, Door]


@dataclass(frozen=True)
class Telling:
    """A well-formed message of a known sender: `data` is an instance of the door's model. `ignored`: fields nobody knows."""

    message_id: str
    type: str
    told_at: datetime
    data: Any
    body: dict[str, Any]
    ignored: tuple[str, ...] = ()


class UnknownType(BadInput):
    """No door of that name."""


class WrongSender(NotAllowed):
    """The subject belongs to another partner, or the partner's kind does not say such things."""


class OutOfRange(BadInput):
    """A number or instant no database keeps."""


class SaidBefore(NotNow):
    """The same was said before and holds: nothing is done."""


DUPLICATE = Turn.SAME.value


def door_for(doors: Doors, kind: str, partner: Partner | Signer) -> Door:
    """Raises UnknownType, WrongSender."""
    door = doors.get(kind)
    if door is None:
        raise UnknownType("Jenis pesan tidak dikenal.", faults=[{"field": "type", "fault": "tidak dikenal"}])
    if partner.kind not in door.sender_kinds:
        raise WrongSender("Pesan jenis ini bukan wewenang pengirim.")
    return door


def receive(database: Database, doors: Doors, partner: Partner | Signer, telling: Telling, now: datetime) -> str:
    """Keep and apply one message; returns applied, duplicate, parked or late. `now` is business time.

    Raises:
        NotFound: no such subject. WrongSender: somebody else's. BadInput: the handler refuses what is said.
        In each case nothing is kept.
    """
    try:
        for _ in range(2):
            try:
                return _receive(database, doors, partner, telling, now)
            except NotNow:  # somebody moved a thing the handler moves too; the turn is looked at once more
                continue
        return _receive(database, doors, partner, telling, now, believe=False)
    except (DataError, OverflowError) as error:
        raise OutOfRange("Ada nilai di luar batas yang dapat disimpan.") from error


def _receive(
    database: Database, doors: Doors, partner: Partner | Signer, telling: Telling, now: datetime, believe: bool = True
) -> str:
    """One transaction. `believe` false: its handler cannot follow it, so it is kept for a person only."""
    door = door_for(doors, telling.type, partner)
    assert partner.id is not None
    with database.write() as session:
        kept_id = queries.keep_new(session, partner.id, telling.message_id, columns_of(door, telling, now))
        if kept_id is None:
            queries.count_copy(session, partner.id, telling.message_id)
            return DUPLICATE
        found = door.find(session, telling.data)
        if not found.is_theirs(partner.id):
            raise WrongSender("Data yang disebut milik pengirim lain.")
        told = Told(f"partner:{partner.sender}", now)
        known = found.status if found.is_locked or database.is_sqlite else None
        turn = _take_turn(session, door, found.id, telling.data, told, known) if believe else Turn.NEVER
        waits = queries.settle(session, kept_id, found.id, turn, now)
        if turn is Turn.NOW and waits:
            retry_parked(session, doors, door.subject, found.id, now)
        return turn.value


def retry_parked(session: Session, doors: Doors, subject: Subject, subject_id: int, now: datetime) -> int:
    """Apply, in the order they were told, what waits for this subject; returns how many were applied."""
    applied, progress = 0, True
    while progress:
        progress = False
        for message in queries.parked_for(session, subject, subject_id):
            result = retry(session, doors, message, now)
            if result != Turn.LATER.value:
                queries.settle(session, _id(message), subject_id, result, now)
            if result == Turn.NOW.value:
                applied, progress = applied + 1, True
                break
    return applied


def apply_parked(database: Database, doors: Doors, now: datetime) -> int:
    """The sweep: moves made by stages free parked messages too. One short transaction for each subject."""
    with database.read() as session:
        waiting = queries.subjects_with_parked(session)
    applied = 0
    for subject, subject_id in waiting:
        with database.write() as session:
            applied += retry_parked(session, doors, subject, subject_id, now)
    return applied


def _take_turn(session: Session, door: Door, subject_id: int, data: Any, told: Told, known: str | None = None) -> Turn:
    """Apply when it is the message's turn. The subject stays ours until the transaction ends (`known`: it already is)."""
    status = known or queries.locked_status(session, door.subject, subject_id)
    was_told = partial(queries.was_told_this_round, session, door.subject, subject_id, door.event)
    turn = turn_of(door.subject, status, door.event, was_told, door.only_at)
    if turn is Turn.NOW:
        return _apply(door, session, subject_id, data, told)
    if turn is Turn.NEVER and door.again and status not in ENDS[door.subject] and was_told():
        return door.again(session, subject_id, data, told)
    if turn is Turn.NEVER and door.late:
        door.late(session, subject_id, data, told)
    return turn


def _apply(door: Door, session: Session, subject_id: int, data: Any, told: Told) -> Turn:
    try:
        door.apply(session, subject_id, data, told)
    except SaidBefore:
        return Turn.SAME
    return Turn.NOW


def retry(session: Session, doors: Doors, message: InboundMessage, now: datetime) -> str:
    """What a kept message becomes now: applied, parked, late, or refused by its handler."""
    door = doors[message.type]
    partner = session.get(Partner, message.partner_id)
    assert partner is not None
    told = Told(f"partner:{partner.sender}", now)
    try:
        data = door.data.model_validate(message.body["data"])
        with session.begin_nested():
            return _take_turn(session, door, message.subject_id, data, told).value
    except TryAgainLater:
        raise
    except (EstafetError, ValueError):
        return "refused"


def columns_of(door: Door, telling: Telling, now: datetime) -> dict[str, Any]:
    return {
        "type": telling.type, "subject": str(door.subject), "subject_id": 0, "body": telling.body,
        "told_at": telling.told_at, "received_at": now, "result": Turn.LATER.value, "copies": 0, "was_parked": False,
    }  # fmt: skip


def _id(message: InboundMessage) -> int:
    assert message.id is not None
    return message.id
