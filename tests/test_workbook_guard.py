"""Does the service outlive every workbook sent to it, and is no cell of an honest one lost or read as blank?

Each bomb is opened in a process of its own with little memory and little time: the reader would take the whole process
down with it, and no `except` would see that.
"""

import io
import re
import resource
import struct
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from registry_scenes import GOOD, person, write_xlsx

from service import xlsx
from service.procurement.workbook import UnreadableWorkbook, rows_of
from service.registry.sheets import UnreadableFile, read_sheet

HERE = Path(__file__).parents[1]
MOST_MEMORY, MOST_SECONDS = 1_600 * 2**20, 100
FAR = "Berkas a.xlsx berisi lebih dari 20000 baris atau 200 kolom. Salin tabelnya saja ke berkas baru, lalu kirim lagi."
DAMAGED = "Berkas a.xlsx bukan XLSX atau rusak. Simpan ulang sebagai XLSX lalu kirim lagi."
LARGE = "Isi berkas a.xlsx terlalu besar setelah dibuka. Salin tabelnya saja ke berkas baru, lalu kirim lagi."
OTHER = "Berkas a.xlsx adalah berkas OpenDocument (.ods/.odt). Simpan sebagai XLSX, lalu kirim lagi."
READ = "1 baris"
FAR_REGISTRY = (
    "Berkas a.xlsx berisi sel yang terlalu jauh (lebih dari 250000 baris atau 100 kolom). "
    "Salin tabelnya ke lembar baru lalu kirim lagi."
)
TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>kode</t></is></c></row>'
LINE = '<row r="2"><c r="A2"><v>7</v></c></row>'
OPEN = """
import sys
from pathlib import Path
from service.errors import BadInput
from service.procurement.workbook import rows_of
from service.registry.sheets import read_sheet
path = Path(sys.argv[2])
try:
    found = rows_of(path.read_bytes(), path.name, ["kode"], ()) if sys.argv[1] == "room" else read_sheet(path, ["kode"]).rows
    print(f"{len(found)} baris")
except BadInput as refused:
    print(refused.message)
"""


def sheet(rows, around="", mark=""):
    x = f"{mark}:" if mark else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><{x}worksheet xmlns{":" + mark if mark else ""}="m">{around}' + (
        f"<{x}sheetData>{rows}</{x}sheetData></{x}worksheet>"
    )


def archive(rows="", strings="<sst/>", **parts):
    """A workbook by hand; `parts` replace or add by their path, with `/` as `__` and `.` as `_dot_`."""
    made = {
        "_rels/.rels": f'<R><Relationship Id="a" Type="{TYPES}/officeDocument" Target="xl/workbook.xml"/></R>',
        "xl/_rels/workbook.xml.rels": f'<R><Relationship Id="b" Type="{TYPES}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="c" Type="{TYPES}/sharedStrings" Target="sharedStrings.xml"/></R>',
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="q" r:id="b"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": sheet(HEAD + rows),
        "xl/sharedStrings.xml": strings,
    } | {name.replace("__", "/").replace("_dot_", "."): text for name, text in parts.items()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in made.items():
            packed.writestr(name, text)
    return file.getvalue()


def written(*cells, **options):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        page = book.add_worksheet()
        page.write(0, 0, "kode")
        for row, column, value in cells:
            page.write(row, column, value)
    return file.getvalue()


def first_sheet(text):
    return archive(xl__worksheets__sheet1_dot_xml=text)


def lying():
    """A part that says it holds ten bytes and unpacks to sixty million."""
    content = archive(xl__worksheets__sheet1_dot_xml="0" * (60 * 2**20))
    return content.replace(struct.pack("<I", 60 * 2**20), struct.pack("<I", 10))


def two_of_one_name():
    file = io.BytesIO(archive(LINE))
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr("xl/worksheets/SHEET1.xml", sheet(HEAD + '<row r="9"><c r="XFD1048576"><v>1</v></c></row>'))
    return file.getvalue()


def opendocument():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", '<t:table-row t:number-rows-repeated="1048576"/>')
    return file.getvalue()


def many_strings():
    return archive(LINE, "<sst>" + "<si/>" * 9_000_000 + "</sst>")


BOMBS = {
    "far cell": (FAR, lambda: written((1_048_575, 16_383, "x"))),
    "far row": (FAR, lambda: written((1_048_575, 0, "x"))),
    "far column": (FAR, lambda: written((1, 16_383, "x"))),
    "just too many rows": (FAR, lambda: written((20_000, 0, "x"))),
    "far by single quotes": (FAR, lambda: archive("<row><c r='XFD1048576' ><v>1</v></c></row>")),
    "far by spaces": (FAR, lambda: archive('<row ><c\n r = "XFD1048576"><v>1</v></c></row>')),
    "far behind a comment": (FAR, lambda: archive('<row><c r="XFD1048576"><!-- --><v>1</v></c></row>')),
    "far by its row alone": (FAR, lambda: archive('<row r="1048576"><c><v>1</v></c></row>')),
    "far by the row before": (FAR, lambda: archive('<row r="1048575"/><row><c><v>1</v></c></row>')),
    "far by the cell before": (FAR, lambda: archive('<row r="2"><c r="XFC2"/><c><v>1</v></c></row>')),
    "far with a prefix": (FAR, lambda: first_sheet(
        sheet('<x:row r="9"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>', mark="x"))),
    "far as text": (FAR, lambda: archive('<row r="2"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>')),
    "far formula": (FAR, lambda: archive('<row r="2"><c r="XFD1048576"><f>1</f></c></row>')),
    "far error": (FAR, lambda: archive('<row r="2"><c r="XFD1048576" t="e"><v>#N/A</v></c></row>')),
    "an address in another row": (FAR, lambda: archive('<row r="2"><c r="A1048576"><v>1</v></c></row>')),
    "an address twice": (DAMAGED, lambda: archive('<row r="2"><c r="A2" r="XFD1048576"><v>1</v></c></row>')),
    "an address by entity": (FAR, lambda: archive('<row r="2"><c r="&#88;FD1048576"><v>1</v></c></row>')),
    "an address beyond numbers": (DAMAGED, lambda: archive('<row r="2"><c r="ZZZZZZZ99999999999"><v>1</v></c></row>')),
    "an open quote": (DAMAGED, lambda: archive('<row r="2" x="><c r="A2"><v>1</v></c></row>')),
    "a false beginning": (FAR, lambda: first_sheet(
        sheet(HEAD + '<row><c r="XFD1048576"><v>1</v></c></row>', "<!-- <sheetData>" + LINE + "</sheetData> -->"))),
    "one cell a million times, and one in the last corner": (READ, lambda: archive(
        '<row r="2">' + '<c r="A2"><v>1</v></c>' * 2_000_000 + "</row><row/>"
                                                      + '<row r="9"><c r="GR20000"><v>1</v></c></row>' * 3)),
    "blank rows without end": (FAR, lambda: archive("<row/>" * 8_100_000)),
    "strings it says it has": (READ, lambda: archive(LINE, '<sst uniqueCount="999999999999"><si><t>x</t></si></sst>')),
    "strings without end": (FAR, many_strings),
    "a dimension it has not": (READ, lambda: first_sheet(sheet(HEAD + LINE, '<dimension ref="A1:XFD1048576"/>'))),
    "a dimension that is none": (READ, lambda: first_sheet(sheet(HEAD + LINE, '<dimension ref="B9:A1"/>'))),
    "entities": (DAMAGED, lambda: first_sheet(
        '<!DOCTYPE a [<!ENTITY b "' + "b" * 9_999 + '">]>' + sheet(HEAD + '<row r="2"><c r="A2"><v>&b;</v></c></row>'))),
    "entities in the book": (DAMAGED, lambda: archive(LINE, xl__workbook_dot_xml='<!DOCTYPE a [<!ENTITY b "b">]><workbook/>')),
    "a day outside the calendar": (DAMAGED, lambda: archive(
        '<row r="2"><c r="A2" s="0"><v>-1E+18</v></c></row>',
        xl__styles_dot_xml='<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>',
        xl___rels__workbook_dot_xml_dot_rels=f'<R><Relationship Id="b" Type="{TYPES}/worksheet" '
           f'Target="worksheets/sheet1.xml"/><Relationship Id="d" Type="{TYPES}/styles" Target="styles.xml"/></R>')),
    "merged without end": (FAR, lambda: first_sheet(
        sheet(HEAD + LINE).replace("</sheetData>", "</sheetData><mergeCells>" + '<mergeCell ref="A1:B1"/>' * 900_000))),
    "swelling": (LARGE, lambda: first_sheet(sheet(HEAD + LINE, "<!--" + " " * (51 * 2**20) + "-->"))),
    "a false size": (DAMAGED, lying),
    "two parts of one name": (DAMAGED, two_of_one_name),
    "OpenDocument": (OTHER, opendocument),
    "no archive": (DAMAGED, lambda: b"PK\x03\x04 rusak"),
}  # fmt: skip


def opened(tmp_path, content, room):
    """What a process with little memory says about the file; a crash has a code of its own."""
    (tmp_path / "a.xlsx").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", OPEN, room, str(tmp_path / "a.xlsx")], cwd=HERE, capture_output=True, text=True,
        timeout=MOST_SECONDS, check=False, env={"PYTHONPATH": str(HERE), "RUST_BACKTRACE": "0"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1_000:]
    return done.stdout.strip()


@pytest.mark.parametrize("bomb", BOMBS)
def test_the_service_outlives_a_bomb_and_says_a_sentence(tmp_path, bomb):
    sentence, content = BOMBS[bomb]
    assert opened(tmp_path, content(), "room") == sentence


@pytest.mark.parametrize(
    "bomb",
    ["far cell", "far column", "far by its row alone", "far with a prefix", "far behind a comment", "strings it says it has"],
)
def test_the_registry_outlives_it_as_well(tmp_path, bomb):
    assert opened(tmp_path, BOMBS[bomb][1](), "registry") in (FAR_REGISTRY, READ)


def rows(content):
    return rows_of(content, "a.xlsx", ["kode", "isi"], ())


def lost(cell, isi="isi"):
    return archive(
        f'<row r="3"><c r="A3"><v>7</v></c>{cell}</row>',
        "<sst><si><t>a_x0000_b</t></si></sst>",
        xl__worksheets__sheet1_dot_xml=sheet(
            f'<row r="1"><c r="A1" t="str"><v>kode</v></c><c r="B1" t="str"><v>{isi}</v></c></row>'
            f'<row r="3"><c r="A3"><v>7</v></c>{cell}</row>'
        ),
    )


LOST = [
    ("berisi kesalahan rumus #N/A", '<c r="B3" t="e"><v>#N/A</v></c>'),
    ("berisi kesalahan rumus #DIV/0!", '<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c>'),
    ("berisi kesalahan rumus #N/A", '<c r="B3" t="e"><v>#UNKNOWN!</v></c>'),
    ("berisi rumus tanpa hasil", '<c r="B3"><f>A3+1</f></c>'),
    ("berisi rumus tanpa hasil", '<c r="B3"><f>A3+1</f><v></v></c>'),
    ("berisi rumus tanpa hasil", '<c r="B3"><f t="shared" si="0"/><v/></c>'),
    ("berisi huruf yang rusak (karakter nol)", '<c r="B3" t="s"><v>0</v></c>'),
    ("berisi huruf yang rusak (karakter nol)", '<c r="B3" t="inlineStr"><is><t>_x0000_</t></is></c>'),
]


@pytest.mark.parametrize(("what", "cell"), LOST)
def test_a_cell_that_lost_its_answer_is_named_and_never_blank(what, cell):
    with pytest.raises(UnreadableWorkbook) as refused:
        rows(lost(cell))
    assert refused.value.message == f"Berkas a.xlsx: sel B3 (kolom isi) {what}. Ketik isinya, lalu kirim lagi."
    assert rows(lost(cell, "kolom lain")) == [(3, {"kode": "7"})]


def test_a_formula_that_gave_an_empty_text_is_blank():
    assert rows(lost('<c r="B3" t="str"><f>IF(A3=7,"","x")</f><v></v></c>')) == [(3, {"kode": "7", "isi": ""})]


def test_the_registry_tells_a_lost_cell_by_row_and_column(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["nik", "nama"])
        page.write_formula(1, 1, "=1/0", value="#DIV/0!")
        page.write_string(1, 0, "3601015206859901")
    assert read_sheet(path, ["nik", "nama"]).rows == [(2, ["3601015206859901", "#DIV/0!"])]


def cells(content):
    return next(xlsx.tables(content, xlsx.Limits(2**20, 1_000, 100, 100_000))).rows


def test_what_excel_and_others_write_is_read_the_same():
    """Rows of plain form are passed on; the same cells in another form are parsed: both give one table."""
    plain = first_sheet(sheet(
        '<row r="2" spans="1:4" ht="12.8" customFormat="false"><c r="A2" s="0" t="s"><v>0</v></c><c r="B2" t="n"><v>1.5</v></c>'
        '<c r="C2" t="str"><f aca="false">A2</f><v>y</v></c><c r="D2" t="b"><v>1</v></c><c r="XFD2" s="0"/></row>'
        '<row r="1048576" hidden="true"/>'))  # fmt: skip
    other = first_sheet(sheet(
        "<x:row r='2'>\n<x:c t='s'><x:v>0</x:v></x:c> <x:c r='B2'><x:v>1<!-- -->.5</x:v></x:c>"
        "<x:c t='str'><x:v><![CDATA[y]]></x:v></x:c>"
        "<x:c t='b'><x:v>1</x:v></x:c></x:row>", mark="x"))  # fmt: skip
    strings = {"xl__sharedStrings_dot_xml": '<?xml version="1.0"?>\n<!-- <sst> --><x:sst xmlns:x="m" count="1">'
                                            '<x:si><x:t>a &amp; b'
                                            "</x:t></x:si></x:sst>"}  # fmt: skip

    def with_strings(content):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            sheet1 = packed.read("xl/worksheets/sheet1.xml").decode()
        return archive(xl__worksheets__sheet1_dot_xml=sheet1, **strings)

    expected = [["", "", "", ""], ["a & b", 1.5, "y", True]]
    assert cells(with_strings(plain)) == cells(with_strings(other)) == expected


def test_parts_may_have_any_name_and_stand_anywhere():
    content = archive(
        buku__isi_dot_xml='<w:workbook xmlns:w="m" xmlns:p="r"><w:workbookPr date1904="1"/><w:sheets>'
        '<w:sheet name="grafik" p:id="g"/><w:sheet name="q &amp; r" state="hidden" p:id="s"/></w:sheets></w:workbook>',
        buku___rels__isi_dot_xml_dot_rels=f'<R><Relationship Id="g" Type="{TYPES}/chartsheet" Target="grafik.xml"/>'
        f'<Relationship Id="s" Type="{TYPES}/worksheet" Target="/Lain/Data.xml"/>'
        f'<Relationship Id="k" Type="{TYPES}/sharedStrings" Target="../kata.xml"/></R>',
        lain__data_dot_xml=sheet('<row><c t="s"><v>0</v></c></row>'),
        kata_dot_xml="<sst><si><r><t>ka</t></r><r><t>ta</t></r><rPh><t>x</t></rPh></si></sst>",
        _rels___dot_rels=f'<R><Relationship Id="a" Type="{TYPES}/officeDocument" Target="/buku/isi.xml"/></R>',
    )
    assert cells(content) == [["kata"]]


def test_a_sheet_nobody_reads_may_be_as_large_as_it_likes(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for at, value in (("A1", "kode"), ("A2", 7)):
            (book.get_worksheet_by_name("isi") or book.add_worksheet("isi")).write(at, value)
        book.add_worksheet("lain").write(1_048_575, 16_383, "jauh")
    assert rows_of(path.read_bytes(), "a.xlsx", ["kode"], ()) == [(2, {"kode": "7"})]


def test_days_and_numbers_of_a_file_written_by_a_library_are_kept(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [person(1, tanggal_lahir=date(1985, 6, 12), desil=2)])
    [(at, line)] = read_sheet(path, list(GOOD)).rows
    found = dict(zip(GOOD, line, strict=True))
    assert (at, found["tanggal_lahir"], found["desil"], found["nama"]) == (2, date(1985, 6, 12), 2.0, GOOD["nama"])


@pytest.mark.parametrize(
    ("part", "what"),
    [("xl/workbook.bin", "Excel biner (.xlsb)"), ("content.xml", "berkas OpenDocument (.ods/.odt)")],
)
def test_the_registry_says_which_other_kind_of_file_it_got(tmp_path, part, what):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as packed:
        packed.writestr(part, "x")
    with pytest.raises(UnreadableFile, match=re.escape(what)):
        read_sheet(tmp_path / "a.xlsx", ["nik"])
