"""Which agency gets a household, and why this one?

Pure and repeatable: households in the order of their case ids; of several fitting agencies the nearest (the regency's
own office before the province's, as micro businesses are the regency's task: annex Q of law 23/2014), then the one that
gives most of what is needed, an office before a bank or company, then the emptiest, then the one with the lower id.
An agency already tried for the same case and purpose is never tried again, one the household did not agree to never at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.db.tables.trust import OFFICE
from service.handoff.services import PURPOSE, labels_of, offered_by

__all__ = ["PURPOSE", "PURPOSES", "WHY_NOT", "Agency", "Route", "Seeker", "copies_of", "route"]

PURPOSES = {PURPOSE: "pengembangan usaha"}

NO_AGENCY = "NO_AGENCY"
ALL_AGENCIES_TRIED = "ALL_AGENCIES_TRIED"
AGENCIES_FULL = "AGENCIES_FULL"
WHY_NOT = {
    NO_AGENCY: "Tidak ada instansi dengan layanan ini untuk wilayah rumah tangga.",
    ALL_AGENCIES_TRIED: "Semua instansi yang sesuai sudah pernah menjawab.",
    AGENCIES_FULL: "Semua instansi yang sesuai sudah penuh.",
}


@dataclass(frozen=True)
class Agency:
    """`regency_code` None serves the whole province; `capacity` None: no stated limit of open referrals."""

    id: int
    name: str
    regency_code: str | None
    services: frozenset[str]
    capacity: int | None
    kind: str = OFFICE

    @property
    def offers(self) -> frozenset[str]:
        """Codes of the catalogue."""
        return offered_by(self.services)


@dataclass(frozen=True)
class Seeker:
    """A household that needs an agency. `needs`: service codes; `any_service`: also agencies with other services.

    `allowed`: the agencies it agreed to; None where that is not asked.
    """

    case_id: int
    regency_code: str
    tried: frozenset[int] = frozenset()
    purpose: str = PURPOSE
    any_service: bool = False
    needs: tuple[str, ...] = ()
    allowed: frozenset[int] | None = None


@dataclass(frozen=True)
class Route:
    """The agency found, the sentence that explains it, and the services asked of it."""

    agency_id: int
    why: str
    services: tuple[str, ...] = ()


def route(
    seekers: Iterable[Seeker], agencies: Sequence[Agency], load: Mapping[int, int]
) -> tuple[dict[int, Route], dict[int, str]]:
    """(case id -> route, case id -> code of `WHY_NOT`). `load`: open referrals each agency has already."""
    taken = dict(load)
    routes: dict[int, Route] = {}
    codes: dict[int, str] = {}
    for seeker in sorted(seekers, key=lambda s: s.case_id):
        fitting = [agency for agency in agencies if _serves(agency, seeker)]
        untried = [agency for agency in fitting if agency.id not in seeker.tried]
        roomy = [agency for agency in untried if _has_room(agency, taken)]
        if not roomy:
            codes[seeker.case_id] = _why_not(fitting, untried)
            continue
        best = min(roomy, key=lambda agency: _preference(agency, seeker, taken))
        asked = tuple(code for code in seeker.needs if code in best.offers) or seeker.needs
        routes[seeker.case_id] = Route(best.id, _why(best, seeker, taken.get(best.id, 0)), asked)
        taken[best.id] = taken.get(best.id, 0) + 1
    return routes, codes


def copies_of(agency: Agency, agencies: Iterable[Agency]) -> list[str]:
    """Who is copied: the province's offices where a regency's office is the receiver, so that the province knows."""
    if agency.kind != OFFICE or agency.regency_code is None:
        return []
    return [one.name for one in agencies if one.kind == OFFICE and one.regency_code is None]


def _serves(agency: Agency, seeker: Seeker) -> bool:
    if agency.regency_code not in (None, seeker.regency_code):
        return False
    if seeker.allowed is not None and agency.id not in seeker.allowed:
        return False
    return _suits(agency, seeker) or (seeker.any_service and bool(agency.services))


def _suits(agency: Agency, seeker: Seeker) -> bool:
    return seeker.purpose in agency.services or bool(agency.offers.intersection(seeker.needs))


def _has_room(agency: Agency, taken: Mapping[int, int]) -> bool:
    return agency.capacity is None or taken.get(agency.id, 0) < agency.capacity


def _preference(agency: Agency, seeker: Seeker, taken: Mapping[int, int]) -> tuple[bool, bool, int, bool, float, int]:
    fill = taken.get(agency.id, 0) / (agency.capacity or 1_000_000)
    covered = len(agency.offers.intersection(seeker.needs))
    return agency.regency_code is None, not _suits(agency, seeker), -covered, agency.kind != OFFICE, fill, agency.id


def _why_not(fitting: Sequence[Agency], untried: Sequence[Agency]) -> str:
    if not fitting:
        return NO_AGENCY
    return AGENCIES_FULL if untried else ALL_AGENCIES_TRIED


def _why(agency: Agency, seeker: Seeker, taken: int) -> str:
    place = "melayani kabupaten/kota rumah tangga" if agency.regency_code else "melayani seluruh provinsi"
    room = f"{taken} dari {agency.capacity} tempat terisi" if agency.capacity is not None else "tanpa batas daya tampung"
    before = f"; bukan salah satu dari {len(seeker.tried)} instansi sebelumnya" if seeker.tried else ""
    return f"{agency.name} {place}, {_offer(agency, seeker)}, {room}{before}."


def _offer(agency: Agency, seeker: Seeker) -> str:
    """What of the needs it gives, and what not."""
    given = [code for code in seeker.needs if code in agency.offers]
    missing = [code for code in seeker.needs if code not in agency.offers]
    if given:
        rest = f" (belum terlayani: {labels_of(missing)})" if missing else ""
        return f"menyediakan {labels_of(given)}{rest}"
    if _suits(agency, seeker):
        return f"menyediakan {PURPOSES.get(seeker.purpose, seeker.purpose)}"
    return "menyediakan layanan lain yang mungkin sesuai"
