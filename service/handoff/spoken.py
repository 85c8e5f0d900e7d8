"""Which words does each answer of an agency hold, and which of them must be there?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from service.faults import wrong_together
from service.handoff.next_steps import DECLINE_REASONS, check_wait
from service.handoff.outcome import INDICATORS, OUTCOMES, wrong_of
from service.handoff.written import LIKE_NIK, check_proofs, check_register, is_like_nik, without_nik, without_number

Reason = Literal["NO_CAPACITY", "WRONG_REGION", "NOT_ELIGIBLE", "MISSING_DOCUMENT", "ALREADY_SERVED", "CANNOT_REACH", "OTHER"]


class Reply(BaseModel):
    """What every answer may say; whichever way it comes, it is read here, so here a person's number is refused. Fields
    nobody knows are kept in the message only and named to the sender; a person's number is refused in them too.

    `register_number`: the agency's own; `version`: that of the referral it answers to, refused when there is a newer one.
    """

    model_config = ConfigDict(str_strip_whitespace=True, frozen=True)

    referral: str = Field(min_length=1, max_length=30)
    register_number: str | None = Field(None, max_length=60)
    note: str | None = Field(None, max_length=1000)
    version: int | None = Field(None, ge=1, le=2_000_000_000)
    _no_number = field_validator("note")(without_number)
    _no_nik = field_validator("register_number")(check_register)

    @model_validator(mode="before")
    @classmethod
    def _no_nik_in_what_nobody_knows(cls, given: Any) -> Any:
        unknown = [(name, given[name]) for name in given if name not in cls.model_fields] if isinstance(given, dict) else []
        if faults := [((without_nik(name),), LIKE_NIK) for name, value in unknown if is_like_nik(f"{name}: {value}")]:
            raise wrong_together(faults)
        return given


class WaitlistReply(Reply):
    """`waitlist_until` is judged where the caller says which day it is (`context={"today": ...}`), so once: a message that
    waited for its turn is not judged anew."""

    waitlist_until: date | None = None

    @field_validator("waitlist_until")
    @classmethod
    def _can_be_waited_for(cls, value: date | None, asked: ValidationInfo) -> date | None:
        today: Callable[[], date] | None = (asked.context or {}).get("today")
        return check_wait(value, today()) if value and today else value


class RefusalReply(Reply):
    """Declined or returned; OTHER says why in words."""

    reason: Reason

    @model_validator(mode="after")
    def _other_is_explained(self) -> RefusalReply:
        if self.reason == "OTHER" and not self.note:
            raise wrong_together([(("note",), "wajib dijelaskan bila alasannya OTHER")])
        return self


class OutcomeReply(Reply):
    """Concluded: never without an outcome report."""

    outcome: str = Field(json_schema_extra={"enum": list(OUTCOMES)})
    indicators: dict[str, Any] = Field(json_schema_extra={"propertyNames": {"enum": list(INDICATORS)}})
    _no_number_in_proofs = field_validator("indicators")(check_proofs)

    @model_validator(mode="after")
    def _outcome_is_complete(self) -> OutcomeReply:
        if faults := list(wrong_of(self.outcome, self.indicators)):
            raise wrong_together(faults)
        return self


class PauseReply(Reply):
    """The clock stands still, and why; for instance `menunggu rumah tangga`."""

    reason: str = Field(min_length=3, max_length=200)
    _no_number_in_reason = field_validator("reason")(without_number)


class MonthReply(OutcomeReply):
    """The report so many months after the service began."""

    month: int = Field(ge=1, le=120)


class NoteReply(Reply):
    text: str = Field(min_length=1, max_length=1000)
    _no_number_in_text = field_validator("text")(without_number)


ANSWERS: dict[str, type[Reply]] = {
    "acknowledged": Reply,
    "accepted": Reply,
    "waitlisted": WaitlistReply,
    "declined": RefusalReply,
    "returned": RefusalReply,
    "service_started": Reply,
    "concluded": OutcomeReply,
}
assert set(DECLINE_REASONS) == set(Reason.__args__)  # type: ignore[attr-defined]
