"""How do cases, orders and referrals leave as XLSX or CSV that nobody can turn into a formula or an identity?"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.desk import AsJson, Desk, Year, answer, command, sit_down
from service.clock import WIB
from service.errors import BadInput
from service.lifecycle import Subject, label_of

if TYPE_CHECKING:
    from sqlmodel import Session

    from service.trust.sealing import Sealer

group = typer.Typer()
To = Annotated[Path | None, typer.Option("--to", help="Berkas tujuan .xlsx atau .csv; bila kosong, .xlsx di folder ini.")]
CASE_HEADER = ("Nomor", "NIK", "Nama", "Kabupaten/kota", "Kecamatan", "Desa", "Keadaan", "Penempatan", "Nilai", "Urutan")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Row = Sequence[Any]


class WrongFileKind(BadInput):
    """Neither XLSX nor CSV."""


@command(group, "cases", "export")
def export_cases(year: Year, to: To = None, as_json: AsJson = False) -> None:
    """Rumah tangga satu siklus; NIK disamarkan."""
    _export("cases", CASE_HEADER, _cases_at, year, to, as_json)


@command(group, "orders", "export")
def export_orders(year: Year, to: To = None, as_json: AsJson = False) -> None:
    """Pesanan satu siklus."""
    header = ("Pesanan", "Kabupaten/kota", "Kecamatan", "Penyedia", "Keadaan", "Nilai (Rp)", "Batas", "Paket")
    _export("orders", header, _order_rows, year, to, as_json)


@command(group, "referrals", "export")
def export_referrals(year: Year, to: To = None, as_json: AsJson = False) -> None:
    """Rujukan satu siklus."""
    header = ("Rujukan", "Rumah tangga", "Kabupaten/kota", "Instansi", "Langkah ke", "Keadaan", "Sejak", "Nomor register",
              "Alasan", "Hasil")  # fmt: skip
    _export("referrals", header, _referral_rows, year, to, as_json)


def write_table(path: Path, header: Row, rows: Iterable[Row]) -> int:
    """Writes beside and renames; returns how many rows. Raises WrongFileKind."""
    kinds: dict[str, Callable[[Path, Row, Iterable[Row]], int]] = {".xlsx": _write_xlsx, ".csv": _write_csv}
    if path.suffix.lower() not in kinds:
        raise WrongFileKind(f"Berkas {path.name} harus berakhiran .xlsx atau .csv.")
    draft = path.with_name(path.name + ".new")
    written = kinds[path.suffix.lower()](draft, header, rows)
    draft.replace(path)
    return written


def _export(
    what: str, header: Row, rows: Callable[[Session, Desk, int], Iterator[Row]], year: int, to: Path | None, as_json: bool
) -> None:
    from service.cohort.queries import cycle_of

    path = to or Path(f"{what}-{year}.xlsx")
    with sit_down() as desk, desk.house.database.read() as session:
        cycle_id = cycle_of(session, year).id
        assert cycle_id is not None
        written = write_table(path, header, rows(session, desk, cycle_id))
    answer(as_json, {"file": str(path), "rows": written}, f"{written} baris ditulis ke {path}")


def _cases_at(session: Session, desk: Desk, cycle_id: int) -> Iterator[Row]:
    return case_rows(session, desk.house.sealer, cycle_id, desk.officer.regencies)


def case_rows(session: Session, sealer: Sealer, cycle_id: int, regencies: Sequence[str] = ()) -> Iterator[Row]:
    """The rows under CASE_HEADER, a page of the database at a time."""
    from service.cli import queries
    from service.regions import name_of
    from service.trust.sealing import masked

    for household, sealed, name, *where, status, placement, score, rank in queries.cases(session, cycle_id, regencies):
        nik, places = masked(sealer.unseal("nik", sealed)), map(name_of, where)
        yield (household, nik, name, *places, label_of(Subject.CASE, status), placement, score, rank)


def _order_rows(session: Session, desk: Desk, cycle_id: int) -> Iterator[Row]:
    from service.cli import queries
    from service.regions import name_of

    for row in queries.orders(session, cycle_id, None, desk.officer.regencies):
        yield (
            row["order"], name_of(row["district"][:5]), name_of(row["district"]), row["supplier"],
            label_of(Subject.ORDER, row["status"]), row["amount"], row["due_on"], row["packages"],
        )  # fmt: skip


def _referral_rows(session: Session, desk: Desk, cycle_id: int) -> Iterator[Row]:
    from service.cli import queries
    from service.regions import name_of

    for number, household, regency, agency, hop, status, since, *rest in queries.referrals(
        session, cycle_id, desk.officer.regencies
    ):
        yield (number, household, name_of(regency), agency, hop, label_of(Subject.REFERRAL, status), since, *rest)


def _write_csv(path: Path, header: Row, rows: Iterable[Row]) -> int:
    """`;` and a BOM: opens in Excel as it is; a cell that begins like a formula gets an apostrophe."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        return sum(1 for row in rows if writer.writerow([_harmless(_plain(cell)) for cell in row]))


def _write_xlsx(path: Path, header: Row, rows: Iterable[Row], rows_a_sheet: int = 1_048_575) -> int:
    """A sheet holds what Excel can open; more rows go on in the next sheet, under the same header."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    written = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True})
        sheet = _new_sheet(book, header, bold)
        for written, row in enumerate(rows, start=1):
            line = (written - 1) % rows_a_sheet + 1
            if line == 1 and written > 1:
                sheet = _new_sheet(book, header, bold)
            _write_line(sheet, line, row)
    return written


def _new_sheet(book: Any, header: Row, bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, header, bold)
    return sheet


def _write_line(sheet: Any, line: int, row: Row) -> None:
    for at, cell in enumerate(map(_plain, row)):
        if isinstance(cell, str):
            sheet.write_string(line, at, cell)
        elif cell is not None:
            sheet.write_number(line, at, cell)


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return f"{cell.astimezone(WIB):%Y-%m-%d %H:%M}"
    return cell.isoformat() if isinstance(cell, date) else cell


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
