"""What follows when a household is asked and says no?

Before anybody has asked it, the registry may have said yes for it. So a no takes back what there is, the registry's word
too, and what was taken back no registry file revives.
"""

from __future__ import annotations

from sqlmodel import Session

from service.db.history import Told
from service.db.tables import Case, Consent, Partner
from service.db.tables.trust import OFFICE
from service.handoff.consents import note_registry_of, require_seen, require_theirs, withdraw_consent
from service.handoff.queries import consents as queries
from service.handoff.queries import work as facts
from service.policy import ReferralRules
from service.trust.rights import Officer


def refuse_consent(
    session: Session, officer: Officer, case: Case, rules: ReferralRules, told: Told, *,
    receiver: Partner | None = None, seen: int | None = None,
) -> int:  # fmt: skip
    """No, neither to the receiver named, nor, without one, to any office; how many consents are taken back by it.

    Said again there is nothing left to take back. `seen` as in `record_consent`.

    Raises:
        NoRight, OutsideRegion, NotYourHousehold, ConsentChanged
    """
    require_theirs(session, officer, case)
    assert case.id is not None
    facts.lock_cycle(session, case.cycle_id)
    if open_ones := meant_by(session, case.id, receiver):
        require_seen(session, case.id, seen)
    if receiver is None:
        note_registry_of(session, case, rules, told)
        open_ones = meant_by(session, case.id, receiver)
    for consent in open_ones:
        withdraw_consent(session, officer, consent, told)
    return len(open_ones)


def meant_by(session: Session, case_id: int, receiver: Partner | None) -> list[Consent]:
    """Consents not taken back yet that a no would take back."""
    return [
        consent
        for consent, named in queries.consents_of_case(session, case_id)
        if consent.withdrawn_at is None
        and (consent.receiver_id == receiver.id if receiver else named is None or named.agency_kind == OFFICE)
    ]
