"""Does what the facilitator told prove the handover, and if not, what exactly is in doubt?

Pure rules over one parcel's evidence. Each broken rule is a code with a sentence for the verifier; no broken rule
means proven. Source of the rules: the accountability file of a household (Permendagri 32/2011 Article 36) and the
handover practice of 2021-23 (event at the district office, photo, receiver, goods counted).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_000

DOUBTS: dict[str, str] = {
    "PARTIAL": "Barang diserahkan sebagian; verifikator yang memutuskan.",
    "CASE_ENDED": "Rumah tangga ini sudah tidak menunggu barang.",
    "PHOTO_MISSING": "Foto penyerahan tidak disertakan.",
    "PHOTO_NOT_STORED": "Foto yang disebut belum diterima sistem.",
    "PHOTO_OF_ANOTHER": "Foto itu dikirim oleh pendamping lain.",
    "PHOTO_REUSED": "Foto yang sama dipakai untuk paket lain.",
    "PLACE_MISSING": "Lokasi penyerahan tidak disertakan.",
    "PLACE_TOO_FAR": "Lokasi penyerahan terlalu jauh dari titik serah.",
    "WRONG_DAY": "Waktu penyerahan bukan pada hari acara.",
    "DAY_IN_FUTURE": "Waktu penyerahan lebih lambat dari waktu laporan.",
    "COUNT_SHORT": "Jumlah barang kurang dari isi paket.",
    "COUNT_DIFFERS": "Barang yang dilaporkan tidak sama dengan isi paket.",
    "FUNCTION_TEST_FAILED": "Alat tidak lulus uji fungsi.",
    "RECEIVER_MISSING": "Penerima tidak disebutkan.",
    "PROXY_WITHOUT_RELATION": "Barang diterima wakil tanpa keterangan hubungan dengan penerima.",
}


@dataclass(frozen=True)
class Photo:
    """What is known of the photo a parcel names. `is_named`: told at all; the rest as stored."""

    is_named: bool = False
    is_stored: bool = False
    is_own: bool = False
    is_reused: bool = False


@dataclass(frozen=True)
class Evidence:
    """One parcel as told, beside what was planned. Counts by item name; degrees WGS 84; days in WIB."""

    parcel_id: int
    case_id: int
    status: str
    case_status: str
    handed_on: date | None
    told_on: date
    held_on: date | None
    round: int
    receiver: str | None = "self"
    relation: str | None = None
    told: Mapping[str, int] = field(default_factory=dict)
    packed: Mapping[str, int] = field(default_factory=dict)
    function_tested: bool | None = None
    place: tuple[float, float] | None = None
    point: tuple[float, float] | None = None
    photo: Photo = Photo()


def doubts_of(evidence: Evidence, radius_m: int) -> list[str]:
    """The codes of every broken rule, in the order of `DOUBTS`; empty means proven."""
    found = {
        *_status_doubts(evidence), *_photo_doubts(evidence.photo), *_place_doubts(evidence, radius_m),
        *_day_doubts(evidence), *_count_doubts(evidence), *_receiver_doubts(evidence),
    }  # fmt: skip
    return [code for code in DOUBTS if code in found]


def sentences(codes: list[str] | None) -> list[str]:
    """What a verifier reads; a code this version does not know is shown as it is."""
    return [DOUBTS.get(code, code) for code in codes or ()]


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance in metres (haversine)."""
    (lat1, lon1), (lat2, lon2) = (map(radians, a), map(radians, b))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))


def counted(items: list[dict[str, object]] | None) -> dict[str, int]:
    """Told items as counts by name, small letters and single spaces; the same name twice is summed."""
    counts: dict[str, int] = {}
    for item in items or ():
        name = plain_name(str(item["name"]))
        counts[name] = counts.get(name, 0) + int(str(item["count"]))
    return counts


def plain_name(name: str) -> str:
    return " ".join(name.casefold().split())


def _status_doubts(evidence: Evidence) -> set[str]:
    found = {"PARTIAL"} if evidence.status == "partial" else set()
    return found if evidence.case_status == "delivered" else found | {"CASE_ENDED"}


def _photo_doubts(photo: Photo) -> set[str]:
    if not photo.is_named:
        return {"PHOTO_MISSING"}
    if not photo.is_stored:
        return {"PHOTO_NOT_STORED"}
    return ({"PHOTO_REUSED"} if photo.is_reused else set()) | (set() if photo.is_own else {"PHOTO_OF_ANOTHER"})


def _place_doubts(evidence: Evidence, radius_m: int) -> set[str]:
    if evidence.place is None:
        return {"PLACE_MISSING"}
    if evidence.point is None or distance_m(evidence.place, evidence.point) <= radius_m:
        return set()
    return {"PLACE_TOO_FAR"}


def _day_doubts(evidence: Evidence) -> set[str]:
    """On the event's day; a later round (second event, home visit) may also end after it."""
    day, held_on = evidence.handed_on, evidence.held_on
    fits = day is not None and held_on is not None and (day == held_on or (evidence.round > 1 and day > held_on))
    in_future = day is not None and day > evidence.told_on
    return (set() if fits else {"WRONG_DAY"}) | ({"DAY_IN_FUTURE"} if in_future else set())


def _count_doubts(evidence: Evidence) -> set[str]:
    """A partial handover is short by its nature; its counts are still shown when they name unknown goods."""
    short = any(evidence.told.get(name, 0) < count for name, count in evidence.packed.items())
    differs = any(count > evidence.packed.get(name, 0) for name, count in evidence.told.items())
    failed = evidence.function_tested is False
    return {
        code
        for code, broken in (("COUNT_SHORT", short), ("COUNT_DIFFERS", differs), ("FUNCTION_TEST_FAILED", failed))
        if broken
    }


def _receiver_doubts(evidence: Evidence) -> set[str]:
    if evidence.receiver is None:
        return {"RECEIVER_MISSING"}
    if evidence.receiver == "proxy" and not (evidence.relation or "").strip():
        return {"PROXY_WITHOUT_RELATION"}
    return set()
