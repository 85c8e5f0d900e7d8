"""May a household be sent to an agency that has had it already?

Never twice for the same purpose without a change. A change is a need the agency serves that was not asked of it then;
where only a paper or an address was missing, the same referral is sent again instead (`revise_referral`).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session

from service.db.tables import Partner
from service.errors import BadInput
from service.handoff.needs import codes_of
from service.handoff.queries.consents import needs_noted
from service.handoff.queries.tried import asked_before
from service.handoff.services import offered_by


class AskedBefore(BadInput):
    """That agency has had the household for this purpose, and nothing has changed since."""


def may_be_asked(session: Session, case_id: int, purpose: str, agencies: Iterable[Partner]) -> list[Partner]:
    """Of these agencies, those that have not had the household yet, or are asked for something new."""
    before = asked_before(session, case_id, purpose)
    needs = frozenset(codes_of(*needs_noted(session, [case_id])[case_id]))
    return [
        agency
        for agency in agencies
        if agency.id not in before or (before[agency.id] and needs & offered_by(agency.services) - before[agency.id])
    ]


def require_not_asked_before(session: Session, case_id: int, purpose: str, agency: Partner) -> None:
    """Raises AskedBefore."""
    if not may_be_asked(session, case_id, purpose, [agency]):
        fault = (
            f"{agency.name} sudah menerima keluarga ini untuk keperluan yang sama, dan tidak ada yang berubah sejak itu."
            " Pilih instansi lain, atau catat dulu kebutuhan baru yang dilayaninya."
        )
        raise AskedBefore(fault, faults=[{"field": "instansi", "fault": fault}])
