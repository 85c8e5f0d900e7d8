"""How does a household without an agency get a drafted referral, in a batch that waits for a signature?

Numbers of referrals and batches are given here (`RJK-`, `BTC-`); the letter's number only at signing. Whoever drafts
holds the cycle's row, so numbers neither repeat nor leave gaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from service.db.history import Told, record_beginnings, record_moves
from service.db.tables import Referral, ReferralBatch
from service.handoff.next_steps import MAXIMUM_HOPS, NO_CONSENT
from service.handoff.queries import work as queries
from service.handoff.routing import PURPOSE, Route, Seeker, route
from service.lifecycle import Subject
from service.stage import Done, Work


@dataclass(frozen=True)
class Draft:
    """A referral to be written: the route found, and the hop it follows."""

    case_id: int
    route: Route
    hop: int
    previous_id: int | None
    purpose: str = PURPOSE


def due_for_draft(session: Session, work: Work) -> list[int]:
    return queries.ready_cases(session, work.cycle_id, PURPOSE)


def draft_referrals(work: Work, ids: list[int]) -> Done:
    """Find an agency for each ready household; set aside those for which there is none."""
    with work.database.write() as session:
        year = queries.lock_cycle(session, work.cycle_id)
        still = set(queries.ready_cases(session, work.cycle_id, PURPOSE))
        drafts, codes = _found(session, work, [case_id for case_id in ids if case_id in still])
        write_drafts(session, work.cycle_id, year, drafts, work.told())
        if drafts:
            record_moves(session, Subject.CYCLE, [work.cycle_id], "delivering", "handoff_started", work.told())
    return Done(len(drafts), codes)


def _found(session: Session, work: Work, case_ids: list[int]) -> tuple[list[Draft], dict[int, str]]:
    facts = queries.seekers(session, case_ids)
    before = queries.earlier_hops(session, case_ids, PURPOSE)
    codes = {case_id: NO_CONSENT for case_id, (_, consents) in facts.items() if not consents}
    codes |= {case_id: MAXIMUM_HOPS for case_id, hops in before.items() if hops[-1][0] >= work.policy.maximum_hops}
    seekers = [
        Seeker(case_id, regency, frozenset(agency for *_, agency in before.get(case_id, ())))
        for case_id, (regency, _) in facts.items()
        if case_id not in codes
    ]
    routes, no_route = route(seekers, queries.agencies(session), queries.load_of_agencies(session))
    drafts = [_next_draft(case_id, found, before.get(case_id, [])) for case_id, found in routes.items()]
    return drafts, codes | no_route


def _next_draft(case_id: int, found: Route, before: list[tuple[int, int, int]]) -> Draft:
    if not before:
        return Draft(case_id, found, 1, None)
    hop, referral_id, _ = before[-1]
    return Draft(case_id, found, hop + 1, referral_id)


def write_drafts(session: Session, cycle_id: int, year: int, drafts: list[Draft], told: Told) -> list[Referral]:
    """Insert referrals, each in its agency's batch; the caller holds the cycle (`queries.lock_cycle`)."""
    if not drafts:
        return []
    batches = _batches(session, cycle_id, year, sorted({draft.route.agency_id for draft in drafts}), told)
    first = queries.referrals_numbered(session, cycle_id) + 1
    rows = [
        Referral(
            number=f"RJK-{year}-{number:05d}", cycle_id=cycle_id, case_id=draft.case_id, agency_id=draft.route.agency_id,
            batch_id=batches[draft.route.agency_id], purpose=draft.purpose, hop=draft.hop, previous_id=draft.previous_id,
            why_agency=draft.route.why, status_since=told.at,
        )
        for number, draft in enumerate(sorted(drafts, key=lambda d: d.case_id), start=first)
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    record_beginnings(session, Subject.REFERRAL, [row.id for row in rows if row.id is not None], cycle_id, told)
    return rows


def _batches(session: Session, cycle_id: int, year: int, agency_ids: list[int], told: Told) -> Mapping[int, int]:
    """agency id -> batch id: the one this drafter has waiting for a signature, or a new one."""
    waiting = queries.drafted_batches(session, cycle_id, told.actor)
    first = queries.batches_numbered(session, cycle_id) + 1
    missing = [agency_id for agency_id in agency_ids if agency_id not in waiting]
    for number, agency_id in enumerate(missing, start=first):
        waiting[agency_id] = ReferralBatch(
            number=f"BTC-{year}-{number:04d}", cycle_id=cycle_id, agency_id=agency_id, drafted_by=told.actor,
            drafted_at=told.at,
        )  # fmt: skip
    session.add_all(waiting[agency_id] for agency_id in missing)
    session.flush()
    return {agency_id: batch.id for agency_id, batch in waiting.items() if batch.id is not None}
