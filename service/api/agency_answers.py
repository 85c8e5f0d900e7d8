"""What does an agency see behind its link, and what do its answers on the page do?

A link may be limited to one batch; then everything else of the agency is as unknown behind it as what does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session
from starlette.datastructures import FormData

from service import clock
from service.api import agency_forms, relay
from service.api.agency_forms import AnswerIncomplete
from service.api.agency_meanwhile import why_not
from service.api.agency_seen import covers_shown, shut_of
from service.api.agency_terms import TermsShown
from service.api.rendering import rupiah
from service.db import listings
from service.db.history import Told
from service.db.tables import Cycle, Partner, PartnerLink, Referral, ReferralBatch
from service.doors import DOORS
from service.errors import BadInput, NotFound, NotNow
from service.handoff import queries as handoff
from service.handoff.consents import fields_for
from service.handoff.follow_up import ESSENTIAL, REPORTED_AT, MonthNotCome
from service.handoff.months import opens_on
from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import INDICATORS, OUTCOMES, label_of_indicator
from service.handoff.queries import doors as behind
from service.handoff.queries.deletions import held_with_referral, to_delete
from service.handoff.queries.follow_up import reports_of
from service.handoff.queries.seen import names_by_number
from service.handoff.queries.stretch import ever_reached, was_sent
from service.handoff.queries.thread import notes_of
from service.handoff.replies import REPLIES, reply_as_partner
from service.handoff.services import BY_CODE
from service.lifecycle import Subject
from service.messages.inbox import retry_parked
from service.trust.homes import House

__all__ = ["AnswerIncomplete", "Taken", "done_words", "shown", "take"]
SECTIONS = (
    ("baru", "Belum dinyatakan diterima", ("sent", "no_response")),
    ("putusan", "Menunggu keputusan Anda", ("acknowledged", "waitlisted")),
    ("layanan", "Disanggupi, layanan belum dimulai", ("accepted",)),
    ("hasil", "Sedang dilayani, hasil ditunggu", ("in_service",)),
    ("selesai", "Sudah dijawab", ("concluded", "declined", "returned", "rerouted", "withdrawn")),
)
AT_A_TIME = 25
MOST = 500
MOST_NAMED = 20
DONE = {
    "acknowledged": "{n} rujukan dinyatakan diterima.", "accepted": "{n} rujukan disanggupi. Terima kasih.",
    "waitlisted": "{n} rujukan masuk daftar tunggu.", "declined": "{n} rujukan ditolak. Kami lanjutkan ke instansi lain.",
    "returned": "{n} rujukan dikembalikan. Kami lengkapi lalu kirim ulang.",
    "service_started": "Layanan untuk {n} rujukan tercatat dimulai.", "concluded": "Hasil {n} rujukan tersimpan. Terima kasih.",
    "paused": "Tercatat: {n} rujukan menunggu keluarga. Tenggat Anda berhenti berjalan.",
    "resumed": "Tercatat: {n} rujukan dilanjutkan. Tenggat Anda berjalan lagi.",
    "outcome_reported": "Laporan hasil {n} rujukan tersimpan. Terima kasih.", "note": "Pesan Anda tersampaikan.",
    "number": "Nomor agenda Anda tersimpan.", "deleted": "Tersimpan: data keluarga itu sudah Anda hapus. Terima kasih.",
    "order.confirmed": "Pesanan dikonfirmasi.", "order.shipped": "Pengiriman tercatat.",
    "order.arrived": "Kedatangan barang tercatat. Terima kasih.", "order.cancelled": "Pembatalan tercatat.",
    "sheet": "Berkas diterima: {n} jawaban baru tersimpan.",
    "sheet-known": "Isi berkas ini sudah kami ketahui. Tidak ada yang berubah.",
}  # fmt: skip


class NothingChanged(NotNow):
    """None of the chosen referrals could take this answer any more."""


@dataclass(frozen=True)
class Taken:
    """What was answered, for how many, and which of those chosen could not take it any more."""

    event: str
    count: int
    left_out: tuple[str, ...] = ()


def shown(
    session: Session, partner: Partner, link: PartnerLink, wanted: Mapping[str, str], now: datetime
) -> tuple[str, dict[str, Any]]:
    """The template and its values: one referral by `?rujukan=`, else the list by what is to be done."""
    if number := wanted.get("rujukan"):
        return "partner_referral.html", _one(session, partner, link, number, now)
    if partner.kind != "agency":
        return "partner_other.html", {}
    counts = listings.agency_counts(session, partner.id or 0, link.batch_id)
    terms = TermsShown(session, now)
    owed = behind.owed_reports(session, partner.id or 0, link.batch_id, terms.today)
    sections = [_section(session, partner, link, section, counts, wanted, terms) for section in SECTIONS]
    return "partner_agency.html", {
        "line": relay.agency_line(ever_reached(session, partner.id or 0, link.batch_id), counts),
        "off_line": [(name, counts[name]) for name in relay.OFF_THE_STRETCH if counts.get(name)],
        "sections": [s for s in sections if s["count"]],
        "open_count": sum(s["count"] for s in sections if s["name"] != "selesai"),
        "reasons": list(DECLINE_REASONS.items()), "batch": _batch(session, link),
        "seen": fields_for(partner), "letters": covers_shown(session, behind.covers(session, partner.id or 0, link.batch_id)),
        "owed": owed, "owed_names": names_by_number(session, [one.number for one in owed]),
        "left_out": left_out(session, partner, link, wanted),
        "to_delete": to_delete(session, partner.id or 0, link.batch_id),
    }  # fmt: skip


def take(house: House, partner: Partner, form: FormData, link: PartnerLink) -> Taken:
    """Apply one answer to each chosen referral, each its own transaction; what was already so counts as done.

    Raises:
        AnswerIncomplete: nothing is changed.
        NothingChanged: no referral could take it.
    """
    event = agency_forms.event_of(form)
    numbers = _everything_new(house, link) if form.get("semua") else agency_forms.chosen(form, event, MOST)
    said = agency_forms.said(event, form, clock.today(house.home))
    told = Told(f"partner:{partner.sender}", clock.now(house.home))
    refused = {number: fault for number in numbers if (fault := _apply(house, partner, link, number, event, said, told))}
    if len(refused) == len(numbers):
        raise NothingChanged(_all_refused(refused))
    word = "number" if agency_forms.is_number_alone(form) else event
    return Taken(word, len(numbers) - len(refused), tuple(refused))


def answer_one(
    session: Session, partner: Partner, link: PartnerLink, number: str, event: str, said: dict[str, Any], told: Told
) -> None:
    """One answer to one referral behind this link, in the caller's transaction; then what waited for it.

    Raises:
        NotFound: not behind this link. NotNow: too late or too early.
    """
    referral = handoff.referral_by_number(session, number)
    if link.batch_id and referral.batch_id != link.batch_id:
        raise NotFound(f"Rujukan {number} tidak ada.")
    reply_as_partner(session, partner, number, f"referral.{event}", said, told)
    retry_parked(session, DOORS, Subject.REFERRAL, referral.id or 0, told.at)


def own_referral(session: Session, partner: Partner, link: PartnerLink, number: str) -> Referral:
    """Another agency's referral, or one of another batch, is as unknown as one that does not exist. Raises NotFound."""
    referral = handoff.referral_by_number(session, number)
    is_elsewhere = bool(link.batch_id) and referral.batch_id != link.batch_id
    if referral.agency_id != partner.id or is_elsewhere or not was_sent(session, referral.id or 0):
        raise NotFound(f"Rujukan {number} tidak ada.")
    return referral


def left_out(session: Session, partner: Partner, link: PartnerLink, wanted: Mapping[str, str]) -> list[Referral]:
    """Those of `?luput=` that were chosen but had moved on meanwhile, as they are now."""
    found = []
    for number in wanted.get("luput", "").split(",")[:MOST_NAMED]:
        with suppress(NotFound):
            found.append(own_referral(session, partner, link, number))
    return found


def done_words(wanted: Mapping[str, str]) -> str | None:
    count = wanted.get("jumlah", "1")
    words = DONE.get(wanted.get("sudah", ""))
    return words.format(n=count) if words and count.isdigit() else None


def _section(
    session: Session, partner: Partner, link: PartnerLink, section: tuple[str, str, tuple[str, ...]],
    counts: Mapping[str, int], wanted: Mapping[str, str], terms: TermsShown,
) -> dict[str, Any]:  # fmt: skip
    name, title, statuses = section
    place = wanted.get("setelah", "") if wanted.get("bagian") == name else ""
    after = int(place) if re.fullmatch(r"\d{1,12}", place, re.ASCII) else 0
    rows = listings.referrals_of_agency(session, partner.id or 0, statuses, after, AT_A_TIME, link.batch_id)
    shut = shut_of(session, [referral for referral, _, _ in rows])
    due = terms.of_all([referral for referral, _, _ in rows])
    return {
        "name": name, "title": title, "count": sum(counts.get(status, 0) for status in statuses),
        "rows": [(referral, person, due[referral.id or 0], referral.id in shut) for referral, _, person in rows],
        "after": rows[-1][0].id if len(rows) == AT_A_TIME else 0, "is_first": not after,
    }  # fmt: skip


def _one(session: Session, partner: Partner, link: PartnerLink, number: str, now: datetime) -> dict[str, Any]:
    referral = own_referral(session, partner, link, number)
    is_shut = bool(shut_of(session, [referral]))
    reports = [report for report in reports_of(session, referral.id or 0) if report.month]
    awaited = [report for report in reports if report.reported_at is None] if referral.status in REPORTED_AT else []
    terms = TermsShown(session, now)
    may_be_given = [report for report in awaited if opens_on(report.due_on) <= terms.today]
    case, person = listings.case_reading(session, referral.case_id)
    letters = [one for one in listings.letters_about(session, [f"referral:{number}"]) if one.superseded_by_id is None]
    return {
        "referral": referral, "person": person, "case": case, "cycle": session.get_one(Cycle, referral.cycle_id),
        "letters": letters, "moves": listings.moves_of(session, Subject.REFERRAL, referral.id or 0),
        "reasons": list(DECLINE_REASONS.items()), "outcomes": list(OUTCOMES.items()), "indicators": INDICATORS,
        "names": listings.actor_names(session), "replies": set(REPLIES), "notes": notes_of(session, referral.id or 0),
        "reports": reports, "awaited": awaited, "term": terms.of(referral), "opens_on": opens_on,
        "month_choices": [(str(report.month), f"Bulan ke-{report.month}") for report in may_be_given],
        "seen": () if is_shut else fields_for(partner), "is_shut": is_shut,
        "held": held_with_referral(session, referral.id or 0) if is_shut else None,
        "services": [BY_CODE[code].label for code in referral.services or () if code in BY_CODE],
        "essential": ESSENTIAL, "proofs": ", ".join(_proofs(referral.outcome_indicators or {})),
    }  # fmt: skip


def _proofs(kept: Mapping[str, Any]) -> Iterator[str]:
    """What was reported as reached, in words; what was denied or is nought is left out."""
    for name, value in kept.items():
        if value is True:
            yield label_of_indicator(name)
        elif value:
            is_money = name == "credit_received" and isinstance(value, int)
            yield f"{label_of_indicator(name)}: {rupiah(value) if is_money else value}"


def _batch(session: Session, link: PartnerLink) -> str:
    """The number of the one batch this link is for; empty when it opens everything of the agency."""
    return session.get_one(ReferralBatch, link.batch_id).number if link.batch_id else ""


def _everything_new(house: House, link: PartnerLink) -> list[str]:
    with house.database.read() as session:
        rows = listings.referrals_of_agency(
            session, link.partner_id, ("sent", "no_response"), limit=MOST, batch_id=link.batch_id
        )
    return [referral.number for referral, _, _ in rows]


def _apply(
    house: House, partner: Partner, link: PartnerLink, number: str, event: str, said: dict[str, Any], told: Told
) -> str | None:
    """None when the answer holds (now or already); else the sentence why not. Who is overtaken on the way is looked at anew."""
    refused: NotNow | None = None
    for _ in range(2):
        try:
            with house.database.write() as session:
                answer_one(session, partner, link, number, event, said, told)
            return None
        except MonthNotCome as early:
            raise AnswerIncomplete("", faults=[{"field": "bulan", "fault": early.message}]) from None
        except NotNow as refusal:
            refused = refusal
        except BadInput as fault:  # what the form could not know beforehand; its fields have other names here
            raise AnswerIncomplete(fault.message) from None
    assert refused is not None
    with house.database.read() as session:
        return why_not(session, number, event, refused)


def _all_refused(refused: Mapping[str, str]) -> str:
    """The first with its reason, the others by number."""
    if not refused:
        return "Tidak ada rujukan yang menunggu jawaban ini."
    _, *others = refused
    named = ", ".join(others[:MOST_NAMED]) + (" …" if len(others) > MOST_NAMED else "")
    return next(iter(refused.values())) + (f" Begitu juga {named}." if others else "")
