"""Which columns does an agency's table have, which words may stand in them, and how is a cell read?

Pure. Header cells are what people read (`Bukti: NIB terbit`): `LABELS`, by the names the code uses.
"""

from __future__ import annotations

import re
from datetime import date

from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import CONTRADICTION, INDICATORS, NO, OUTCOMES

AMOUNT = "credit_received"
NUMBER, ROUND = "nomor_rujukan", "kiriman"
KEPT = (
    (NUMBER, "Nomor rujukan"), ("keluarga", "Keluarga"), ("desa", "Desa"), ("kecamatan", "Kecamatan"), ("usaha", "Usaha"),
    ("produk", "Produk"), ("kapasitas", "Kapasitas"), ("keadaan", "Keadaan"),
    (ROUND, "Kiriman ke"),
)  # fmt: skip
FILLED = (
    ("jawaban", "Jawaban"), ("alasan", "Alasan"), ("catatan", "Catatan"), ("nomor_register", "Nomor agenda"),
    ("tunggu_sampai", "Tunggu sampai"), ("tanggal_layanan", "Tanggal layanan"), ("hasil", "Hasil"),
    ("laporan_bulan", "Laporan bulan"), ("hasil_bulan", "Hasil bulan"),
)  # fmt: skip
PROOFS = tuple((f"bukti_{name}", f"Bukti: {label}") for name, label in INDICATORS.items())
COLUMNS = (*KEPT, *FILLED, *PROOFS, ("pesan", "Pesan"))
TO_FILL = tuple(name for name, _ in (*FILLED, *PROOFS, COLUMNS[-1]))
REQUIRED = (NUMBER, ROUND, *TO_FILL)
"""All that can be filled in must come back: in a column renamed by hand an answer would be lost without a word.
The round must too: what was answered before a referral was sent again must not count after that."""
LABELS = dict(COLUMNS)
FORMERLY = {"Nomor register": "nomor_register"}
"""Header cells of tables that went out before the page and the table said the same word."""
TEXTS = ("catatan", "nomor_register", "pesan")
"""What is typed here stays as it was typed: `007` and `12/6` are numbers of an office's book, `-` begins a remark."""
LONGEST = {"catatan": 900, "nomor_register": 60}

ANSWERS = {
    "diterima": "acknowledged", "disanggupi": "accepted", "daftar tunggu": "waitlisted", "ditolak": "declined",
    "dikembalikan": "returned",
}  # fmt: skip
WORD_OF = {event: word for word, event in ANSWERS.items()}
RESULTS = {label.lower(): code for code, label in OUTCOMES.items()} | {code.lower(): code for code in OUTCOMES}
REASONS = {label.lower(): code for code, label in DECLINE_REASONS.items()} | {code.lower(): code for code in DECLINE_REASONS}
FAULTS = {
    "NUMBER_MISSING": "Nomor rujukan kosong.",
    "NUMBER_UNKNOWN": "Rujukan ini tidak ada atau bukan untuk instansi Anda.",
    "NUMBER_TWICE": "Rujukan ini sudah ada pada baris lain.",
    "UNKNOWN_ANSWER": f"Isi salah satu: {', '.join(ANSWERS)}.",
    "ANSWER_MISSING": "Kolom ini diisi, tetapi jawaban kosong.",
    "OTHER_ANSWER": "Kolom ini tidak berlaku untuk jawaban pada baris ini; kosongkan.",
    "UNKNOWN_REASON": f"Isi salah satu: {'; '.join(DECLINE_REASONS.values())}.",
    "NOTE_MISSING": "Alasan lain wajib dijelaskan pada catatan.",
    "NOT_A_DAY": "Tulis tanggal, misalnya 2021-12-31.",
    "NO_SUCH_WAIT": "{why}.",
    "NOT_YET": "Tanggal layanan belum tiba.",
    "UNKNOWN_OUTCOME": f"Isi salah satu: {', '.join(OUTCOMES.values())}.",
    "UNKNOWN_PROOF": "Isi dengan ya atau tidak.",
    "UNKNOWN_AMOUNT": "Isi dengan angka rupiah bulat.",
    "PROOF_MISSING": "Isi sedikitnya satu kolom bukti.",
    "PROOF_ALONE": "Bukti diisi, tetapi hasil kosong.",
    "NOT_PROVEN": CONTRADICTION + ".",
    "MONTH_NOT_ASKED": "Laporan bulan ini tidak diminta.",
    "MONTH_NOT_COME": "Laporan bulan ini baru dapat diberikan mulai {first}.",
    "ESSENTIAL_MISSING": "Laporan bulanan wajib menjawab kolom ini dengan ya atau tidak.",
    "TWO_REPORTS": "Isi hasil atau hasil bulan, tidak keduanya pada satu baris.",
    "TOO_LONG": "Isian terlalu panjang (paling banyak {most} huruf).",
    "NOTE_REFUSED": "{why}",
    "NO_ANSWER": "Isian ini ikut terkirim bersama jawaban; baris ini tidak memuat jawaban baru.",
    "NUMBER_KEPT": "Nomor agenda yang sudah ada tidak diubah lewat berkas; perbaiki pada halaman rujukannya.",
    "OLD_ROUND": "Rujukan ini sudah dikirim ulang sesudah berkas diunduh; unduh berkas baru.",
    "TOO_EARLY": "Belum waktunya: langkah sebelumnya belum dijawab.",
    "ANSWERED_MEANWHILE": "Sudah dijawab lain atau ditarik sementara itu; lihat halamannya.",
}
YES = {"ya", "y", "1", "true", "sudah"}
_MONTHS = ("jan", "feb", "mar", "apr", "mei", "jun", "jul", "agu", "sep", "okt", "nov", "des")


def plain(text: str) -> str:
    """Small letters and single spaces: how a word is compared."""
    return " ".join(text.lower().split())


def proof_of(name: str, text: str) -> bool | int | None:
    """Yes or no, or whole rupiah; None when it is neither."""
    word = plain(text)
    if name == AMOUNT:
        amount = re.fullmatch(r"(?:rp\.? ?)?(\d{1,3}(?:\.\d{3}){1,3}|\d{1,12})(?:,00|,-)?", word, re.ASCII)
        return int(amount[1].replace(".", "")) if amount else None
    return True if word in YES else False if word in NO else None


def day_of(text: str) -> date | None:
    """`2021-12-31`, `31-12-2021`, `31/12/2021`, `31.12.2021` or `31 Desember 2021`; a cell of Excel's own brings an hour."""
    word = re.sub(r" \d\d:\d\d:\d\d(?:\.\d+)?$", "", plain(text))
    parts = re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)", word, re.ASCII)
    back = re.fullmatch(r"(\d\d?)([-/.])(\d\d?)\2(\d{4})", word, re.ASCII)
    named = re.fullmatch(r"(\d\d?) ([a-z]{3})[a-z]* (\d{4})", word, re.ASCII)
    if named and named[2] in _MONTHS:
        year, month, day = named[3], str(_MONTHS.index(named[2]) + 1), named[1]
    else:
        year, month, day = parts.groups() if parts else (back[4], back[3], back[1]) if back else ("0", "0", "0")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
