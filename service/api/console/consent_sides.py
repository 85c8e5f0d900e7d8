"""What did a household agree to, who sees what of it, and which services does it ask for?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.api.console.showing import id_of
from service.db.tables import Case, Consent, Household, Partner
from service.handoff.consents import FIELDS, fields_for, may_record, state_of
from service.handoff.needs import codes_of
from service.handoff.queries.consents import consents_of_case, needs_noted
from service.handoff.queries.deletions import Held, held_with
from service.handoff.services import CATALOGUE, label_of_service
from service.trust.queries import partners
from service.trust.rights import Officer, may
from service.words import CONSENT_SOURCES

EVERY_OFFICE = "semua kantor pemerintah tujuan"
SOURCES = [("visit", "Saat kunjungan pendamping"), ("office", "Di kantor")]


def sides_of(session: Session, officer: Officer, case: Case, person: Household, now: datetime) -> dict[str, Any]:
    """For the household's page: consents with who sees what, services asked for, and what may be added."""
    case_id = id_of(case)
    kept = consent_lines(session, case_id, now)
    _, noted = needs_noted(session, [case_id]).get(case_id, (None, []))
    asked = codes_of(person.business_type, noted)
    agencies = [one for one in partners(session, "agency") if one.active and not one.is_sandbox]
    return {
        "consents": kept, "asked": [label_of_service(code) for code in asked],
        "may_consent": may_record(session, officer, case), "may_note": may(officer, "need.note"), "sources": SOURCES,
        "receivers": [(one.sender, one.name) for one in agencies],
        "more_services": [(one.code, one.label) for one in CATALOGUE if one.code not in asked],
    }  # fmt: skip


def consent_lines(session: Session, case_id: int, now: datetime) -> list[dict[str, Any]]:
    """Every consent of a case in words, oldest first; of one taken back, what stopped here and what each agency said."""
    found = consents_of_case(session, case_id)
    held = held_with(session, [consent.id for consent, _ in found if consent.id is not None])
    return [_line(consent, receiver, now, [one for one in held if one.consent_id == consent.id]) for consent, receiver in found]


def _line(consent: Consent, receiver: Partner | None, now: datetime, held: list[Held]) -> dict[str, Any]:
    fields = fields_for(receiver) if receiver else tuple(FIELDS)
    return {
        "id": consent.id, "for_whom": receiver.name if receiver else EVERY_OFFICE, "state": state_of(consent, now),
        "sees": ", ".join(FIELDS[name].lower() for name in fields if name in consent.fields), "given_on": consent.given_on,
        "expires_on": consent.expires_on, "source": CONSENT_SOURCES.get(consent.source, consent.source),
        "is_registry": consent.source == "registry",
        "stop_by": consent.stop_by if consent.withdrawn_at and not consent.stopped_at else None,
        "withdrawn_at": consent.withdrawn_at, "held": held,
    }  # fmt: skip
