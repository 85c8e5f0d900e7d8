"""What is wrong in a file a person sent, and how do we hand it back so that it can be corrected in Excel?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from service.errors import BadInput
from service.registry.sheets import Cell, Sheet, plain

FAULTS_SHEET = "Perlu diperbaiki"
WARNINGS_SHEET = "Peringatan"
REASON = "alasan"
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}


class CellFault(Exception):
    """Why a cell cannot be read: a code for programs and a sentence for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class FileRefused(BadInput):
    """Too much of the file is faulty; nothing of it was kept. `details` hold the counts and the faults file."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding in one row; `row` is the number Excel shows, `column` None when it concerns the whole row."""

    row: int
    column: str | None
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What one file did to the registry; every row is in exactly one of the five counts after `rows`."""

    file: str
    sha256: str
    rows: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    duplicates: int
    faults_file: str | None


def refuse_if_half(sheet: Sheet, rejected: int, duplicates: int, faults_file: Path | None) -> None:
    """Raises FileRefused when half of the rows or more are faulty or duplicates."""
    if 2 * (rejected + duplicates) < len(sheet.rows):
        return
    raise FileRefused(
        f"Berkas {sheet.name} ditolak seluruhnya: dari {len(sheet.rows)} baris, {rejected} salah dan {duplicates} ganda "
        f"(setengahnya atau lebih). Tidak ada yang disimpan. Perbaiki menurut {faults_file}.",
        file=sheet.name, sha256=sheet.sha256, rows=len(sheet.rows), rejected=rejected, duplicates=duplicates,
        faults_file=str(faults_file),
    )  # fmt: skip


def write_faults(home: Path, sheet: Sheet, faults: Sequence[Fault], warnings: Sequence[Fault]) -> Path | None:
    """An XLSX with the reason first, then the columns as sent, bad cells marked; None when there is nothing to say.

    It holds personal numbers as the sender wrote them, so only the owner of the home may read it.
    """
    if not faults and not warnings:
        return None
    folder = home / "faults"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{_plain_stem(sheet.name)}-{sheet.sha256[:12]}.xlsx"
    draft = target.with_suffix(".new")
    with xlsxwriter.Workbook(str(draft), _SAFE) as book:
        _write_sheet(book, FAULTS_SHEET, sheet, faults)
        if warnings:
            _write_sheet(book, WARNINGS_SHEET, sheet, warnings)
    draft.chmod(0o600)
    return draft.replace(target)


def faults_file_of(home: Path, sha256: str) -> Path | None:
    """The faults file of the file with this content, whatever it was called; None when there is none."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        return None
    found = sorted((home / "faults").glob(f"*-{sha256[:12]}.xlsx"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def _write_sheet(book: Any, name: str, sheet: Sheet, faults: Sequence[Fault]) -> None:
    page = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bottom": 1})
    bad = book.add_format({"bg_color": "#FFD9D2", "border": 1})
    page.freeze_panes(1, 1)
    page.set_column(0, 0, 80)
    page.set_column(1, len(sheet.header), 18)
    for at, title in enumerate((REASON, *sheet.header)):
        page.write_string(0, at, title, head)
    cells = dict(sheet.rows)
    for line, (row, found) in enumerate(_by_row(faults), start=1):
        page.write_string(line, 0, "\n".join(sentence(fault) for fault in found))
        _write_cells(page, line, sheet.header, cells[row], _marked(sheet, found), bad)


def _write_cells(page: Any, line: int, header: Sequence[str], cells: Sequence[Cell], marked: set[int], bad: Any) -> None:
    for at in range(len(header)):
        text = plain(cells[at]) if at < len(cells) else ""
        if text or at in marked:
            page.write_string(line, at + 1, text, bad if at in marked else None)


def sentence(fault: Fault) -> str:
    """`Baris 12, kolom nik: ...`"""
    where = f"Baris {fault.row}, kolom {fault.column}" if fault.column else f"Baris {fault.row}"
    return f"{where}: {fault.text}"


def _by_row(faults: Iterable[Fault]) -> Iterator[tuple[int, list[Fault]]]:
    rows: dict[int, list[Fault]] = {}
    for fault in faults:
        rows.setdefault(fault.row, []).append(fault)
    return iter(sorted(rows.items()))


def _marked(sheet: Sheet, faults: Iterable[Fault]) -> set[int]:
    places: Mapping[str, int] = sheet.places
    return {places[fault.column] for fault in faults if fault.column and fault.column in places}


def _plain_stem(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", Path(name).stem).strip("-")[:60] or "berkas"
