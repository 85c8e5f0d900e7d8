"""Is a table that a real spreadsheet program saved taken as it was filled in, or refused in a sentence its clerk can act on?

The files in tests/workbooks were saved by LibreOffice 7.4 in Indonesian; tests/workbooks/make.py says how. What only Excel or
Google writes is made here from their bytes.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from door_scene import HEAD, send_sheet, sheet_of, site_of
from order_scenes import FIRST, Orders
from registry_scenes import counts, households, reasons, take_in
from sqlmodel import col, select

from service.api.agency_book import book_of
from service.db.tables import Assessment, InboundMessage, ReferralNote
from service.handoff.answers_sheet import line_of, read_answers
from service.handoff.sheet_known import Known
from service.handoff.sheet_words import COLUMNS, FORMERLY, LABELS, REQUIRED, TEXTS, proof_of
from service.procurement.catalogue import read_catalogue
from service.procurement.catalogue_file import as_workbook, read_workbook
from service.procurement.workbook import UnreadableWorkbook, rows_of, workbook_of
from service.registry.faults import FileRefused
from service.registry.sheets import UnreadableFile

SAVED = Path(__file__).parent / "workbooks"
NUMBER = "RJK-2021-00001"
TEXT_FORMAT = "49"  # Excel's own number for `@`


@pytest.fixture
def site(database, home):
    with site_of(database, home, 4, ("dinkop",)) as made:
        yield made


def saved(name):
    return (SAVED / name).read_bytes()


def upload(site, link, name):
    with site.browser() as browser:
        return send_sheet(browser, link, saved(name), name)


def stand(site):
    with site.scene.database.read() as session:
        notes = [note.text for note in session.exec(select(ReferralNote))]
    return [(row.status, row.register_number, row.reason, row.note) for row in site.scene.referrals()], notes


def rows(content, name="isi.xlsx"):
    return rows_of(content, name, HEAD, REQUIRED, LABELS, TEXTS, FORMERLY)


def filled(content):
    return [{name: text for name, text in row.items() if text} for _, row in rows(content)]


def said(content):
    found = read_answers(rows(content), {f"RJK-2021-{n:05}": Known() for n in range(1, 5)}, date(2021, 6, 2))
    assert found.faults == []
    return [(answer.row, answer.referral, answer.event, answer.said) for answer in found.answers]


# --- an agency's table


@pytest.mark.parametrize("name", ["rujukan-biasa.xlsx", "rujukan-lewat-ods.xlsx", "rujukan-lengkap.xlsx"])
def test_a_table_libreoffice_saved_is_taken_as_it_was_typed_and_once(site, name):
    link = site.link()
    assert upload(site, link, name).headers["location"] == f"{link}?sudah=sheet&jumlah=6"
    found, notes = stand(site)
    assert [row[:3] for row in found] == [
        ("acknowledged", None, None), ("in_service", "007", None), ("declined", None, "OTHER"), ("accepted", "12/6", None),
    ]  # fmt: skip
    assert (found[2][3], notes) == ("Pindah rumah & <usaha>", ["- kami hubungi besok"])
    assert "2021-06-01" in found[1][3]
    assert upload(site, link, name).headers["location"] == f"{link}?sudah=sheet-known"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("rujukan.ods", "Berkas rujukan.ods adalah berkas OpenDocument (.ods/.odt). Simpan sebagai XLSX, lalu kirim lagi."),
        ("rujukan-digabung.xlsx", "Berkas rujukan-digabung.xlsx memuat sel yang digabung (baris 2); pisahkan dahulu."),
        ("rujukan-berubah.xlsx", "sel P2 (kolom Hasil) berisi kesalahan rumus #DIV/0!; "
         "sel M3 (kolom Nomor agenda) kehilangan angka sesudah angka ke-15 (awali dengan tanda ' supaya utuh); "
         "sel M5 (kolom Nomor agenda) berubah menjadi tanggal atau jam saat diketik (awali dengan tanda ' supaya tetap). "
         "Ketik isinya, lalu kirim lagi."),
        ("pesanan.xlsx", "Berkas pesanan.xlsx tidak mempunyai baris judul dengan kolom Nomor rujukan."),
        ("registri-koma.csv", "Berkas registri-koma.csv bukan XLSX atau rusak. Simpan ulang sebagai XLSX lalu kirim lagi."),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_on_the_page_and_nothing_is_kept(site, name, sentence):
    before = stand(site)
    refused = upload(site, site.link(), name)
    assert refused.status_code == 422
    assert sentence in html.unescape(refused.text)
    assert stand(site) == before


class OneWay(io.BytesIO):
    """A place to write to from which there is no way back."""

    def tell(self):
        raise OSError

    seek = tell


def changed(content, change, stream=False):
    """The workbook with each part given to `change`; `stream`: written without going back, as a web service does."""
    file = OneWay() if stream else io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                with new.open(name, "w") as place:
                    place.write(part)
    return file.getvalue()


def strict(name, part):
    """Excel's `Strict Open XML`: other names for everything, and days as ISO text."""
    part = re.sub(
        rb"http://schemas\.openxmlformats\.org/(spreadsheetml)/2006/main", rb"http://purl.oclc.org/ooxml/\1/main", part
    )
    part = re.sub(
        rb"http://schemas\.openxmlformats\.org/officeDocument/2006/", rb"http://purl.oclc.org/ooxml/officeDocument/", part
    )
    return part.replace(b't="n"><v>44348</v>', b't="d"><v>2021-06-01T00:00:00</v>')


def of_excel(name, part):
    """What Excel writes around the cells: marks others ignore, spans, extensions; and rich text with a reading aid."""
    if name.startswith("xl/worksheets/sheet"):
        part = re.sub(rb"<worksheet ", rb'<worksheet xmlns:y="http://y.example/ac" mc:Ignorable="y" ', part, count=1)
        part = re.sub(rb"<row [^>]*?(r=\"\d+\")[^>]*>", rb'<row \1 spans="1:29" y:dyDescent="0.25">', part)
        return part.replace(b"</worksheet>", b"<extLst><ext uri='{A}'><y:lists><y:list/></y:lists></ext></extLst></worksheet>")
    if name == "xl/sharedStrings.xml":
        rich = rb"<si><r><rPr><b/></rPr><t>Disang</t></r><r><t>gupi</t></r><phoneticPr fontId='1'/></si>"
        return re.sub(rb"<si><t[^>]*>Disanggupi</t></si>", rich, part)
    return part


def of_google(name, part):
    """No size of the sheet, nothing about its windows and columns, no properties of the document."""
    if name.startswith("docProps"):
        return None
    return re.sub(rb"<dimension [^>]*/>|<sheetViews>.*?</sheetViews>|<cols>.*?</cols>", b"", part)


def prefixed(name, part):
    """Every element with a prefix, as .NET's library writes."""
    if not re.fullmatch(r"xl/(?:workbook|styles|sharedStrings|worksheets/sheet\d)\.xml", name):
        return part
    part = part.replace(b"xmlns=", b"xmlns:q=")
    return re.sub(rb"<(/?)([A-Za-z]\w*)(?=[\s/>])", rb"<\1q:\2", part)


def marked(name, part):
    return b"\xef\xbb\xbf" + part if name.endswith(".xml") else part


@pytest.mark.parametrize("change", [strict, of_excel, of_google, prefixed, marked], ids=lambda change: change.__name__)
@pytest.mark.parametrize("name", ["rujukan-biasa.xlsx", "rujukan-lengkap.xlsx"])
def test_the_same_table_in_the_forms_of_other_programs_says_the_same(name, change):
    content = saved(name)
    other = changed(content, change)
    assert other != changed(content, lambda _, part: part)
    expected = said(content)
    assert len(expected) == 6
    assert said(other) == said(changed(content, change, stream=True)) == expected


def of_sheets(*sheets, date_1904=False):
    """A workbook of (name, is hidden, lines)."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"date_1904": date_1904, "default_date_format": "[$-421]dd mmmm yyyy"}) as book:
        for name, hidden, lines in sheets:
            page = book.add_worksheet(name)
            for at, line in enumerate(lines):
                page.write_row(at, 0, line)
            if hidden:
                page.hide()
    return file.getvalue()


def table(**cells):
    return [[label for _, label in COLUMNS], [({"nomor_rujukan": NUMBER} | cells).get(name, "") for name in HEAD]]


def test_the_table_is_found_behind_other_sheets_but_not_where_nobody_sees_it():
    notes = [("Rapat", False, [["hari Senin"]]), ("Kosong", False, [])]
    old = ("Rujukan", True, table(jawaban="ditolak"))
    now = ("Rujukan (2)", False, table(jawaban="diterima"))
    assert [row["jawaban"] for row in filled(of_sheets(*notes, old, now))] == ["diterima"]
    with pytest.raises(UnreadableWorkbook, match="tidak mempunyai baris judul"):
        rows(of_sheets(*notes, old))
    with pytest.raises(UnreadableWorkbook, match="memuat tabel ini pada dua lembar; sisakan satu, lalu kirim lagi"):
        rows(of_sheets(now, *notes, ("Rujukan", False, table())))
    with pytest.raises(UnreadableWorkbook, match="tidak mempunyai baris judul"):
        rows(of_sheets(*((f"L{n}", False, [["x"]]) for n in range(5)), now))


def test_days_are_read_by_the_calendar_of_the_workbook():
    day = date(2021, 6, 1)
    found = [filled(of_sheets(("a", False, table(tanggal_layanan=day)), date_1904=is_1904)) for is_1904 in (False, True)]
    assert found[0] == found[1]
    assert found[0][0]["tanggal_layanan"] == "2021-06-01"


def test_what_is_no_answer_is_blank_and_what_stands_below_the_table_is_no_row():
    below = [["", "", "", "", "", "", "", "Mengetahui, Kepala Bidang"]]
    content = of_sheets(("a", False, [*table(jawaban="diterima", catatan="–", nomor_register=" - "), [], *below]))
    found = read_answers(rows(content), {NUMBER: Known()}, date(2021, 6, 2))
    assert found.faults == []
    [answer] = found.answers
    assert (answer.event, answer.said) == ("acknowledged", {"register_number": None, "note": None})


def test_a_cross_is_no_yes_for_it_means_no_beside_a_tick():
    assert [proof_of("nib_issued", mark) for mark in ("x", "v", "ya", "tidak")] == [None, None, True, False]


def test_every_number_that_changed_is_named_and_of_many_the_first_ten():
    content = sheet_of([{"nomor_rujukan": NUMBER, "nomor_register": date(2021, 6, 12)}] * 12)
    with pytest.raises(UnreadableWorkbook) as refused:
        rows(content)
    told = re.findall(r"sel (M\d+) \(kolom Nomor agenda\)", refused.value.message)
    assert told == [f"M{at}" for at in range(2, 12)]
    assert refused.value.message.endswith("; dan 2 sel lain. Ketik isinya, lalu kirim lagi.")


def test_an_apostrophe_before_a_number_is_none_of_the_number():
    assert filled(sheet_of([{"nomor_rujukan": NUMBER, "nomor_register": "'2021000000123456"}]))[0]["nomor_register"] == (
        "2021000000123456"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
         "Berkas a.xlsx terkunci dengan kata sandi. Hapus kata sandinya, lalu kirim lagi."),
        (b"\xd0\xcf\x11\xe0 old",
         "Berkas a.xlsx adalah berkas format lama (.xls/.doc). Simpan sebagai XLSX, lalu kirim lagi."),
    ],
    ids=["password", "xls"],
)  # fmt: skip
def test_a_locked_or_old_workbook_is_called_what_it_is(content, sentence):
    with pytest.raises(UnreadableWorkbook) as refused:
        rows(content, "a.xlsx")
    assert refused.value.message == sentence


def formats_of(content):
    """The number format of every cell of the first sheet, by its address."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        styles, page = (archive.read(f"xl/{name}.xml").decode() for name in ("styles", "worksheets/sheet1"))
    kinds = re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2].partition("</cellXfs")[0])
    return {cell: kinds[int(style)] for cell, style in re.findall(r'<c r="([A-Z]+\d+)" s="(\d+)"', page)}


def test_in_every_table_that_goes_out_a_number_of_the_offices_stays_as_it_is_typed():
    agency = formats_of(book_of([line_of(NUMBER, ["", "", "", "", "", "", "Dikirim"], Known(), date(2021, 6, 2))]))
    letters = [(chr(65 + at) if at < 26 else "A" + chr(39 + at)) for at in range(len(HEAD))]
    assert {name for name, at in zip(HEAD, letters, strict=True) if agency[f"{at}2"] == TEXT_FORMAT} == set(TEXTS)
    others = formats_of(workbook_of("x", ("a", "b"), [("", 1)], ("a",)))
    assert (others["A2"], "B2" in others) == (TEXT_FORMAT, False)
    assert formats_of(as_workbook(read_catalogue()))["D2"] == TEXT_FORMAT


# --- the other doors


def test_a_suppliers_list_is_taken(database, home):
    orders = Orders(database, home)
    done = orders.browser.post(
        orders.links[0], data={"aksi": "sheet"}, files={"berkas": ("pesanan.xlsx", saved("pesanan.xlsx"))}
    )
    assert done.headers["location"].endswith("?sudah=sheet&jumlah=3")
    assert (orders.status(FIRST), orders.arrived(), orders.refs()) == ("shipped", {"P-JAHIT": 1, "P-WARUNG": 2}, ["12/6"])
    assert len(orders.rows(InboundMessage)) == 3


def test_a_catalogue_differs_only_in_what_was_typed():
    was, found = read_catalogue(), read_workbook(saved("katalog.xlsx"), "katalog.xlsx")
    first = was.packages[0]
    typed = first.model_copy(
        update={"account": "5.1.02", "items": (first.items[0].model_copy(update={"price": 285_500}), *first.items[1:])}
    )
    assert list(found.packages) == [typed, *was.packages[1:]]


@pytest.mark.parametrize("name", ["registri-koma.csv", "registri-titik-koma-bom.csv", "registri-tab.csv"])
def test_the_registrys_file_says_the_same_in_every_form_it_is_saved_in(database, home, name):
    assert counts(take_in(database, home, SAVED / "registri.xlsx")) == (3, 3, 0, 0, 0, 0)
    assert {(home.birth_on, home.rw, home.decile_on) for home in households(database)} == {
        (date(1985, 6, 12), "012", date(2020, 9, 1))
    }
    with database.read() as session:
        assert list(session.exec(select(col(Assessment.attendance_percent)))) == [85, 85, 85]
    assert counts(take_in(database, home, SAVED / name)) == (3, 0, 0, 3, 0, 0)


def test_two_digits_of_a_year_are_told_with_what_to_do(database, home):
    with pytest.raises(FileRefused) as refused:
        take_in(database, home, SAVED / "registri-tahun-dua-angka.csv")
    refused.value.faults_file = refused.value.details["faults_file"]
    first = reasons(refused.value)[0].splitlines()
    assert first[0] == (
        "Baris 2, kolom tanggal_lahir: '12/06/85': tahunnya dua angka. Ubah format kolom menjadi DD/MM/YYYY, lalu simpan lagi."
    )
    assert len(first) == 4


def test_a_csv_in_windows_letters_is_told_with_what_to_do(database, home):
    with pytest.raises(UnreadableFile, match=r"bukan CSV UTF-8 dan bukan XLSX\..* pilih Simpan Sebagai"):
        take_in(database, home, SAVED / "registri-windows-1252.csv")
