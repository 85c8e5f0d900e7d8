"""Which agency gets a household, and why this one?

Pure and repeatable: households in the order of their case ids; of several fitting agencies the nearest (the regency's
own office before the province's, as micro businesses are the regency's task: annex Q of law 23/2014), then the
emptiest, then the one with the lower id. An agency already tried for the same case and purpose is never tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PURPOSE = "business_development"
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


@dataclass(frozen=True)
class Seeker:
    """A household that needs an agency. `any_service`: also agencies with another service than the purpose."""

    case_id: int
    regency_code: str
    tried: frozenset[int] = frozenset()
    purpose: str = PURPOSE
    any_service: bool = False


@dataclass(frozen=True)
class Route:
    """The agency found, and the sentence that explains it."""

    agency_id: int
    why: str


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
        routes[seeker.case_id] = Route(best.id, _why(best, seeker, taken.get(best.id, 0)))
        taken[best.id] = taken.get(best.id, 0) + 1
    return routes, codes


def _serves(agency: Agency, seeker: Seeker) -> bool:
    if agency.regency_code not in (None, seeker.regency_code):
        return False
    return seeker.purpose in agency.services or (seeker.any_service and bool(agency.services))


def _has_room(agency: Agency, taken: Mapping[int, int]) -> bool:
    return agency.capacity is None or taken.get(agency.id, 0) < agency.capacity


def _preference(agency: Agency, seeker: Seeker, taken: Mapping[int, int]) -> tuple[bool, bool, float, int]:
    fill = taken.get(agency.id, 0) / (agency.capacity or 1_000_000)
    return agency.regency_code is None, seeker.purpose not in agency.services, fill, agency.id


def _why_not(fitting: Sequence[Agency], untried: Sequence[Agency]) -> str:
    if not fitting:
        return NO_AGENCY
    return AGENCIES_FULL if untried else ALL_AGENCIES_TRIED


def _why(agency: Agency, seeker: Seeker, taken: int) -> str:
    place = "melayani kabupaten/kota rumah tangga" if agency.regency_code else "melayani seluruh provinsi"
    service = PURPOSES.get(seeker.purpose, seeker.purpose)
    offers = f"menyediakan {service}" if seeker.purpose in agency.services else "menyediakan layanan lain yang mungkin sesuai"
    room = f"{taken} dari {agency.capacity} tempat terisi" if agency.capacity is not None else "tanpa batas daya tampung"
    before = f"; bukan salah satu dari {len(seeker.tried)} instansi sebelumnya" if seeker.tried else ""
    return f"{agency.name} {place}, {offers}, {room}{before}."
