"""Is every fault an import can find told in exactly the words we chose, and is none without a test?"""

import ast
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from registry_scenes import GOOD, NOW, SEALER, counts, ledger, person, reasons, take_in, write_csv

from service.registry import sheets
from service.registry.aid_ledger import _each_once, _receipt, aid_columns
from service.registry.duplicates import Corrected, Known, sort_rows
from service.registry.faults import FileRefused
from service.registry.intake import contradictions, doubts, incoming, registry_columns
from service.registry.sheets import MissingColumns, Sheet, UnreadableFile, read_sheet
from service.registry.steps import import_file
from service.registry.tables import check_table, no_progress

RETYPE = " Ubah kolom menjadi Teks lalu ketik ulang 16 angkanya."
CELLS = [
    ("SCIENTIFIC", "nik", "3.60102E+15", "NIK tertulis seperti 3.6E+15: Excel menghapus angkanya." + RETYPE),
    ("SCIENTIFIC", "nik", "3,6E+15", "NIK tertulis seperti 3.6E+15: Excel menghapus angkanya." + RETYPE),
    ("LOST_DIGIT", "nik", "360101520685990", "NIK hanya 15 angka: angka terakhir hilang." + RETYPE),
    ("NOT_16_DIGITS", "nik", "36010152068599011", "NIK terdiri dari 17 angka, seharusnya 16."),
    ("NOT_DIGITS", "nik", "36010152O6859901", "NIK hanya boleh berisi angka."),
    ("NIK_DATE", "nik", "3601013202859901", "tanggal lahir di dalam NIK (angka ke-7 sampai 12) tidak ada di kalender."),
    ("NIK_DATE", "nik", "3601018112859901", "tanggal lahir di dalam NIK (angka ke-7 sampai 12) tidak ada di kalender."),
    ("NIK_SERIAL", "nik", "3601015206850000", "nomor urut NIK 0000 tidak ada; angka terakhir mungkin dihapus Excel."),
    ("BLANK", "nik", "", "wajib diisi."),
    ("LOST_DIGIT", "no_kk", "360101120310900", "Nomor KK hanya 15 angka: angka terakhir hilang." + RETYPE),
    ("BLANK", "nama", " - ", "wajib diisi."),
    ("LOST_VALUE", "nama", "#N/A", "sel ini berisi kesalahan rumus #N/A. Ketik isinya."),
    ("LOST_VALUE", "no_hp", "#RUMUS-TANPA-HASIL!", "sel ini berisi rumus tanpa hasil. Ketik isinya."),
    ("NOT_A_NAME", "nama", "3601", "nama harus berupa huruf, tanpa angka."),
    ("NOT_A_NAME", "nama", "Siti 2", "nama harus berupa huruf, tanpa angka."),
    ("NOT_A_NAME", "nama", "S", "nama harus berupa huruf, tanpa angka."),
    ("TOO_LONG", "alamat", "x" * 201, "terlalu panjang (201 huruf, paling banyak 200)."),
    ("SWAPPED_DATE", "tanggal_lahir", "12/25/1985",
     "12/25/1985: bulan 25 tidak ada; hari dan bulan tertukar. Tulis hari/bulan/tahun."),
    ("SWAPPED_DATE", "tanggal_lahir", "1985-25-12",
     "1985-25-12: bulan 25 tidak ada; hari dan bulan tertukar. Tulis hari/bulan/tahun."),
    ("NO_SUCH_DATE", "tanggal_lahir", "31/02/1985", "tanggal 31/02/1985 tidak ada di kalender."),
    ("NOT_A_DATE", "tanggal_lahir", "Juni 1985", "'Juni 1985' bukan tanggal. Tulis hari/bulan/tahun, misalnya 17/08/1985."),
    ("SHORT_YEAR", "tanggal_lahir", "12/06/85",
     "'12/06/85': tahunnya dua angka. Ubah format kolom menjadi DD/MM/YYYY, lalu simpan lagi."),
    ("FUTURE_DATE", "tanggal_lahir", "12/06/2085", "tanggal 12/06/2085 masih di masa depan."),
    ("NO_SUCH_DATE", "tanggal_lahir", "12/06/1085", "tahun 1085 terlalu lama; periksa tahunnya."),
    ("BAD_SEX", "jenis_kelamin", "W", "'W' tidak dikenal; tulis L (laki-laki) atau P (perempuan)."),
    ("BAD_RT_RW", "rw", "1234", "'1234' bukan nomor RT/RW (paling banyak 3 angka)."),
    ("UNKNOWN_VILLAGE", "kode_desa", "36.99.99.9999", "kode desa '36.99.99.9999' tidak ada di daftar Kemendagri."),
    ("UNKNOWN_VILLAGE", "kode_desa", "36.01.01", "kode desa '36.01.01' tidak ada di daftar Kemendagri."),
    ("BAD_PHONE", "no_hp", "tidak ada", "bukan nomor telepon Indonesia. Tulis misalnya 0812-3456-7890 atau kosongkan."),
    ("BAD_PHONE", "no_hp", "8.12E+10", "bukan nomor telepon Indonesia. Tulis misalnya 0812-3456-7890 atau kosongkan."),
    ("NOT_A_NUMBER", "tahun_mulai", "dua ribu", "'dua ribu' bukan bilangan bulat (tahun)."),
    ("OUT_OF_RANGE", "tahun_mulai", "1013", "1013 di luar batas 1990 sampai 2022 (tahun)."),
    ("ENDS_BEFORE_START", "tahun_akhir", "2012", "tahun akhir 2012 mendahului tahun mulai 2013."),
    ("BAD_DECILE", "desil", "11", "desil '11' tidak ada; desil adalah 1 sampai 10."),
    ("BAD_DECILE", "desil", "0", "desil '0' tidak ada; desil adalah 1 sampai 10."),
    ("OUT_OF_RANGE", "kehadiran_pertemuan", "120", "120 di luar batas 0 sampai 100 (persen)."),
    ("NOT_A_NUMBER", "penghasilan_bulanan", "1,5 juta", "'1,5 juta' bukan bilangan bulat (rupiah)."),
    ("NOT_A_NUMBER", "tabungan", "-5", "'-5' bukan bilangan bulat (rupiah)."),
    ("OUT_OF_RANGE", "jumlah_anggota", "0", "0 di luar batas 1 sampai 30 (orang)."),
    ("NO_ASSESSMENT_DATE", "tanggal_asesmen", "", "wajib diisi karena ada nilai asesmen."),
    ("NOT_YES_OR_NO", "persetujuan_rujukan", "setuju", "'setuju' tidak dikenal; tulis ya atau tidak."),
    ("BLANK", "persetujuan_rujukan", "", "wajib diisi."),
]  # fmt: skip
TYPED = [
    ("LOST_DIGIT", "nik", 3601015206859900.0,
     "NIK tersimpan sebagai bilangan: Excel mengganti angka terakhir dengan 0." + RETYPE),
    ("NOT_A_NUMBER", "jumlah_anggota", True, "'True' bukan bilangan bulat (orang)."),
    ("ONE_OR_ALL", "kehadiran_pertemuan", 1.0,
     "1 dapat berarti 1% atau 100%. Tulis 100 tanpa tanda persen, atau pakai kolom Teks."),
    ("NOT_A_NUMBER", "kehadiran_pertemuan", 0.855, "'85.5' bukan bilangan bulat (persen)."),
    ("NOT_A_NUMBER", "jumlah_anggota", 2.5, "'2.5' bukan bilangan bulat (orang)."),
    ("NOT_A_DATE", "tanggal_lahir", 1985.0, "'1985' bukan tanggal. Tulis hari/bulan/tahun, misalnya 17/08/1985."),
    ("FUTURE_DATE", "tanggal_lahir", datetime(2085, 6, 12), "tanggal 12/06/2085 masih di masa depan."),
    ("BECAME_A_DAY", "alamat", datetime(2021, 6, 12),
     "isi ini berubah menjadi tanggal atau jam. Awali dengan tanda ' lalu ketik ulang."),
    ("BAD_SEX", "jenis_kelamin", timedelta(1), "'1 DAY, 0:00:00' tidak dikenal; tulis L (laki-laki) atau P (perempuan)."),
]  # fmt: skip
DOUBTS = [
    ("NIK_BIRTH_DIFFERS", {"tanggal_lahir": "06/12/1985"}, "tanggal_lahir",
     "tanggal lahir berbeda dari NIK; hari dan bulan mungkin tertukar."),
    ("NIK_SEX_DIFFERS", {"jenis_kelamin": "L"}, "jenis_kelamin", "jenis kelamin berbeda dari NIK."),
    ("NIK_REGION_UNKNOWN", {"nik": "3603215206859903"}, "nik",
     "kode wilayah di NIK tidak ada di daftar sekarang (mungkin kode lama)."),
    ("NIK_REGION_DIFFERS", {"nik": "3604055206859904"}, "nik", "NIK diterbitkan di kabupaten/kota lain daripada alamatnya."),
    ("UNKNOWN_BUSINESS", {"jenis_usaha": "entah apa"}, "jenis_usaha",
     "jenis usaha belum dikenal; tulis lebih jelas agar paket dapat dipilih."),
]  # fmt: skip
TOO_MANY = ("TOO_MANY_CELLS", "isi baris lebih banyak daripada kolom judul; ada tanda pemisah di dalam isi.")
LEDGER = [
    ("UNKNOWN_WORD", "sumber", "desa", "'desa' tidak dikenal; tulis provinsi atau pusat."),
    ("OUT_OF_RANGE", "nilai", "1000000001", "1000000001 di luar batas 0 sampai 1000000000 (rupiah)."),
    ("FUTURE_DATE", "tanggal", "2021-02-01", "tanggal 01/02/2021 masih di masa depan."),
]
BORN = date(1985, 6, 12)
DUPLICATES = [
    ("TWICE_IN_FILE", 2, {}, {}, "NIK ini sudah ada di baris 2 berkas yang sama; yang dipakai baris 2."),
    ("IN_ANOTHER_REGENCY", 1, {"known": Known(7, "36.02", "kk", "content")}, {},
     "NIK ini sudah terdaftar di Kabupaten Lebak (rumah tangga nomor 7); sepakati dahulu."),
    ("NIK_CORRECTED", 1, {}, {"corrected": Corrected(9, BORN)},
     "NIK ini sudah dikoreksi pada rumah tangga nomor 9; tulis NIK yang baru."),
]  # fmt: skip
TWICE_IN_LEDGER = "NIK, program, dan tahun ini sudah ada di baris 2 berkas yang sama."


def sheet_of(rows, extra=()):
    columns = tuple(rows[0])
    return Sheet("uji.csv", "0" * 64, columns, columns, [(at, (*row.values(), *extra)) for at, row in enumerate(rows, start=2)])


def checked(*rows, extra=()):
    return check_table(sheet_of(rows, extra), registry_columns(NOW.date()), contradictions, doubts, no_progress)


def told(faults):
    return [(fault.row, fault.column, fault.code, fault.text) for fault in faults]


@pytest.mark.parametrize(("code", "column", "cell", "sentence"), CELLS + TYPED)
def test_a_cell_that_says_nothing_is_told_why(code, column, cell, sentence):
    found = checked(person(1), person(2, **{column: cell}), person(3))
    assert told(found.faults) == [(3, column, code, sentence)]
    assert (found.rejected, [row for row, _ in found.good]) == (1, [2, 4])


def test_all_of_them_in_one_file_are_each_named_by_row_column_and_sentence(database, home, tmp_path):
    faulty = [person(10 + at, **{column: value}) for at, (_, column, value, _) in enumerate(CELLS)]
    good = [GOOD | {"nik": f"36010253068799{at:02}", "tanggal_lahir": "1987-06-13"} for at in range(len(CELLS) + 1)]
    result = take_in(database, home, write_csv(tmp_path / "a.csv", faulty + good))
    assert reasons(result) == [f"Baris {at}, kolom {column}: {text}" for at, (_, column, _, text) in enumerate(CELLS, start=2)]
    assert counts(result) == (2 * len(CELLS) + 1, len(CELLS) + 1, 0, 0, len(CELLS), 0)


@pytest.mark.parametrize(("code", "changes", "column", "sentence"), DOUBTS)
def test_what_a_person_should_look_at_is_a_warning_and_the_row_is_kept(code, changes, column, sentence):
    found = checked(person(1), person(2, **changes))
    assert told(found.warnings) == [(3, column, code, sentence)]
    assert (found.rejected, len(found.good)) == (0, 2)


def test_a_row_longer_than_the_header_is_a_fault_unless_what_is_beyond_is_blank():
    assert told(checked(person(1), extra=("", "lebih")).faults) == [(2, None, *TOO_MANY)]
    assert checked(person(1), extra=("", " ")).faults == []


@pytest.mark.parametrize(("code", "rows", "known", "corrected", "sentence"), DUPLICATES)
def test_a_row_of_somebody_we_have_is_told_who(code, rows, known, corrected, sentence):
    values = [values for _, values in checked(person(1)).good] * rows
    incomings = [incoming(row, one, SEALER) for row, one in enumerate(values, start=2)]
    by_lookup = [dict.fromkeys([incomings[0].nik_lookup], one) for found in (known, corrected) for one in found.values()]
    found = sort_rows(incomings, by_lookup[0] if known else {}, by_lookup[0] if corrected else {})
    assert told(found.duplicates) == [(incomings[-1].row, "nik", code, sentence)]


def test_an_old_nik_of_somebody_born_on_another_day_is_a_new_household():
    one = incoming(2, checked(person(1)).good[0][1], SEALER)
    found = sort_rows([one], {}, {one.nik_lookup: Corrected(9, date(1960, 1, 1))})
    assert (found.new, found.duplicates) == ([one], [])


@pytest.mark.parametrize(("code", "column", "cell", "sentence"), LEDGER)
def test_a_cell_of_the_ledger_is_told_why(code, column, cell, sentence):
    row = {"nik": GOOD["nik"], "no_kk": "", "program": "UEP", "sumber": "pusat", "tahun": "2019", column: cell}
    found = check_table(sheet_of([row]), aid_columns(NOW.date()), lambda _: iter(()), lambda _: iter(()), no_progress)
    assert told(found.faults) == [(2, column, code, sentence)]


def test_a_receipt_twice_in_the_ledger_is_told_where_the_first_is(tmp_path):
    path = ledger(tmp_path / "a.csv", [(GOOD["nik"], "", "UEP", "pusat", "2019")] * 2)
    columns = aid_columns(NOW.date())
    sheet = read_sheet(path, [column.name for column in columns if column.present])
    rows = check_table(sheet, columns, lambda _: iter(()), lambda _: iter(()), no_progress).good
    _, duplicates = _each_once([_receipt(row, values, SEALER) for row, values in rows])
    assert told(duplicates) == [(3, "nik", "TWICE_IN_FILE", TWICE_IN_LEDGER)]


def _named(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def _archive(tmp_path, name, inside, content=b""):
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr(inside, content)
    return tmp_path / name


def _far(tmp_path, name):
    with xlsxwriter.Workbook(str(tmp_path / name)) as book:
        page = book.add_worksheet()
        page.write(0, 0, "nik")
        page.write(1_048_575, 16_383, "far")
    return tmp_path / name


def _large(tmp_path, name):
    with (tmp_path / name).open("wb") as file:
        file.truncate(101 * 2**20)
    return tmp_path / name


HEADER = ",".join(GOOD).encode()
DAMAGED = "Berkas a.xlsx rusak dan tidak dapat dibuka. Buka di Excel, simpan ulang sebagai XLSX, lalu kirim lagi."
NOT_A_TABLE = "Berkas a.csv bukan tabel. Kirim sebagai XLSX atau CSV."
REFUSED = [
    ("Berkas a.csv tidak ditemukan.", lambda place: place / "a.csv"),
    ("Berkas a.csv tidak dapat dibaca: Is a directory.", lambda place: (place / "a.csv").mkdir() or place / "a.csv"),
    ("Berkas a.csv kosong: tidak ada baris judul dan tidak ada data.", lambda place: _named(place, "a.csv", b"")),
    ("Berkas a.csv hanya berisi baris judul, tanpa data.", lambda place: _named(place, "a.csv", HEADER + b"\n , \n")),
    ("Berkas a.xlsx adalah dokumen Word. Simpan sebagai XLSX atau CSV, lalu kirim lagi.",
     lambda place: _archive(place, "a.xlsx", "word/document.xml")),
    ("Berkas a.xlsx adalah arsip yang bukan Excel. Simpan sebagai XLSX atau CSV, lalu kirim lagi.",
     lambda place: _archive(place, "a.xlsx", "anything.txt")),
    (DAMAGED, lambda place: _archive(place, "a.xlsx", "xl/workbook.xml", b"<junk")),
    (DAMAGED, lambda place: _named(place, "a.xlsx", b"PK\x03\x04 junk")),
    ("Berkas a.csv bukan CSV UTF-8 dan bukan XLSX. Di Excel pilih Simpan Sebagai > CSV UTF-8 atau XLSX.",
     lambda place: _named(place, "a.csv", HEADER + b"\n\xff\xfe\xe9")),
    (NOT_A_TABLE, lambda place: _named(place, "a.csv", b"\x00\x01\x02binary")),
    (NOT_A_TABLE, lambda place: _named(place, "a.csv", b"%PDF-1.7 text")),
    ("Berkas a.xlsx adalah berkas format lama (.xls/.doc). Simpan sebagai XLSX atau CSV, lalu kirim lagi.",
     lambda place: _named(place, "a.xlsx", b"\xd0\xcf\x11\xe0 old")),
    ("Berkas a.xlsx terkunci dengan kata sandi. Hapus kata sandinya, lalu simpan sebagai XLSX.",
     lambda place: _named(place, "a.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"))),
    ("Berkas a.csv: tanda kutip di sekitar baris 2 tidak ditutup. Perbaiki lalu kirim lagi.",
     lambda place: _named(place, "a.csv", HEADER + b'\n"never closed')),
    ("Berkas a.csv terlalu besar (101 MB, paling banyak 100 MB). Bagi per kecamatan lalu kirim satu per satu.",
     lambda place: _large(place, "a.csv")),
    ("Berkas a.xlsx berisi sel yang terlalu jauh (lebih dari 250000 baris atau 100 kolom). "
     "Salin tabelnya ke lembar baru lalu kirim lagi.", lambda place: _far(place, "a.xlsx")),
]  # fmt: skip
LIMITS = [
    ("Berkas a.csv berisi 3 baris, paling banyak 2. Bagi per kecamatan.", "MOST_ROWS", 2,
     lambda place: write_csv(place / "a.csv", [person(at) for at in range(3)])),
    ("Isi berkas a.xlsx terlalu besar setelah dibuka. Bagi per kecamatan.", "MOST_BYTES_UNPACKED", 10,
     lambda place: _archive(place, "a.xlsx", "xl/workbook.xml", b"x" * 11)),
]  # fmt: skip


NOT_YOURS = ("NOT_YOUR_REGENCY", "desa ini di Kabupaten Lebak, di luar wilayah kerja Anda.")


def test_an_officer_of_one_regency_does_not_take_in_the_households_of_another(database, home, tmp_path):
    path = write_csv(tmp_path / "a.csv", [person(1), person(2), person(3, kode_desa="36.02.01.2002")])
    result = import_file(database, home, SEALER, path, "user:pandeglang", NOW, regencies=("36.01",))
    assert (result.added, result.rejected) == (2, 1)
    assert reasons(result) == [f"Baris 4, kolom kode_desa: {NOT_YOURS[1]}"]


@pytest.mark.parametrize(("sentence", "file"), REFUSED)
def test_what_is_no_table_is_refused_with_a_sentence(tmp_path, sentence, file):
    with pytest.raises(UnreadableFile) as caught:
        read_sheet(file(tmp_path), list(GOOD))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("sentence", "limit", "most", "file"), LIMITS)
def test_what_is_larger_than_we_take_is_refused_with_a_sentence(tmp_path, monkeypatch, sentence, limit, most, file):
    monkeypatch.setattr(sheets, limit, most)
    with pytest.raises(UnreadableFile) as caught:
        read_sheet(file(tmp_path), list(GOOD))
    assert str(caught.value) == sentence


def test_missing_and_double_columns_are_all_named(tmp_path):
    columns = [column for column in [*GOOD, "rt"] if column not in ("nik", "desil")]
    with pytest.raises(MissingColumns) as caught:
        read_sheet(write_csv(tmp_path / "a.csv", [person(1)], columns=columns), list(GOOD))
    assert str(caught.value) == (
        "Berkas a.csv ditolak; kolom yang tidak ada: nik, desil; kolom yang ada dua kali: rt. "
        "Lengkapi baris judul lalu kirim lagi."
    )


def test_a_file_refused_whole_says_why_and_where_its_faults_are(database, home, tmp_path):
    with pytest.raises(FileRefused) as caught:
        take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2), person(1), person(3, nik="")]))
    faults_file = caught.value.details["faults_file"]
    assert str(caught.value) == (
        "Berkas a.csv ditolak seluruhnya: dari 4 baris, 1 salah dan 1 ganda (setengahnya atau lebih). "
        f"Tidak ada yang disimpan. Perbaiki menurut {faults_file}."
    )
    assert CalamineWorkbook.from_path(faults_file).get_sheet_by_index(0).height == 3


ROOM = Path(sheets.__file__).parent
TEXT_AT = {"CellFault": 1, "Fault": 3, "UnreadableFile": 0}


def _sites():
    """(where, code or None, the fixed parts of the sentence) of every fault the room can find; `doubts/` has its own tests."""
    for path in sorted(ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            told = node.value if isinstance(node, ast.Yield) else node
            if isinstance(told, ast.Call) and getattr(told.func, "id", "") in TEXT_AT:
                at = TEXT_AT[told.func.id]
                parts = told.args[max(at - 1, 0) : at + 1]
            elif isinstance(told, ast.Tuple) and isinstance(node, ast.Yield) and len(told.elts) == 3:
                parts = [told.elts[0], told.elts[2]]
            else:
                continue
            code = next((part.value for part in parts[:-1] if isinstance(part, ast.Constant)), None)
            pieces = parts[-1].values if isinstance(parts[-1], ast.JoinedStr) else [parts[-1]]
            fixed = [piece.value for piece in pieces if isinstance(piece, ast.Constant)]
            yield f"{path.name}:{node.lineno}", code, fixed


def test_every_fault_in_the_code_stands_in_a_table_above_with_its_sentence():
    shown = [(code, sentence) for code, _, _, sentence in CELLS + TYPED + LEDGER + DOUBTS] + [TOO_MANY, NOT_YOURS]
    shown += [(code, sentence) for code, *_, sentence in DUPLICATES] + [("TWICE_IN_FILE", TWICE_IN_LEDGER)]
    shown += [(None, sentence) for sentence, *_ in REFUSED + LIMITS]
    sites = list(_sites())
    unshown = [
        (where, code, fixed)
        for where, code, fixed in sites
        if not any(code in (None, one) and all(part in sentence for part in fixed) for one, sentence in shown)
    ]
    assert unshown == []
    assert len({code for _, code, _ in sites if code}) >= 30
