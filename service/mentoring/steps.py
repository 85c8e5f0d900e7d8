"""How does a household with proven goods get a mentor, and when is it ready for another agency?"""

from __future__ import annotations

from collections import defaultdict

from service import clock
from service.db.history import record_moves
from service.lifecycle import Subject
from service.mentoring import queries
from service.mentoring.movement import Verdict, verdict_on
from service.mentoring.pairing import pair, started_by
from service.messages.outbox import owe_kick
from service.stage import Done, Step, Work


def pair_mentors(work: Work, ids: list[int]) -> Done:
    """All newcomers in one pass; who finds no mentor waits for one, and goes on without."""
    policy = work.policy
    experienced_since = started_by(clock.today(work.home), policy.mentor_business_months)
    with work.database.write() as session:
        newcomers = queries.newcomers_among(session, ids)
        pairs = pair(newcomers, queries.mentors_with_room(session, work.cycle_id, experienced_since, policy.mentor_capacity))
        queries.keep_pairs(session, work.cycle_id, pairs, work.now)
    paired = {made.case_id for made in pairs}
    return Done(len(pairs), {i: "NO_MENTOR" for i in ids if i not in paired})


def make_ready(work: Work, ids: list[int]) -> Done:
    """Movement seen and consent given: ready for an agency. Movement without consent: not referred. Else: waits."""
    today, told = clock.today(work.home), work.told()
    with work.database.write() as session:
        visits, facts = queries.visits_seen(session, ids), queries.handed_on(session, ids)
        verdicts: dict[Verdict, list[int]] = defaultdict(list)
        for i, (day, consent) in facts.items():
            verdicts[verdict_on(visits.get(i, ()), day, today, consent)].append(i)
        ready = record_moves(session, Subject.CASE, verdicts.pop(Verdict.READY, []), "verified", "made_ready", told)
        without_consent, fields = verdicts.pop(Verdict.NO_CONSENT, []), {"end_reason": str(Verdict.NO_CONSENT)}
        ended = record_moves(
            session, Subject.CASE, without_consent, "verified", "not_referred", work.told(str(Verdict.NO_CONSENT)), fields
        )  # fmt: skip
        if ready:
            owe_kick(session, "handoff", work.cycle.year, told.at)
    return Done(len(ready) + len(ended), {i: str(verdict) for verdict, waiting in verdicts.items() for i in waiting})


STEPS: tuple[Step, ...] = (
    Step(
        "pair_mentors", "Mencarikan motivator", Subject.CASE,
        lambda session, work: queries.cases_without_mentor(session, work.cycle_id), pair_mentors, batch=100_000,
    ),
    Step(
        "make_ready", "Memeriksa pergerakan ekonomi", Subject.CASE,
        lambda session, work: queries.visited_verified_cases(session, work.cycle_id), make_ready,
    ),
)  # fmt: skip
