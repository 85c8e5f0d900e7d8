"""What does a person do about a NIK the population office could not match: confirm it by a document, or correct it?

The household keeps its id, the old NIK is kept with the decision, and a corrected NIK is asked about anew.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from service.db.history import Told
from service.db.tables import Household, NikDecision
from service.errors import BadInput, NotNow
from service.regions import name_of
from service.registry import identity
from service.registry.doubts.queries import niks as queries
from service.registry.doubts.reasons import checked_reason, told_before
from service.registry.faults import CellFault
from service.registry.queries import household_by_id, lock_registry
from service.trust.rights import Officer, require, require_region
from service.trust.sealing import Sealer

CHECKS = {
    "unchecked": "belum diperiksa", "found": "ditemukan", "not_found": "tidak ditemukan", "differs": "berbeda",
    "confirmed": "dibenarkan petugas",
}  # fmt: skip
_DONE = {"confirmed": "NIK ini sudah dibenarkan", "corrected": "NIK ini sudah dikoreksi"}


class NotANik(BadInput):
    """The number cannot be a NIK, or is the one that could not be matched."""


class NikTaken(BadInput):
    """Another household has this NIK; the sentence names it."""


class NikNotWaiting(NotNow):
    """The population office has no doubt about this NIK, or was not asked yet."""


def confirm_nik(session: Session, officer: Officer, household_id: int, reason: str, told: Told) -> NikDecision:
    """A document was seen: the NIK is right as it is. The same officer once more changes nothing.

    Raises:
        NoRight, OutsideRegion, NotFound, NoReason
        AlreadySettled, NikNotWaiting
    """
    household, text = _asked(session, officer, household_id, reason)
    if household.nik_check not in queries.UNMATCHED:
        return _decided_before(session, household, officer, "confirmed")
    household.nik_check = "confirmed"
    return _decided(session, household, text, told, "confirmed")


def correct_nik(
    session: Session, officer: Officer, sealer: Sealer, household_id: int, nik: str, reason: str, told: Told
) -> NikDecision:
    """The right NIK is known: it takes the place of the old one on the same household and is checked anew.

    Raises:
        NoRight, OutsideRegion, NotFound, NoReason
        NotANik, NikTaken
        AlreadySettled, NikNotWaiting
    """
    lock_registry(session)  # no import writes the same NIK meanwhile
    household, text = _asked(session, officer, household_id, reason)
    digits = _checked_nik(nik)
    lookup = sealer.lookup("nik", digits)
    if household.nik_check not in queries.UNMATCHED:
        return _decided_before(session, household, officer, "corrected", household.nik_lookup == lookup)
    _require_free(session, household, lookup)
    old = {"old_nik_sealed": household.nik_sealed, "old_nik_lookup": household.nik_lookup}
    household.nik_sealed, household.nik_lookup = sealer.seal("nik", digits), lookup
    household.nik_check, household.nik_checked_at, household.updated_at = "unchecked", None, told.at
    return _decided(session, household, text, told, "corrected", **old)


def _asked(session: Session, officer: Officer, household_id: int, reason: str) -> tuple[Household, str]:
    require(officer, "registry.settle")
    household = household_by_id(session, household_id)
    require_region(officer, household.regency_code)
    text = checked_reason(reason)
    queries.lock_household(session, household)
    return household, text


def _checked_nik(text: str) -> str:
    try:
        return identity.nik(text.strip())
    except CellFault as fault:
        sentence = fault.text if fault.text.startswith("NIK") else f"NIK: {fault.text}"
        raise NotANik(sentence, faults=[{"field": "nik", "fault": sentence}]) from None


def _require_free(session: Session, household: Household, lookup: str) -> None:
    other = queries.household_with_nik(session, lookup)
    if other is None:
        return
    if other.id == household.id:
        sentence = "NIK yang ditulis sama dengan yang tercatat. Bila NIK itu benar, pilih membenarkan."
        raise NotANik(sentence, faults=[{"field": "nik", "fault": sentence}])
    sentence = f"NIK ini milik rumah tangga nomor {other.id} di {name_of(other.regency_code)}; periksa apakah keduanya satu."
    raise NikTaken(sentence, household=other.id, faults=[{"field": "nik", "fault": sentence}])


def _decided(session: Session, household: Household, reason: str, told: Told, what: str, **old: Any) -> NikDecision:
    assert household.id is not None
    made = NikDecision(
        household_id=household.id, what=what, reason=reason, decided_by=told.actor, decided_at=told.at, **old
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _decided_before(session: Session, household: Household, officer: Officer, what: str, is_same: bool = True) -> NikDecision:
    newest = next(iter(queries.nik_decisions(session, household.id or 0)), None)
    stands = newest is not None and household.nik_check == {"confirmed": "confirmed", "corrected": "unchecked"}[newest.what]
    if newest is None or not stands:
        said = CHECKS[household.nik_check]
        raise NikNotWaiting(f"NIK rumah tangga {household.id} tidak menunggu keputusan: {said}.", nik_check=household.nik_check)
    if is_same and (newest.what, newest.decided_by) == (what, officer.actor):
        return newest
    raise told_before(session, _DONE[newest.what], newest.decided_by, newest.decided_at)
