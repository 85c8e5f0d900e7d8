"""What does an agency answer, and what does each answer do?

Whatever the way in (signed webhook, the page behind a link, a filled-in table), it ends in `apply_reply`. An agency
touches its own referrals only; a case goes with its referral; an answer that makes work due wakes the stage.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlmodel import Session

from service.db.history import Told, record_move
from service.db.tables import Partner
from service.errors import BadInput, EstafetError, NotAllowed
from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import check_outcome
from service.handoff.queries import referral_by_number
from service.handoff.queries import work as queries
from service.handoff.queries.replies import case_and_cycle, case_status, referral_named
from service.lifecycle import Subject
from service.messages.inbox import Door, Doors, Found
from service.messages.outbox import owe_kick

Reason = Literal["NO_CAPACITY", "WRONG_REGION", "NOT_ELIGIBLE", "MISSING_DOCUMENT", "ALREADY_SERVED", "CANNOT_REACH", "OTHER"]
NEEDS_NEXT_STEP = ("declined", "returned")
CASE_EVENT = {"service_started": ("referred", "service_started"), "concluded": ("in_service", "concluded")}


class NotYours(NotAllowed):
    """The referral is another agency's."""


class WrongReply(BadInput):
    """The answer cannot be read; every field is named."""


class Reply(BaseModel):
    """What every answer may say. `register_number`: the agency's own. Fields nobody knows are kept in the message only."""

    model_config = ConfigDict(str_strip_whitespace=True, frozen=True)

    referral: str = Field(min_length=1, max_length=30)
    register_number: str | None = Field(None, max_length=60)
    note: str | None = Field(None, max_length=1000)


class WaitlistReply(Reply):
    waitlist_until: date | None = None


class RefusalReply(Reply):
    """Declined or returned; OTHER says why in words."""

    reason: Reason

    @model_validator(mode="after")
    def _other_is_explained(self) -> RefusalReply:
        if self.reason == "OTHER" and not self.note:
            raise ValueError("alasan OTHER wajib dijelaskan pada note")
        return self


class OutcomeReply(Reply):
    """Concluded: never without an outcome report."""

    outcome: str
    indicators: dict[str, Any]

    @model_validator(mode="after")
    def _outcome_is_complete(self) -> OutcomeReply:
        try:
            check_outcome(self.outcome, self.indicators)
        except EstafetError as error:
            raise ValueError(error.message) from None
        return self


REPLIES: dict[str, type[Reply]] = {
    "acknowledged": Reply,
    "accepted": Reply,
    "waitlisted": WaitlistReply,
    "declined": RefusalReply,
    "returned": RefusalReply,
    "service_started": Reply,
    "concluded": OutcomeReply,
}
assert set(DECLINE_REASONS) == set(Reason.__args__)  # type: ignore[attr-defined]


def apply_reply(session: Session, referral_id: int, event: str, reply: Reply, told: Told) -> str:
    """Move the referral, and its case with it; returns the new status.

    Raises:
        NoSuchMove: the event does not apply to its status, also when an officer withdrew it at the same moment.
    """
    why = Told(told.actor, told.at, reply.reason) if isinstance(reply, RefusalReply) else told
    status = record_move(session, Subject.REFERRAL, referral_id, event, why, **_fields(reply))
    referral = case_and_cycle(session, referral_id)
    if event in CASE_EVENT:
        at, case_event = CASE_EVENT[event]
        if case_status(session, referral.case_id) == at:
            record_move(session, Subject.CASE, referral.case_id, case_event, told)
    queries.forget_set_aside(session, referral_id)
    if event in NEEDS_NEXT_STEP:
        owe_kick(session, "handoff", queries.year_of(session, referral.cycle_id), told.at)
    return status


def _fields(reply: Reply) -> dict[str, Any]:
    """Columns to set; what the agency did not say stays as it was, what it says anew replaces it."""
    fields: dict[str, Any] = {"needs_person": None}
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
    return fields


def reply_as_partner(
    session: Session, partner: Partner, referral_number: str, type_: str, data: dict[str, Any], told: Told
) -> str:
    """An answer given on a page or in a table; `type_` as in the webhook (`referral.accepted`). Returns the new status.

    Deciding about what was only just opened acknowledges it first.

    Raises:
        WrongReply, NoSuchReferral, NotYours, NoSuchMove
    """
    event = type_.removeprefix("referral.")
    reply = read_reply(event, {**data, "referral": referral_number})
    referral = referral_by_number(session, referral_number)
    if referral.agency_id != partner.id:
        raise NotYours("Rujukan ini bukan untuk instansi Anda.")
    assert referral.id is not None
    if event not in ("acknowledged", "concluded", "service_started") and referral.status in ("sent", "no_response"):
        first = Reply(referral=referral_number, register_number=reply.register_number)
        apply_reply(session, referral.id, "acknowledged", first, told)
    return apply_reply(session, referral.id, event, reply, told)


def read_reply(event: str, data: dict[str, Any]) -> Reply:
    """Raises WrongReply naming every field."""
    if event not in REPLIES:
        raise WrongReply(f"Jawaban '{event}' tidak dikenal. Yang dikenal: {', '.join(REPLIES)}.")
    try:
        return REPLIES[event].model_validate(data)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc'])) or 'isi'}: {e['msg']}" for e in error.errors()]
        raise WrongReply("Jawaban belum lengkap. " + "; ".join(faults), faults=faults) from None


def _find(session: Session, reply: Reply) -> Found:
    referral = referral_named(session, reply.referral)
    return Found(referral.id, referral.status, referral.agency_id)


def _door(event: str) -> Door:
    def apply(session: Session, referral_id: int, reply: Reply, told: Told) -> None:
        apply_reply(session, referral_id, event, reply, told)

    return Door(Subject.REFERRAL, event, ("agency",), REPLIES[event], _find, apply)


DOORS: Doors = {f"referral.{event}": _door(event) for event in REPLIES}
