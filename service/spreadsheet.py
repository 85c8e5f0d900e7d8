"""How does a table leave as XLSX or CSV that opens in Excel as it is and that nobody can turn into a formula?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from service.clock import WIB
from service.errors import BadInput

Row = Sequence[Any]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_BORN = datetime(2000, 1, 1)  # noqa: DTZ001  (the format's own field; a fixed day, so that equal tables are equal files)


class WrongFileKind(BadInput):
    """Neither XLSX nor CSV."""


def write_table(path: Path, header: Row, rows: Iterable[Row]) -> int:
    """Writes beside and renames; returns how many rows. Raises WrongFileKind."""
    kinds: dict[str, Callable[[Path, Row, Iterable[Row]], int]] = {".xlsx": write_xlsx, ".csv": _write_csv}
    if path.suffix.lower() not in kinds:
        raise WrongFileKind(f"Berkas {path.name} harus berakhiran .xlsx atau .csv.")
    draft = path.with_name(path.name + ".new")
    written = kinds[path.suffix.lower()](draft, header, rows)
    draft.replace(path)
    return written


def csv_bytes(header: Row, rows: Iterable[Row]) -> bytes:
    """The table in memory; the same rows give the same bytes."""
    text = io.StringIO(newline="")
    _lines(text, header, rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(header: Row, rows: Iterable[Row]) -> bytes:
    """The table in memory, never in a file of the computer's: for tables with personal numbers."""
    out = io.BytesIO()
    _fill(out, {"in_memory": True}, header, rows)
    return out.getvalue()


def write_xlsx(path: Path, header: Row, rows: Iterable[Row], rows_a_sheet: int = 1_048_575) -> int:
    """Row by row, so that a long table needs little memory."""
    return _fill(str(path), {"constant_memory": True}, header, rows, rows_a_sheet)


def _fill(
    target: str | io.BytesIO, options: dict[str, Any], header: Row, rows: Iterable[Row], rows_a_sheet: int = 1_048_575
) -> int:
    """A sheet holds what Excel can open; more rows go on in the next sheet, under the same header."""
    import xlsxwriter

    written = 0
    with xlsxwriter.Workbook(target, options | _PLAIN) as book:
        book.set_properties({"created": _BORN})
        bold = book.add_format({"bold": True})
        sheet = _new_sheet(book, header, bold)
        for written, row in enumerate(rows, start=1):
            line = (written - 1) % rows_a_sheet + 1
            if line == 1 and written > 1:
                sheet = _new_sheet(book, header, bold)
            _write_line(sheet, line, row)
    return written


def _write_csv(path: Path, header: Row, rows: Iterable[Row]) -> int:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        return _lines(file, header, rows)


def _lines(file: TextIO, header: Row, rows: Iterable[Row]) -> int:
    """`;` and a BOM: opens in Excel as it is; a cell that begins like a formula gets an apostrophe."""
    writer = csv.writer(file, delimiter=";")
    writer.writerow(header)
    return sum(1 for row in rows if writer.writerow([_harmless(_plain(cell)) for cell in row]))


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
