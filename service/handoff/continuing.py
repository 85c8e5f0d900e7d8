"""After a refusal, a return or silence: who carries the baton on?

Reads like the table in `next_steps.py`: the machine re-routes or concludes, everything else is marked for a person and
stays where it is. A referral whose agency answers in the meantime is not touched: every move is guarded by its status.
"""

from __future__ import annotations

from sqlmodel import Session

from service.clock import WIB
from service.db.history import Told, record_moves
from service.handoff.baton import NOT_PAUSED, WITHDRAWABLE, conclude_cases, take_back_cases, withdraw_hops
from service.handoff.consents import note_from_registry
from service.handoff.drafting import Draft, seekers_for, write_drafts
from service.handoff.next_steps import CASE_ENDED, Action, NextStep, next_step
from service.handoff.queries import work as queries
from service.handoff.queries.work import Hop
from service.handoff.routing import Route, route
from service.lifecycle import Subject
from service.messages.outbox import owe_webhook
from service.stage import Done, Work

Decided = tuple[Hop, NextStep]


def due_to_withdraw(session: Session, work: Work) -> list[int]:
    return queries.of_ended_cases(session, work.cycle_id, WITHDRAWABLE)


def withdraw_ended(work: Work, ids: list[int]) -> Done:
    """Take back the referrals of households that have left the programme or cannot be found."""
    with work.database.write() as session:
        return Done(len(withdraw_hops(session, queries.hops(session, ids), CASE_ENDED, work.told())))


def due_to_continue(session: Session, work: Work) -> list[int]:
    return queries.to_continue(session, work.cycle_id)


def continue_referrals(work: Work, ids: list[int]) -> Done:
    """Take the next step of the table for each; what a person must decide is set aside with its code."""
    with work.database.write() as session:
        year = queries.lock_cycle(session, work.cycle_id)
        still = set(queries.to_continue(session, work.cycle_id)) & set(ids)
        hops = queries.hops(session, still)
        decided = [
            (hop, next_step(hop.status, hop.reason, hop.hop, work.policy.maximum_hops, hop.has_evidence)) for hop in hops
        ]
        waiting = {hop.id: hop.needs_person for hop in hops if hop.needs_person in _FOR_GOOD}
        fresh = [(hop, step) for hop, step in decided if hop.id not in waiting]
        concluded = _conclude([hop for hop, step in fresh if step.action is Action.CONCLUDE], session, work.told())
        rerouted, codes = _reroute(session, work, year, fresh)
        codes |= {hop.id: step.code for hop, step in fresh if step.action is Action.PERSON}
        queries.mark(session, {hop.id: codes[hop.id] for hop in hops if hop.id in codes and hop.needs_person != codes[hop.id]})
    kept = {referral_id: code for referral_id, code in waiting.items() if code}
    return Done(concluded + rerouted, kept | codes)


def _step_of(hop: Hop, maximum_hops: int) -> NextStep:
    return next_step(hop.status, hop.reason, hop.hop, maximum_hops, hop.has_evidence)


_FOR_GOOD = frozenset({"COMPLETE_DOCUMENT", "VISIT_HOUSEHOLD", "DECIDE", "ASK_EVIDENCE", "MAXIMUM_HOPS"})


def _conclude(hops: list[Hop], session: Session, told: Told) -> int:
    """ALREADY_SERVED: the agency's answer is the evidence that the household is served."""
    ids, today = [hop.id for hop in hops], told.at.astimezone(WIB).date()
    moved = set(record_moves(session, Subject.REFERRAL, ids, "declined", "already_served", told, {"concluded_on": today}))
    conclude_cases(session, [hop.case_id for hop in hops if hop.id in moved], told)
    return len(moved)


def _reroute(session: Session, work: Work, year: int, decided: list[Decided]) -> tuple[int, dict[int, str]]:
    """(how many go to another agency, referral id -> code of why not)."""
    wanting = [(hop, step) for hop, step in decided if step.action not in (Action.CONCLUDE, Action.PERSON)]
    note_from_registry(session, work.cycle_id, work.policy.referral, work.told(), [hop.case_id for hop, _ in wanting])
    routes, no_route = _routes(session, work, wanting)
    codes = {hop.id: no_route[hop.case_id] for hop, _ in wanting if hop.case_id in no_route}
    chosen = [(hop, routes[hop.case_id]) for hop, _ in wanting if hop.case_id in routes]
    return len(hand_on(session, work.cycle_id, year, chosen, work.told())), codes


def _routes(session: Session, work: Work, wanting: list[Decided]) -> tuple[dict[int, Route], dict[int, str]]:
    """The next agency by case. A sister office is the one where the household lives now, as everywhere."""
    by_purpose: dict[str, list[Decided]] = {}
    for hop, step in wanting:
        by_purpose.setdefault(hop.purpose, []).append((hop, step))
    known, load = queries.as_routed(queries.agencies(session)), queries.load_of_agencies(session)
    routes: dict[int, Route] = {}
    codes: dict[int, str] = {}
    for purpose, group in by_purpose.items():
        before = queries.earlier_hops(session, [hop.case_id for hop, _ in group], purpose)
        other = {hop.case_id for hop, step in group if step.action is Action.OTHER_SERVICE}
        seekers, no_consent = seekers_for(session, work.told(), before, purpose, other)
        found, missing = route(seekers, known, load)
        routes, codes = routes | found, codes | no_consent | missing
    return routes, codes


def hand_on(session: Session, cycle_id: int, year: int, chosen: list[tuple[Hop, Route]], told: Told) -> list[int]:
    """The old hop is `rerouted`, the next one drafted, the case ready in between: all in one transaction.

    Returns the ids of the old hops that moved; one whose agency has just answered stays.
    """
    moved: set[int] = set()
    for status in ("declined", "no_response", "waitlisted", "returned"):
        ids = [hop.id for hop, _ in chosen if hop.status == status]
        moved |= set(
            record_moves(session, Subject.REFERRAL, ids, status, "rerouted", told, {"needs_person": None, **NOT_PAUSED})
        )
    going = [(hop, found) for hop, found in chosen if hop.id in moved]
    take_back_cases(session, [hop.case_id for hop, _ in going], told)
    write_drafts(session, cycle_id, year, [Draft(h.case_id, found, h.hop + 1, h.id, h.purpose) for h, found in going], told)
    for hop, _ in going:
        body = {"referral": hop.number}
        owe_webhook(session, hop.agency_id, f"referral:{hop.number}", "referral.rerouted", body, told.at)
    return sorted(moved)
