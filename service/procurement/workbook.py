"""How does the first sheet of an XLSX become rows by column, and rows an XLSX: never more than we take, nothing run in it?"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Sequence
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from service.errors import BadInput

MOST_BYTES, MOST_UNPACKED, MOST_ROWS, MOST_COLUMNS = 5 * 2**20, 50 * 2**20, 20_000, 200
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_TITLE_LINES = 20
_DAMAGED = (zipfile.BadZipFile, CalamineError, OSError, ValueError, IndexError, EOFError, RuntimeError)
Row = dict[str, str]


class UnreadableWorkbook(BadInput):
    """The file is no table we can read; the sentence says what it is and what to send instead."""


def rows_of(content: bytes, name: str, columns: Sequence[str], required: Collection[str]) -> list[tuple[int, Row]]:
    """Excel's row number and the cells by column, blank rows left out; titles may stand above the header.

    Raises:
        UnreadableWorkbook
    """
    table = _table(content, name)
    head = next((at for at, line in enumerate(table[:_TITLE_LINES]) if columns[0] in map(_column, line)), None)
    if head is None:
        raise UnreadableWorkbook(f"Berkas {name} tidak mempunyai baris judul dengan kolom {columns[0]}.")
    named = [_column(cell) for cell in table[head]]
    if missing := [column for column in columns if column in required and column not in named]:
        raise UnreadableWorkbook(f"Berkas {name} ditolak; kolom yang tidak ada: {', '.join(missing)}.")
    found = [
        (at, {column: _plain(cell) for column, cell in zip(named, line, strict=False) if column in columns})
        for at, line in enumerate(table[head + 1 :], start=head + 2)
    ]
    return [(at, row) for at, row in found if any(row.values())]


def workbook_of(title: str, head: Sequence[str], lines: Sequence[Sequence[Any]]) -> bytes:
    """One sheet with a frozen header; text stays text, whatever it looks like."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _SAFE) as book:
        page = book.add_worksheet(title)
        bold = book.add_format({"bold": True, "bottom": 1})
        page.freeze_panes(1, 0)
        page.set_column(0, len(head) - 1, 22)
        page.write_row(0, 0, head, bold)
        for at, line in enumerate(lines, start=1):
            page.write_row(at, 0, line)
    return file.getvalue()


def _table(content: bytes, name: str) -> list[list[Any]]:
    if len(content) > MOST_BYTES:
        raise UnreadableWorkbook(f"Berkas {name} terlalu besar (paling banyak {MOST_BYTES // 2**20} MB).")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
            raise UnreadableWorkbook(f"Isi berkas {name} terlalu besar setelah dibuka.")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        if sheet.total_height > MOST_ROWS or sheet.total_width > MOST_COLUMNS:
            raise UnreadableWorkbook(f"Berkas {name} berisi lebih dari {MOST_ROWS} baris atau {MOST_COLUMNS} kolom.")
        return sheet.to_python(skip_empty_area=False)
    except _DAMAGED:
        raise UnreadableWorkbook(f"Berkas {name} bukan XLSX atau rusak. Simpan ulang sebagai XLSX lalu kirim lagi.") from None


def _column(cell: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(cell).lower()).strip("_")


def _plain(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
