"""How do goods at a point become proven handovers, and what becomes of those that were not?

Events are planned for what lies at a point; facilitators tell (`answers.py`); the rules prove (`evidence.py`); what
they doubt waits for a verifier. A case becomes `verified` in this file only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from service import clock
from service.db.history import Told, record_move, record_moves
from service.db.set_aside import replace_set_aside
from service.db.tables import DeliveryPoint, HandoverEvent
from service.delivery import queries
from service.delivery.answers import STAGE, ParcelUnknown
from service.delivery.events import Waiting, cut_into_events
from service.delivery.evidence import doubts_of
from service.errors import BadInput
from service.lifecycle import Subject
from service.messages.outbox import owe_kick, owe_webhook
from service.stage import Done, Step, Work
from service.trust.rights import Officer, require, require_other, require_region

REFUSED_GOODS, NOT_REACHED, NOT_PROVEN = "REFUSED_GOODS", "NOT_REACHED", "NOT_PROVEN"
END_REASONS = {"refused": REFUSED_GOODS, "absent": NOT_REACHED, "disputed": NOT_PROVEN}
BY_RULES = "rules"


class ReasonNeeded(BadInput):
    """A decision against the rules, or one that ends a household's way, says why."""


# -- steps ---------------------------------------------------------------------------------------------------------


def release_parcels(work: Work, ids: list[int]) -> Done:
    """Goods of a household that no longer waits are free for its substitute."""
    with work.database.write() as session:
        told = work.told("CASE_ENDED")
        moved = [i for status in ("at_point", "absent") for i in _released(session, work, ids, status, told)]
    return Done(len(moved))


def plan_events(work: Work, ids: list[int]) -> Done:
    """First events, per district; a household without a facilitator's account waits, since nobody could report it."""
    with work.database.write() as session:
        return _plan(session, work, queries.waiting_parcels(session, ids))


def plan_second_events(work: Work, ids: list[int]) -> Done:
    """Absent households get another event until the policy's number is used up; then a home visit is needed."""
    limit = work.policy.events_per_household
    with work.database.write() as session:
        waiting = queries.waiting_parcels(session, ids)
        used_up = {parcel.parcel_id: "HOME_VISIT" for parcel in waiting if parcel.absences >= limit}
        done = _plan(session, work, [parcel for parcel in waiting if parcel.parcel_id not in used_up])
    return done + Done(0, used_up)


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


def return_refused(work: Work, ids: list[int]) -> Done:
    """Refused goods go back to the point's stock, and the household has withdrawn."""
    told = work.told(REFUSED_GOODS)
    with work.database.write() as session:
        moved = record_moves(session, Subject.PARCEL, ids, "refused", "returned", told)
        cases = queries.cases_of(session, moved)
        record_moves(session, Subject.CASE, cases, "ordered", "withdrew", told, {"end_reason": REFUSED_GOODS})
    return Done(len(moved))


# -- decisions -----------------------------------------------------------------------------------------------------


def verify_parcel(session: Session, officer: Officer, parcel_id: int, accept: bool, reason: str, told: Told) -> str:
    """A verifier accepts a handover the rules doubt, or disputes it; returns the parcel's new status.

    Raises:
        NotAllowed: no verifier, another region, or the facilitator's own account.
        ReasonNeeded: disputed, or accepted against doubts, without a word why.
        NoSuchMove: nothing was handed over, or it is decided already.
    """
    row = _parcel_for(session, officer, parcel_id)
    if not reason.strip() and (row.doubts or not accept):
        raise ReasonNeeded("Tuliskan alasan keputusan ini.")
    told = Told(officer.actor, told.at, reason.strip() or None)
    status = record_move(
        session, Subject.PARCEL, parcel_id, "verified" if accept else "disputed", told, verified_by=officer.actor
    )  # fmt: skip
    if accept:
        record_move(session, Subject.CASE, row.case_id, "handover_verified", told)
        owe_kick(session, "mentoring", row.year, told.at)
    _forget_set_aside(session, row.cycle_id, parcel_id, told)
    return status


def return_parcel(session: Session, officer: Officer, parcel_id: int, reason: str, told: Told) -> str:
    """A verifier gives up on a handover: the goods go back to the point's stock and the case ends, open to substitution.

    Raises:
        NotAllowed, ReasonNeeded: as for `verify_parcel`.
        NoSuchMove: the parcel is not refused, absent or disputed, or the case may not end from where it is.
    """
    row = _parcel_for(session, officer, parcel_id)
    if not reason.strip():
        raise ReasonNeeded("Tuliskan alasan pengembalian.")
    told = Told(officer.actor, told.at, reason.strip())
    status = record_move(session, Subject.PARCEL, parcel_id, "returned", told)
    event = "withdrew" if row.status == "refused" else "substituted"
    record_move(session, Subject.CASE, row.case_id, event, told, end_reason=END_REASONS[row.status])
    _forget_set_aside(session, row.cycle_id, parcel_id, told)
    return status


# -- parts ---------------------------------------------------------------------------------------------------------


def _plan(session: Session, work: Work, waiting: Sequence[Waiting]) -> Done:
    facilitators = {p.parcel_id: p.facilitator_id for p in waiting if p.facilitator_id is not None}
    planned = cut_into_events(
        [p for p in waiting if p.parcel_id in facilitators], queries.event_days(session, work.cycle_id),
        clock.today(work.home), work.policy.event_notice_days, work.policy.households_per_event, work.policy.local_holidays,
    )  # fmt: skip
    events = queries.add_events(session, work.cycle, planned, facilitators)
    _invite(session, work, events)
    return Done(len(facilitators), {p.parcel_id: "NO_FACILITATOR" for p in waiting if p.parcel_id not in facilitators})


def _invite(session: Session, work: Work, events: Sequence[HandoverEvent]) -> None:
    """Each facilitator learns of each event with own parcels, and what is in them; public numbers only."""
    points = queries.points(session, {event.district_code for event in events})
    contents = queries.package_contents(session, work.cycle_id)
    parcels: dict[tuple[int, int], list[dict[str, str]]] = defaultdict(list)
    for row in queries.invitations(session, [event.id or 0 for event in events]):
        parcels[row["event_id"], row["facilitator_id"]].append({"parcel": row["parcel"], "package": row["package"]})
    by_id = {event.id: event for event in events}
    for (event_id, facilitator_id), listed in parcels.items():
        event = by_id[event_id]
        packages = {code: contents[code] for code in sorted({row["package"] for row in listed})}
        body = {**_announced(event, points.get(event.district_code)), "parcels": listed, "packages": packages}
        owe_webhook(session, facilitator_id, event.number, "event.planned", body, work.now)


def _announced(event: HandoverEvent, point: DeliveryPoint | None) -> dict[str, Any]:
    return {
        "event": event.number, "round": event.round, "held_on": event.held_on.isoformat(), "district": event.district_code,
        "point": point.name if point else None, "latitude": point.latitude if point else None,
        "longitude": point.longitude if point else None,
    }  # fmt: skip


def _released(session: Session, work: Work, ids: Sequence[int], status: str, told: Told) -> list[int]:
    due = set(queries.ids_of_ended_cases(session, work.cycle_id, status)) & set(ids)
    return record_moves(session, Subject.PARCEL, due, status, "substituted", told)


def _cases_verified(session: Session, parcel_ids: Sequence[int], told: Told) -> None:
    record_moves(session, Subject.CASE, queries.cases_of(session, parcel_ids), "delivered", "handover_verified", told)


def _parcel_for(session: Session, officer: Officer, parcel_id: int) -> Any:
    """The parcel, if this officer may decide on it; who handed it over may not, under either name."""
    require(officer, "parcel.verify")
    row = queries.told_parcel(session, parcel_id)
    if row is None:
        raise ParcelUnknown("Paket ini tidak dikenal.")
    require_region(officer, row.regency_code)
    for maker in (f"partner:{row.sender}", f"user:{row.sender}"):
        require_other(officer, maker)
    return row


def _forget_set_aside(session: Session, cycle_id: int, parcel_id: int, told: Told) -> None:
    replace_set_aside(session, cycle_id, STAGE, Subject.PARCEL, [parcel_id], {}, told.at)


def _due_release(session: Session, work: Work) -> list[int]:
    return sorted(i for status in ("at_point", "absent") for i in queries.ids_of_ended_cases(session, work.cycle_id, status))


STEPS: tuple[Step, ...] = (
    Step("release_parcels", "Melepas paket rumah tangga yang mundur", Subject.PARCEL, _due_release, release_parcels),
    Step(
        "return_refused", "Mengembalikan paket yang ditolak", Subject.PARCEL,
        lambda session, work: queries.ids_at(session, work.cycle_id, "refused"), return_refused,
    ),
    Step(
        "plan_events", "Menyusun acara penyerahan", Subject.PARCEL,
        lambda session, work: queries.ids_without_event(session, work.cycle_id), plan_events, batch=20_000,
    ),
    Step(
        "plan_second_events", "Menyusun acara kedua bagi yang tidak hadir", Subject.PARCEL,
        lambda session, work: queries.ids_absent_from_last_event(session, work.cycle_id), plan_second_events, batch=20_000,
    ),
    Step(
        "verify_handovers", "Memeriksa bukti penyerahan", Subject.PARCEL,
        lambda session, work: queries.ids_at(session, work.cycle_id, "handed_over", "partial"), verify_handovers,
    ),
)  # fmt: skip
