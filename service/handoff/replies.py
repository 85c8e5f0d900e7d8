"""What does an agency answer, and what does each answer do?

Whatever the way in (signed webhook, the page behind a link, a filled-in table), it ends in `apply_reply`. An agency
touches its own referrals only; a case goes with its referral; an answer that makes work due wakes the stage. What moves
nothing (a pause, a report after months, a note) is in `facts.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from service.clock import WIB
from service.db.history import SeenMove, Told, record_move, record_seen_moves
from service.db.tables import Partner
from service.errors import BadInput, NotAllowed, NotNow
from service.faults import faults_of
from service.handoff import repeats
from service.handoff.baton import NOT_PAUSED, require_version
from service.handoff.facts import FACTS, ONLY_AT
from service.handoff.follow_up import keep_last_report, plan_reports
from service.handoff.outcome import check_outcome
from service.handoff.queries import referral_by_number
from service.handoff.queries import work as queries
from service.handoff.queries.replies import case_and_cycle, case_status, raise_version, referral_named, referrals_held
from service.handoff.spoken import ANSWERS, OutcomeReply, RefusalReply, Reply, WaitlistReply
from service.lifecycle import Subject
from service.messages.inbox import Door, Doors, Found, Many, Ready, SaidBefore
from service.messages.outbox import owe_kick
from service.messages.turns import Turn

NEEDS_NEXT_STEP = ("declined", "returned")
DECISIONS = ("accepted", "waitlisted", "declined", "returned")
MOVE_ONLY = ("acknowledged", *DECISIONS)
"""Events that touch nothing but the referral: those that arrive together are taken together."""
CASE_EVENT = {"service_started": ("referred", "service_started"), "concluded": ("in_service", "concluded")}
REPLIES: dict[str, type[Reply]] = {**ANSWERS, **{event: fact.says for event, fact in FACTS.items()}}
"""Every event an agency may tell, and what its `data` must hold."""


class NotYours(NotAllowed):
    """The referral is another agency's."""


class WrongReply(BadInput):
    """The answer cannot be read; every field is named."""


def apply_reply(session: Session, referral_id: int, event: str, reply: Reply, told: Told) -> str:
    """Move the referral, and its case with it, or keep what moves nothing; returns the status.

    Raises:
        NoSuchMove: the event does not apply to its status, also when an officer withdrew it at the same moment.
        StaleVersion: the answer names an older version than there is.
        NotNow, BadInput: the fact does not fit. SaidBefore: it holds already.
    """
    if event in FACTS:
        return _keep_fact(session, referral_id, event, reply, told)
    require_version(session, referral_id, reply.version)
    status = record_move(session, Subject.REFERRAL, referral_id, event, _why(reply, told), **_fields(reply, told))
    referral = case_and_cycle(session, referral_id)
    if event in CASE_EVENT:
        at, case_event = CASE_EVENT[event]
        if case_status(session, referral.case_id) == at:
            record_move(session, Subject.CASE, referral.case_id, case_event, told)
    _report(session, referral_id, referral.cycle_id, event, reply, told)
    queries.forget_set_aside(session, referral_id)
    if event in NEEDS_NEXT_STEP:
        owe_kick(session, "handoff", queries.year_of(session, referral.cycle_id), told.at)
    return status


def _keep_fact(session: Session, referral_id: int, event: str, reply: Reply, told: Told) -> str:
    try:
        require_version(session, referral_id, reply.version)
        FACTS[event].keep(session, referral_id, reply, told)
    except NotNow as refusal:
        if repeats.is_said(session, referral_id, event, reply, told):
            raise SaidBefore("Sudah tercatat.") from refusal
        raise
    raise_version(session, referral_id)
    return str(referral_named(session, reply.referral).status)


def _why(reply: Reply, told: Told) -> Told:
    return Told(told.actor, told.at, reply.reason) if isinstance(reply, RefusalReply) else told


def _report(session: Session, referral_id: int, cycle_id: int, event: str, reply: Reply, told: Told) -> None:
    """The reports to come are planned when service begins; the one that concludes is kept beside them."""
    if event == "service_started":
        plan_reports(session, referral_id, cycle_id, told)
    elif isinstance(reply, OutcomeReply):
        keep_last_report(session, referral_id, cycle_id, *check_outcome(reply.outcome, reply.indicators), told)


def _fields(reply: Reply, told: Told) -> dict[str, Any]:
    """Columns to set; what the agency did not say stays as it was, what it says anew replaces it."""
    fields: dict[str, Any] = {"needs_person": None, **NOT_PAUSED}
    if reply.register_number:
        fields["register_number"] = reply.register_number
    if reply.note:
        fields["note"] = reply.note
    if isinstance(reply, RefusalReply):
        fields["reason"] = reply.reason
    if isinstance(reply, WaitlistReply):
        fields["waitlist_until"] = reply.waitlist_until
    if isinstance(reply, OutcomeReply):
        fields["outcome"], fields["outcome_indicators"] = check_outcome(reply.outcome, reply.indicators)
        fields["concluded_on"] = told.at.astimezone(WIB).date()
    return fields


def reply_as_partner(
    session: Session, partner: Partner, referral_number: str, type_: str, data: dict[str, Any], told: Told
) -> str:
    """An answer given on a page or in a table; `type_` as in the webhook (`referral.accepted`). Returns the new status.

    Deciding about what was only just opened acknowledges it first. What was said before is done already.

    Raises:
        WrongReply, NoSuchReferral, NotYours, NoSuchMove, StaleVersion, AnsweredOtherwise
    """
    event = type_.removeprefix("referral.")
    reply = read_reply(event, {**data, "referral": referral_number}, told.at.astimezone(WIB).date())
    referral = referral_by_number(session, referral_number)
    if referral.agency_id != partner.id:
        raise NotYours("Rujukan ini bukan untuk instansi Anda.")
    assert referral.id is not None
    if repeats.was_given(session, referral, event):
        if repeats.again(session, referral.id, event, reply, told) is Turn.NEVER:
            raise repeats.otherwise(session, referral.id, reply)
        return referral.status
    if event in FACTS:
        with suppress(SaidBefore):
            return apply_reply(session, referral.id, event, reply, told)
        return referral.status
    require_version(session, referral.id, reply.version)
    reply = reply.model_copy(update={"version": None})
    if event in DECISIONS and referral.status in ("sent", "no_response"):
        first = Reply(referral=referral_number, register_number=reply.register_number)
        apply_reply(session, referral.id, "acknowledged", first, told)
    return apply_reply(session, referral.id, event, reply, told)


def read_reply(event: str, data: dict[str, Any], today: date | None = None) -> Reply:
    """Raises WrongReply naming every field; `today` judges days to come."""
    if event not in REPLIES:
        raise WrongReply(f"Jawaban '{event}' tidak dikenal. Yang dikenal: {', '.join(REPLIES)}.")
    try:
        return REPLIES[event].model_validate(data, context={"today": lambda: today} if today else None)
    except ValidationError as error:
        faults = faults_of(error.errors())
        words = "; ".join(f"{one['field']} {one['fault']}" for one in faults)
        raise WrongReply(f"Jawaban belum benar: {words}.", faults=faults) from None


def _find(session: Session, reply: Reply) -> Found:
    referral = referral_named(session, reply.referral)
    return Found(referral.id, referral.status, referral.agency_id)


def _door(event: str) -> Door:
    def apply(session: Session, referral_id: int, reply: Reply, told: Told) -> None:
        apply_reply(session, referral_id, event, reply, told)

    def again(session: Session, referral_id: int, reply: Reply, told: Told) -> Turn:
        return repeats.again(session, referral_id, event, reply, told)

    many = Many(_find_many, partial(_apply_many, event)) if event in MOVE_ONLY else None
    only_at = ONLY_AT.get(event, ())
    return Door(Subject.REFERRAL, event, ("agency",), REPLIES[event], _find, apply, only_at=only_at, many=many, again=again)


@dataclass(frozen=True)
class _FoundReferral(Found):
    cycle_id: int = 0
    is_set_aside: bool = False


def _find_many(session: Session, replies: Sequence[Reply]) -> list[_FoundReferral | None]:
    """An answer to an older version is looked at alone."""
    held = referrals_held(session, {reply.referral for reply in replies})
    return [_found(held.get(reply.referral), reply) for reply in replies]


def _found(row: Any, reply: Reply) -> _FoundReferral | None:
    if row is None or reply.version not in (None, row.version):
        return None
    return _FoundReferral(row.id, row.status, row.agency_id, cycle_id=row.cycle_id, is_set_aside=row.is_set_aside)


def _apply_many(event: str, session: Session, ready: Sequence[Ready]) -> None:
    """What `apply_reply` does for an event that moves the referral alone."""
    record_seen_moves(session, Subject.REFERRAL, event, [
        SeenMove(one.found.id, one.found.status, one.found.cycle_id, _why(one.data, one.told), _fields(one.data, one.told))
        for one in ready
    ])  # fmt: skip
    if set_aside := [one.found.id for one in ready if one.found.is_set_aside]:
        queries.forget_set_aside(session, *set_aside)
    if event in NEEDS_NEXT_STEP:
        for cycle_id in {one.found.cycle_id for one in ready}:
            owe_kick(session, "handoff", queries.year_of(session, cycle_id), ready[0].told.at)


DOORS: Doors = {f"referral.{event}": _door(event) for event in REPLIES}
