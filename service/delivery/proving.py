"""When does a report become a proven handover by the rules alone? (The only other way is a verifier: `decisions.py`.)"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from service.db.history import Told, record_moves
from service.delivery import queries
from service.delivery.evidence import doubts_of
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.stage import Done, Work

BY_RULES = "rules"


def verify_handovers(work: Work, ids: list[int]) -> Done:
    """Proven ones become verified, with their cases; the others keep their doubts and wait for a verifier."""
    with work.database.write() as session:
        evidence = queries.evidence_of(session, ids)
        doubts = {parcel.parcel_id: doubts_of(parcel, work.policy.point_radius_m) for parcel in evidence}
        proven = [i for i, codes in doubts.items() if not codes]
        told, fields = work.told(), {"verified_by": BY_RULES, "doubts": []}
        moved = record_moves(session, Subject.PARCEL, proven, "handed_over", "verified", told, fields)
        _cases_verified(session, moved, told)
        doubted = {i: codes for i, codes in doubts.items() if codes}
        queries.write_doubts(session, doubted)
        if moved:
            owe_kick(session, "mentoring", work.cycle.year, told.at)
    return Done(len(moved), {i: codes[0] for i, codes in doubted.items()})


def _cases_verified(session: Session, parcel_ids: Sequence[int], told: Told) -> None:
    record_moves(session, Subject.CASE, queries.cases_of(session, parcel_ids), "delivered", "handover_verified", told)
