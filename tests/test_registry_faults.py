"""Is what was wrong handed back so that it can be corrected in Excel and sent again?"""

import zipfile

from python_calamine import CalamineWorkbook
from registry_scenes import GOOD, counts, households, person, reasons, take_in, write_csv, write_xlsx


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


def test_a_doubtful_row_is_kept_and_its_warnings_stand_on_a_sheet_of_their_own(database, home, tmp_path):
    rows = [person(1), person(2, jenis_kelamin="L", jenis_usaha="entah apa")]
    result = take_in(database, home, write_csv(tmp_path / "a.csv", rows))
    assert counts(result) == (2, 2, 0, 0, 0, 0)
    sheet = CalamineWorkbook.from_path(result.faults_file).get_sheet_by_name("Peringatan").to_python()
    assert [row[0] for row in sheet[1:]] == [
        "Baris 3, kolom jenis_kelamin: jenis kelamin berbeda dari NIK.\n"
        "Baris 3, kolom jenis_usaha: jenis usaha belum dikenal; tulis lebih jelas agar paket dapat dipilih."
    ]
    assert [one.business_type for one in households(database)] == ["warung_sembako", None]


def test_a_corrected_faults_file_can_be_sent_back(database, home, tmp_path):
    result = take_in(database, home, write_csv(tmp_path / "a.csv", [person(1), person(2), person(3, rt="x")]))
    table = CalamineWorkbook.from_path(result.faults_file).get_sheet_by_index(0).to_python()
    fixed = [dict(zip(table[0], row, strict=True)) | {"rt": "1"} for row in table[1:]]
    again = take_in(database, home, write_xlsx(tmp_path / "b.xlsx", fixed, columns=table[0]))
    assert counts(again) == (1, 1, 0, 0, 0, 0)
