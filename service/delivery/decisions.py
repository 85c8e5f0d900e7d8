"""What does a verifier decide about a handover, and who may?"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from service.db.history import Told, record_move
from service.db.set_aside import replace_set_aside
from service.delivery import queries
from service.delivery.answers import STAGE, ParcelUnknown
from service.delivery.queries import checks
from service.errors import BadInput
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.trust.rights import Officer, require, require_other, require_region


class ReasonNeeded(BadInput):
    """A decision against the rules, or one that ends a household's way, says why."""


def verify_parcel(session: Session, officer: Officer, parcel_id: int, accept: bool, reason: str, told: Told) -> str:
    """A verifier accepts a handover the rules doubt or the lot drew, or disputes it; returns the parcel's new status.

    A check by lot that waits is settled with it: passed, or failed, which doubles the facilitator's rate.

    Raises:
        NotAllowed: no verifier, another region, or the facilitator's own account.
        ReasonNeeded: disputed, or accepted against doubts, without a word why.
        NoSuchMove: nothing was handed over, or it is decided already.
    """
    row = parcel_for(session, officer, parcel_id)
    if not reason.strip() and (row.doubts or not accept):
        raise ReasonNeeded("Tuliskan alasan keputusan ini.")
    told = Told(officer.actor, told.at, reason.strip() or None)
    status = record_move(
        session, Subject.PARCEL, parcel_id, "verified" if accept else "disputed", told, verified_by=officer.actor
    )  # fmt: skip
    checks.settle_check(session, parcel_id, "passed" if accept else "failed", officer.actor, told.at, reason.strip())
    if accept:
        record_move(session, Subject.CASE, row.case_id, "handover_verified", told)
        owe_kick(session, "mentoring", row.year, told.at)
    forget_set_aside(session, row.cycle_id, parcel_id, told)
    return status


def parcel_for(session: Session, officer: Officer, parcel_id: int) -> Any:
    """The parcel, if this officer may decide on it; nobody who told of it may, under either name."""
    require(officer, "parcel.verify")
    row = queries.told_parcel(session, parcel_id)
    if row is None:
        raise ParcelUnknown("Paket ini tidak dikenal.")
    require_region(officer, row.regency_code)
    for teller in checks.tellers_of(session, parcel_id):
        require_other(officer, f"partner:{teller}", f"user:{teller}")
    return row


def forget_set_aside(session: Session, cycle_id: int, parcel_id: int, told: Told) -> None:
    replace_set_aside(session, cycle_id, STAGE, Subject.PARCEL, [parcel_id], {}, told.at)
