"""What does a cover letter say that is in the place of an earlier one?

Whom it replaces, under which numbers the sheets went out, and what of the first letter's request is still open: the days to
answer stay the first letter's, and a day that has passed is not asked for again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from service.handoff import sheets as printed
from service.handoff.queries.covers import covers_of, numbers_of_sheets
from service.handoff.queries.letters import Sheet
from service.policy import CyclePolicy

UNANSWERED = ("sent", "no_response", "acknowledged")


def in_place_of(session: Session, listed: Sequence[Sheet], policy: CyclePolicy) -> dict[str, Any]:
    """Values of the letter over these households; none where it is the batch's first. `is_*_over`: that day has passed."""
    letters = covers_of(session, listed[0].batch.number)
    if not letters:
        return {}
    today, until = printed.signed_on(listed[0]), printed.asked_until(listed[0], policy, letters[0].dated_on)
    sheets = numbers_of_sheets(session, [sheet.referral.id for sheet in listed if sheet.referral.id is not None])
    return {
        "replaces": {"number": letters[-1].number, "dated_on": letters[-1].dated_on}, "sheet_numbers": sheets,
        "received_by": until.received_by, "answer_by": until.answer_by,
        "is_receipt_over": until.received_by < today, "is_answer_over": until.answer_by < today,
        "unanswered": sum(sheet.referral.status in UNANSWERED for sheet in listed),
    }  # fmt: skip
