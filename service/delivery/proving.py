"""When does a report become a proven handover by the rules alone? (The only other way is a verifier: `decisions.py`.)"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlmodel import Session

from service.db.history import Told, record_moves
from service.delivery import queries
from service.delivery.evidence import SAMPLED, doubts_of, kind_of
from service.delivery.queries import checks
from service.delivery.sampling import drawn_of
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.stage import Done, Work

BY_RULES = "rules"


def verify_handovers(work: Work, ids: list[int]) -> Done:
    """Proven ones become verified, with their cases; the others keep their doubts and wait for a verifier.

    Of the proven ones some are drawn by lot; they wait too, for a check by somebody else.
    """
    with work.database.write() as session:
        doubts = _doubts(session, work, ids)
        proven = [i for i, codes in doubts.items() if not codes]
        told, fields = work.told(), {"verified_by": BY_RULES, "doubts": []}
        moved = record_moves(session, Subject.PARCEL, proven, "handed_over", "verified", told, fields)
        _cases_verified(session, moved, told)
        doubted = {i: codes for i, codes in doubts.items() if codes}
        queries.write_doubts(session, doubted)
        if moved:
            owe_kick(session, "mentoring", work.cycle.year, told.at)
    return Done(len(moved), {i: kind_of(codes[0]) for i, codes in doubted.items()})


def _doubts(session: Session, work: Work, ids: Sequence[int]) -> dict[int, list[str]]:
    """Parcel id -> codes; a check that waits is the last of them."""
    policy = work.policy
    evidence = queries.evidence_of(session, ids, policy.photo_likeness_bits)
    doubts = {parcel.parcel_id: doubts_of(parcel, policy.point_radius_m) for parcel in evidence}
    drawn = _draw(session, work, [i for i, codes in doubts.items() if not codes])
    waiting = {i for i, state in checks.check_states(session, list(doubts)).items() if state == "waiting"}
    return {i: [*codes, SAMPLED] if i in waiting | drawn else codes for i, codes in doubts.items()}


def _draw(session: Session, work: Work, believed: Collection[int]) -> set[int]:
    """Those drawn now; what was checked before is not drawn again."""
    known = checks.check_states(session, believed)
    proven = [one for one in checks.proven_parcels(session, believed) if one.parcel_id not in known]
    failed = checks.failed_checks(session, work.cycle_id)
    drawn = drawn_of(proven, work.cycle.seed, work.policy.sample_percent, failed)
    checks.add_checks(session, work.cycle_id, proven, drawn, work.now)
    return set(drawn)


def _cases_verified(session: Session, parcel_ids: Sequence[int], told: Told) -> None:
    record_moves(session, Subject.CASE, queries.cases_of(session, parcel_ids), "delivered", "handover_verified", told)
