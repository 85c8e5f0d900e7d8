"""Which services does a household need from the receiving agency?

What its kind of business implies, and what a person noted beyond that. The receiving agency decides; this is what is
asked for. Codes are those of the catalogue (`services.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session

from service.business import family_of
from service.db.history import Told
from service.db.tables import Case
from service.handoff.queries.consents import keep_need
from service.handoff.services import CATALOGUE, label_of_service, require_service
from service.trust.reach import require_case
from service.trust.rights import Officer, require

FOR_EVERYBODY = ("NIB", "PLUT")
FOR_FAMILY: dict[str, tuple[str, ...]] = {
    "food": ("P_IRT", "HALAL", "BRAND", "PACKAGING"),
    "craft": ("BRAND", "INCUBATION", "OFF_TAKER"),
    "trade": ("TRAINING",),
    "service": ("TRAINING",),
    "farming": ("TRAINING", "GROUP"),
}
_ORDER = {service.code: place for place, service in enumerate(CATALOGUE)}


def codes_of(business_type: str | None, noted: Iterable[str] = ()) -> tuple[str, ...]:
    """Service codes, in the order of the catalogue."""
    wanted = {*FOR_EVERYBODY, *FOR_FAMILY.get(family_of(business_type) or "", ()), *noted}
    return tuple(sorted(wanted & _ORDER.keys(), key=_ORDER.__getitem__))


def needs_of(business_type: str | None, noted: Iterable[str] = ()) -> tuple[str, ...]:
    """The same in words, as letters print them."""
    return tuple(label_of_service(code) for code in codes_of(business_type, noted))


def note_need(session: Session, officer: Officer, case: Case, service: str, told: Told) -> bool:
    """A person found that this household needs a service too; False when that was noted before.

    Raises:
        NoRight, OutsideRegion, NotYourHousehold, UnknownService
    """
    require(officer, "need.note")
    require_case(session, officer, case)
    assert case.id is not None
    return keep_need(session, case.id, require_service(service), told.actor, told.at)
