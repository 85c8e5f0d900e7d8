"""An agency turns out to be a bank or company: what of the referrals it got as a government office?"""

from __future__ import annotations

from sqlmodel import Session

from service.db.history import Told
from service.db.tables import Partner
from service.db.tables.trust import OFFICE
from service.handoff.baton import WITHDRAWABLE, withdraw_hops
from service.handoff.queries import work as facts
from service.handoff.queries.naming import not_naming
from service.handoff.queries.work import Hop
from service.messages.outbox import owe_kick

REASON = "WRONG_AGENCY"


def take_back_uncovered(session: Session, agency: Partner, told: Told) -> list[Hop]:
    """Their households agreed to government offices only, so they go on to another agency; done twice it is the same.

    What it has begun stays with it, and shows it the least from now on.
    """
    if agency.agency_kind == OFFICE:
        return []
    cycle_of = not_naming(session, agency.id or 0)
    hops = [hop for hop in facts.hops(session, cycle_of) if hop.status in WITHDRAWABLE]
    years = sorted({facts.lock_cycle(session, cycle_id) for cycle_id in sorted({cycle_of[hop.id] for hop in hops})})
    gone = withdraw_hops(session, hops, REASON, told)
    for year in years:
        owe_kick(session, "handoff", year, told.at)
    return gone
