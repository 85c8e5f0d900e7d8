"""Two reports about one household: what is kept of the second, and who says which one counts?

The first report counts until a person decides. A second one that says the same is only late; one that says something
else is kept beside it, and the parcel is doubted (`TWO_REPORTS`).
"""

from __future__ import annotations

from typing import Any, Literal

from sqlmodel import Session

from service.db.history import Told, record_move
from service.db.set_aside import replace_set_aside
from service.db.tables import HandoverConflict, Parcel, Partner
from service.delivery.queries import telling
from service.delivery.reports import STAGE, Handover, NoHandover, as_told, told_note
from service.errors import BadInput, NotFound, NotNow
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.trust.queries import partner_by_sender
from service.trust.rights import Officer, require, require_other, require_region

TWO_REPORTS = "TWO_REPORTS"
HANDED = ("handed_over", "partial")
REPORTED = (*HANDED, "refused", "disputed", "verified")
Which = Literal["first_stays", "second_counts"]


class ConflictUnknown(NotFound):
    """No second report has this number, or none about this parcel."""


class ConflictDecided(NotNow):
    """Somebody said already which report counts."""


class SecondCannotCount(NotNow):
    """The second report says something the parcel can no longer become."""


class WhyNeeded(BadInput):
    """Saying which of two reports counts needs a reason."""


def keep_second_report(kind: str, session: Session, parcel_id: int, data: Handover | NoHandover, told: Told) -> None:
    """Called in the message's own transaction when it came after another report; the same words twice are no conflict."""
    first = telling.first_report(session, parcel_id)
    parcel: Parcel = first.Parcel
    teller = partner_by_sender(session, told.actor.removeprefix("partner:"))
    if teller is None or teller.id is None or parcel.status not in REPORTED or _says_the_same(parcel, kind, data):
        return
    second = HandoverConflict(
        cycle_id=parcel.cycle_id, parcel_id=parcel_id, told_by_id=teller.id, type=kind,
        body=data.model_dump(mode="json", exclude_none=True), told_at=told.at,
    )  # fmt: skip
    session.add(second)
    if parcel.status in HANDED:
        parcel.doubts = [*(code for code in parcel.doubts or () if code != TWO_REPORTS), TWO_REPORTS]
        session.add(parcel)
        owe_kick(session, STAGE, first.year, told.at)


def decide(session: Session, officer: Officer, conflict_id: int, which: Which, reason: str, told: Told) -> HandoverConflict:
    """A verifier who is neither of the two tellers says which report counts; the parcel is then proven anew by the rules.

    Raises:
        ConflictUnknown, ConflictDecided, WhyNeeded.
        NotAllowed: no verifier, another region, or one of the two.
        SecondCannotCount: one of the reports is no handover, or the parcel is decided already.
    """
    require(officer, "parcel.verify")
    conflict = telling.conflict_locked(session, conflict_id)
    if conflict is None:
        raise ConflictUnknown("Laporan kedua ini tidak dikenal.")
    first = telling.first_report(session, conflict.parcel_id)
    require_region(officer, first.regency_code)
    second = session.get_one(Partner, conflict.told_by_id)
    if conflict.state != telling.OPEN:
        raise ConflictDecided("Sudah diputuskan laporan mana yang berlaku.", status=conflict.state, event=which)
    for sender in {first.sender, first.reporter, second.sender} - {None}:
        require_other(officer, *(f"{kind}:{sender}" for kind in ("partner", "user")))
    if len(reason.strip()) < 5:
        raise WhyNeeded("Tuliskan alasannya.", faults=[{"field": "alasan-laporan", "fault": "Tuliskan alasannya"}])
    if which == "second_counts":
        _let_second_count(session, first, conflict, told)
    conflict.state, conflict.reason = which, reason.strip()[:500]
    conflict.decided_by, conflict.decided_at = officer.actor, told.at
    session.add(conflict)
    _prove_anew(session, first, told)
    return conflict


def told_of(conflict: HandoverConflict) -> Handover | NoHandover:
    """The second report as it was told."""
    model = Handover if conflict.type.removeprefix("parcel.") in HANDED else NoHandover
    return model.model_validate(conflict.body)


def may_second_count(parcel: Parcel, conflict: HandoverConflict) -> bool:
    return parcel.status in HANDED and conflict.type.removeprefix("parcel.") in HANDED


def _let_second_count(session: Session, first: Any, conflict: HandoverConflict, told: Told) -> None:
    """What the second one told takes the place of the first; goods that came in full after all are handed over."""
    parcel: Parcel = first.Parcel
    if not may_second_count(parcel, conflict):
        raise SecondCannotCount(
            "Laporan kedua tidak dapat berlaku: hanya dua laporan penyerahan yang dapat saling menggantikan, "
            "dan selama paket belum diputuskan.", status=parcel.status, event="second_counts",
        )  # fmt: skip
    columns = as_told(told_of(conflict))  # type: ignore[arg-type]
    columns["reporter_id"] = conflict.told_by_id if conflict.told_by_id != first.own_id else None
    if (parcel.status, conflict.type) == ("partial", "parcel.handed_over"):
        record_move(session, Subject.PARCEL, conflict.parcel_id, "handed_over", told, **columns)
        return
    for name, value in columns.items():
        setattr(parcel, name, value)
    session.add(parcel)


def _prove_anew(session: Session, first: Any, told: Told) -> None:
    """Without open conflicts the doubt goes, and the rules look at the parcel again."""
    parcel: Parcel = first.Parcel
    session.flush()
    if parcel.status not in HANDED or telling.open_conflicts(session, parcel.id or 0):
        return
    parcel.doubts = [code for code in parcel.doubts or () if code != TWO_REPORTS] or None
    session.add(parcel)
    replace_set_aside(session, parcel.cycle_id, STAGE, Subject.PARCEL, [parcel.id or 0], {}, told.at)
    owe_kick(session, STAGE, first.year, told.at)


def _says_the_same(parcel: Parcel, kind: str, data: Handover | NoHandover) -> bool:
    """Word for word what counts already, whoever sent it."""
    event = kind.removeprefix("parcel.")
    was = HANDED if parcel.status in ("verified", "disputed") else (parcel.status,)
    if event not in was or parcel.reported_at != data.at:
        return False
    if isinstance(data, NoHandover):
        return parcel.note == told_note(data)
    return all(getattr(parcel, name) == value for name, value in as_told(data).items() if name != "doubts")
