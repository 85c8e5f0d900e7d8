"""How does a CSV or XLSX file become a header and rows of cells, and when is it refused unread?"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

from service import xlsx
from service.errors import BadInput

Cell = str | int | float | bool | date | datetime | time | timedelta
BLANKS = {"", "-", "–", "—"}
MOST_BYTES = 100 * 2**20
MOST_BYTES_UNPACKED = 700 * 2**20
MOST_ROWS = 250_000
MOST_COLUMNS = 100
_MOST_LINES = 260_000  # titles and blank lines are no rows; how many there are is counted later
_MOST_CELLS = 52 * _MOST_LINES
_TITLE_LINES = 20
_INVISIBLE = str.maketrans({"\xa0": " ", "\u200b": "", "\u200e": "", "\ufeff": "", "\r": " ", "\n": " ", "\t": " "})
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SEPARATOR_LINE = re.compile(r"sep=.\r?\n")


class UnreadableFile(BadInput):
    """The file is not a table we can read; the sentence says what it is and what to send instead."""


class MissingColumns(BadInput):
    """Columns the file must have are not there, or are there twice; all are named."""


@dataclass(frozen=True)
class Sheet:
    """A table: `columns` are the header's names made equal (`No KK` -> `no_kk`), `rows` carry Excel's row number."""

    name: str
    sha256: str
    header: tuple[str, ...]
    columns: tuple[str, ...]
    rows: list[tuple[int, Sequence[Cell]]]

    @cached_property
    def places(self) -> dict[str, int]:
        return {column: at for at, column in enumerate(self.columns) if column}


def read_sheet(path: Path, required: Sequence[str]) -> Sheet:
    """The file's table, once its header has every `required` column.

    Raises:
        UnreadableFile: missing, too large, another format, encrypted, damaged, empty.
        MissingColumns: names all that are missing or double.
    """
    content = _content(path)
    lines = _lines(content, path.name)
    numbered, count = _filled(lines)
    if not numbered:
        raise UnreadableFile(f"Berkas {path.name} kosong: tidak ada baris judul dan tidak ada data.")
    start = _header_place(numbered, required)
    header = tuple(plain(cell) for cell in numbered[start][1])
    columns = tuple(column_name(title) for title in header)
    _require_columns(path.name, columns, required)
    rows = numbered[start + 1 :]
    if not rows:
        raise UnreadableFile(f"Berkas {path.name} hanya berisi baris judul, tanpa data.")
    if count - start - 1 > MOST_ROWS:
        raise UnreadableFile(
            f"Berkas {path.name} berisi {count - start - 1} baris, paling banyak {MOST_ROWS}. Bagi per kecamatan."
        )
    return Sheet(path.name, hashlib.sha256(content).hexdigest(), header, columns, rows)


def _filled(lines: Iterable[Sequence[Cell]]) -> tuple[list[tuple[int, Sequence[Cell]]], int]:
    """The lines with something in them by Excel's number, and how many there are; more than we take are only counted."""
    found: list[tuple[int, Sequence[Cell]]] = []
    count = 0
    for number, cells in enumerate(lines, start=1):
        if not _is_blank(cells):
            count += 1
            if count <= MOST_ROWS + _TITLE_LINES:
                found.append((number, cells))
    return found, count


def plain(cell: Cell) -> str:
    """The cell as a person would type it: no odd spaces, whole numbers without a point, dates in ISO form."""
    if isinstance(cell, str):
        return (cell if cell.isprintable() else cell.translate(_INVISIBLE)).strip().removeprefix("'")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell)


def column_name(title: str) -> str:
    """`No. KK`, ` NO_KK ` -> `no_kk`."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UnreadableFile(
                f"Berkas {path.name} terlalu besar ({size // 2**20} MB, paling banyak {MOST_BYTES // 2**20} MB). "
                "Bagi per kecamatan lalu kirim satu per satu."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableFile(f"Berkas {path.name} tidak ditemukan.") from None
    except OSError as error:
        raise UnreadableFile(f"Berkas {path.name} tidak dapat dibaca: {error.strerror}.") from None


def _lines(content: bytes, name: str) -> Iterable[Sequence[Cell]]:
    is_text = not content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    return _csv_lines(content, name) if is_text else _xlsx_lines(content, name)


def _xlsx_lines(content: bytes, name: str) -> Sequence[Sequence[Cell]]:
    """The first sheet in sight that holds something."""
    limits = xlsx.Limits(MOST_BYTES_UNPACKED, _MOST_LINES, MOST_COLUMNS, _MOST_CELLS)
    try:
        return next((table.rows for table in xlsx.tables(content, limits, hidden=False) if table.rows), [])
    except xlsx.NoWorkbook as other:
        raise UnreadableFile(f"Berkas {name} adalah {other.message}. Simpan sebagai XLSX atau CSV, lalu kirim lagi.") from None
    except xlsx.LockedWorkbook:
        raise UnreadableFile(
            f"Berkas {name} terkunci dengan kata sandi. Hapus kata sandinya, lalu simpan sebagai XLSX."
        ) from None
    except xlsx.TooLarge:
        raise UnreadableFile(f"Isi berkas {name} terlalu besar setelah dibuka. Bagi per kecamatan.") from None
    except xlsx.TooFar:
        raise UnreadableFile(
            f"Berkas {name} berisi sel yang terlalu jauh (lebih dari {MOST_ROWS} baris atau {MOST_COLUMNS} kolom). "
            "Salin tabelnya ke lembar baru lalu kirim lagi."
        ) from None
    except xlsx.StrangeWorkbook as error:
        raise UnreadableFile(
            f"Berkas {name} rusak dan tidak dapat dibuka. Buka di Excel, simpan ulang sebagai XLSX, lalu kirim lagi."
        ) from error


def _csv_lines(content: bytes, name: str) -> Iterator[Sequence[Cell]]:
    first = _first_csv_line(content, name)
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    if not _SEPARATOR_LINE.fullmatch(text.readline()):
        text.seek(0)
    reader = csv.reader(text, delimiter=max(",;\t", key=first.count), strict=True)
    once: dict[str, str] = {}  # equal cells become one string: a large file takes a third of the memory
    try:
        for cells in reader:
            yield tuple(map(once.setdefault, cells, cells))
    except csv.Error:
        raise UnreadableFile(
            f"Berkas {name}: tanda kutip di sekitar baris {reader.line_num} tidak ditutup. Perbaiki lalu kirim lagi."
        ) from None


def _first_csv_line(content: bytes, name: str) -> str:
    """The first line with something in it. Raises UnreadableFile when this is no text of a table."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(
            f"Berkas {name} bukan CSV UTF-8 dan bukan XLSX. Di Excel pilih Simpan Sebagai > CSV UTF-8 atau XLSX."
        ) from None
    if _CONTROL.search(text) or text.startswith("%PDF"):
        raise UnreadableFile(f"Berkas {name} bukan tabel. Kirim sebagai XLSX atau CSV.")
    start = _SEPARATOR_LINE.match(text)
    return text[start.end() if start else 0 :].lstrip().partition("\n")[0]


def _is_blank(cells: Sequence[Cell]) -> bool:
    return not any(map(_says_something, cells))


def _says_something(cell: Cell) -> bool:
    return not isinstance(cell, str) or bool(cell.strip())


def _header_place(numbered: Sequence[tuple[int, Sequence[Cell]]], required: Sequence[str]) -> int:
    """Offices put titles above the table: the first of the top lines that has half of the columns, else line one."""
    for at, (_, cells) in enumerate(numbered[:_TITLE_LINES]):
        if 2 * len({column_name(plain(cell)) for cell in cells} & set(required)) >= len(required):
            return at
    return 0


def _require_columns(name: str, columns: Sequence[str], required: Sequence[str]) -> None:
    missing = [column for column in required if column not in columns]
    double = sorted({column for column in columns if column and columns.count(column) > 1 and column in required})
    said = [f"kolom yang tidak ada: {', '.join(missing)}"] if missing else []
    said += [f"kolom yang ada dua kali: {', '.join(double)}"] if double else []
    if said:
        raise MissingColumns(
            f"Berkas {name} ditolak; {'; '.join(said)}. Lengkapi baris judul lalu kirim lagi.", missing=missing, double=double
        )
