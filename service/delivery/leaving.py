"""What becomes of goods whose household left, refused them, or was never found?"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from service.db import spares
from service.db.history import Told, record_move, record_moves
from service.delivery import queries
from service.delivery.decisions import ReasonNeeded, forget_set_aside, parcel_for
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.stage import Done, Work
from service.trust.rights import Officer

REFUSED_GOODS, NOT_REACHED, NOT_PROVEN = "REFUSED_GOODS", "NOT_REACHED", "NOT_PROVEN"
END_REASONS = {"refused": REFUSED_GOODS, "absent": NOT_REACHED, "disputed": NOT_PROVEN}


def release_parcels(work: Work, ids: list[int]) -> Done:
    """Goods of a household that no longer waits are free for its substitute."""
    with work.database.write() as session:
        told = work.told("CASE_ENDED")
        moved = [i for status in ("at_point", "absent") for i in _released(session, work, ids, status, told)]
        spares.keep_left(session, moved, "CASE_ENDED", told.at)
    return Done(len(moved))


def return_refused(work: Work, ids: list[int]) -> Done:
    """Refused goods go back to the point's stock, and the household has withdrawn."""
    told = work.told(REFUSED_GOODS)
    with work.database.write() as session:
        moved = record_moves(session, Subject.PARCEL, ids, "refused", "returned", told)
        spares.keep_left(session, moved, REFUSED_GOODS, told.at)
        cases = queries.cases_of(session, moved)
        record_moves(session, Subject.CASE, cases, "ordered", "withdrew", told, {"end_reason": REFUSED_GOODS})
    return Done(len(moved))


def parcels_left(session: Session, work: Work) -> list[int]:
    return sorted(i for status in ("at_point", "absent") for i in queries.ids_of_ended_cases(session, work.cycle_id, status))


def goods_left(session: Session, work: Work) -> list[int]:
    return spares.parcels_left_with_goods(session, work.cycle_id)


def take_into_stock(work: Work, ids: list[int]) -> Done:
    """Whichever way a parcel lost its household after its goods came, they are the point's stock; who waits is next."""
    with work.database.write() as session:
        kept = spares.keep_left(session, ids, "LEFT_AT_POINT", work.now)
        if kept:
            owe_kick(session, "procurement", work.cycle.year, work.now)
    return Done(kept)


def _released(session: Session, work: Work, ids: Sequence[int], status: str, told: Told) -> list[int]:
    due = set(queries.ids_of_ended_cases(session, work.cycle_id, status)) & set(ids)
    return record_moves(session, Subject.PARCEL, due, status, "substituted", told)


def return_parcel(session: Session, officer: Officer, parcel_id: int, reason: str, told: Told) -> str:
    """A verifier gives up on a handover: the goods go back to the point's stock and the case ends, open to substitution.

    Raises:
        NotAllowed, ReasonNeeded: as for `verify_parcel`.
        NoSuchMove: the parcel is not refused, absent or disputed, or the case may not end from where it is.
    """
    row = parcel_for(session, officer, parcel_id)
    if not reason.strip():
        raise ReasonNeeded("Tuliskan alasan pengembalian.")
    told = Told(officer.actor, told.at, reason.strip())
    status = record_move(session, Subject.PARCEL, parcel_id, "returned", told)
    spares.keep_left(session, [parcel_id], END_REASONS[row.status], told.at)
    event = "withdrew" if row.status == "refused" else "substituted"
    record_move(session, Subject.CASE, row.case_id, event, told, end_reason=END_REASONS[row.status])
    forget_set_aside(session, row.cycle_id, parcel_id, told)
    return status
