"""What do regencies' files look like in tests, and what did an import make of them?"""

import csv
from datetime import UTC, date, datetime

import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlmodel import select

from service.db.tables import Household
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


def ledger(path, rows, more=()):
    """A ledger's file; `more` are the titles of further columns."""
    lines = [("NIK", "No KK", "Program", "Sumber", "Tahun", *more), *rows]
    path.write_text("\n".join(";".join(line) for line in lines) + "\n")
    return path
