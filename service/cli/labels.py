"""Which words stand in a terminal for a stored code? Those of the pages (a test compares them); `--json` keeps the codes.

A code without words is shown as it is, so that nothing disappears.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.lifecycle import Subject, label_of
from service.trust.rights import ROLE_LABELS

RESULTS = {"applied": "Diterapkan", "parked": "Menunggu giliran", "late": "Terlambat", "refused": "Ditolak"}
CLAIM_KINDS = {"short": "Kurang", "damaged": "Rusak", "wrong": "Salah barang"}
CLAIM_STATES = {"open": "Menunggu penyedia", "replaced": "Sudah diganti", "dropped": "Dilepas"}
EXIT_STATES = {"made": "Belum diambil", "sent": "Diserahkan, belum dijawab", "acknowledged": "Diterima program tunai"}
TURNS = {**ROLE_LABELS, "supplier": "Penyedia", "agency": "Instansi tujuan"}
CONSENT_SOURCES = {"visit": "saat kunjungan", "office": "di kantor", "registry": "dari data kabupaten/kota"}
AGENCY_KINDS = {"office": "kantor pemerintah", "bank": "bank atau lembaga dana", "company": "perusahaan"}
MESSAGE_KINDS = {"webhook": "ke program", "mail": "surel", "kick": "ke tahap"}
REFERRAL_EVENTS = {
    "began": "Konsep rujukan dibuat", "signed": "Surat rujukan ditandatangani", "sent": "Surat rujukan dikirim",
    "acknowledged": "Diterima oleh instansi", "accepted": "Disanggupi instansi", "waitlisted": "Masuk daftar tunggu",
    "declined": "Ditolak instansi", "returned": "Dikembalikan untuk dilengkapi", "service_started": "Layanan dimulai",
    "concluded": "Selesai, hasil dilaporkan", "already_served": "Selesai: sudah dilayani sebelumnya",
    "revised": "Dilengkapi dan dikirim ulang", "deadline_passed": "Batas waktu lewat tanpa jawaban",
    "rerouted": "Dialihkan ke instansi lain", "withdrawn": "Rujukan ditarik",
    "consent_withdrawn": "Layanan dihentikan: persetujuan ditarik",
}  # fmt: skip
TOLD = {
    "order.confirmed": "Pesanan dikonfirmasi", "order.shipped": "Pesanan dikirim", "order.arrived": "Pesanan tiba",
    "order.cancelled": "Pesanan dibatalkan penyedia", "order.placed": "Pesanan baru", "event.planned": "Jadwal penyerahan",
    "order.due": "Pengingat batas tiba", "order.claimed": "Klaim barang", "order.claim_settled": "Klaim diputuskan",
    "event.changed": "Jadwal penyerahan berubah",
    "visit.recorded": "Kunjungan dicatat", "parcel.handed_over": "Paket diserahkan", "parcel.partial": "Paket sebagian",
    "parcel.absent": "Penerima tidak hadir", "parcel.refused": "Paket ditolak penerima", "referral.sent": "Surat rujukan",
    **{f"referral.{event}": words for event, words in REFERRAL_EVENTS.items() if event != "sent"},
    "referral.outcome_reported": "Laporan hasil berkala", "referral.note": "Catatan tentang rujukan",
    "referral.paused": "Tenggat dijeda instansi", "referral.resumed": "Tenggat berjalan lagi",
}  # fmt: skip


def words_for(code: str | None, words: Mapping[str, str]) -> str:
    return words.get(code or "", code or "")


def batch_label(state: str) -> str:
    """A batch is where its referrals are: drafted, signed or sent."""
    return label_of(Subject.REFERRAL, state)


def reason_words(code: str | None) -> str:
    """Why a referral moved."""
    from service.handoff.decisions import WITHDRAW_REASONS
    from service.handoff.next_steps import DECLINE_REASONS, NEEDS_PERSON

    return words_for(code, {**NEEDS_PERSON, **WITHDRAW_REASONS, **DECLINE_REASONS})


def actor_words(actor: str, names: Mapping[str, str]) -> str:
    """`user:siti` -> her name where `names` knows it; stages and the clock speak for themselves."""
    from service.stages import LABELS

    kind, _, name = actor.partition(":")
    if kind == "flow":
        return f"Estafet, tahap {LABELS.get(name, name).lower()}"
    return "Estafet, batas waktu" if kind == "clock" else names.get(actor, name or actor)
