"""How are our referral statuses called in the standards other software speaks?

One row for each status, the single source for `/fhir/Task`, for the table at `/docs` and for its test. Sources:
FHIR R4 Task and ServiceRequest as SDOH Clinical Care 2.3 narrows them (its Task may be neither `ready` nor `received`, so
what FHIR alone calls `received` stays `requested` there and is told apart by our own code); BSeR 2.0
TaskBusinessStatusCS; Taiwan's TWSS referral handling status (SFAA base guide). An empty word: that standard has none.
"""

from __future__ import annotations

from dataclasses import dataclass

BSER = "http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS"
TWSS = "https://sfaa.gov.tw/base/CodeSystem/twss-referral-handling-status"
PAUSED_TASK = "on-hold"
BSER_WORDS = {
    "2.0": "Service Request Created",
    "3.0": "Service Request Accepted",
    "4.0": "Service Request Declined",
    "5.1.1": "Service Request Event Scheduled",
    "6.0": "Service Request Fulfillment Cancelled",
    "7.0": "Service Request Fulfillment Completed",
}


@dataclass(frozen=True)
class Words:
    """One status of ours: `Task.status`, `ServiceRequest.status`, the codes of BSeR and TWSS, and what gets lost."""

    status: str
    task: str
    request: str
    bser: str
    twss: str
    remark: str = ""


MAPPING: tuple[Words, ...] = (
    Words("drafted", "draft", "draft", "", "", "Belum keluar dari Dinas Sosial."),
    Words("signed", "draft", "draft", "", "", "SDOH CC tidak memakai ready; belum dikirim."),
    Words("sent", "requested", "active", "2.0", "pending"),
    Words("no_response", "requested", "active", "2.0", "pending", "Lewat tenggat; masih dapat dijawab."),
    Words("acknowledged", "requested", "active", "2.0", "pending", "SDOH CC tidak memakai received; lihat businessStatus."),
    Words("accepted", "accepted", "active", "3.0", "accepted"),
    Words("waitlisted", "on-hold", "active", "2.0", "pending", "Belum disanggupi, menunggu tempat."),
    Words("declined", "rejected", "active", "4.0", "not-accepted", "Alasannya pada statusReason; permintaan dilanjutkan."),
    Words("returned", "rejected", "active", "4.0", "returned", "Dapat dikirim ulang: rejected bukan akhir bagi kami."),
    Words("in_service", "in-progress", "active", "5.1.1", "accepted"),
    Words("concluded", "completed", "completed", "7.0", "completed", "Hasilnya pada Task.output."),
    Words("withdrawn", "cancelled", "revoked", "6.0", "failed"),
    Words("rerouted", "cancelled", "revoked", "6.0", "referred-again", "Dilanjutkan sebagai rujukan lain."),
)
BY_STATUS = {words.status: words for words in MAPPING}
RETURNED_IN_SERVICE = Words("returned", "failed", "active", "6.0", "returned", "Bila layanan sudah dimulai.")


def words_of(status: str, has_begun: bool = False) -> Words:
    """`has_begun`: whether its agency had begun the service in this round."""
    return RETURNED_IN_SERVICE if status == "returned" and has_begun else BY_STATUS[status]


def all_words() -> tuple[Words, ...]:
    """The whole table, in the order of a referral's way."""
    return tuple(word for row in MAPPING for word in ((row, RETURNED_IN_SERVICE) if row.status == "returned" else (row,)))
