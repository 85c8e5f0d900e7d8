"""How does the workbook look that an agency fills in: what it says how, which cells are to be filled, with which words?

The table is the first sheet, for that one is read back; how to fill it stands on the second.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import OUTCOMES
from service.handoff.sheet_words import AMOUNT, ANSWERS, COLUMNS, KEPT, NUMBER, PROOFS, TEXTS
from service.procurement.workbook import AS_TYPED, PLAIN_TEXT

HOW = (
    "Isi hanya kolom berwarna pada lembar Rujukan, satu baris untuk satu rujukan. Baris yang dibiarkan tidak mengirim apa pun.",
    "Jawaban: diterima (surat sudah sampai), disanggupi, daftar tunggu, ditolak, atau dikembalikan.",
    "Alasan: wajib untuk ditolak dan dikembalikan. Alasan lain wajib dijelaskan pada Catatan.",
    "Tunggu sampai: hanya untuk daftar tunggu; boleh kosong. Tulis tanggal, misalnya 2021-12-31.",
    "Tanggal layanan: hari layanan pertama dimulai. Tidak boleh hari yang belum tiba.",
    "Hasil: hasil akhir layanan; isi sedikitnya satu kolom Bukti. Sesudah itu rujukan selesai.",
    "Laporan bulan dan Hasil bulan: laporan 3, 6, dan 12 bulan sesudah layanan dimulai. "
    "Wajib menjawab Bukti: Usaha masih berjalan dan Bukti: Omzet naik.",
    "Catatan dan Nomor agenda ikut terkirim bersama jawaban pada baris yang sama.",
    "Pesan: satu kalimat untuk Dinas Sosial. Jangan tulis NIK atau nomor KK.",
    "Jangan ubah judul kolom, jangan gabungkan sel, jangan hapus kolom. Baris boleh dihapus.",
    "Baris boleh diurutkan dan disaring, kolom dan lembar lain boleh ditambah. Simpan tetap sebagai XLSX, bukan ODS atau CSV.",
    "Bila ada satu sel yang salah, seluruh berkas ditolak dan tidak ada yang disimpan.",
    "Mengirim berkas yang sama dua kali tidak mengubah apa pun.",
    "Menghentikan tenggat karena menunggu keluarga hanya dapat di halaman rujukannya.",
)
_WIDE = {NUMBER: 17, "keluarga": 28, "alasan": 34, "catatan": 34, "pesan": 34, "usaha": 24, "keadaan": 22}
_DAYS, _YES_NO = ("tunggu_sampai", "tanggal_layanan"), ("ya", "tidak")
_LISTS: dict[str, tuple[str, ...]] = {
    "jawaban": tuple(ANSWERS), "alasan": tuple(DECLINE_REASONS.values()),
    "hasil": tuple(OUTCOMES.values()), "hasil_bulan": tuple(OUTCOMES.values()),
    **{name: _YES_NO for name, _ in PROOFS if name != f"bukti_{AMOUNT}"},
}  # fmt: skip
_WORDS_AT = 3  # column of the second sheet (D) in which the words of the lists begin


def book_of(lines: Sequence[Sequence[Any]]) -> bytes:
    """`lines` in the order of `COLUMNS`; text stays text, days are days."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {**PLAIN_TEXT, "default_date_format": "yyyy-mm-dd"}) as book:
        page, how = book.add_worksheet("Rujukan"), book.add_worksheet("Petunjuk")
        _head(book, page, len(lines))
        kept, day, typed, fill = (book.add_format(look) for look in _looks())
        for at, line in enumerate(lines, start=1):
            for column, ((name, _), value) in enumerate(zip(COLUMNS, line, strict=True)):
                look = kept if column < len(KEPT) else day if name in _DAYS else typed if name in TEXTS else fill
                if isinstance(value, date):
                    page.write_datetime(at, column, value, look)
                else:
                    page.write(at, column, value, look)
        words = _how(book, how)
        if lines:
            _choices(page, len(lines), words)
    return file.getvalue()


def _looks() -> tuple[dict[str, Any], ...]:
    kept = {"font_color": "#555555", "valign": "top", "text_wrap": True}
    fill = {"bg_color": "#FFF8DC", "border": 1, "border_color": "#D8CFA8", "valign": "top", "text_wrap": True}
    return kept, {**fill, "num_format": "yyyy-mm-dd"}, {**fill, **AS_TYPED}, fill


def _head(book: Any, page: Any, count: int) -> None:
    look = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
    kept, fill = book.add_format(look), book.add_format({**look, "bg_color": "#F1DF9A"})
    for at, (name, label) in enumerate(COLUMNS):
        page.set_column(at, at, _WIDE.get(name, 16))
        page.write_string(0, at, label, kept if at < len(KEPT) else fill)
    page.set_row(0, 48)
    page.freeze_panes(1, 2)
    page.autofilter(0, 0, max(count, 1), len(COLUMNS) - 1)
    page.set_landscape()
    page.repeat_rows(0)


def _how(book: Any, page: Any) -> dict[tuple[str, ...], str]:
    """The sheet that tells how, and where on it each list of words stands."""
    page.set_column(0, 0, 110)
    page.write_string(0, 0, "Cara mengisi", book.add_format({"bold": True, "font_size": 14}))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for at, sentence in enumerate(HOW, start=1):
        page.write_string(at, 0, sentence, wrapped)
    places = dict[tuple[str, ...], str]()
    for words in _LISTS.values():
        if words not in places:
            column = _WORDS_AT + len(places)
            page.write_column(0, column, words)
            letter = chr(ord("A") + column)
            places[words] = f"=Petunjuk!${letter}$1:${letter}${len(words)}"
    page.set_column(_WORDS_AT, _WORDS_AT + len(places) - 1, 30, None, {"hidden": True})
    return places


def _choices(page: Any, count: int, places: dict[tuple[str, ...], str]) -> None:
    """What a cell takes is offered in it; what the reader knows besides is not refused here."""
    for at, (name, _) in enumerate(COLUMNS):
        if name in _LISTS:
            page.data_validation(1, at, count, at, {
                "validate": "list", "source": places[_LISTS[name]], "error_type": "warning", "error_title": "Isi dari daftar",
                "error_message": "Pilih salah satu kata dari daftar pada sel ini.",
            })  # fmt: skip
        elif name in _DAYS:
            page.data_validation(1, at, count, at, {
                "validate": "date", "criteria": ">=", "value": date(2000, 1, 1), "error_type": "warning",
                "input_title": "Tanggal", "input_message": "Misalnya 2021-12-31", "error_title": "Bukan tanggal",
                "error_message": "Tulis tanggal, misalnya 2021-12-31.",
            })  # fmt: skip
