"""What happens when a facilitator tells us how a handover went?

Four callbacks (`parcel.*`), one door each. What is told is kept on the parcel as told; whether it proves anything is
judged later by the rules of `evidence.py`. The facilitator the parcel is assigned to may tell, and a colleague with
parcels on the same event; a second, different report has no effect and waits for a person (`conflicts.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlmodel import Session

from service.clock import WIB
from service.db.history import SeenMove, Told, record_move, record_seen_move, record_seen_moves
from service.db.set_aside import replace_set_aside
from service.delivery import conflicts, queries
from service.delivery.events import absences_after
from service.delivery.queries import telling
from service.delivery.reports import STAGE, Handover, Item, NoHandover, as_told, told_note
from service.errors import NotAllowed, NotFound
from service.lifecycle import Subject
from service.messages.inbox import Door, Found, Many, Ready
from service.messages.outbox import owe_kick

__all__ = ["DOORS", "STAGE", "Handover", "Item", "NoHandover", "NotYourParcel", "ParcelUnknown"]


class ParcelUnknown(NotFound):
    """No parcel has this number."""


class NotYourParcel(NotAllowed):
    """The parcel is assigned to another facilitator, who is not at the same event."""


def find_parcel(session: Session, data: Handover | NoHandover) -> Found:
    """Raises ParcelUnknown."""
    row = queries.parcel_named(session, data.parcel)
    if row is None:
        raise ParcelUnknown(f"Paket {data.parcel} tidak dikenal.")
    return Found(row.id, row.status, row.facilitator_id, telling.Colleagues(session, row.event_id), is_locked=True)


def parcel_handed_over(session: Session, parcel_id: int, data: Handover, told: Told) -> None:
    _goods_reached_household(session, parcel_id, "handed_over", data, told)


def parcel_partial(session: Session, parcel_id: int, data: Handover, told: Told) -> None:
    _goods_reached_household(session, parcel_id, "partial", data, told)


def parcel_absent(session: Session, parcel_id: int, data: NoHandover, told: Told) -> None:
    row, reporter_id = _told_by(session, parcel_id, told)
    absences = absences_after(row.absences, row.round, row.held_on, data.at.astimezone(WIB).date())
    record_move(
        session, Subject.PARCEL, parcel_id, "absent", told,
        reported_at=data.at, absences=absences, note=told_note(data), reporter_id=reporter_id,
    )  # fmt: skip
    owe_kick(session, STAGE, row.year, told.at)


def parcel_refused(session: Session, parcel_id: int, data: NoHandover, told: Told) -> None:
    row, reporter_id = _told_by(session, parcel_id, told)
    record_move(
        session, Subject.PARCEL, parcel_id, "refused", told,
        reported_at=data.at, note=told_note(data), reporter_id=reporter_id,
    )  # fmt: skip
    owe_kick(session, STAGE, row.year, told.at)


def _goods_reached_household(session: Session, parcel_id: int, event: str, data: Handover, told: Told) -> None:
    """Keep what was told; the household's case follows to `delivered` in the same transaction."""
    row, reporter_id = _told_by(session, parcel_id, told)
    if row.status == "partial" and reporter_id != row.reporter_id:  # not the rest of the goods: another story of the same day
        conflicts.keep_second_report(f"parcel.{event}", session, parcel_id, data, told)
        return
    seen = (row.status, row.cycle_id)
    record_seen_move(session, Subject.PARCEL, parcel_id, event, told, seen, **as_told(data), reporter_id=reporter_id)
    if row.case_status == "ordered":
        record_seen_move(session, Subject.CASE, row.case_id, "delivered", told, (row.case_status, row.cycle_id))
    if row.status != "at_point":  # an absent or partial one may be on a list of those set aside
        replace_set_aside(session, row.cycle_id, STAGE, Subject.PARCEL, [parcel_id], {}, told.at)
    owe_kick(session, STAGE, row.year, told.at)


def _told_by(session: Session, parcel_id: int, told: Told) -> tuple[Any, int | None]:
    """The parcel, and the colleague who tells in place of its facilitator (None: the facilitator's own word).

    Raises:
        NotYourParcel: neither the one nor the other.
    """
    row = queries.parcel_found(session, parcel_id)
    sender = told.actor.removeprefix("partner:")
    if sender == row.sender:
        return row, None
    colleague = telling.colleague_named(session, row.event_id, sender)
    if colleague is None:
        raise NotYourParcel("Paket ini bukan tugas pendamping tersebut.")
    return row, colleague


@dataclass(frozen=True)
class _FoundParcel(Found):
    row: Any = None


def _find_many(session: Session, told: Sequence[Handover]) -> list[_FoundParcel | None]:
    """Parcels that wait at the point; one that was absent or partial has a story, and is looked at alone."""
    held = queries.parcels_held(session, {data.parcel for data in told})
    rows = [held.get(data.parcel) for data in told]
    return [
        _FoundParcel(row.id, row.status, row.facilitator_id, row=row) if row and row.status == "at_point" else None
        for row in rows
    ]


def _goods_reached_households(event: str, session: Session, ready: Sequence[Ready]) -> None:
    """The same as for one household, told by the facilitators themselves about parcels at the point."""
    rows = [(one.found.row, one) for one in ready]
    parcels = [
        SeenMove(row.id, row.status, row.cycle_id, one.told, {**as_told(one.data), "reporter_id": None}) for row, one in rows
    ]
    record_seen_moves(session, Subject.PARCEL, event, parcels)
    cases = [SeenMove(row.case_id, "ordered", row.cycle_id, one.told, {}) for row, one in rows if row.case_status == "ordered"]
    record_seen_moves(session, Subject.CASE, "delivered", cases)
    for year in {row.year for row, _ in rows}:
        owe_kick(session, STAGE, year, ready[0].told.at)


FACILITATOR = ("facilitator",)


def _door(event: str, data: Any, apply: Any, many: Many | None = None) -> Door:
    late = partial(conflicts.keep_second_report, f"parcel.{event}")
    return Door(Subject.PARCEL, event, FACILITATOR, data, find_parcel, apply, late, many=many)


def _handed(event: str, apply: Any) -> Door:
    return _door(event, Handover, apply, Many(_find_many, partial(_goods_reached_households, event)))


DOORS: dict[str, Door] = {
    "parcel.handed_over": _handed("handed_over", parcel_handed_over),
    "parcel.partial": _handed("partial", parcel_partial),
    "parcel.absent": _door("absent", NoHandover, parcel_absent),
    "parcel.refused": _door("refused", NoHandover, parcel_refused),
}
