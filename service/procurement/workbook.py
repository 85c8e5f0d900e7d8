"""How does the first sheet of an XLSX become rows by column, and rows an XLSX: never more than we take, nothing run in it?"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import xlsxwriter

from service import xlsx
from service.errors import BadInput

MOST_BYTES, MOST_UNPACKED, MOST_ROWS, MOST_COLUMNS = 5 * 2**20, 50 * 2**20, 20_000, 200
_LIMITS = xlsx.Limits(MOST_UNPACKED, MOST_ROWS, MOST_COLUMNS, MOST_ROWS * MOST_COLUMNS)
PLAIN_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_TITLE_LINES = 20
Row = dict[str, str]


class UnreadableWorkbook(BadInput):
    """The file is no table we can read; the sentence says what it is and what to send instead."""


def rows_of(
    content: bytes, name: str, columns: Sequence[str], required: Collection[str], labels: Mapping[str, str] | None = None
) -> list[tuple[int, Row]]:
    """Excel's row number and the cells by column, blank rows left out; titles may stand above the header.

    `labels`: other words a header cell may hold, in small letters with `_`, and the column they mean.

    Raises:
        UnreadableWorkbook
    """
    sheet = _table(content, name)
    table = sheet.rows
    known = {column: column for column in columns} | dict(labels or {})
    heads = [[known.get(word, "") for word in map(_column, line)] for line in table[:_TITLE_LINES]]
    head = next((at for at, line in enumerate(heads) if columns[0] in line), None)
    if head is None:
        raise UnreadableWorkbook(f"Berkas {name} tidak mempunyai baris judul dengan kolom {columns[0]}.")
    named = heads[head]
    _require_one_each(name, named, [column for column in columns if column in required])
    if below := [first + 1 for first, last in sheet.merged if last > head]:
        raise UnreadableWorkbook(f"Berkas {name} memuat sel yang digabung (baris {below[0]}); pisahkan dahulu.")
    _refuse_lost(name, named, head, table)
    found = [
        (at, {column: _plain(cell) for column, cell in zip(named, line, strict=False) if column})
        for at, line in enumerate(table[head + 1 :], start=head + 2)
    ]
    return [(at, row) for at, row in found if any(row.values())]


def _require_one_each(name: str, named: Sequence[str], required: Sequence[str]) -> None:
    if missing := [column for column in required if column not in named]:
        raise UnreadableWorkbook(f"Berkas {name} ditolak; kolom yang tidak ada: {', '.join(missing)}.")
    if twice := [column for column in dict.fromkeys(named) if column and named.count(column) > 1]:
        raise UnreadableWorkbook(f"Berkas {name} ditolak; kolom yang ada dua kali: {', '.join(twice)}.")


def workbook_of(title: str, head: Sequence[str], lines: Sequence[Sequence[Any]]) -> bytes:
    """One sheet with a frozen header; text stays text, whatever it looks like."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, PLAIN_TEXT) as book:
        page = book.add_worksheet(title)
        bold = book.add_format({"bold": True, "bottom": 1})
        page.freeze_panes(1, 0)
        page.set_column(0, len(head) - 1, 22)
        page.write_row(0, 0, head, bold)
        for at, line in enumerate(lines, start=1):
            page.write_row(at, 0, line)
    return file.getvalue()


def _table(content: bytes, name: str) -> xlsx.Table:
    """The first sheet."""
    if len(content) > MOST_BYTES:
        raise UnreadableWorkbook(f"Berkas {name} terlalu besar (paling banyak {MOST_BYTES // 2**20} MB).")
    try:
        return next(xlsx.tables(content, _LIMITS), xlsx.Table([], []))
    except xlsx.TooLarge:
        raise UnreadableWorkbook(f"Isi berkas {name} terlalu besar setelah dibuka.") from None
    except xlsx.TooFar:
        raise UnreadableWorkbook(f"Berkas {name} berisi lebih dari {MOST_ROWS} baris atau {MOST_COLUMNS} kolom.") from None
    except xlsx.StrangeWorkbook:
        raise UnreadableWorkbook(f"Berkas {name} bukan XLSX atau rusak. Simpan ulang sebagai XLSX lalu kirim lagi.") from None


def _refuse_lost(name: str, named: Sequence[str], head: int, table: Sequence[Sequence[Any]]) -> None:
    """A cell that shows an error, or a formula nobody calculated, is an answer lost: never read as blank."""
    for at, line in enumerate(table[head + 1 :], start=head + 2):
        for place, (column, cell) in enumerate(zip(named, line, strict=False)):
            if column and cell in xlsx.LOST:
                where = f"sel {xlsx.letters(place + 1)}{at} (kolom {column})"
                raise UnreadableWorkbook(f"Berkas {name}: {where} {xlsx.LOST[cell]}. Ketik isinya, lalu kirim lagi.")


def _column(cell: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(cell).lower()).strip("_")


def _plain(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
