"""After a refusal, a return or silence: what happens next, and who acts?

The table `NEXT_STEPS` is the whole answer. A step for a person leaves the household where it is, with the code
shown in the referral's `needs_person`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from service.errors import BadInput

DECLINE_REASONS = {
    "NO_CAPACITY": "Daya tampung penuh",
    "WRONG_REGION": "Bukan wilayah kerja kami",
    "NOT_ELIGIBLE": "Tidak memenuhi syarat layanan kami",
    "MISSING_DOCUMENT": "Dokumen belum lengkap",
    "ALREADY_SERVED": "Sudah pernah atau sedang dilayani",
    "CANNOT_REACH": "Rumah tangga tidak dapat dihubungi",
    "OTHER": "Alasan lain (wajib dijelaskan)",
}


class Action(StrEnum):
    """What the machine may do by itself; PERSON: nothing."""

    NEXT_AGENCY = "next_agency"
    SISTER_OFFICE = "sister_office"
    OTHER_SERVICE = "other_service"
    CONCLUDE = "conclude"
    PERSON = "person"


@dataclass(frozen=True)
class NextStep:
    """`who` acts; `code` is kept in `Referral.needs_person` where a person must."""

    action: Action
    who: str
    code: str
    sentence: str


_NEXT = NextStep(Action.NEXT_AGENCY, "operator", "", "Dialihkan ke instansi berikutnya yang masih punya tempat.")
_SISTER = NextStep(Action.SISTER_OFFICE, "operator", "", "Dialihkan ke instansi di wilayah tempat tinggal sekarang.")
_OTHER_SERVICE = NextStep(Action.OTHER_SERVICE, "operator", "", "Dialihkan ke instansi dengan layanan lain yang sesuai.")
_DOCUMENT = NextStep(
    Action.PERSON, "facilitator", "COMPLETE_DOCUMENT", "Pendamping melengkapi dokumen, lalu rujukan dikirim ulang."
)
_SERVED = NextStep(Action.CONCLUDE, "nobody", "", "Selesai: rumah tangga sudah dilayani.")
_EVIDENCE = NextStep(
    Action.PERSON, "operator", "ASK_EVIDENCE", "Petugas meminta bukti kepada instansi bahwa rumah tangga sudah dilayani."
)
_VISIT = NextStep(Action.PERSON, "facilitator", "VISIT_HOUSEHOLD", "Pendamping mendatangi rumah tangga dan memperbarui kontak.")
_PERSON = NextStep(Action.PERSON, "operator", "DECIDE", "Petugas membaca alasan dan memutuskan.")

NEXT_STEPS: dict[tuple[str, str], NextStep] = {
    ("declined", "NO_CAPACITY"): _NEXT, ("returned", "NO_CAPACITY"): _NEXT,
    ("declined", "WRONG_REGION"): _SISTER, ("returned", "WRONG_REGION"): _SISTER,
    ("declined", "NOT_ELIGIBLE"): _OTHER_SERVICE, ("returned", "NOT_ELIGIBLE"): _OTHER_SERVICE,
    ("declined", "MISSING_DOCUMENT"): _DOCUMENT, ("returned", "MISSING_DOCUMENT"): _DOCUMENT,
    ("declined", "ALREADY_SERVED"): _SERVED, ("returned", "ALREADY_SERVED"): _PERSON,
    ("declined", "CANNOT_REACH"): _VISIT, ("returned", "CANNOT_REACH"): _VISIT,
    ("declined", "OTHER"): _PERSON, ("returned", "OTHER"): _PERSON,
    ("no_response", ""): _NEXT, ("waitlisted", ""): _NEXT,
}  # fmt: skip

HOLDS = {
    "acknowledged": ("acknowledged", "waitlisted", "accepted", "declined", "returned", "in_service"),
    "waitlisted": ("waitlisted",), "accepted": ("accepted", "in_service"), "declined": ("declined",),
    "returned": ("returned",), "service_started": ("in_service",), "concluded": ("concluded",),
}  # fmt: skip
"""While an answer holds, saying it again changes nothing; it leads to the first of these, where its words may be corrected.
Said after another answer took its place, it is a change of mind and no repeat."""
LONGEST_WAIT = timedelta(days=731)
"""A waiting list that ends later than in two years is a slip of the pen, or a refusal that should be told as one."""


class WrongDay(BadInput, ValueError):
    """A day nobody can wait for."""


def check_wait(until: date, today: date) -> date:
    """Raises WrongDay for a day that has passed or is too far."""
    if until < today:
        raise WrongDay(f"tanggal {_written(until)} sudah lewat; tulis hari ini atau sesudahnya")
    if until - today > LONGEST_WAIT:
        raise WrongDay(f"tanggal {_written(until)} terlalu jauh; paling lambat {_written(today + LONGEST_WAIT)}")
    return until


def _written(day: date) -> str:
    return f"{day:%d-%m-%Y}"


MAXIMUM_HOPS = "MAXIMUM_HOPS"
NO_CONSENT = "NO_CONSENT"
CASE_ENDED = "CASE_ENDED"
CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
CONSENT_EXPIRED = "CONSENT_EXPIRED"
NEEDS_PERSON = {
    "COMPLETE_DOCUMENT": "Dokumen perlu dilengkapi pendamping, lalu kirim ulang.",
    "VISIT_HOUSEHOLD": "Rumah tangga perlu didatangi pendamping; perbarui kontaknya, lalu kirim ulang.",
    "ASK_EVIDENCE": "Instansi menyebut sudah dilayani tanpa bukti; minta keterangannya.",
    "DECIDE": "Alasan instansi perlu dibaca dan diputuskan petugas.",
    "NO_AGENCY": "Tidak ada instansi lain untuk wilayah dan layanan ini.",
    "ALL_AGENCIES_TRIED": "Semua instansi yang sesuai sudah pernah menjawab.",
    "AGENCIES_FULL": "Semua instansi yang sesuai sudah penuh.",
    MAXIMUM_HOPS: "Batas jumlah pengalihan tercapai.",
    NO_CONSENT: "Persetujuan dirujuk dari rumah tangga tidak ada lagi.",
}


def next_step(status: str, reason: str | None, hop: int, maximum_hops: int, has_evidence: bool = True) -> NextStep:
    """What follows for a referral at `status`; an unknown reason is for a person, never guessed.

    Who is said to be served already is concluded only with evidence, in words of the agency.
    """
    step = NEXT_STEPS.get((status, reason if status in ("declined", "returned") and reason else ""), _PERSON)
    if step.action is Action.CONCLUDE and not has_evidence:
        return _EVIDENCE
    if step.action in (Action.CONCLUDE, Action.PERSON) or hop < maximum_hops:
        return step
    return NextStep(Action.PERSON, "operator", MAXIMUM_HOPS, NEEDS_PERSON[MAXIMUM_HOPS])


def what_follows(status: str, reason: str | None, needs_person: str | None) -> str:
    """The sentence for those who look at what came back: what a person must do where one must, else what the table says."""
    if needs_person:
        return NEEDS_PERSON.get(needs_person, needs_person)
    return next_step(status, reason, 0, 1).sentence
