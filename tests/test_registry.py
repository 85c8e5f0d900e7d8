"""Does a regency's file become households, and is every fault in it named?"""

import contextlib
import csv
import zipfile
from datetime import UTC, date, datetime

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import event
from sqlmodel import select

from service.db.tables import AidReceipt, Assessment, Household, RegistryFile
from service.errors import BadInput, NotFound
from service.registry import identity, queries
from service.registry.aid_ledger import aid_columns, import_aid
from service.registry.faults import CellFault, FileRefused
from service.registry.intake import registry_columns
from service.registry.sheets import MissingColumns, UnreadableFile, read_sheet
from service.registry.steps import import_file
from service.trust.sealing import Sealer

NOW = datetime(2021, 1, 11, 3, tzinfo=UTC)
SEALER = Sealer("a key for tests")
GOOD = {
    "nik": "3601015206859901", "no_kk": "3601011203109001", "nama": "Ardinah Dijaya", "tempat_lahir": "Pandeglang",
    "tanggal_lahir": "1985-06-12", "jenis_kelamin": "P", "alamat": "Kp. Contoh No. 4", "rt": "3", "rw": "012",
    "kode_desa": "36.01.01.2001", "no_hp": "0812-3456-7890", "program": "JAMSOSRATU", "tahun_mulai": "2013",
    "tahun_akhir": "2020", "desil": "2", "tanggal_desil": "01/09/2020", "jenis_usaha": "Warung sembako",
    "usaha_sejak": "2019-03-01", "kehadiran_pertemuan": "85%", "penghasilan_bulanan": "Rp 1.250.000", "jumlah_anggota": "4",
    "tabungan": "250000", "sumber_penghasilan": "2", "tanggal_asesmen": "15/10/2020", "pendamping": "P3601-01",
    "persetujuan_rujukan": "ya",
}  # fmt: skip


def person(number, **changes):
    """A good row with its own NIK and KK; `number` below 100."""
    return GOOD | {"nik": f"36010152068599{number:02}", "no_kk": f"36010112031090{number:02}"} | changes


def write_csv(path, rows, delimiter=",", encoding="utf-8", columns=None, title=str):
    columns = columns or list(GOOD)
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([title(column) for column in columns])
        writer.writerows([row[column] for column in columns] for row in rows)
    return path


def write_xlsx(path, rows, columns=None):
    columns = columns or list(GOOD)
    with xlsxwriter.Workbook(str(path)) as book:
        page, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        for at, column in enumerate(columns):
            page.write_string(0, at, column)
        for line, row in enumerate(rows, start=1):
            for at, column in enumerate(columns):
                value = row[column]
                write = page.write_datetime if isinstance(value, date) else page.write
                write(line, at, value, *([day] if isinstance(value, date) else []))
    return path


def take_in(database, home, path):
    return import_file(database, home, SEALER, path, "user:petugas", NOW)


def households(database):
    with database.read() as session:
        return list(session.exec(select(Household).order_by(Household.id)))


def reasons(result):
    """The first column of the faults file, without its header."""
    sheet = CalamineWorkbook.from_path(result.faults_file).get_sheet_by_name("Perlu diperbaiki")
    return [row[0] for row in sheet.to_python()[1:]]


def counts(result):
    return (result.rows, result.added, result.updated, result.unchanged, result.rejected, result.duplicates)


def test_a_clean_file_becomes_sealed_households_with_an_assessment(database, home, tmp_path):
    result = take_in(database, home, write_csv(tmp_path / "pandeglang.csv", [person(1), person(2)]))
    assert counts(result) == (2, 2, 0, 0, 0, 0)
    assert result.file == "pandeglang.csv"
    assert result.faults_file is None
    one = households(database)[0]
    assert (one.name, one.birth_on, one.rt, one.district_code, one.regency_code) == (
        "Ardinah Dijaya", date(1985, 6, 12), "003", "36.01.01", "36.01",
    )  # fmt: skip
    assert (one.business_type, one.may_be_referred, one.decile) == ("warung_sembako", True, 2)
    assert identity.masked_numbers(one, SEALER) == identity.MaskedNumbers(
        "3601********9901", "3601********9001", "+628******7890"
    )
    with database.read() as session:
        assessment = queries.assessments_of(session, one.id)[0]
    assert (assessment.assessed_on, assessment.attendance_percent, assessment.monthly_income) == (
        date(2020, 10, 15), 85, 1_250_000,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("delimiter", "encoding", "title"),
    [
        (",", "utf-8", str),
        (";", "utf-8-sig", str.upper),
        (";", "utf-8", lambda c: f"  {c.replace('_', ' ').title()} "),
        (",", "utf-8-sig", lambda c: c.replace("no_kk", "No. KK")),
    ],
)
def test_separator_mark_order_case_and_spaces_of_the_header_are_free(database, home, tmp_path, delimiter, encoding, title):
    columns = sorted(GOOD, reverse=True)
    path = write_csv(tmp_path / "a.csv", [person(1)], delimiter, encoding, columns, title)
    assert counts(take_in(database, home, path)) == (1, 1, 0, 0, 0, 0)


def test_a_spreadsheet_and_a_csv_with_the_same_content_are_equal(database, home, tmp_path):
    numbers = {"desil": 2, "penghasilan_bulanan": 1_250_000, "tanggal_lahir": date(1985, 6, 12), "kode_desa": 3601012001}
    rows = [person(1, **numbers, kehadiran_pertemuan=85, tanggal_asesmen=datetime(2020, 10, 15), no_hp=81234567890)]
    assert counts(take_in(database, home, write_xlsx(tmp_path / "a.xlsx", rows))) == (1, 1, 0, 0, 0, 0)
    assert counts(take_in(database, home, write_csv(tmp_path / "a.csv", [person(1)]))) == (1, 0, 0, 1, 0, 0)


def test_titles_above_the_header_and_blank_lines_are_no_rows(database, home, tmp_path):
    path = write_csv(tmp_path / "a.csv", [person(1), dict.fromkeys(GOOD, " "), person(2, rt="x")])
    path.write_text("Daftar usulan 2021,,\n" + path.read_text())
    write_more = write_csv(tmp_path / "b.csv", [person(3)]).read_text().splitlines()[1]
    path.write_text(path.read_text() + write_more + "\n")
    result = take_in(database, home, path)
    assert counts(result) == (3, 2, 0, 0, 1, 0)
    assert reasons(result) == ["Baris 5, kolom rt: 'x' bukan nomor RT/RW (paling banyak 3 angka)."]


RETYPE = " Ubah kolom menjadi Teks lalu ketik ulang 16 angkanya."
FAULTS = [
    ("nik", "3.60102E+15", "NIK tertulis seperti 3.6E+15: Excel menghapus angkanya." + RETYPE),
    ("nik", "3,6E+15", "NIK tertulis seperti 3.6E+15: Excel menghapus angkanya." + RETYPE),
    ("nik", "360101520685990", "NIK hanya 15 angka: angka terakhir hilang." + RETYPE),
    ("nik", "36010152068599011", "NIK terdiri dari 17 angka, seharusnya 16."),
    ("nik", "36010152O6859901", "NIK hanya boleh berisi angka."),
    ("nik", "3601013202859901", "tanggal lahir di dalam NIK (angka ke-7 sampai 12) tidak ada di kalender."),
    ("nik", "3601018112859901", "tanggal lahir di dalam NIK (angka ke-7 sampai 12) tidak ada di kalender."),
    ("nik", "3601015206850000", "nomor urut NIK 0000 tidak ada; angka terakhir mungkin dihapus Excel."),
    ("nik", "", "wajib diisi."),
    ("no_kk", "360101120310900", "Nomor KK hanya 15 angka: angka terakhir hilang." + RETYPE),
    ("nama", " - ", "wajib diisi."),
    ("nama", "3601", "nama harus berupa huruf, tanpa angka."),
    ("alamat", "x" * 201, "terlalu panjang (201 huruf, paling banyak 200)."),
    ("tanggal_lahir", "12/25/1985", "12/25/1985: bulan 25 tidak ada; hari dan bulan tertukar. Tulis hari/bulan/tahun."),
    ("tanggal_lahir", "1985-25-12", "1985-25-12: bulan 25 tidak ada; hari dan bulan tertukar. Tulis hari/bulan/tahun."),
    ("tanggal_lahir", "31/02/1985", "tanggal 31/02/1985 tidak ada di kalender."),
    ("tanggal_lahir", "12/06/85", "'12/06/85' bukan tanggal. Tulis hari/bulan/tahun, misalnya 17/08/1985."),
    ("tanggal_lahir", "12/06/2085", "tanggal 12/06/2085 masih di masa depan."),
    ("tanggal_lahir", "12/06/1085", "tahun 1085 terlalu lama; periksa tahunnya."),
    ("jenis_kelamin", "W", "'W' tidak dikenal; tulis L (laki-laki) atau P (perempuan)."),
    ("rw", "1234", "'1234' bukan nomor RT/RW (paling banyak 3 angka)."),
    ("kode_desa", "36.99.99.9999", "kode desa '36.99.99.9999' tidak ada di daftar Kemendagri."),
    ("kode_desa", "36.01.01", "kode desa '36.01.01' tidak ada di daftar Kemendagri."),
    ("no_hp", "tidak ada", "bukan nomor telepon Indonesia. Tulis misalnya 0812-3456-7890 atau kosongkan."),
    ("no_hp", "8.12E+10", "bukan nomor telepon Indonesia. Tulis misalnya 0812-3456-7890 atau kosongkan."),
    ("tahun_mulai", "dua ribu", "'dua ribu' bukan bilangan bulat (tahun)."),
    ("tahun_mulai", "1013", "1013 di luar batas 1990 sampai 2022 (tahun)."),
    ("tahun_akhir", "2012", "tahun akhir 2012 mendahului tahun mulai 2013."),
    ("desil", "11", "desil '11' tidak ada; desil adalah 1 sampai 10."),
    ("desil", "0", "desil '0' tidak ada; desil adalah 1 sampai 10."),
    ("kehadiran_pertemuan", "120", "120 di luar batas 0 sampai 100 (persen)."),
    ("penghasilan_bulanan", "1,5 juta", "'1,5 juta' bukan bilangan bulat (rupiah)."),
    ("tabungan", "-5", "'-5' bukan bilangan bulat (rupiah)."),
    ("jumlah_anggota", "0", "0 di luar batas 1 sampai 30 (orang)."),
    ("tanggal_asesmen", "", "wajib diisi karena ada nilai asesmen."),
    ("persetujuan_rujukan", "setuju", "'setuju' tidak dikenal; tulis ya atau tidak."),
    ("persetujuan_rujukan", "", "wajib diisi."),
]  # fmt: skip


def test_every_fault_is_named_by_row_column_and_sentence(database, home, tmp_path):
    faulty = [person(10 + at, **{column: value}) for at, (column, value, _) in enumerate(FAULTS)]
    good = [GOOD | {"nik": f"36010253068799{at:02}", "tanggal_lahir": "1987-06-13"} for at in range(len(FAULTS) + 1)]
    result = take_in(database, home, write_csv(tmp_path / "a.csv", faulty + good))
    assert reasons(result) == [f"Baris {at}, kolom {column}: {text}" for at, (column, _, text) in enumerate(FAULTS, start=2)]
    assert counts(result) == (2 * len(FAULTS) + 1, len(FAULTS) + 1, 0, 0, len(FAULTS), 0)


def test_numbers_that_excel_rounded_are_named_and_exact_ones_are_read(database, home, tmp_path):
    rows = [person(1, nik=3601015206859900, no_kk=3601011203109001), person(2, nik=3601015206859902), person(3), person(4)]
    result = take_in(database, home, write_xlsx(tmp_path / "a.xlsx", rows))
    assert counts(result) == (4, 3, 0, 0, 1, 0)
    assert reasons(result) == [
        "Baris 2, kolom nik: NIK tersimpan sebagai bilangan: Excel mengganti angka terakhir dengan 0. "
        "Ubah kolom menjadi Teks lalu ketik ulang 16 angkanya."
    ]


def test_all_faults_of_a_row_stand_in_one_cell_before_the_columns_as_sent_with_bad_cells_marked(database, home, tmp_path):
    rows = [person(1), person(2), person(3, nik="1", rt="x", nama="=CMD()|bahaya")]
    result = take_in(database, home, write_csv(tmp_path / "a.csv", rows))
    assert reasons(result) == [
        "Baris 4, kolom nik: NIK terdiri dari 1 angka, seharusnya 16.\n"
        "Baris 4, kolom rt: 'x' bukan nomor RT/RW (paling banyak 3 angka)."
    ]
    table = CalamineWorkbook.from_path(result.faults_file).get_sheet_by_index(0).to_python()
    assert table[0] == ["alasan", *GOOD]
    assert table[1][1:4] == ["1", "3601011203109003", "=CMD()|bahaya"]
    assert b"<f>" not in zipfile.ZipFile(result.faults_file).read("xl/worksheets/sheet1.xml")
    assert zipfile.ZipFile(result.faults_file).read("xl/worksheets/sheet1.xml").count(b's="2"') == 2


def test_a_corrected_faults_file_can_be_sent_back(database, home, tmp_path):
    result = take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2), person(3, rt="x")]))
    table = CalamineWorkbook.from_path(result.faults_file).get_sheet_by_index(0).to_python()
    fixed = [dict(zip(table[0], row, strict=True)) | {"rt": "1"} for row in table[1:]]
    again = take_in(database, home, write_xlsx(tmp_path / "b.xlsx", fixed, columns=table[0]))
    assert counts(again) == (1, 1, 0, 0, 0, 0)


def test_a_doubtful_nik_is_kept_with_a_warning(database, home, tmp_path):
    rows = [
        person(1, tanggal_lahir="06/12/1985"), person(2, jenis_kelamin="L"), person(3, nik="3603215206859903"),
        person(4, nik="3604055206859904"), person(5, jenis_usaha="entah apa"),
    ]  # fmt: skip
    result = take_in(database, home, write_csv(tmp_path / "a.csv", rows))
    assert counts(result) == (5, 5, 0, 0, 0, 0)
    sheet = CalamineWorkbook.from_path(result.faults_file).get_sheet_by_name("Peringatan").to_python()
    assert [row[0] for row in sheet[1:]] == [
        "Baris 2, kolom tanggal_lahir: tanggal lahir berbeda dari NIK; hari dan bulan mungkin tertukar.",
        "Baris 3, kolom jenis_kelamin: jenis kelamin berbeda dari NIK.",
        "Baris 4, kolom nik: kode wilayah di NIK tidak ada di daftar sekarang (mungkin kode lama).",
        "Baris 5, kolom nik: NIK diterbitkan di kabupaten/kota lain daripada alamatnya.",
        "Baris 6, kolom jenis_usaha: jenis usaha belum dikenal; tulis lebih jelas agar paket dapat dipilih.",
    ]
    assert households(database)[4].business_type is None


def test_missing_columns_are_all_named_and_nothing_is_read(database, home, tmp_path):
    columns = [c for c in GOOD if c not in ("nik", "desil")]
    with pytest.raises(MissingColumns, match=r"kolom yang tidak ada: nik, desil\. Lengkapi baris judul"):
        take_in(database, home, write_csv(tmp_path / "a.csv", [person(1)], columns=columns))
    with pytest.raises(MissingColumns, match="kolom yang ada dua kali: rt"):
        take_in(database, home, write_csv(tmp_path / "b.csv", [person(1)], columns=[*GOOD, "rt"]))
    assert households(database) == []


def test_a_file_that_is_half_faulty_or_double_is_refused_whole_with_its_counts(database, home, tmp_path):
    rows = [person(1), person(2), person(1), person(3, nik="")]
    with pytest.raises(FileRefused, match="dari 4 baris, 1 salah dan 1 ganda") as caught:
        take_in(database, home, write_csv(tmp_path / "a.csv", rows))
    details = caught.value.details
    assert (details["rows"], details["rejected"], details["duplicates"]) == (4, 1, 1)
    assert CalamineWorkbook.from_path(details["faults_file"]).get_sheet_by_index(0).height == 3
    assert households(database) == []
    assert counts(take_in(database, home, write_csv(tmp_path / "a.csv", [*rows, person(4)]))) == (5, 3, 0, 0, 1, 1)


def test_the_same_file_again_changes_nothing_under_any_name(database, home, tmp_path):
    rows = [person(1), person(2), person(3, nik="1")]
    first = take_in(database, home, write_csv(tmp_path / "a.csv", rows))
    again = take_in(database, home, write_csv(tmp_path / "renamed.csv", rows))
    assert counts(first) == (3, 2, 0, 0, 1, 0)
    assert counts(again) == (3, 0, 0, 2, 1, 0)
    assert (again.sha256, again.faults_file) == (first.sha256, first.faults_file)
    with database.read() as session:
        assert len(queries.imported_files(session)) == 1


def test_a_changed_household_is_updated_and_its_new_assessment_is_added(database, home, tmp_path):
    take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2)]))
    later = person(1, nama="Ardinah Barunama", tanggal_asesmen="20/12/2020", tabungan="400000", no_hp="")
    same_day = person(2, tabungan="999")
    result = take_in(database, home, write_csv(tmp_path / "b.csv", [later, same_day]))
    assert counts(result) == (2, 0, 2, 0, 0, 0)
    one, two = households(database)
    assert (one.name, one.phone_sealed) == ("Ardinah Barunama", None)
    with database.read() as session:
        assert [a.savings for a in queries.assessments_of(session, one.id)] == [400_000, 250_000]
        assert [a.savings for a in queries.assessments_of(session, two.id)] == [999]


def test_a_household_twice_in_a_file_or_in_two_regencies_is_counted_and_told_why(database, home, tmp_path):
    twice = take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2), person(3), person(1)]))
    assert counts(twice) == (4, 3, 0, 0, 0, 1)
    assert reasons(twice) == ["Baris 5, kolom nik: NIK ini sudah ada di baris 2 berkas yang sama; yang dipakai baris 2."]
    rows = [person(at, kode_desa="36.02.01.2002") for at in (2, 4, 5)]
    elsewhere = take_in(database, home, write_csv(tmp_path / "b.csv", rows))
    assert counts(elsewhere) == (3, 2, 0, 0, 0, 1)
    number = households(database)[1].id
    assert reasons(elsewhere) == [
        f"Baris 2, kolom nik: NIK ini sudah terdaftar di Kabupaten Pandeglang (rumah tangga nomor {number}); sepakati dahulu."
    ]
    assert households(database)[1].regency_code == "36.01"


def test_two_heads_with_one_family_card_are_both_registered(database, home, tmp_path):
    rows = [person(1), person(2, no_kk=person(1)["no_kk"])]
    assert take_in(database, home, write_csv(tmp_path / "a.csv", rows)).added == 2
    assert len({h.kk_lookup for h in households(database)}) == 1


def _named(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def _archive(tmp_path, name, inside, content=b""):
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr(inside, content)
    return tmp_path / name


def test_what_is_no_table_is_refused_with_a_sentence(database, home, tmp_path):
    header = ",".join(GOOD).encode()
    wrong = {
        "berkas.csv tidak ditemukan": tmp_path / "berkas.csv",
        "kosong: tidak ada baris judul": _named(tmp_path, "a.csv", b""),
        "hanya berisi baris judul, tanpa data": _named(tmp_path, "b.csv", header + b"\n , \n"),
        "adalah dokumen Word, bukan tabel": _archive(tmp_path, "c.xlsx", "word/document.xml"),
        "adalah arsip yang bukan Excel": _archive(tmp_path, "d.xlsx", "anything.txt"),
        "rusak dan tidak dapat dibuka. Buka di Excel": _archive(tmp_path, "e.xlsx", "xl/workbook.xml", b"<junk"),
        "f.xlsx rusak dan tidak dapat dibuka": _named(tmp_path, "f.xlsx", b"PK\x03\x04 junk"),
        "bukan CSV UTF-8 dan bukan XLSX": _named(tmp_path, "g.csv", header + b"\n\xff\xfe\xe9"),
        "h.csv bukan tabel": _named(tmp_path, "h.csv", b"\x00\x01\x02binary"),
        "i.csv bukan tabel": _named(tmp_path, "i.csv", b"%PDF-1.7 text"),
        "berformat lama": _named(tmp_path, "j.xlsx", b"\xd0\xcf\x11\xe0 old"),
        "terkunci dengan kata sandi": _named(tmp_path, "k.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")),
        "tanda kutip di sekitar baris": _named(tmp_path, "l.csv", header + b'\n"never closed'),
        "tidak dapat dibaca": tmp_path,
    }
    for sentence, path in wrong.items():
        with pytest.raises(UnreadableFile, match=sentence):
            take_in(database, home, path)
    assert households(database) == []


def test_a_cell_a_million_rows_away_is_refused_before_it_fills_the_memory(database, home, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "far.xlsx")) as book:
        page = book.add_worksheet()
        page.write(0, 0, "nik")
        page.write(1_048_575, 16_383, "far")
    with pytest.raises(UnreadableFile, match="sel yang terlalu jauh"):
        take_in(database, home, tmp_path / "far.xlsx")


def test_a_row_longer_than_the_header_is_a_fault(database, home, tmp_path):
    path = write_csv(tmp_path / "a.csv", [person(1), person(2), person(3)])
    path.write_text(path.read_text().rstrip("\n") + ",lebih\n")
    result = take_in(database, home, path)
    assert reasons(result) == ["Baris 4: isi baris lebih banyak daripada kolom judul; ada tanda pemisah di dalam isi."]


def test_a_crash_in_the_middle_leaves_nothing_and_the_next_try_brings_all(database, home, tmp_path):
    path = write_csv(tmp_path / "a.csv", [person(at) for at in range(1, 9)])

    def power_cut(_connection, _cursor, statement, *_more):
        if statement.lstrip().upper().startswith("INSERT INTO ASSESSMENT"):
            raise RuntimeError("power cut")

    event.listen(database.engine, "before_cursor_execute", power_cut)
    with pytest.raises(RuntimeError, match="power cut"):
        take_in(database, home, path)
    event.remove(database.engine, "before_cursor_execute", power_cut)
    with database.read() as session:
        assert [list(session.exec(select(table))) for table in (Household, Assessment, RegistryFile)] == [[], [], []]
    assert counts(take_in(database, home, path)) == (8, 8, 0, 0, 0, 0)


def test_an_import_that_commits_in_between_is_seen(database, home, tmp_path):
    first = write_csv(tmp_path / "a.csv", [person(1), person(2), person(3)])
    second = write_csv(tmp_path / "b.csv", [person(1, kode_desa="36.02.01.2002"), person(4), person(5)])
    done = []

    def other_import(connection, _cursor, statement, *_more):
        if "max(registry_file" in statement and not done:
            done.append(True)
            take_in(database, home, first)

    event.listen(database.engine, "after_cursor_execute", other_import)
    assert counts(take_in(database, home, second)) == (3, 2, 0, 0, 0, 1)
    event.remove(database.engine, "after_cursor_execute", other_import)
    assert len(households(database)) == 5


def test_no_number_of_a_person_is_readable_at_rest(database, home, tmp_path):
    take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2, rt="x"), person(3)]))
    with database.engine.connect() as connection:
        names = [table.name for table in (Household.__table__, RegistryFile.__table__, Assessment.__table__)]
        everything = str([connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in names])
    for number in ("3601015206859901", "3601011203109001", "81234567890", "8599"):
        assert number not in everything
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        stored = (tmp_path / "estafet.db").read_bytes()
        assert b"3601015206859901" not in stored
        assert b"81234567890" not in stored


def test_progress_is_told_up_to_the_last_row(database, home, tmp_path):
    told = []
    path = write_csv(tmp_path / "a.csv", [person(1), person(2)])
    import_file(database, home, SEALER, path, "user:petugas", NOW, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (2, 2)]


def test_households_are_found_by_number_nik_family_card_phone_and_name(database, home, tmp_path):
    rows = [person(1), person(2, nama="Sadi 100% Jaya".replace("100% ", ""), no_hp="0857 1111 2222"), person(3, no_hp="")]
    take_in(database, home, write_csv(tmp_path / "a.csv", rows))
    one, two, three = (h.id for h in households(database))

    def found(words, **options):
        with database.read() as session:
            return [h.id for h in queries.find_households(session, words, SEALER.lookup, **options)]

    assert found("3601 0152 0685 9902") == [two]
    assert found(person(3)["no_kk"]) == [three]
    assert found("+62 857-1111-2222") == [two]
    assert found("sadi") == [two]
    assert found("%") == []
    assert found(str(one)) == [one]
    assert found("") == [one, two, three]
    assert found("", after=one, limit=1) == [two]
    assert found("", regencies=["36.02"]) == []
    with database.read() as session:
        assert queries.household_by_id(session, two).name == "Sadi Jaya"
        assert queries.households_by_regency(session) == {"36.01": 3}
        with pytest.raises(NotFound, match="999"):
            queries.household_by_id(session, 999)


def ledger(path, rows):
    path.write_text("NIK;No KK;Program;Sumber;Tahun\n" + "\n".join(";".join(row) for row in rows) + "\n")
    return path


def test_the_aid_ledger_is_taken_in_once_and_corrected_later(database, home, tmp_path):
    rows = [
        ("3601015206859901", "3601011203109001", "uep", "provinsi", "2019"), ("3601015206859902", "", "UEP", "Pusat", "2018"),
        ("3601015206859901", "3601011203109001", "UEP", "provinsi", "2019"), ("3601015206859903", "", "UEP", "desa", "2018"),
        ("3601015206859904", "", "UEP", "pusat", "2020"),
    ]  # fmt: skip

    def take(name, some):
        return import_aid(database, home, SEALER, ledger(tmp_path / name, some), NOW)

    first = take("a.csv", rows)
    assert counts(first) == (5, 3, 0, 0, 1, 1)
    assert reasons(first) == [
        "Baris 4, kolom nik: NIK, program, dan tahun ini sudah ada di baris 2 berkas yang sama.",
        "Baris 5, kolom sumber: 'desa' tidak dikenal; tulis provinsi atau pusat.",
    ]
    assert counts(take("a.csv", rows)) == (5, 0, 0, 3, 1, 1)
    assert counts(take("b.csv", [("3601015206859901", "3601011203109009", "UEP", "provinsi", "2019")])) == (1, 0, 1, 0, 0, 0)
    with database.read() as session:
        stored = list(session.exec(select(AidReceipt).order_by(AidReceipt.id)))
    assert [(r.programme, r.source, r.year) for r in stored] == [
        ("UEP", "province", 2019), ("UEP", "central", 2018), ("UEP", "central", 2020),
    ]  # fmt: skip
    with pytest.raises(FileRefused):
        take("c.csv", [("1", "", "UEP", "pusat", "2020")])


def test_aid_of_the_head_or_of_the_family_is_found(database, home, tmp_path):
    take_in(database, home, write_csv(tmp_path / "a.csv", [person(1)]))
    rows = [(person(1)["nik"], "", "UEP", "provinsi", "2018"), ("3601015206859977", person(1)["no_kk"], "UEP", "pusat", "2019")]
    import_aid(database, home, SEALER, ledger(tmp_path / "l.csv", rows), NOW)
    with database.read() as session:
        received = queries.aid_received_by(session, households(database)[0])
    assert [(r.source, r.year) for r in received] == [("province", 2018), ("central", 2019)]


CELLS = st.one_of(
    st.text(max_size=30), st.text("0123456789.,/-E+ Rp%", max_size=25), st.floats(), st.integers(), st.booleans(), st.dates(),
    st.datetimes(), st.times(), st.timedeltas(),
)  # fmt: skip


@settings(deadline=None)
@given(CELLS)
def test_whatever_stands_in_a_cell_is_read_or_is_a_fault(cell):
    said = []
    for column in (*registry_columns(NOW.date()), *aid_columns(NOW.date())):
        try:
            column.read(cell)
        except CellFault as fault:
            said.append(fault.text)
    assert all(text.endswith(".") for text in said)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xef\xbb\xbf", b"nik;no_kk\n"]))
def test_whatever_bytes_are_sent_are_a_table_or_refused(tmp_path_factory, content, start):
    path = tmp_path_factory.mktemp("junk") / "a.csv"
    path.write_bytes(start + content)
    with contextlib.suppress(BadInput):
        read_sheet(path, ["nik"])


def test_every_refusal_is_one_the_sender_can_correct():
    assert all(issubclass(kind, BadInput) for kind in (UnreadableFile, MissingColumns, FileRefused))
