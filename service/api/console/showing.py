"""What do all console pages share: the chosen cycle, filters as links, paging, terms, and what was just done?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service import clock, working_days
from service.api.deps import house_of
from service.api.rendering import query, region, short_day
from service.cohort import queries as cohort
from service.db import listings
from service.db.tables import Cycle, Referral
from service.errors import BadInput
from service.handoff.queries.clock import clock_of
from service.handoff.queries.due import deadlines
from service.handoff.terms import is_paused
from service.lifecycle import STATUSES, Subject, status_of
from service.policy import CyclePolicy
from service.regions import regencies
from service.trust.rights import Officer
from service.words import TURNS, actor_words

DONE = {
    "disetujui": "Keputusan tersimpan: disetujui.",
    "ditolak": "Keputusan tersimpan: ditolak.",
    "diperiksa": "Hasil pemeriksaan tersimpan. PPK dapat menerima pesanan ini.",
    "dibatalkan": "Pesanan dihentikan. Yang belum tiba dipesankan ke penyedia lain.",
    "proses-applied": "Laporan diproses ulang dan diterapkan.",
    "proses-duplicate": "Laporan diproses ulang; isinya sudah tersimpan sebelumnya.",
    "proses-parked": "Laporan diproses ulang; gilirannya belum tiba.",
    "proses-late": "Laporan diproses ulang; perkaranya sudah berakhir atau sudah dijawab lain, tidak ada yang berubah.",
    "proses-refused": "Laporan diproses ulang; isinya tetap tidak dapat diterima.",
    "persetujuan": "Persetujuan tercatat.",
    "persetujuan-ditarik": "Persetujuan ditarik. Rujukan yang bersandar padanya ditarik dan penerimanya diberi tahu.",
    "tidak-setuju": "Keluarga tidak setuju. Tidak ada persetujuan yang berlaku, jadi datanya tidak disampaikan.",
    "layanan": "Layanan yang dibutuhkan tercatat.",
    "tautan-ditutup": "Tautan ditutup. Yang membukanya melihat bahwa tautan itu tidak berlaku lagi.",
    "semua-tautan-ditutup": "Semua tautan instansi ini ditutup, dan kode kantornya berakhir.",
    "klaim-diputuskan": "Putusan klaim tersimpan.",
    "dihapus-dari-stok": "Barang dihapus dari stok titik serah.",
    "diterima": "Pesanan diterima. Paket siap dijadwalkan untuk penyerahan.",
    "terbukti": "Bukti penyerahan diterima.",
    "diragukan": "Bukti penyerahan ditandai diragukan.",
    "dokumen": "Dokumen tersimpan dalam berkas keluarga ini.",
    "dikembalikan": "Pengembalian paket tercatat.",
    "catatan-terkirim": "Catatan tersimpan. Instansi diberi tahu bahwa ada catatan.",
    "catatan-dibaca": "Catatan instansi ditandai sudah dibaca.",
    "ditandatangani": "Surat ditandatangani dan akan dikirim ke instansi.",
    "ditandatangani-sama": "Surat ini sudah Anda tandatangani. Tidak ada yang berubah.",
    "diparaf-sama": "Berkas ini sudah Anda paraf. Tidak ada yang berubah.",
    "surat-diganti": "Surat pengganti ditandatangani dan segera dicetak. Instansi diberi tahu.",
    "diparaf": "Paraf Anda tersimpan.",
    "bertanda-tangan": "Surat bertanda tangan elektronik tersimpan.",
    "disetujui-sebagian": "Persetujuan Anda tersimpan. Pejabat penetap lain melengkapinya.",
    "diverifikasi": "Verifikasi wilayah tersimpan.",
    "mundur": "Pengunduran diri tercatat.",
    "dikeluarkan": "Keluarga dikeluarkan. Tempatnya diberikan kepada cadangan berikutnya.",
    "keberatan": "Keberatan tercatat dan menunggu putusan.",
    "keberatan-diputuskan": "Putusan keberatan tersimpan.",
    "dikirim-ulang": "Pesan akan dikirim ulang.",
    "dilengkapi": "Rujukan akan dikirim ulang ke instansi.",
    "dialihkan": "Rujukan baru dibuat dan menunggu tanda tangan pejabat.",
    "masuk": "Berkas sudah masuk.",
    "dikenal": "Berkas ini sudah pernah masuk. Tidak ada yang berubah.",
    "ditarik": "Rujukan ditarik.",
    "klaim": "Putusan klaim tersimpan. Penyedia diberi tahu.",
    "dihapus-stok": "Barang dihapus dari stok.",
    "diputuskan": "Keputusan tersimpan.",
    "dibenarkan": "Tersimpan: NIK dibenarkan.",
    "daftar-dibuat": "Daftar keluar dibuat. Ambil berkasnya untuk diserahkan kepada program bantuan tunai.",
    "diterima-tunai": "Tercatat: program bantuan tunai menerima daftar ini.",
    "kembali-tunai": "Tercatat: keluarga dikembalikan program bantuan tunai.",
    "diganti": "Tersimpan: barang kembali ke stok, tempatnya diberikan kepada cadangan berikutnya.",
    "acara-diubah": "Acara diubah. Pendamping diberi tahu lagi.",
    "laporan-diputuskan": "Keputusan tersimpan. Bukti penyerahan diperiksa lagi oleh aturan.",
    "dialihkan-pendamping": "Keluarga dialihkan ke pendamping lain. Keduanya diberi tahu.",
    "katalog": "Katalog tersimpan. Paket keluarga yang belum dipesan mengikuti versi yang berlaku.",
    "katalog-sama": "Katalog itu sudah berlaku. Tidak ada yang berubah.",
    "diusulkan": "Usulan paket tercatat dan menunggu keputusan PPK.",
    "dikoreksi": "Tersimpan: NIK diganti dan akan ditanyakan lagi ke Dukcapil.",
}


class ReasonMissing(BadInput):
    """A decision that needs a reason came without one."""


@dataclass(frozen=True)
class Choice:
    """One link of a filter bar."""

    href: str
    word: str
    count: int | None
    here: bool


def chosen_cycle(session: Session, year: int | None) -> Cycle | None:
    """The cycle of `year`, or the newest; None when no cycle was opened yet."""
    if year:
        return cohort.cycle_of(session, year)
    known = cohort.cycles(session)
    return known[0] if known else None


def id_of(row: Any) -> int:
    assert row.id is not None
    return int(row.id)


def seen_regencies(officer: Officer, wanted: str | None) -> tuple[str, ...]:
    """What a list shows: the wanted regency if it lies in the officer's, else all of the officer's; empty means all."""
    if wanted and (not officer.regencies or wanted in officer.regencies):
        return (wanted,)
    return officer.regencies


def status_choices(subject: Subject, counts: Mapping[str, int], base: str, here: str | None, **kept: Any) -> list[Choice]:
    """All, then each status that somebody is at (or that is chosen), in the order of the lifecycle."""
    everything = Choice(query(base, **kept), "Semua", sum(counts.values()), not here)
    named = [
        Choice(query(base, status=status.name, **kept), status.label, counts.get(status.name, 0), status.name == here)
        for status in STATUSES[subject]
        if counts.get(status.name) or status.name == here
    ]
    return [everything, *named]


def regency_choices(officer: Officer, base: str, here: str | None, **kept: Any) -> list[Choice]:
    codes = officer.regencies or regencies()
    if len(codes) < 2:
        return []
    named = [Choice(query(base, wilayah=code, **kept), region(code), None, code == here) for code in codes]
    return [Choice(query(base, **kept), "Semua wilayah", None, not here), *named]


def known_status(subject: Subject, name: str | None) -> str | None:
    """A status from an address, or None when the lifecycle does not know it."""
    return name if any(status.name == name for status in STATUSES[subject]) else None


def next_page(rows: Sequence[Any], base: str, **kept: Any) -> str:
    """The address of the page after these rows; empty when this is the last one."""
    return query(base, setelah=id_of(rows[-1][0]), **kept) if len(rows) == listings.PAGE else ""


def next_after(rows: Sequence[Mapping[str, Any]], base: str, page_size: int, **kept: Any) -> str:
    """The same for rows that are dicts with an `id`."""
    return query(base, setelah=rows[-1]["id"], **kept) if len(rows) == page_size else ""


def due_of(subject: Subject, status: str, since: Any, policy: CyclePolicy) -> date | None:
    """The day on which the working days of a status are over; None when it has no clock."""
    days = status_of(subject, status).days
    if days is None or since is None:
        return None
    return working_days.add_working_days(since.astimezone(clock.WIB).date(), days, policy.local_holidays)


def referral_due(session: Session, row: Referral, policy: CyclePolicy, today: date) -> date | None:
    """The day on which the agency's term ends (see `deadlines`); the lifecycle's days where no term says anything."""
    if referral_stands(session, row, policy, today):
        return None
    ends = deadlines(session, clock_of(session, policy, _noon(today)), [row])[id_of(row)]
    if ends is not None:
        return ends.astimezone(clock.WIB).date()
    return due_of(Subject.REFERRAL, row.status, row.status_since, policy)


def referral_stands(session: Session, row: Referral, policy: CyclePolicy, today: date) -> bool:
    """Has the agency stopped its clock?"""
    return is_paused(clock_of(session, policy, _noon(today)), row)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), clock.WIB)


def days_left(today: date, due: date, policy: CyclePolicy) -> int:
    """Working days left; negative when the day has passed."""
    return working_days.working_days_between(today, due, policy.local_holidays)


def term_words(today: date, due: date | None, policy: CyclePolicy) -> str:
    """`batas 3 Des 2021, 4 hari kerja lagi`."""
    if due is None:
        return ""
    left = days_left(today, due, policy)
    return f"batas {short_day(due)}, " + (f"lewat {-left} hari kerja" if left < 0 else f"{left} hari kerja lagi")


def turn_words(turn: str) -> str:
    return TURNS.get(turn, turn)


def who(session: Session, *actors: str | None) -> list[str]:
    """Names of actors, in order; an empty string for None."""
    names = listings.actor_names(session)
    return [actor_words(actor, names) if actor else "" for actor in actors]


def today_of(request: Request) -> date:
    return clock.today(house_of(request).home)


def done_words(request: Request) -> str | None:
    """What was just done, from `?sudah=`; codes only, so that nobody's words come back from an address."""
    return DONE.get(request.query_params.get("sudah", ""))


def back_to(path: str, done: str, **kept: Any) -> RedirectResponse:
    """After a change: to the page that shows it (`kept`: its filter), so that reloading repeats nothing."""
    return RedirectResponse(query(path, sudah=done, **kept), status_code=303)


def reason_from(text: str | None, field: str = "alasan") -> str:
    """Raises ReasonMissing, naming the field of the page."""
    reason = (text or "").strip()[:500]
    if len(reason) < 5:
        raise ReasonMissing(
            "Tuliskan alasannya, sedikitnya lima huruf.", faults=[{"field": field, "fault": "Tuliskan alasannya"}]
        )
    return reason
