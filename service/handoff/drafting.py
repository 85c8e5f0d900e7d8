"""How does a household without an agency get a drafted referral, in a batch that waits for a signature?

Only with a consent that covers the purpose, the fields and the receiver, and kept on each hop. Numbers of referrals and
batches are given here (`RJK-`, `BTC-`); the letter's number only at signing. Whoever drafts holds the cycle's row, so
numbers neither repeat nor leave gaps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from service.clock import WIB
from service.db.history import Told, record_beginnings, record_moves
from service.db.tables import Partner, Referral, ReferralBatch
from service.errors import BadInput
from service.handoff.consents import NoConsent, best_consent, is_alive, note_from_registry, receivers_allowed
from service.handoff.needs import codes_of
from service.handoff.next_steps import MAXIMUM_HOPS, NO_CONSENT
from service.handoff.queries import consents as agreed
from service.handoff.queries import work as queries
from service.handoff.routing import PURPOSE, Route, Seeker, copies_of, route
from service.handoff.services import offered_by
from service.lifecycle import Subject
from service.stage import Done, Work

Hops = Sequence[tuple[int, int, int]]


class SandboxAgency(BadInput):
    """An agency for trying out never gets a real household."""


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
    note_from_registry(session, work.cycle_id, work.policy.referral, work.told(), case_ids)
    before = queries.earlier_hops(session, case_ids, PURPOSE)
    seekers, codes = seekers_for(session, work.told(), {case_id: before.get(case_id, []) for case_id in case_ids}, PURPOSE)
    codes |= {case_id: MAXIMUM_HOPS for case_id, hops in before.items() if hops[-1][0] >= work.policy.maximum_hops}
    known = queries.as_routed(queries.agencies(session))
    asking = [seeker for seeker in seekers if seeker.case_id not in codes]
    routes, no_route = route(asking, known, queries.load_of_agencies(session))
    drafts = [_next_draft(case_id, found, before.get(case_id, [])) for case_id, found in routes.items()]
    return drafts, codes | no_route


def seekers_for(
    session: Session, told: Told, before: Mapping[int, Hops], purpose: str, any_service: Collection[int] = ()
) -> tuple[list[Seeker], dict[int, str]]:
    """The cases as routing sees them (where they live, what they need, to whom they agree), and who does not agree at all.

    `before`: case id -> its earlier hops.
    """
    day, partners = told.at.astimezone(WIB).date(), queries.agencies(session)
    consents, needs = agreed.consents_of(session, before, purpose), agreed.needs_noted(session, before)
    codes: dict[int, str] = {}
    seekers = []
    for case_id, regency in queries.regencies_of(session, before).items():
        mine = [consent for consent in consents.get(case_id, []) if is_alive(consent, purpose, day)]
        if not mine:
            codes[case_id] = NO_CONSENT
            continue
        tried = frozenset(agency for *_, agency in before[case_id])
        allowed = receivers_allowed(mine, purpose, partners, day)
        wants_other, wanted = case_id in any_service, codes_of(*needs[case_id])
        seekers.append(Seeker(case_id, regency, tried, purpose, wants_other, wanted, allowed))
    return seekers, codes


def _next_draft(case_id: int, found: Route, before: list[tuple[int, int, int]]) -> Draft:
    if not before:
        return Draft(case_id, found, 1, None)
    hop, referral_id, _ = before[-1]
    return Draft(case_id, found, hop + 1, referral_id)


def write_drafts(session: Session, cycle_id: int, year: int, drafts: list[Draft], told: Told) -> list[Referral]:
    """Insert referrals, each in its agency's batch; the caller holds the cycle (`queries.lock_cycle`).

    Raises:
        NoConsent, SandboxAgency: a person chose an agency to which the household has not agreed, or one for trying out.
    """
    if not drafts:
        return []
    agencies = queries.partners_by_id(session, {draft.route.agency_id for draft in drafts})
    consents = _consents_for(session, drafts, agencies, told)
    batches = _batches(session, cycle_id, year, agencies, told)
    first = queries.referrals_numbered(session, cycle_id) + 1
    needs = agreed.needs_noted(session, [draft.case_id for draft in drafts])
    rows = [
        Referral(
            number=f"RJK-{year}-{number:05d}", cycle_id=cycle_id, case_id=draft.case_id, agency_id=draft.route.agency_id,
            batch_id=batches[draft.route.agency_id], purpose=draft.purpose, hop=draft.hop, previous_id=draft.previous_id,
            why_agency=draft.route.why, status_since=told.at, consent_id=consents[draft.case_id],
            services=list(draft.route.services) or _asked(agencies[draft.route.agency_id], codes_of(*needs[draft.case_id])),
        )
        for number, draft in enumerate(sorted(drafts, key=lambda d: d.case_id), start=first)
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    record_beginnings(session, Subject.REFERRAL, [row.id for row in rows if row.id is not None], cycle_id, told)
    return rows


def _asked(agency: Partner, needs: tuple[str, ...]) -> list[str]:
    """What of the needs is asked of an agency a person chose: what it gives, else everything."""
    return [code for code in needs if code in offered_by(agency.services)] or list(needs)


def _consents_for(session: Session, drafts: list[Draft], agencies: Mapping[int, Partner], told: Told) -> dict[int, int | None]:
    """case id -> the consent its new hop rests on."""
    day, found = told.at.astimezone(WIB).date(), dict[int, int | None]()
    for purpose in {draft.purpose for draft in drafts}:
        mine = [draft for draft in drafts if draft.purpose == purpose]
        consents = agreed.consents_of(session, [draft.case_id for draft in mine], purpose)
        for draft in mine:
            agency = agencies[draft.route.agency_id]
            if agency.is_sandbox:
                raise SandboxAgency(f"{agency.name} hanya untuk uji coba; rumah tangga tidak dirujuk ke sana.")
            chosen = best_consent(consents.get(draft.case_id, []), purpose, agency, day)
            if chosen is None:
                raise NoConsent(f"Rumah tangga belum menyetujui datanya diberikan kepada {agency.name}.", event="drafted")
            found[draft.case_id] = chosen.id
    return found


def _batches(
    session: Session, cycle_id: int, year: int, agencies: Mapping[int, Partner], told: Told
) -> Mapping[int, int]:  # fmt: skip
    """agency id -> batch id: the one this drafter has waiting for a signature, or a new one."""
    waiting = queries.drafted_batches(session, cycle_id, told.actor)
    first = queries.batches_numbered(session, cycle_id) + 1
    missing = [agency_id for agency_id in sorted(agencies) if agency_id not in waiting]
    offices = queries.as_routed(queries.agencies(session))
    for number, agency_id in enumerate(missing, start=first):
        [routed] = queries.as_routed([agencies[agency_id]])
        waiting[agency_id] = ReferralBatch(
            number=f"BTC-{year}-{number:04d}", cycle_id=cycle_id, agency_id=agency_id, drafted_by=told.actor,
            drafted_at=told.at, copies=copies_of(routed, offices) or None,
        )  # fmt: skip
    session.add_all(waiting[agency_id] for agency_id in missing)
    session.flush()
    return {agency_id: batch.id for agency_id, batch in waiting.items() if batch.id is not None}
