"""Is every cell of an agency's table read as the office meant it, and every wrong one told in words?"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter

from service.api.agency_book import book_of
from service.handoff.answers_sheet import line_of, read_answers
from service.handoff.sheet_known import Known
from service.handoff.sheet_words import COLUMNS, FAULTS, LABELS, REQUIRED, day_of, proof_of
from service.procurement.workbook import UnreadableWorkbook, rows_of

TODAY = date(2021, 6, 2)
NUMBER = "RJK-2021-00001"
HEAD = [name for name, _ in COLUMNS]
SENT = Known()
AT = {
    "sent": SENT,
    "acknowledged": Known("acknowledged", frozenset({"acknowledged"})),
    "waitlisted": Known("waitlisted", frozenset({"acknowledged", "waitlisted"}), waitlist_until=date(2021, 9, 1)),
    "accepted": Known("accepted", frozenset({"acknowledged", "accepted"}), register_number="12", note="lama"),
    "declined": Known("declined", frozenset({"acknowledged", "declined"}), reason="NO_CAPACITY"),
    "sent again": Known("sent", frozenset({"revised"}), round=2),
    "withdrawn": Known("withdrawn", frozenset({"acknowledged", "withdrawn"})),
    "in_service": Known(
        "in_service", frozenset({"acknowledged", "accepted", "service_started"}), reports={3: None, 6: None, 12: None},
        opens={12: date(2022, 5, 2)},
    ),
    "concluded": Known(
        "concluded", frozenset({"acknowledged", "accepted", "service_started", "concluded"}), outcome="ACHIEVED",
        indicators={"nib_issued": True}, reports={3: ("ACHIEVED", {"business_running": True, "turnover_up": True}), 6: None},
        remarks=frozenset({"ramai"}), lines=frozenset({"Datang Senin"}),
    ),
}  # fmt: skip
MONTH = {"laporan_bulan": "6", "hasil_bulan": "tercapai", "bukti_business_running": "ya", "bukti_turnover_up": "tidak"}
REASONS = (
    "Isi salah satu: Daya tampung penuh; Bukan wilayah kerja kami; Tidak memenuhi syarat layanan kami; Dokumen belum lengkap; "
    "Sudah pernah atau sedang dilayani; Rumah tangga tidak dapat dihubungi; Alasan lain (wajib dijelaskan)."
)
ALONE = "Isian ini ikut terkirim bersama jawaban; baris ini tidak memuat jawaban baru."
MEANWHILE = "Sudah dijawab lain atau ditarik sementara itu; lihat halamannya."
RESULTS = "Isi salah satu: Tercapai, Tercapai sebagian, Tidak tercapai."
CASES = [
    ("NUMBER_MISSING", "sent", {"nomor_rujukan": "", "jawaban": "diterima"}, "nomor_rujukan", "Nomor rujukan kosong."),
    ("NUMBER_UNKNOWN", "sent", {"nomor_rujukan": "RJK-1"}, "nomor_rujukan",
     "Rujukan ini tidak ada atau bukan untuk instansi Anda."),
    ("UNKNOWN_ANSWER", "sent", {"jawaban": "oke"}, "jawaban",
     "Isi salah satu: diterima, disanggupi, daftar tunggu, ditolak, dikembalikan."),
    ("ANSWER_MISSING", "sent", {"alasan": "NO_CAPACITY"}, "alasan", "Kolom ini diisi, tetapi jawaban kosong."),
    ("ANSWER_MISSING", "sent", {"tunggu_sampai": "2021-09-01"}, "tunggu_sampai", "Kolom ini diisi, tetapi jawaban kosong."),
    ("OTHER_ANSWER", "sent", {"jawaban": "disanggupi", "alasan": "NO_CAPACITY"}, "alasan",
     "Kolom ini tidak berlaku untuk jawaban pada baris ini; kosongkan."),
    ("OTHER_ANSWER", "sent", {"jawaban": "ditolak", "alasan": "NO_CAPACITY", "tunggu_sampai": "2021-09-01"}, "tunggu_sampai",
     "Kolom ini tidak berlaku untuk jawaban pada baris ini; kosongkan."),
    ("UNKNOWN_REASON", "sent", {"jawaban": "ditolak"}, "alasan", REASONS),
    ("UNKNOWN_REASON", "sent", {"jawaban": "dikembalikan", "alasan": "malas"}, "alasan", REASONS),
    ("NOTE_MISSING", "sent", {"jawaban": "ditolak", "alasan": "OTHER"}, "catatan",
     "Alasan lain wajib dijelaskan pada catatan."),
    ("NOT_A_DAY", "sent", {"jawaban": "daftar tunggu", "tunggu_sampai": "nanti"}, "tunggu_sampai",
     "Tulis tanggal, misalnya 2021-12-31."),
    ("NOT_A_DAY", "accepted", {"tanggal_layanan": "31/02/2021"}, "tanggal_layanan", "Tulis tanggal, misalnya 2021-12-31."),
    ("NO_SUCH_WAIT", "sent", {"jawaban": "daftar tunggu", "tunggu_sampai": "1/6/2021"}, "tunggu_sampai",
     "Tanggal 01-06-2021 sudah lewat; tulis hari ini atau sesudahnya."),
    ("NO_SUCH_WAIT", "sent", {"jawaban": "daftar tunggu", "tunggu_sampai": "9999-12-31"}, "tunggu_sampai",
     "Tanggal 31-12-9999 terlalu jauh; paling lambat 03-06-2023."),
    ("NOT_YET", "accepted", {"tanggal_layanan": "2021-06-03"}, "tanggal_layanan", "Tanggal layanan belum tiba."),
    ("UNKNOWN_OUTCOME", "in_service", {"hasil": "bagus", "bukti_nib_issued": "ya"}, "hasil", RESULTS),
    ("UNKNOWN_OUTCOME", "in_service", {**MONTH, "hasil_bulan": "bagus"}, "hasil_bulan", RESULTS),
    ("UNKNOWN_PROOF", "in_service", {"hasil": "tercapai", "bukti_nib_issued": "mungkin"}, "bukti_nib_issued",
     "Isi dengan ya atau tidak."),
    ("UNKNOWN_AMOUNT", "in_service", {"hasil": "tercapai", "bukti_credit_received": "5 juta"}, "bukti_credit_received",
     "Isi dengan angka rupiah bulat."),
    ("PROOF_MISSING", "in_service", {"hasil": "tercapai"}, "hasil", "Isi sedikitnya satu kolom bukti."),
    ("PROOF_ALONE", "in_service", {"bukti_nib_issued": "ya"}, "hasil", "Bukti diisi, tetapi hasil kosong."),
    ("PROOF_ALONE", "in_service", {"laporan_bulan": "3", "bukti_turnover_up": "ya"}, "hasil",
     "Bukti diisi, tetapi hasil kosong."),
    ("MONTH_NOT_ASKED", "in_service", {**MONTH, "laporan_bulan": "4"}, "laporan_bulan", "Laporan bulan ini tidak diminta."),
    ("MONTH_NOT_ASKED", "in_service", {**MONTH, "laporan_bulan": ""}, "laporan_bulan", "Laporan bulan ini tidak diminta."),
    ("MONTH_NOT_ASKED", "sent", MONTH, "laporan_bulan", "Laporan bulan ini tidak diminta."),
    ("MONTH_NOT_COME", "in_service", {**MONTH, "laporan_bulan": "12"}, "laporan_bulan",
     "Laporan bulan ini baru dapat diberikan mulai Senin, 2 Mei 2022."),
    ("ESSENTIAL_MISSING", "in_service", {**MONTH, "bukti_turnover_up": ""}, "bukti_turnover_up",
     "Laporan bulanan wajib menjawab kolom ini dengan ya atau tidak."),
    ("TWO_REPORTS", "in_service", {**MONTH, "hasil": "tercapai"}, "hasil_bulan",
     "Isi hasil atau hasil bulan, tidak keduanya pada satu baris."),
    ("TOO_LONG", "sent", {"jawaban": "diterima", "catatan": "a" * 901}, "catatan",
     "Isian terlalu panjang (paling banyak 900 huruf)."),
    ("TOO_LONG", "sent", {"jawaban": "diterima", "nomor_register": "1" * 61}, "nomor_register",
     "Isian terlalu panjang (paling banyak 60 huruf)."),
    ("NOTE_REFUSED", "sent", {"pesan": "NIK 3601019900990001"}, "pesan",
     "Jangan tulis NIK, nomor KK, atau nomor lain milik orang dalam catatan."),
    ("NOTE_REFUSED", "sent", {"pesan": "a" * 1001}, "pesan", "Catatan paling panjang 1000 huruf."),
    ("NO_ANSWER", "sent", {"nomor_register": "77"}, "nomor_register", ALONE),
    ("NO_ANSWER", "accepted", {"jawaban": "disanggupi", "nomor_register": "12", "catatan": "baru"}, "catatan", ALONE),
    ("NUMBER_KEPT", "accepted", {"nomor_register": "77"}, "nomor_register",
     "Nomor agenda yang sudah ada tidak diubah lewat berkas; perbaiki pada halaman rujukannya."),
    ("OLD_ROUND", "sent again", {"kiriman": "1", "jawaban": "dikembalikan", "alasan": "MISSING_DOCUMENT"}, "kiriman",
     "Rujukan ini sudah dikirim ulang sesudah berkas diunduh; unduh berkas baru."),
    ("TOO_EARLY", "sent", {"tanggal_layanan": "2021-06-01"}, "tanggal_layanan",
     "Belum waktunya: langkah sebelumnya belum dijawab."),
    ("TOO_EARLY", "acknowledged", {"hasil": "tercapai", "bukti_nib_issued": "ya"}, "hasil",
     "Belum waktunya: langkah sebelumnya belum dijawab."),
    ("ANSWERED_MEANWHILE", "declined", {"jawaban": "disanggupi"}, "jawaban", MEANWHILE),
    ("ANSWERED_MEANWHILE", "declined", {"jawaban": "ditolak", "alasan": "WRONG_REGION"}, "jawaban", MEANWHILE),
    ("ANSWERED_MEANWHILE", "withdrawn", {"jawaban": "disanggupi"}, "jawaban", MEANWHILE),
    ("ANSWERED_MEANWHILE", "waitlisted", {"jawaban": "daftar tunggu", "tunggu_sampai": "2021-10-01"}, "jawaban", MEANWHILE),
    ("ANSWERED_MEANWHILE", "concluded", {"hasil": "tidak tercapai", "bukti_nib_issued": "tidak"}, "hasil", MEANWHILE),
    ("ANSWERED_MEANWHILE", "concluded", {"hasil": "tercapai", "bukti_off_taker": "ya"}, "hasil", MEANWHILE),
    ("NOT_PROVEN", "in_service", {"hasil": "tercapai", "bukti_nib_issued": "tidak", "bukti_credit_received": "0"}, "hasil",
     "Tercapai bertentangan dengan buktinya: tidak satu pun indikator menyatakan ada yang tercapai."),
    ("NOT_PROVEN", "in_service", {**MONTH, "bukti_business_running": "tidak"}, "hasil_bulan",
     "Tercapai bertentangan dengan buktinya: tidak satu pun indikator menyatakan ada yang tercapai."),
    ("ANSWERED_MEANWHILE", "concluded", {**MONTH, "laporan_bulan": "3"}, "hasil_bulan", MEANWHILE),
]  # fmt: skip


def _read(cells, at="sent"):
    return read_answers([(7, {"nomor_rujukan": NUMBER, **cells})], {NUMBER: AT[at]}, TODAY)


def _said(cells, at="sent"):
    found = _read(cells, at)
    assert found.faults == []
    return [(answer.event, {k: v for k, v in answer.said.items() if v is not None}) for answer in found.answers]


@pytest.mark.parametrize(("code", "at", "cells", "column", "sentence"), CASES, ids=lambda v: v if isinstance(v, str) else "")
def test_a_wrong_cell_is_told_by_row_column_and_sentence(code, at, cells, column, sentence):
    [fault] = _read(cells, at).faults
    assert (fault.row, fault.column, fault.code, fault.text) == (7, column, code, sentence)


def test_every_fault_there_is_has_a_case():
    assert {code for code, *_ in CASES} | {"NUMBER_TWICE"} == set(FAULTS)


def test_a_referral_in_two_rows_is_refused_though_both_say_the_same():
    rows = [
        (2, {"nomor_rujukan": NUMBER, "jawaban": "diterima"}),
        (9, {"nomor_rujukan": NUMBER.lower(), "jawaban": "diterima"}),
    ]
    [fault] = read_answers(rows, {NUMBER: SENT}, TODAY).faults
    assert (fault.row, fault.code, fault.text) == (9, "NUMBER_TWICE", "Rujukan ini sudah ada pada baris lain.")


def test_all_faults_of_a_row_and_of_all_rows_are_told_at_once():
    wrong = {"jawaban": "ditolak", "tanggal_layanan": "besok", "hasil": "?", "bukti_off_taker": "?", "pesan": "0" * 16}
    found = read_answers([(2, {"nomor_rujukan": NUMBER, **wrong}), (3, {"nomor_rujukan": "?"})], {NUMBER: SENT}, TODAY)
    assert [(fault.row, fault.column) for fault in found.faults] == [
        (2, "alasan"), (2, "tanggal_layanan"), (2, "hasil"), (2, "bukti_off_taker"), (2, "pesan"), (3, "nomor_rujukan"),
    ]  # fmt: skip


@pytest.mark.parametrize("at", AT)
def test_a_row_left_alone_says_nothing(at):
    """It goes out, is saved by a spreadsheet, and comes back."""
    line = line_of(NUMBER, ["Warga", "Desa", "Kec", "Warung", "", 5, "Dikirim"], AT[at], TODAY)
    [(row, cells)] = rows_of(book_of([line]), "isi.xlsx", HEAD, REQUIRED, LABELS)
    found = read_answers([(row, cells)], {NUMBER: AT[at]}, TODAY)
    assert (row, found.answers, found.faults) == (2, [], [])


@pytest.mark.parametrize(
    ("at", "cells", "events"),
    [
        ("sent", {"jawaban": " Disanggupi ", "nomor_register": "5"}, ["accepted"]),
        ("waitlisted", {"jawaban": "disanggupi", "tunggu_sampai": "2021-09-01"}, ["accepted"]),
        ("sent", {"jawaban": "disanggupi", "tanggal_layanan": "1/6/2021", "hasil": "Tercapai", "bukti_nib_issued": "YA"},
         ["accepted", "service_started", "concluded"]),
        ("in_service", MONTH, ["outcome_reported"]),
        ("concluded", MONTH, ["outcome_reported"]),
        ("concluded", {**MONTH, "hasil": "Tercapai"}, ["outcome_reported"]),
        ("concluded", {"hasil": "Tercapai", "bukti_nib_issued": "ya"}, []),
        ("concluded", {**MONTH, "laporan_bulan": "3", "bukti_turnover_up": "ya", "catatan": "ramai"}, []),
        ("concluded", {"pesan": "Datang Senin"}, []),
        ("sent", {"pesan": "Datang Selasa"}, ["note"]),
        ("sent again", {"kiriman": "2", "jawaban": "diterima"}, ["acknowledged"]),
        ("sent again", {"jawaban": "diterima"}, ["acknowledged"]),
        ("accepted", {"jawaban": "disanggupi", "catatan": "lama"}, []),
        ("in_service", {"nomor_register": "77"}, ["service_started"]),
        ("declined", {"jawaban": "ditolak", "alasan": "NO_CAPACITY", "nomor_register": "77"}, ["declined"]),
        ("accepted", {"jawaban": "dikembalikan", "alasan": "dokumen  belum lengkap"}, ["returned"]),
    ],
)  # fmt: skip
def test_a_row_says_what_is_new_and_not_what_was_said(at, cells, events):
    assert [event for event, _ in _said(cells, at)] == events


def test_what_is_said_is_in_the_words_of_the_webhook():
    assert _said({"jawaban": "daftar tunggu", "tunggu_sampai": "1 September 2021", "catatan": "Gedung penuh"}) == [
        ("waitlisted", {"waitlist_until": "2021-09-01", "note": "Gedung penuh"})
    ]
    assert _said({"jawaban": "ditolak", "alasan": "other", "catatan": "Pindah"}) == [
        ("declined", {"reason": "OTHER", "note": "Pindah"})
    ]
    assert _said({"tanggal_layanan": "2021-06-01"}, "accepted") == [
        ("service_started", {"note": "(layanan dimulai 2021-06-01)"})
    ]
    assert _said({**MONTH, "bukti_credit_received": "Rp 5.000.000"}, "in_service") == [
        ("outcome_reported", {"month": 6, "outcome": "ACHIEVED", "indicators": {
            "business_running": True, "credit_received": 5_000_000, "turnover_up": False}})
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "day"),
    [("2021-06-01", 1), ("1-6-2021", 1), ("01/06/2021", 1), ("01.06.2021", 1), ("1 Juni 2021", 1), ("1  JUN 2021", 1),
     ("2021-06-01 00:00:00", 1), ("2021-06-01 10:30:00", 1), ("44348", 0), ("06/31/2021", 0), ("1-6/2021", 0), ("21-06-01", 0),
     ("1 foo 2021", 0), ("", 0)],
)  # fmt: skip
def test_a_day_is_read_as_offices_write_it(text, day):
    assert day_of(text) == (date(2021, 6, day) if day else None)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("5000000", 5_000_000), ("5.000.000", 5_000_000), ("Rp5.000.000", 5_000_000), ("rp. 5.000.000,00", 5_000_000),
     ("Rp 5.000.000,-", 5_000_000), ("0", 0), ("5000000.5", None), ("5,000,000", None), ("5.00.000", None), ("-5", None),
     ("1e6", None)],
)  # fmt: skip
def test_an_amount_is_never_guessed(text, amount):
    assert proof_of("credit_received", text) == amount


def _book(lines, head=None, merged="", title=0):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy"}) as book:
        page = book.add_worksheet("Lembar1")
        page.write_row(title, 0, head or [label for _, label in COLUMNS])
        for at, line in enumerate(lines, start=title + 1):
            page.write_row(at, 0, [line.get(name, "") for name in HEAD])
        if merged:
            page.merge_range(merged, "diterima")
    return file.getvalue()


def _rows(content, name="isi.xlsx"):
    return rows_of(content, name, HEAD, REQUIRED, LABELS)


def test_cells_of_excels_own_kinds_are_read():
    line = {
        "nomor_rujukan": NUMBER + " ", "nomor_register": 518.0, "tanggal_layanan": datetime(2021, 6, 1, 8, 5, 0),
        "bukti_nib_issued": True, "bukti_credit_received": 5e6, "bukti_off_taker": False, "hasil": "\u00a0tercapai ",
    }  # fmt: skip
    [(at, row)] = _rows(_book([{}, line, {}], title=3))
    assert at == 6
    known = {NUMBER: AT["accepted"]}
    found = read_answers([(at, row)], known, TODAY)
    assert found.faults == []
    assert [answer.event for answer in found.answers] == ["service_started", "concluded"]
    assert found.answers[1].said["indicators"] == {"nib_issued": True, "credit_received": 5_000_000, "off_taker": False}
    assert found.answers[1].said["register_number"] == "518"


def test_columns_may_be_added_and_stand_in_any_order_and_codes_are_read_as_well():
    content = _book([], [*reversed(HEAD), "Petugas kami", ""])
    assert _rows(content) == []
    assert _rows(content, "makro.xlsm") == []


@pytest.mark.parametrize("name", REQUIRED[1:])
def test_a_column_to_fill_that_was_renamed_or_removed_is_named(name):
    with pytest.raises(UnreadableWorkbook, match=re.escape(f"kolom yang tidak ada: {LABELS[name]}.")):
        _rows(_book([], [column if column != name else "lain" for column in HEAD]))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"nomor_rujukan;jawaban\n", "Berkas isi.xlsx bukan XLSX atau rusak. Simpan ulang sebagai XLSX lalu kirim lagi."),
        (_book([], [*HEAD, "Catatan"]), "Berkas isi.xlsx ditolak; kolom yang ada dua kali: Catatan."),
        (_book([{"nomor_rujukan": NUMBER}] * 3, merged="I2:I4"),
         "Berkas isi.xlsx memuat sel yang digabung (baris 2); pisahkan dahulu."),
        (_book([{"nomor_rujukan": str(n)} for n in range(20_005)]),
         "Berkas isi.xlsx berisi lebih dari 20000 baris atau 200 kolom. Salin tabelnya saja ke berkas baru, lalu kirim lagi."),
        (_book([], ["Nama", "Jawaban"]), "Berkas isi.xlsx tidak mempunyai baris judul dengan kolom Nomor rujukan."),
        (b"x" * (5 * 2**20 + 1), "Berkas isi.xlsx terlalu besar (paling banyak 5 MB)."),
    ],
    ids=["csv", "column twice", "merged", "many rows", "no header", "large"],
)  # fmt: skip
def test_what_is_no_table_of_ours_is_refused_in_a_sentence(content, sentence):
    with pytest.raises(UnreadableWorkbook) as refused:
        _rows(content)
    assert refused.value.message == sentence


def test_a_title_merged_above_the_header_is_no_obstacle():
    assert len(_rows(_book([{"nomor_rujukan": NUMBER}], merged="A1:H1", title=2))) == 1


def test_a_workbook_that_swells_when_opened_is_not_opened():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (51 * 2**20))
    with pytest.raises(UnreadableWorkbook, match="terlalu besar setelah dibuka"):
        _rows(file.getvalue())


def test_the_workbook_that_goes_out_offers_the_words_and_says_how():
    content = book_of([line_of(NUMBER, ["=1+1", "", "", "", "", "", "Dikirim"], AT["waitlisted"], TODAY)])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        table, strings = (archive.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "sharedStrings"))
        names = archive.read("xl/workbook.xml").decode()
    assert 'name="Rujukan"' in names.split('name="Petunjuk"')[0]
    assert table.count("<dataValidation ") == 4 + 9 + 2
    assert "<f>" not in table
    assert all(label in strings for _, label in COLUMNS)
    assert "Isi hanya kolom berwarna" in strings
    [(_, row)] = _rows(content)
    assert (row["keluarga"], row["tunggu_sampai"], row["jawaban"]) == ("=1+1", "2021-09-01", "daftar tunggu")
