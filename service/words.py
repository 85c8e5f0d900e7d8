"""Which Indonesian words do pages and commands use for a code, an event, a turn or an actor?

Statuses have their labels in `service.lifecycle`; everything else that is said about a stored code is here, once. An unknown
code is shown as it is, so that nothing disappears.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.db.unsettled import WORDS as UNSETTLED
from service.delivery.evidence import DOUBTS
from service.handoff.balance import SENTENCES
from service.handoff.decisions import WITHDRAW_REASONS
from service.handoff.next_steps import DECLINE_REASONS, NEEDS_PERSON
from service.handoff.outcome import OUTCOMES
from service.procurement.orders import FORMS
from service.selection.sentences import PLACEMENTS
from service.trust.partners import AGENCY_KIND_WORDS
from service.trust.rights import ROLE_LABELS

STAGES = {
    "selection": "Seleksi", "procurement": "Pengadaan", "delivery": "Penyaluran", "mentoring": "Pendampingan",
    "handoff": "Perujukan", "watch": "Pengawasan batas waktu",
}  # fmt: skip
SUBJECTS = {"cycle": "Siklus", "case": "Keluarga", "order": "Pesanan", "parcel": "Paket", "referral": "Rujukan"}
TURNS = {**ROLE_LABELS, "supplier": "Penyedia", "agency": "Instansi tujuan"}
NEARNESS = {"village": "satu desa", "district": "satu kecamatan", "regency": "satu kabupaten/kota"}
ORDER_FORMS = FORMS
PURPOSES = {"business_development": "Pengembangan usaha"}
PARTNER_KINDS = {"supplier": "Penyedia", "agency": "Instansi", "facilitator": "Pendamping"}
AGENCY_KINDS = {code: words.capitalize() for code, words in AGENCY_KIND_WORDS.items()}
CONSENT_SOURCES = {"visit": "saat kunjungan", "office": "di kantor", "registry": "dari data kabupaten/kota"}
EXIT_STATES = {"made": "Belum diambil", "sent": "Diserahkan, belum dijawab", "acknowledged": "Diterima program tunai"}
MESSAGE_KINDS = {"webhook": "ke program", "mail": "surel", "kick": "ke tahap"}
RESULTS = {"applied": "Diterapkan", "parked": "Menunggu giliran", "late": "Terlambat", "refused": "Ditolak"}
REDRIVEN = {**RESULTS, "duplicate": "Sudah tersimpan sebelumnya"}
SENDING = {"waiting": "Menunggu dikirim", "sent": "Terkirim", "dead": "Gagal dikirim"}

CLAIM_KINDS = {"short": "Kurang", "damaged": "Rusak", "wrong": "Salah barang"}
CLAIM_STATES = {"open": "Menunggu penyedia", "replaced": "Sudah diganti", "dropped": "Dilepas"}
BALANCE_ALARMS = SENTENCES
LATE_REASONS = {"NOT_CONFIRMED": "Belum dikonfirmasi", "NOT_ARRIVED": "Belum tiba"}
PAIR_KINDS = {"same_kk": "Nomor KK sama", "shared_member": "Anggota yang sama", "likely": "Nama dan lahir mirip"}
NIK_CHECKS = {
    "unchecked": "Belum diperiksa", "found": "Ditemukan", "not_found": "Tidak ditemukan", "differs": "Berbeda",
    "confirmed": "Dibenarkan petugas",
}  # fmt: skip

GOOD = {"concluded", "verified", "accepted", "in_service", "decreed", "applied", "closed"}
STOP = {"ineligible", "withdrawn", "lost_contact", "rejected", "cancelled", "refused", "disputed", "declined", "no_response",
        "late", "dead"}  # fmt: skip
GO = {"referred", "ordered", "delivered", "ready", "placed", "confirmed", "shipped", "arrived", "inspected", "sent",
      "acknowledged", "signed", "approved", "procuring", "delivering", "handing_off", "selected", "at_point",
      "handed_over"}  # fmt: skip
QUIET = {"unplaced", "not_referred", "substituted", "rerouted", "planned"}
EXTRA_TONES = {("parcel", "returned"): "quiet", ("referral", "accepted"): "go", ("cycle", "decreed"): "go"}

EVENTS: dict[str, dict[str, str]] = {
    "case": {
        "began": "Masuk data beku siklus", "found_ineligible": "Tidak memenuhi syarat", "placed_within_quota": "Masuk kuota",
        "placed_on_reserve": "Masuk cadangan", "left_unplaced": "Di luar kuota dan cadangan",
        "moved_up": "Naik dari cadangan", "reserve_released": "Cadangan dilepas", "decree_approved": "Ditetapkan dengan SK",
        "ordered": "Barang dipesan", "delivered": "Barang diserahkan", "handover_verified": "Penyerahan terbukti",
        "made_ready": "Siap dirujuk", "not_referred": "Tidak dirujuk", "referred": "Dirujuk ke instansi",
        "referral_ended": "Rujukan berakhir, kembali siap dirujuk", "service_started": "Mulai dilayani instansi",
        "concluded": "Selesai dengan laporan hasil", "withdrew": "Mundur", "substituted": "Diganti",
        "contact_lost": "Hilang kontak", "objection_upheld": "Keberatan diterima, masuk cadangan",
        "excluded": "Dikeluarkan dengan alasan",
    },
    "parcel": {
        "began": "Paket direncanakan", "arrived": "Paket tiba di titik serah", "handed_over": "Paket diserahkan",
        "partial": "Paket diserahkan sebagian", "absent": "Penerima tidak hadir", "refused": "Paket ditolak penerima",
        "verified": "Bukti penyerahan diterima", "disputed": "Bukti penyerahan diragukan",
        "returned": "Paket dikembalikan", "substituted": "Paket dialihkan ke pengganti",
    },
    "order": {
        "began": "Konsep pesanan dibuat", "approved": "Disetujui PPK", "rejected": "Ditolak", "placed": "Dikirim ke penyedia",
        "confirmed": "Dikonfirmasi penyedia", "shipped": "Barang dikirim",
        "arrived_partly": "Sebagian barang tiba", "arrived": "Barang tiba di titik serah",
        "inspected": "Barang diperiksa", "accepted": "Diterima dengan BAST", "cancelled": "Dibatalkan",
    },
    "referral": {
        "began": "Konsep rujukan dibuat", "signed": "Surat rujukan ditandatangani", "sent": "Surat rujukan dikirim",
        "acknowledged": "Diterima oleh instansi", "accepted": "Disanggupi instansi", "waitlisted": "Masuk daftar tunggu",
        "declined": "Ditolak instansi", "returned": "Dikembalikan untuk dilengkapi", "service_started": "Layanan dimulai",
        "concluded": "Selesai, hasil dilaporkan", "already_served": "Selesai: sudah dilayani sebelumnya",
        "revised": "Dilengkapi dan dikirim ulang", "deadline_passed": "Batas waktu lewat tanpa jawaban",
        "rerouted": "Dialihkan ke instansi lain", "withdrawn": "Rujukan ditarik",
        "consent_withdrawn": "Layanan dihentikan: persetujuan ditarik",
    },
    "cycle": {
        "began": "Siklus dibuka", "frozen": "Data dibekukan", "proposed": "Calon diusulkan", "decree_approved": "SK disetujui",
        "procurement_started": "Pengadaan dimulai", "delivery_started": "Penyaluran dimulai",
        "handoff_started": "Perujukan dimulai", "closed": "Siklus ditutup", "cancelled": "Siklus dibatalkan",
    },
}  # fmt: skip


CODES = {
    **NEEDS_PERSON,
    **WITHDRAW_REASONS,
    **DOUBTS,
    **DECLINE_REASONS,
    **OUTCOMES,
    **PLACEMENTS["id"],
    "NO_PACKAGE": "Belum ada paket untuk jenis usahanya", "BUDGET_EXCEEDED": "Pagu anggaran terlampaui",
    "UNKNOWN_ACCOUNT": "Rekening paketnya tidak ada pada kebijakan siklus", "OTHER_PACKAGE": "Paket lain dari katalog",
    "PROPOSAL_OPEN": "Usulan paket lain menunggu keputusan",
    "NO_SUPPLIER": "Belum ada penyedia di wilayahnya", "HOME_VISIT": "Tidak hadir di semua acara: perlu kunjungan rumah",
    "NO_MENTOR": "Belum ada motivator yang cocok", "NO_MOVEMENT": "Kunjungan belum melihat kemajuan",
    "NO_CONSENT": "Tidak menyetujui rujukan", "NO_AGENCY": "Belum ada instansi yang dapat dituju",
    "NO_FACILITATOR": "Belum ada pendamping yang dapat melapor", "NO_RESERVE": "Cadangan di wilayahnya habis",
    "NOBODY_SELECTED": "Tidak ada keluarga terpilih", "REGISTRY_EMPTY": "Belum ada data kabupaten/kota",
    "REJECTED_UNCHANGED": "Usulan yang ditolak belum berubah", "ORDER_REJECTED": "Pesanannya ditolak",
    "CONSENT_WITHDRAWN": "Persetujuan ditarik", "CONSENT_NOT_STOPPED": "Persetujuan ditarik, pemrosesan belum berhenti",
    "CONSENT_RECEIVER_NOT_TOLD": "Persetujuan ditarik, penerima belum dapat diberi tahu",
    "CONSENT_NOT_DELETED": "Persetujuan ditarik, penerima belum menyatakan datanya dihapus",
    "CONSENT_EXPIRED": "Masa berlaku persetujuan habis sebelum dikirim",
    "LETTER_CANNOT_BE_PRINTED": "Surat belum dapat dicetak", "CASE_ENDED": "Keluarga sudah berhenti",
    "REFUSED_GOODS": "Menolak barang", "NOT_REACHED": "Tidak dapat ditemui", "NOT_PROVEN": "Penyerahan tidak terbukti",
    "HOUSEHOLD_LEFT": "Keluarga pindah", "NO_INDICATORS": "Kunjungan tanpa indikator",
    "VISIT_BEFORE_HANDOVER": "Kunjungan sebelum penyerahan", "OUT_OF_STOCK": "Barang habis", "PRICE_CHANGED": "Harga berubah",
    "CANNOT_DELIVER": "Tidak dapat mengirim", "HIGHER_CEILING": "Pagu dinaikkan", "CHEAPER_PACKAGE": "Paket lebih murah",
    "CANCELLED_BY_OFFICE": "Dibatalkan PPK", "FROM_STOCK": "Dari stok titik serah",
    "LEFT_AT_POINT": "Ditinggalkan di titik serah", "MORE_THAN_WAITED": "Lebih dari yang ditunggu",
    "FEWER_HOUSEHOLDS": "Jumlah keluarga dikurangi",
    **{code: words[0].upper() + words[1:] for code, words in UNSETTLED.items()},
}  # fmt: skip

TOLD = {
    "order.confirmed": "Pesanan dikonfirmasi", "order.shipped": "Pesanan dikirim", "order.arrived": "Pesanan tiba",
    "order.cancelled": "Pesanan dibatalkan penyedia", "order.placed": "Pesanan baru", "event.planned": "Jadwal penyerahan",
    "order.due": "Pengingat batas tiba", "order.claimed": "Klaim barang", "order.claim_settled": "Klaim diputuskan",
    "event.changed": "Jadwal penyerahan berubah",
    "visit.recorded": "Kunjungan dicatat", "parcel.handed_over": "Paket diserahkan", "parcel.partial": "Paket sebagian",
    "parcel.absent": "Penerima tidak hadir", "parcel.refused": "Paket ditolak penerima", "referral.sent": "Surat rujukan",
    **{f"referral.{event}": words for event, words in EVENTS["referral"].items() if event != "sent"},
    "referral.outcome_reported": "Laporan hasil berkala", "referral.note": "Catatan tentang rujukan",
    "referral.paused": "Tenggat dijeda instansi", "referral.resumed": "Tenggat berjalan lagi",
}  # fmt: skip


def tone_of(subject: str, status: str) -> str:
    """Colour role of a status chip: good, go, wait, stop or quiet."""
    found = EXTRA_TONES.get((subject, status))
    tones = (("good", GOOD), ("stop", STOP), ("go", GO), ("quiet", QUIET))
    return found or next((tone for tone, names in tones if status in names), "wait")


def event_words(subject: str, event: str) -> str:
    return EVENTS.get(subject, {}).get(event, event)


def code_words(code: str | None) -> str:
    """`RESERVE_12` -> `Cadangan ke-12`; a code without a sentence comes back unchanged."""
    if code and code.startswith("RESERVE_"):
        return f"Cadangan ke-{code.removeprefix('RESERVE_')}"
    return CODES.get(code or "", code or "")


def actor_words(actor: str, names: Mapping[str, str]) -> str:
    """`user:siti` -> her name where `names` knows it; flows and the clock speak for themselves."""
    kind, _, name = actor.partition(":")
    if kind == "flow":
        return f"Estafet, tahap {STAGES.get(name, name).lower()}"
    if kind == "clock":
        return "Estafet, batas waktu"
    return names.get(actor, name or actor)
