"""Does what the facilitator told prove the handover, and if not, what exactly is in doubt?

Pure rules over one parcel's evidence. Each broken rule is a code with a sentence for the verifier; no broken rule
means proven. Source of the rules: the accountability file of a household (Permendagri 32/2011 Article 36) and the
handover practice of 2021-23 (event at the district office, photo, receiver, goods counted).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_000
EVENT_GRACE = timedelta(hours=2)
"""How long before opening and after closing a queue at the counter may still be served."""
EXIF_GRACE = timedelta(hours=3)
"""A phone's clock may be wrong by so much, and a photo may be taken so long before the report."""
SAMPLED, TWO_REPORTS, PHOTO_ALIKE = "SAMPLED", "TWO_REPORTS", "PHOTO_ALIKE"

DOUBTS: dict[str, str] = {
    "PARTIAL": "Barang diserahkan sebagian; verifikator yang memutuskan.",
    "CASE_ENDED": "Rumah tangga ini sudah tidak menunggu barang.",
    "PHOTO_MISSING": "Foto penyerahan tidak disertakan.",
    "PHOTO_NOT_STORED": "Foto yang disebut belum diterima sistem.",
    "PHOTO_OF_ANOTHER": "Foto itu dikirim oleh pendamping lain.",
    "PHOTO_REUSED": "Foto yang sama dipakai untuk paket lain.",
    PHOTO_ALIKE: "Foto hampir sama dengan foto paket lain.",
    "EXIF_DIFFERS": "Waktu atau lokasi yang tercatat di dalam foto tidak cocok dengan laporan.",
    "PLACE_MISSING": "Lokasi penyerahan tidak disertakan.",
    "PLACE_TOO_FAR": "Lokasi penyerahan terlalu jauh dari titik serah.",
    "PLACE_VAGUE": "Lokasi dari ponsel terlalu kasar untuk membuktikan tempat.",
    "WRONG_DAY": "Waktu penyerahan bukan pada hari acara.",
    "WRONG_HOUR": "Waktu penyerahan di luar jam acara.",
    "DAY_IN_FUTURE": "Waktu penyerahan lebih lambat dari waktu laporan.",
    "COUNT_SHORT": "Jumlah barang kurang dari isi paket.",
    "COUNT_DIFFERS": "Barang yang dilaporkan tidak sama dengan isi paket.",
    "FUNCTION_TEST_FAILED": "Alat tidak lulus uji fungsi.",
    "FUNCTION_TEST_MISSING": "Paket ini memuat alat yang harus diuji, tetapi hasil uji tidak disebutkan.",
    "RECEIVER_MISSING": "Penerima tidak disebutkan.",
    "PROXY_WITHOUT_RELATION": "Barang diterima wakil tanpa keterangan hubungan dengan penerima.",
    "PROXY_WITHOUT_AUTHORITY": "Barang diterima wakil tanpa surat kuasa.",
    "AUTHORITY_NOT_STORED": "Surat kuasa yang disebut belum diterima sistem.",
    "SIGNATURE_MISSING": "Tanda tangan penerima tidak disertakan.",
    "SIGNATURE_NOT_STORED": "Tanda tangan yang disebut belum diterima sistem.",
    TWO_REPORTS: "Ada dua laporan yang berbeda tentang paket ini.",
    SAMPLED: "Terpilih untuk uji petik: bukti lengkap, diperiksa sekali lagi oleh orang lain.",
}


@dataclass(frozen=True)
class Photo:
    """What is known of the photo a parcel names. `is_named`: told at all; the rest as stored.

    `alike`: numbers of other parcels with nearly the same picture; `taken_at`, `place`: what the file itself told.
    """

    is_named: bool = False
    is_stored: bool = False
    is_own: bool = False
    is_reused: bool = False
    alike: tuple[str, ...] = ()
    taken_at: datetime | None = None
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Paper:
    """A file told with the report (letter of authority, signature): told at all, and arrived."""

    is_named: bool = False
    is_stored: bool = False


@dataclass(frozen=True)
class Evidence:
    """One parcel as told, beside what was planned. Counts by item name; degrees WGS 84; days in WIB; accuracy in metres.

    `point`: the event's own place where it has one, else the district's. `mark`: how the receiver signed (signature,
    thumbprint), None where the report came without (a partner's own system).
    """

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
    handed_at: datetime | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    accuracy_m: int | None = None
    needs_function_test: bool = False
    authority: Paper = Paper()
    mark: str | None = None
    signature: Paper = Paper()
    has_two_reports: bool = False


def doubts_of(evidence: Evidence, radius_m: int) -> list[str]:
    """The codes of every broken rule, in the order of `DOUBTS`; empty means proven."""
    found = {
        *_status_doubts(evidence), *_photo_doubts(evidence.photo), *_exif_doubts(evidence, radius_m),
        *_place_doubts(evidence, radius_m), *_day_doubts(evidence), *_hour_doubts(evidence), *_count_doubts(evidence),
        *_test_doubts(evidence), *_receiver_doubts(evidence), *_signature_doubts(evidence),
    }  # fmt: skip
    named = {PHOTO_ALIKE: f"{PHOTO_ALIKE}:{','.join(evidence.photo.alike[:3])}"}
    return [named.get(code, code) for code in DOUBTS if code in found]


def kind_of(code: str) -> str:
    """The code without what it names: `PHOTO_ALIKE:PKT-2021-00012` -> `PHOTO_ALIKE`."""
    return code.partition(":")[0]


def sentences(codes: list[str] | None) -> list[str]:
    """What a verifier reads, with the parcels a code names; a code this version does not know is shown as it is."""
    return [_sentence(*code.partition(":")) for code in codes or ()]


def _sentence(code: str, _: str, named: str) -> str:
    said = DOUBTS.get(code, code)
    return f"{said.rstrip('.')}: {named.replace(',', ', ')}." if named else said


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
    found |= {TWO_REPORTS} if evidence.has_two_reports else set()
    return found if evidence.case_status == "delivered" else found | {"CASE_ENDED"}


def _photo_doubts(photo: Photo) -> set[str]:
    if not photo.is_named:
        return {"PHOTO_MISSING"}
    if not photo.is_stored:
        return {"PHOTO_NOT_STORED"}
    said = {"PHOTO_REUSED": photo.is_reused, PHOTO_ALIKE: bool(photo.alike) and not photo.is_reused}
    return {code for code, broken in said.items() if broken} | (set() if photo.is_own else {"PHOTO_OF_ANOTHER"})


def _exif_doubts(evidence: Evidence, radius_m: int) -> set[str]:
    """The file's own time and place, where it has them, against what was told."""
    photo, differs = evidence.photo, False
    if photo.taken_at and evidence.handed_at:
        differs = abs(photo.taken_at - evidence.handed_at) > EXIF_GRACE
    if photo.place and evidence.place:
        differs = differs or distance_m(photo.place, evidence.place) > radius_m + (evidence.accuracy_m or 0)
    return {"EXIF_DIFFERS"} if differs else set()


def _place_doubts(evidence: Evidence, radius_m: int) -> set[str]:
    """A phone that is unsure by some metres may be so much farther off, up to half the radius; one that is unsure by more
    than twice the radius could be anywhere."""
    if evidence.place is None:
        return {"PLACE_MISSING"}
    if evidence.point is None:
        return set()
    unsure = evidence.accuracy_m or 0
    if unsure > 2 * radius_m:
        return {"PLACE_VAGUE"}
    is_near = distance_m(evidence.place, evidence.point) <= radius_m + min(unsure, radius_m / 2)
    return set() if is_near else {"PLACE_TOO_FAR"}


def _day_doubts(evidence: Evidence) -> set[str]:
    """On the event's day; a later round (second event, home visit) may also end after it."""
    day, held_on = evidence.handed_on, evidence.held_on
    fits = day is not None and held_on is not None and (day == held_on or (evidence.round > 1 and day > held_on))
    in_future = day is not None and day > evidence.told_on
    return (set() if fits else {"WRONG_DAY"}) | ({"DAY_IN_FUTURE"} if in_future else set())


def _hour_doubts(evidence: Evidence) -> set[str]:
    """Within the event's hours and their grace; a later round may end after them."""
    at, opens, closes = evidence.handed_at, evidence.opens_at, evidence.closes_at
    if at is None or evidence.handed_on != evidence.held_on:
        return set()
    is_early = opens is not None and at < opens - EVENT_GRACE
    is_late = closes is not None and at > closes + EVENT_GRACE and evidence.round == 1
    return {"WRONG_HOUR"} if is_early or is_late else set()


def _count_doubts(evidence: Evidence) -> set[str]:
    """A partial handover is short by its nature; its counts are still shown when they name unknown goods."""
    short = any(evidence.told.get(name, 0) < count for name, count in evidence.packed.items())
    differs = any(count > evidence.packed.get(name, 0) for name, count in evidence.told.items())
    return {code for code, broken in (("COUNT_SHORT", short), ("COUNT_DIFFERS", differs)) if broken}


def _test_doubts(evidence: Evidence) -> set[str]:
    if evidence.function_tested is False:
        return {"FUNCTION_TEST_FAILED"}
    is_missing = evidence.needs_function_test and evidence.function_tested is None
    return {"FUNCTION_TEST_MISSING"} if is_missing else set()


def _receiver_doubts(evidence: Evidence) -> set[str]:
    """A proxy says how they are related and shows a letter of authority."""
    if evidence.receiver is None:
        return {"RECEIVER_MISSING"}
    if evidence.receiver != "proxy":
        return set()
    found = set() if (evidence.relation or "").strip() else {"PROXY_WITHOUT_RELATION"}
    return found | _paper_doubts(evidence.authority, "PROXY_WITHOUT_AUTHORITY", "AUTHORITY_NOT_STORED")


def _signature_doubts(evidence: Evidence) -> set[str]:
    """A thumbprint is put on paper at the counter; a signature said to be given is shown."""
    if evidence.signature.is_named or evidence.mark == "signature":
        return _paper_doubts(evidence.signature, "SIGNATURE_MISSING", "SIGNATURE_NOT_STORED")
    return set()


def _paper_doubts(paper: Paper, missing: str, not_stored: str) -> set[str]:
    if paper.is_stored:
        return set()
    return {not_stored if paper.is_named else missing}
