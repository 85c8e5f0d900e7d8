"""What does an agency see behind its link, and what do its answers on the page mean?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session
from starlette.datastructures import FormData

from service import clock
from service.api import relay
from service.db import listings
from service.db.history import Told
from service.db.tables import Cycle, Partner, PartnerLink, Referral
from service.doors import DOORS
from service.errors import BadInput, NotFound, NotNow
from service.handoff import queries as handoff
from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import INDICATORS, OUTCOMES
from service.handoff.replies import reply_as_partner
from service.lifecycle import Subject
from service.messages.inbox import retry_parked
from service.trust.homes import House

SECTIONS = (
    ("baru", "Belum dinyatakan diterima", ("sent", "no_response")),
    ("putusan", "Menunggu keputusan Anda", ("acknowledged", "waitlisted")),
    ("layanan", "Disanggupi, layanan belum dimulai", ("accepted",)),
    ("hasil", "Sedang dilayani, hasil ditunggu", ("in_service",)),
    ("selesai", "Sudah dijawab", ("concluded", "declined", "returned", "rerouted", "withdrawn")),
)
EVENTS = ("acknowledged", "accepted", "waitlisted", "declined", "returned", "service_started", "concluded")
AT_A_TIME = 25
MOST = 500
DONE = {
    "acknowledged": "{n} rujukan dinyatakan diterima.", "accepted": "{n} rujukan disanggupi. Terima kasih.",
    "waitlisted": "{n} rujukan masuk daftar tunggu.", "declined": "{n} rujukan ditolak. Kami lanjutkan ke instansi lain.",
    "returned": "{n} rujukan dikembalikan. Kami lengkapi lalu kirim ulang.",
    "service_started": "Layanan untuk {n} rujukan tercatat dimulai.", "concluded": "Hasil {n} rujukan tersimpan. Terima kasih.",
    "order.confirmed": "Pesanan dikonfirmasi.", "order.shipped": "Pengiriman tercatat.",
    "order.arrived": "Kedatangan barang tercatat. Terima kasih.", "order.cancelled": "Pembatalan tercatat.",
    "sheet": "Berkas diterima: {n} jawaban baru tersimpan.",
    "sheet-known": "Isi berkas ini sudah kami ketahui. Tidak ada yang berubah.",
}  # fmt: skip


class AnswerIncomplete(BadInput):
    """Something is missing on the form; each fault names its field."""


class NothingChanged(NotNow):
    """None of the chosen referrals could take this answer any more."""


@dataclass(frozen=True)
class Taken:
    """What was answered, for how many."""

    event: str
    count: int


def shown(
    session: Session, partner: Partner, link: PartnerLink, wanted: Mapping[str, str], now: datetime
) -> tuple[str, dict[str, Any]]:
    """The template and its values: one referral by `?rujukan=`, else the list by what is to be done."""
    if number := wanted.get("rujukan"):
        return "partner_referral.html", _one(session, partner, number)
    if partner.kind != "agency":
        return "partner_other.html", {}
    counts = listings.agency_counts(session, partner.id or 0)
    sections = [_section(session, partner, link, section, counts, wanted) for section in SECTIONS]
    return "partner_agency.html", {
        "line": relay.agency_line(counts), "sections": [s for s in sections if s["count"]],
        "open_count": sum(s["count"] for s in sections if s["name"] != "selesai"),
        "reasons": list(DECLINE_REASONS.items()),
    }  # fmt: skip


def take(house: House, partner: Partner, form: FormData) -> Taken:
    """Apply one answer to each chosen referral, each its own transaction; what was already so counts as done.

    Raises:
        AnswerIncomplete: nothing is changed.
        NothingChanged: no referral could take it.
    """
    event, numbers = _read(house, partner, form)
    said = _said(event, form)
    told = Told(f"partner:{partner.sender}", clock.now(house.home))
    refused = [fault for number in numbers if (fault := _apply(house, partner, number, event, said, told))]
    if len(refused) == len(numbers):
        raise NothingChanged(refused[0])
    return Taken(event, len(numbers) - len(refused))


def done_words(wanted: Mapping[str, str]) -> str | None:
    count = wanted.get("jumlah", "1")
    words = DONE.get(wanted.get("sudah", ""))
    return words.format(n=count) if words and count.isdigit() else None


def _section(
    session: Session, partner: Partner, link: PartnerLink, section: tuple[str, str, tuple[str, ...]],
    counts: Mapping[str, int], wanted: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    name, title, statuses = section
    after = int(wanted.get("setelah", "0")) if wanted.get("bagian") == name and wanted.get("setelah", "0").isdigit() else 0
    rows = listings.referrals_of_agency(session, partner.id or 0, statuses, after, AT_A_TIME)
    return {
        "name": name, "title": title, "count": sum(counts.get(status, 0) for status in statuses),
        "rows": [(referral, person) for referral, _, person in rows],
        "after": rows[-1][0].id if len(rows) == AT_A_TIME else 0, "is_first": not after,
    }  # fmt: skip


def _one(session: Session, partner: Partner, number: str) -> dict[str, Any]:
    referral = _own(session, partner, number)
    case, person = listings.case_reading(session, referral.case_id)
    letters = listings.letters_about(session, [f"referral:{number}"])
    return {
        "referral": referral, "person": person, "case": case, "cycle": session.get_one(Cycle, referral.cycle_id),
        "letters": letters, "moves": listings.moves_of(session, Subject.REFERRAL, referral.id or 0),
        "reasons": list(DECLINE_REASONS.items()), "outcomes": list(OUTCOMES.items()), "indicators": INDICATORS,
        "names": listings.actor_names(session),
    }  # fmt: skip


def _own(session: Session, partner: Partner, number: str) -> Referral:
    """Another agency's referral is as unknown as one that does not exist. Raises NotFound."""
    referral = handoff.referral_by_number(session, number)
    if referral.agency_id != partner.id or referral.status in ("drafted", "signed"):
        raise NotFound(f"Rujukan {number} tidak ada.")
    return referral


def _read(house: House, partner: Partner, form: FormData) -> tuple[str, list[str]]:
    event = str(form.get("aksi", ""))
    if event not in EVENTS:
        raise AnswerIncomplete("Pilih jawaban dengan salah satu tombol.")
    if form.get("semua"):
        with house.database.read() as session:
            rows = listings.referrals_of_agency(session, partner.id or 0, ("sent", "no_response"), limit=MOST)
        return event, [referral.number for referral, _, _ in rows]
    numbers = [str(number) for number in form.getlist("rujukan")]
    if not numbers:
        place = {"declined": "pilih-putusan", "accepted": "pilih-putusan", "service_started": "pilih-layanan"}
        raise AnswerIncomplete("", faults=[_fault(place.get(event, "pilih-baru"), "Centang sedikitnya satu rujukan")])
    return event, numbers[:MOST]


def _said(event: str, form: FormData) -> dict[str, Any]:
    """The answer's fields in the words of the webhook. Raises AnswerIncomplete, naming every field."""
    said: dict[str, Any] = {
        "register_number": _text(form, "nomor", 60) or None, "note": _text(form, "catatan", 1000) or None
    }  # fmt: skip
    faults = list(_faults(event, form))
    if faults:
        raise AnswerIncomplete("", faults=faults)
    if event in ("declined", "returned"):
        said["reason"] = _text(form, "alasan", 30)
    if event == "waitlisted" and _text(form, "sampai", 10):
        said["waitlist_until"] = _text(form, "sampai", 10)
    if event == "concluded":
        said |= {"outcome": _text(form, "hasil", 30), "indicators": _indicators(form)}
    return said


def _faults(event: str, form: FormData) -> Iterable[dict[str, str]]:
    reason = _text(form, "alasan", 30)
    if event in ("declined", "returned") and reason not in DECLINE_REASONS:
        yield _fault("alasan", "Pilih alasannya")
    if event in ("declined", "returned") and reason == "OTHER" and not _text(form, "catatan", 1000):
        yield _fault("catatan", "Jelaskan alasan lain dengan beberapa kata")
    if event == "waitlisted" and _text(form, "sampai", 10) and not re.fullmatch(r"\d{4}-\d\d-\d\d", _text(form, "sampai", 10)):
        yield _fault("sampai", "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2021-12-31")
    if event == "concluded" and _text(form, "hasil", 30) not in OUTCOMES:
        yield _fault("hasil", "Pilih hasil layanan")
    if event == "concluded" and not _indicators(form):
        yield _fault("indikator", "Isi sedikitnya satu bukti hasil")


def _indicators(form: FormData) -> dict[str, Any]:
    """Ticked ones are true; an amount is a whole number of rupiah; empty ones are left out."""
    ticked: dict[str, Any] = {str(name): True for name in form.getlist("indikator") if str(name) in INDICATORS}
    amount = re.sub(r"\D", "", _text(form, "pembiayaan", 20))
    return ticked | ({"credit_received": int(amount)} if amount else {})


def _apply(house: House, partner: Partner, number: str, event: str, said: dict[str, Any], told: Told) -> str | None:
    """None when the answer holds (now or already); else the sentence why not."""
    try:
        with house.database.write() as session:
            reply_as_partner(session, partner, number, f"referral.{event}", said, told)
            referral = handoff.referral_by_number(session, number)
            retry_parked(session, DOORS, Subject.REFERRAL, referral.id or 0, told.at)
    except NotNow:
        with house.database.read() as session:
            referral = handoff.referral_by_number(session, number)
            moves = listings.moves_of(session, Subject.REFERRAL, referral.id or 0)
        already = any(move.event == event and move.actor == told.actor for move in moves)
        return None if already else f"Rujukan {number} sudah tidak menunggu jawaban ini."
    return None


def _text(form: FormData, name: str, most: int) -> str:
    value = form.get(name, "")
    return value.strip()[:most] if isinstance(value, str) else ""


def _fault(field: str, sentence: str) -> dict[str, str]:
    return {"field": field, "fault": sentence}
