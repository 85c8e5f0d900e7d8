"""Has the household moved, and may it be handed on? Pure rules over its visits.

Movement of the household's economy is what the social agency looks at (not success of the business). Only visits
made after the handover and not dated in the future count; the latest of them decides; movement without a single
indicator is an opinion, not evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

SENTENCES: dict[str, str] = {
    "VISIT_BEFORE_HANDOVER": "Kunjungan bertanggal sebelum penyerahan barang atau belum terjadi.",
    "NO_MOVEMENT": "Kunjungan terakhir belum melihat pergerakan ekonomi rumah tangga.",
    "NO_INDICATORS": "Pergerakan dilaporkan tanpa satu pun indikator.",
    "NO_CONSENT": "Rumah tangga tidak bersedia dirujuk.",
    "NO_MENTOR": "Belum ada motivator yang sesuai dan masih punya tempat.",
}


class Verdict(StrEnum):
    """What becomes of a visited household."""

    READY = "READY"
    NO_CONSENT = "NO_CONSENT"
    NO_MOVEMENT = "NO_MOVEMENT"
    NO_INDICATORS = "NO_INDICATORS"
    VISIT_BEFORE_HANDOVER = "VISIT_BEFORE_HANDOVER"


@dataclass(frozen=True)
class Seen:
    """One visit as told; `indicators` counts those it names."""

    visited_on: date
    movement_seen: bool
    indicators: int


def verdict_on(visits: Iterable[Seen], handed_on: date, today: date, may_be_referred: bool) -> Verdict:
    """Consent is asked last: a household that moved but does not want to be referred has moved all the same."""
    counting = [visit for visit in visits if handed_on <= visit.visited_on <= today]
    if not counting:
        return Verdict.VISIT_BEFORE_HANDOVER
    latest = max(counting, key=lambda visit: visit.visited_on)
    if not latest.movement_seen:
        return Verdict.NO_MOVEMENT
    if not latest.indicators:
        return Verdict.NO_INDICATORS
    return Verdict.READY if may_be_referred else Verdict.NO_CONSENT
