"""What waits, whose turn is it, since when, until when, and on which page is it done?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.api.console.showing import days_left, due_of, turn_words
from service.api.rendering import query
from service.cohort.queries import Waiting
from service.handoff.clocks import TERM_OF
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.trust.rights import Officer

SOON = 2
PLACES: dict[tuple[str, str], tuple[str, str, str]] = {
    ("case", "proposed"): ("keluarga menunggu diseleksi", "Buka siklus", "/siklus/{year}"),
    ("case", "selected"): ("keluarga terpilih menunggu SK", "Putuskan SK", "/siklus/{year}/sk"),
    ("case", "decreed"): ("keluarga ditetapkan, barang belum dipesan", "Buka siklus", "/siklus/{year}"),
    ("case", "verified"): ("keluarga menunggu kunjungan pendamping", "Lihat keluarga", "/keluarga"),
    ("case", "ready"): ("keluarga siap dirujuk", "Buka siklus", "/siklus/{year}"),
    ("order", "draft"): ("konsep pesanan menunggu persetujuan", "Setujui", "/pesanan"),
    ("order", "approved"): ("pesanan disetujui, belum dikirim", "Buka siklus", "/siklus/{year}"),
    ("order", "placed"): ("pesanan belum dikonfirmasi penyedia", "Lihat", "/pesanan"),
    ("order", "confirmed"): ("pesanan belum dikirim penyedia", "Lihat", "/pesanan"),
    ("order", "shipped"): ("pesanan dalam perjalanan", "Lihat", "/pesanan"),
    ("order", "arrived"): ("pesanan tiba, belum diperiksa", "Periksa", "/pesanan"),
    ("order", "inspected"): ("pesanan diperiksa, belum diterima", "Terima", "/pesanan"),
    ("parcel", "at_point"): ("paket di titik serah", "Lihat", "/paket"),
    ("parcel", "handed_over"): ("paket diserahkan, bukti belum diputuskan", "Periksa bukti", "/paket"),
    ("parcel", "partial"): ("paket diserahkan sebagian", "Periksa bukti", "/paket"),
    ("parcel", "disputed"): ("paket dengan bukti diragukan", "Putuskan", "/paket"),
    ("parcel", "absent"): ("penerima tidak hadir", "Lihat", "/paket"),
    ("parcel", "refused"): ("paket ditolak penerima", "Lihat", "/paket"),
    ("referral", "signed"): ("rujukan ditandatangani, belum dikirim", "Buka siklus", "/siklus/{year}"),
    ("referral", "sent"): ("rujukan belum dibalas instansi", "Lihat", "/rujukan"),
    ("referral", "acknowledged"): ("rujukan belum diputuskan instansi", "Lihat", "/rujukan"),
    ("referral", "accepted"): ("rujukan disanggupi, layanan belum dimulai", "Lihat", "/rujukan"),
    ("referral", "waitlisted"): ("rujukan di daftar tunggu", "Lihat", "/rujukan"),
    ("referral", "declined"): ("rujukan ditolak instansi", "Tindak lanjuti", "/rujukan"),
    ("referral", "returned"): ("rujukan dikembalikan untuk dilengkapi", "Lengkapi", "/rujukan"),
    ("referral", "no_response"): ("rujukan tidak dijawab", "Tindak lanjuti", "/rujukan"),
    ("referral", "in_service"): ("rujukan dilayani, hasil belum dilaporkan", "Lihat", "/rujukan"),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of a waiting list; `left` is working days to go, or past the day when `is_late`."""

    count: int
    what: str
    verb: str
    href: str
    turn: str
    mine: bool
    since: datetime
    due: date | None
    left: int
    is_late: bool


@dataclass(frozen=True)
class Group:
    title: str
    rows: list[Row]


def rows_of(
    waiting: Iterable[Waiting], officer: Officer, year: int, today: date, policy: CyclePolicy, with_agency: Mapping[str, date]
) -> list[Row]:
    """A line for everything that has a place here; what another subject already says (an ordered case, say) is left out.

    `with_agency`: status -> the day on which the first referral an agency holds at it is due.
    """
    here = [one for one in waiting if (str(one.subject), one.status) in PLACES]
    return [_row(one, officer, year, today, policy, _due(one, policy, with_agency)) for one in here]


def by_urgency(rows: Sequence[Row]) -> list[Group]:
    """Late, soon, later; empty groups are left out."""
    late = [row for row in rows if row.is_late]
    soon = [row for row in rows if row.due and not row.is_late and row.left <= SOON]
    rest = [row for row in rows if row not in late and row not in soon]
    groups = (Group("Lewat batas waktu", late), Group(f"Dalam {SOON} hari kerja", soon), Group("Berikutnya", rest))
    return [group for group in groups if group.rows]


def _place(href: str, status: str, year: int) -> str:
    """A list is opened at the status; other pages only need the year."""
    if href in ("/keluarga", "/pesanan", "/paket", "/rujukan"):
        return query(href, tahun=year, status=status)
    return href.format(year=year)


def _due(one: Waiting, policy: CyclePolicy, with_agency: Mapping[str, date]) -> date | None:
    if one.subject is Subject.REFERRAL and one.status in TERM_OF:
        return with_agency.get(one.status)
    return due_of(one.subject, one.status, one.oldest_since, policy)


def _row(one: Waiting, officer: Officer, year: int, today: date, policy: CyclePolicy, due: date | None) -> Row:
    what, verb, href = PLACES[str(one.subject), one.status]
    left = days_left(today, due, policy) if due else 0
    mine = one.turn in officer.roles
    return Row(
        count=one.count,
        what=what,
        verb=verb if mine else "Lihat",
        href=_place(href, one.status, year),
        turn=turn_words(one.turn),
        mine=mine,
        since=one.oldest_since,
        due=due,
        left=abs(left),
        is_late=left < 0,
    )
