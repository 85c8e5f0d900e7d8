"""How does the table in an XLSX become rows by column, and rows an XLSX: never more than we take, nothing run in it?"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, time, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any

import xlsxwriter

from service import xlsx
from service.errors import BadInput

MOST_BYTES, MOST_UNPACKED, MOST_ROWS, MOST_COLUMNS = 5 * 2**20, 50 * 2**20, 20_000, 200
_LIMITS = xlsx.Limits(MOST_UNPACKED, MOST_ROWS, MOST_COLUMNS, MOST_ROWS * MOST_COLUMNS)
PLAIN_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_TITLE_LINES, _SHEETS, _SHOWN = 20, 5, 10
_SURE = 1e15  # spreadsheet programs keep fifteen digits of a number
_BLANKS = {"-", "–", "—"}
_AGAIN = "Salin tabelnya saja ke berkas baru, lalu kirim lagi."
AS_TYPED = {"num_format": 49}  # Text, by its number in every Excel: what is typed into the cell stays as it is
Row = dict[str, str]
_Placed = tuple[xlsx.Table, int, list[str]]  # a sheet, the place of its header, the column each cell of that means


class UnreadableWorkbook(BadInput):
    """The file is no table we can read; the sentence says what it is and what to send instead."""


def rows_of(
    content: bytes,
    name: str,
    columns: Sequence[str],
    required: Collection[str],
    labels: Mapping[str, str] | None = None,
    texts: Collection[str] = (),
    formerly: Mapping[str, str] = MappingProxyType({}),
) -> list[tuple[int, Row]]:
    """Excel's row number and the cells by column, blank rows left out; titles may stand above the header.

    The sheet in sight that has the header is read. `labels`: what a column's header cell says to people; its name in
    the code is read as well. `texts`: columns in which `12/6` is a number of the office's, never a day. `formerly`: what
    a header cell said in files that went out earlier -> its column.

    Raises:
        UnreadableWorkbook
    """
    said = {column: column for column in columns} | dict(labels or {})
    sheet, head, named = _with_header(content, name, columns[0], said, formerly)
    _require_one_each(name, named, [column for column in columns if column in required], said)
    if below := [first + 1 for first, last in sheet.merged if last > head]:
        raise UnreadableWorkbook(f"Berkas {name} memuat sel yang digabung (baris {below[0]}); pisahkan dahulu.")
    lines = list(enumerate(sheet.rows[head + 1 :], start=head + 2))
    _refuse_lost(name, named, lines, said, texts)
    found = [(at, {column: _plain(cell) for column, cell in zip(named, line, strict=False) if column}) for at, line in lines]
    return [(at, row) for at, row in found if any(row.values())]


def _with_header(content: bytes, name: str, first: str, said: Mapping[str, str], formerly: Mapping[str, str]) -> _Placed:
    """The one sheet whose header has the `first` column: in a copy of it an answer would be lost without a word."""
    known = {_column(words): column for column, words in said.items()} | {column: column for column in said}
    known |= {_column(words): column for words, column in formerly.items()}
    placed = filter(None, (_placed(sheet, first, known) for sheet in _sheets(content, name)))
    found, other = next(placed, None), None
    with suppress(UnreadableWorkbook):  # what is wrong with a sheet behind it is no fault of the table's
        other = next(placed, None)
    if found is None:
        raise UnreadableWorkbook(f"Berkas {name} tidak mempunyai baris judul dengan kolom {said[first]}.")
    if other:
        raise UnreadableWorkbook(f"Berkas {name} memuat tabel ini pada dua lembar; sisakan satu, lalu kirim lagi.")
    return found


def _placed(sheet: xlsx.Table, first: str, known: Mapping[str, str]) -> _Placed | None:
    for at, line in enumerate(sheet.rows[:_TITLE_LINES]):
        named = [known.get(word, "") for word in map(_column, line)]
        if first in named:
            return sheet, at, named
    return None


def _require_one_each(name: str, named: Sequence[str], required: Sequence[str], said: Mapping[str, str]) -> None:
    if missing := [said[column] for column in required if column not in named]:
        raise UnreadableWorkbook(f"Berkas {name} ditolak; kolom yang tidak ada: {', '.join(missing)}.")
    if twice := [said[column] for column in dict.fromkeys(named) if column and named.count(column) > 1]:
        raise UnreadableWorkbook(f"Berkas {name} ditolak; kolom yang ada dua kali: {', '.join(twice)}.")


def workbook_of(title: str, head: Sequence[str], lines: Sequence[Sequence[Any]], texts: Collection[str] = ()) -> bytes:
    """One sheet with a frozen header; text stays text, and what is typed into a column of `texts` does too."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, PLAIN_TEXT) as book:
        page = book.add_worksheet(title)
        bold, typed = book.add_format({"bold": True, "bottom": 1}), book.add_format(AS_TYPED)
        looks = [typed if column in texts else None for column in head]
        page.freeze_panes(1, 0)
        for at, look in enumerate(looks):
            page.set_column(at, at, 22, look)
        page.write_row(0, 0, head, bold)
        for at, line in enumerate(lines, start=1):
            for place, (cell, look) in enumerate(zip(line, looks, strict=True)):
                page.write(at, place, cell, look)
    return file.getvalue()


def _sheets(content: bytes, name: str) -> Iterator[xlsx.Table]:
    """The first sheets in sight; a table stands among them, or it is none of ours."""
    if len(content) > MOST_BYTES:
        raise UnreadableWorkbook(f"Berkas {name} terlalu besar (paling banyak {MOST_BYTES // 2**20} MB).")
    try:
        yield from islice(xlsx.tables(content, _LIMITS, hidden=False), _SHEETS)
    except xlsx.NoWorkbook as other:
        raise UnreadableWorkbook(f"Berkas {name} adalah {other.message}. Simpan sebagai XLSX, lalu kirim lagi.") from None
    except xlsx.LockedWorkbook:
        raise UnreadableWorkbook(f"Berkas {name} terkunci dengan kata sandi. Hapus kata sandinya, lalu kirim lagi.") from None
    except xlsx.TooLarge:
        raise UnreadableWorkbook(f"Isi berkas {name} terlalu besar setelah dibuka. {_AGAIN}") from None
    except xlsx.TooFar:
        raise UnreadableWorkbook(
            f"Berkas {name} berisi lebih dari {MOST_ROWS} baris atau {MOST_COLUMNS} kolom. {_AGAIN}"
        ) from None
    except xlsx.StrangeWorkbook:
        raise UnreadableWorkbook(f"Berkas {name} bukan XLSX atau rusak. Simpan ulang sebagai XLSX lalu kirim lagi.") from None


def _refuse_lost(
    name: str, named: Sequence[str], lines: Sequence[tuple[int, Sequence[Any]]], said: Mapping[str, str], texts: Collection[str]
) -> None:
    """What a program made something else of than was typed is an answer lost: never read as it stands, nor as blank."""
    found = [
        f"sel {xlsx.letters(place)}{at} (kolom {said[column]}) {why}"
        for at, line in lines
        for place, (column, cell) in enumerate(zip(named, line, strict=False), start=1)
        if column and (why := _lost(cell, column in texts))
    ]
    if found:
        more = f"; dan {len(found) - _SHOWN} sel lain" if len(found) > _SHOWN else ""
        raise UnreadableWorkbook(f"Berkas {name}: {'; '.join(found[:_SHOWN])}{more}. Ketik isinya, lalu kirim lagi.")


def _lost(cell: Any, is_typed: bool) -> str | None:
    if isinstance(cell, str):
        return xlsx.LOST.get(cell)
    if isinstance(cell, float) and abs(cell) >= _SURE:
        return "kehilangan angka sesudah angka ke-15 (awali dengan tanda ' supaya utuh)"
    if is_typed and isinstance(cell, date | time | timedelta):
        return "berubah menjadi tanggal atau jam saat diketik (awali dengan tanda ' supaya tetap)"
    return None


def _column(cell: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(cell).lower()).strip("_")


def _plain(cell: Any) -> str:
    """As a person means it: the apostrophe only keeps a program from guessing, a dash alone says nothing."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip().removeprefix("'")
    return "" if text in _BLANKS else text
