"""Is every household of the cohort in exactly one place?

A case's status must agree with the table of moves and with its parcels and referrals. Anything else is an alarm
that names the case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

WITH_PARCEL = frozenset({"ordered", "delivered", "verified", "ready", "referred", "in_service", "concluded"})
PROVEN = frozenset({"verified", "ready", "referred", "in_service", "concluded"})
AT_AGENCY = frozenset({"referred", "in_service"})
NOT_YET_SENT = frozenset({"drafted", "signed"})

SENTENCES = {
    "NOT_IN_COHORT": "ada di data beku tetapi tidak punya berkas kasus",
    "HISTORY_DIFFERS": "status tidak sama dengan langkah terakhir pada riwayat",
    "NO_PARCEL": "sudah dipesankan tetapi tidak punya paket",
    "TWO_PARCELS": "punya lebih dari satu paket berjalan",
    "UNPROVEN": "melewati pembuktian tanpa paket yang terbukti",
    "NOWHERE": "dirujuk tetapi tidak ada rujukan yang terbuka",
    "TWO_PLACES": "punya lebih dari satu rujukan terbuka",
    "STRAY_REFERRAL": "punya rujukan terbuka padahal tidak sedang dirujuk",
}


@dataclass(frozen=True)
class Place:
    """What the database says of one case: its status, its last move, and how many parcels and referrals hang on it."""

    case_id: int
    status: str
    last_move: str | None
    running_parcels: int
    verified_parcels: int
    sent_referrals: int
    unsent_referrals: int


@dataclass(frozen=True)
class Conservation:
    """The verdict. `places` counts cases by status and sums to `cohort`; `alarms` names cases by code."""

    cohort: int
    places: dict[str, int]
    alarms: dict[int, str] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        return not self.alarms and sum(self.places.values()) == self.cohort

    @property
    def word(self) -> str:
        return "ok" if self.is_ok else "BROKEN"


def weigh(cohort: int, places: Iterable[Place]) -> Conservation:
    """Check every case; `cohort` is how many households were frozen into the cycle."""
    counts: dict[str, int] = {}
    alarms: dict[int, str] = {}
    for place in places:
        counts[place.status] = counts.get(place.status, 0) + 1
        if code := alarm_of(place):
            alarms[place.case_id] = code
    return Conservation(cohort, counts, alarms)


def alarm_of(place: Place) -> str | None:
    """The code of what does not fit, or None."""
    if place.last_move != place.status:
        return "HISTORY_DIFFERS"
    return _parcel_alarm(place) or _referral_alarm(place)


def _parcel_alarm(place: Place) -> str | None:
    if place.status in PROVEN and place.verified_parcels != 1:
        return "UNPROVEN"
    if place.status in WITH_PARCEL and place.running_parcels + place.verified_parcels == 0:
        return "NO_PARCEL"
    if place.running_parcels + place.verified_parcels > 1:
        return "TWO_PARCELS"
    return None


def _referral_alarm(place: Place) -> str | None:
    if place.sent_referrals + place.unsent_referrals > 1:
        return "TWO_PLACES"
    if place.status in AT_AGENCY and place.sent_referrals + place.unsent_referrals != 1:
        return "NOWHERE"
    if place.status not in AT_AGENCY and place.sent_referrals:
        return "STRAY_REFERRAL"
    return None
