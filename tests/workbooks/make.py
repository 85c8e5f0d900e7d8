"""How were the workbooks beside this file made? By hand, with LibreOffice, in the ways an office fills a table in.

Not run by the tests. Download into one folder: `rujukan.xlsx` (an agency's table with the referrals RJK-2021-00001 to 00004,
just sent), `pesanan.xlsx` (a supplier's list with P-JAHIT and P-WARUNG of PSN-2021-0001) and `katalog.xlsx`. Then, with a
profile whose language is Indonesian (`ooSetupSystemLocale` id-ID) and the system's own Python, which has `uno`:

    soffice --headless --accept="socket,host=localhost,port=20002;urp;" & python3 make.py FOLDER
"""

import sys
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.sheet.ConditionOperator import EQUAL as IS
from com.sun.star.sheet.FilterOperator import EQUAL

HERE = Path(__file__).parent
XLSX, ODS, CSV = "Calc MS Excel 2007 XML", "calc8", "Text - txt - csv (StarCalc)"
PERSON = {
    "nik": "36010152068599{:02}", "no_kk": "36010112031090{:02}", "nama": "Ardinah Dijaya", "tempat_lahir": "Pandeglang",
    "tanggal_lahir": "12/06/1985", "jenis_kelamin": "P", "alamat": "Kp. Contoh No. 4", "rt": "3", "rw": "012",
    "kode_desa": "36.01.01.2001", "no_hp": "0812-3456-7890", "program": "JAMSOSRATU", "tahun_mulai": "2013",
    "tahun_akhir": "2020", "desil": "2", "tanggal_desil": "01/09/2020", "jenis_usaha": "Warung sembako",
    "usaha_sejak": "01/03/2019", "kehadiran_pertemuan": "85%", "penghasilan_bulanan": "Rp1.250.000", "jumlah_anggota": "4",
    "tabungan": "250000", "sumber_penghasilan": "2", "tanggal_asesmen": "15/10/2020", "pendamping": "P3601-01",
    "persetujuan_rujukan": "ya",
}  # fmt: skip


def value(name, content):
    made = PropertyValue()
    made.Name, made.Value = name, content
    return made


class Office:
    """One running LibreOffice."""

    def __init__(self):
        context = uno.getComponentContext()
        resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
        far = resolver.resolve("uno:socket,host=localhost,port=20002;urp;StarOffice.ComponentContext")
        self.desktop = far.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", far)

    def open(self, address):
        return self.desktop.loadComponentFromURL(address, "_blank", 0, (value("Hidden", True),))

    def save(self, book, name, kind=XLSX, options=""):
        book.storeToURL((HERE / name).as_uri(), (value("FilterName", kind), value("FilterOptions", options)))


def head_of(sheet, row=0):
    return {sheet.getCellByPosition(at, row).String: at for at in range(40) if sheet.getCellByPosition(at, row).String}


def typed(sheet, row, column, text):
    """As a person types it, in Indonesian."""
    cell = sheet.getCellByPosition(head_of(sheet)[column], row)
    cell.FormulaLocal = text
    return cell


def fill(sheet):
    typed(sheet, 1, "Jawaban", "diterima")
    typed(sheet, 1, "Pesan", "- kami hubungi besok")
    typed(sheet, 2, "Jawaban", "Disanggupi")
    typed(sheet, 2, "Nomor agenda", "007")
    typed(sheet, 2, "Tanggal layanan", "1/6/2021")
    typed(sheet, 3, "Jawaban", "ditolak")
    typed(sheet, 3, "Alasan", "Alasan lain (wajib dijelaskan)")
    typed(sheet, 3, "Catatan", "Pindah rumah & <usaha>")
    typed(sheet, 4, "Jawaban", "disanggupi")
    typed(sheet, 4, "Nomor agenda", "12/6")


def dress(book, sheet):
    """All an office may do to a sheet without touching an answer."""
    columns, last = len(head_of(sheet)), head_of(sheet)
    sheet.Annotations.insertNew(sheet.getCellByPosition(last["Jawaban"], 1).CellAddress, "tanya Bu Ani")
    bold = sheet.getCellByPosition(last["Catatan"], 3).createTextCursor()
    bold.gotoStart(False)
    bold.goRight(6, True)
    bold.CharWeight = 150.0
    typed(sheet, 2, "Tanggal layanan", "=DATE(2021;6;1)+TIME(10;29;9)+0,0000001")
    typed(sheet, 1, "Nomor agenda", "-")
    answers = sheet.getCellRangeByPosition(last["Jawaban"], 1, last["Jawaban"], 4)
    coloured = answers.ConditionalFormat
    coloured.addNew((value("Operator", IS), value("Formula1", '"diterima"'), value("StyleName", "Good")))
    answers.ConditionalFormat = coloured
    sheet.getCellRangeByPosition(0, 0, columns - 1, 1_048_575).CellBackColor = 0xFFFFEE
    sheet.getCellRangeByPosition(0, 1_048_500, columns - 1, 1_048_575).CharHeight = 9
    sheet.getCellByPosition(last["Keadaan"], 7).String = "Mengetahui, Kepala Bidang"
    sheet.getCellByPosition(columns, 0).String = "Petugas kami"
    sheet.Columns.insertByIndex(1, 1)
    sheet.getCellByPosition(1, 0).String = "No urut"
    for at in range(2, 6):
        sheet.Columns.getByIndex(at).IsVisible = False
    only = uno.createUnoStruct("com.sun.star.sheet.TableFilterField")
    only.Field, only.Operator, only.StringValue = last["Jawaban"] + 1, EQUAL, "diterima"
    chosen = sheet.createFilterDescriptor(True)
    chosen.setFilterFields((only,))
    chosen.ContainsHeader = True
    sheet.getCellRangeByPosition(0, 0, columns, 4).filter(chosen)
    sheet.Rows.insertByIndex(0, 2)
    sheet.getCellByPosition(0, 0).String = "DINAS KOPERASI: jawaban rujukan"
    sheet.getCellRangeByPosition(0, 0, 8, 0).merge(True)
    book.NamedRanges.addNewByName("Jawaban_kami", "$Rujukan.$K$4:$K$7", sheet.getCellByPosition(0, 0).CellAddress, 0)
    book.Sheets.insertNewByName("Catatan kami", 0)
    book.Sheets.getByName("Catatan kami").getCellByPosition(0, 0).String = "rapat hari Senin"


def spoil(sheet):
    """The column of register numbers without its text format, and two formulas that fail."""
    numbers = head_of(sheet)["Nomor agenda"]
    sheet.getCellRangeByPosition(numbers, 1, numbers, 4).NumberFormat = 0
    typed(sheet, 2, "Nomor agenda", "2021000000123456")
    typed(sheet, 4, "Nomor agenda", "12/6/2021")
    sheet.getCellByPosition(head_of(sheet)["Hasil"], 1).Formula = "=1/0"


def agency(office, folder):
    for name in ("biasa", "lengkap", "digabung", "berubah"):
        book = office.open((folder / "rujukan.xlsx").as_uri())
        sheet = book.Sheets.getByName("Rujukan")
        fill(sheet)
        if name == "lengkap":
            dress(book, sheet)
        elif name == "digabung":
            sheet.getCellRangeByPosition(head_of(sheet)["Jawaban"], 1, head_of(sheet)["Jawaban"], 2).merge(True)
        elif name == "berubah":
            spoil(sheet)
        else:
            office.save(book, "rujukan.ods", ODS)
            again = office.open((HERE / "rujukan.ods").as_uri())
            office.save(again, "rujukan-lewat-ods.xlsx")
            again.close(True)
        office.save(book, f"rujukan-{name}.xlsx")
        book.close(True)


def supplier(office, folder):
    book = office.open((folder / "pesanan.xlsx").as_uri())
    for row, count in ((1, "1"), (2, "2")):
        for column, text in (
            ("konfirmasi", "ya"),
            ("tanggal_kirim", "30/5/2021"),
            ("nomor_kiriman", "12/6"),
            ("jumlah_tiba", count),
        ):
            typed(book.Sheets.getByIndex(0), row, column, text)
    office.save(book, "pesanan.xlsx")
    book.close(True)


def catalogue(office, folder):
    book = office.open((folder / "katalog.xlsx").as_uri())
    typed(book.Sheets.getByIndex(0), 1, "harga_satuan", "285.500")
    typed(book.Sheets.getByIndex(0), 1, "rekening", "5.1.02")
    office.save(book, "katalog.xlsx")
    book.close(True)


def format_of(book, code):
    indonesian = uno.createUnoStruct("com.sun.star.lang.Locale")
    indonesian.Language, indonesian.Country = "id", "ID"
    found = book.NumberFormats.queryKey(code, indonesian, False)
    return found if found >= 0 else book.NumberFormats.addNew(code, indonesian)


def registry(office):
    """Typed into an empty book whose long numbers are a column of text, and saved in each form LibreOffice offers."""
    book = office.open("private:factory/scalc")
    sheet = book.Sheets.getByIndex(0)
    for at, (name, typed_in) in enumerate(PERSON.items()):
        if name in ("nik", "no_kk", "rw"):
            sheet.Columns.getByIndex(at).NumberFormat = format_of(book, "@")
        for row, cell in enumerate((name, *(typed_in.format(person) for person in (1, 2, 3)))):
            sheet.getCellByPosition(at, row).FormulaLocal = cell
    office.save(book, "registri.xlsx")
    office.save(book, "registri-tahun-dua-angka.csv", CSV, "59,34,76,1,,1057,false,true")
    for at, name in enumerate(PERSON):
        if name in ("tanggal_lahir", "tanggal_desil", "usaha_sejak", "tanggal_asesmen"):
            sheet.getCellRangeByPosition(at, 1, at, 3).NumberFormat = format_of(book, "DD/MM/YYYY")
    office.save(book, "registri-koma.csv", CSV, "44,34,76,1,,1057,false,true")
    office.save(book, "registri-titik-koma-bom.csv", CSV, "59,34,76,1,,1057,false,true,false,false,false,0,true")
    office.save(book, "registri-tab.csv", CSV, "9,34,76,1,,1057,true,true")
    sheet.getCellByPosition(2, 1).String = "José Dijaya"
    office.save(book, "registri-windows-1252.csv", CSV, "59,34,1,1,,1057,false,true")
    book.close(True)


if __name__ == "__main__":
    running, downloads = Office(), Path(sys.argv[1]).resolve()
    agency(running, downloads)
    supplier(running, downloads)
    catalogue(running, downloads)
    registry(running)
