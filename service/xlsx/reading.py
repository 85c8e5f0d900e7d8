"""How are the tables of an XLSX read, so that no file stops the service and no cell is lost without a word?"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from python_calamine import CalamineWorkbook

from service.xlsx.cells import Read, Write, copy_sheet
from service.xlsx.parts import Parts, SheetPart
from service.xlsx.refusals import NO_TEXT, DamagedWorkbook, Limits, TooFar

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ROOT = re.compile(rb"""<[\w:.-]+(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*+"|'[^'<]*+'))*+\s*+(/?)>""")
_NULS = (b"\0", b"_x0000_")
_LONGEST_NUL = 7
_KEPT_UNPACKED = 256 * 2**20  # packing a copy of more saves memory, of less only costs time
_DAMAGED = (zipfile.BadZipFile, zlib.error, expat.ExpatError, OSError, ValueError, LookupError, EOFError, RuntimeError)


@dataclass(frozen=True)
class Table:
    """`rows` begin with the sheet's first row and column; `merged`: first and last row (from 0) of each merged area."""

    rows: list[list[Any]]
    merged: list[tuple[int, int]]


def tables(content: bytes, limits: Limits, hidden: bool = True) -> Iterator[Table]:
    """The worksheets in their order, each read only when it is asked for; a cell that lost its value holds a text of `LOST`.

    Raises:
        StrangeWorkbook
    """
    try:
        parts = Parts(content, limits)
        chosen = [sheet for sheet in parts.sheets if hidden or sheet.visible]
    except _DAMAGED as error:
        raise DamagedWorkbook(type(error).__name__) from error
    return (_table(parts, sheet, limits) for sheet in chosen)


def _table(parts: Parts, sheet: SheetPart, limits: Limits) -> Table:
    watch = _Watch()
    try:
        checked, merged = _checked(parts, sheet, limits, watch)
    except _DAMAGED as error:
        raise DamagedWorkbook(type(error).__name__) from error
    rows = _rows(checked)
    if watch.has_nul:
        rows = [[NO_TEXT if isinstance(cell, str) and "\0" in cell else cell for cell in row] for row in rows]
    return Table(rows, merged)


def _rows(checked: io.BytesIO) -> list[list[Any]]:
    try:
        return CalamineWorkbook.from_filelike(checked).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except BaseException as error:
        # A date far outside the calendar is a panic of the reader: no Exception to Python, though nothing is broken.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise DamagedWorkbook(type(error).__name__) from None
        raise


class _Watch:
    """Was a NUL among the bytes that passed? PostgreSQL keeps none."""

    def __init__(self) -> None:
        self.has_nul = False
        self._end = b""

    def over(self, read: Read) -> Read:
        def piece() -> bytes:
            found = read()
            both = self._end + found
            self.has_nul = self.has_nul or any(nul in both for nul in _NULS)
            self._end = found[-_LONGEST_NUL:]
            return found

        return piece


def _checked(parts: Parts, sheet: SheetPart, limits: Limits, watch: _Watch) -> tuple[io.BytesIO, list[tuple[int, int]]]:
    """A fresh archive with one sheet, its strings and styles, and nothing nobody looked at."""
    file = io.BytesIO()
    packing = zipfile.ZIP_STORED if parts.declared <= _KEPT_UNPACKED else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(file, "w", packing, compresslevel=1) as archive:
        archive.writestr("_rels/.rels", _relations({"officeDocument": "xl/workbook.xml"}))
        archive.writestr("xl/_rels/workbook.xml.rels", _relations({"worksheet": "sheet.xml"}))
        days = ' date1904="1"' if parts.counts_days_from_1904 else ""
        archive.writestr(
            "xl/workbook.xml", f'<workbook><workbookPr{days}/><sheets><sheet name="a" r:id="worksheet"/></sheets></workbook>'
        )
        if styles := parts.related("styles"):
            archive.writestr("xl/styles.xml", parts.small(styles))
        if strings := parts.related("sharedStrings"):
            with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
                _copy_strings(watch.over(parts.reader(strings)), part.write, limits)
        with archive.open("xl/sheet.xml", "w", force_zip64=True) as part:
            merged = copy_sheet(watch.over(parts.reader(sheet.path)), part.write, limits)
    file.seek(0)
    return file, merged


def _relations(targets: dict[str, str]) -> str:
    each = "".join(
        f'<Relationship Id="{kind}" Type="{_RELATIONS}/{kind}" Target={quoteattr(target)}/>' for kind, target in targets.items()
    )
    return f"<Relationships>{each}</Relationships>"


def _copy_strings(read: Read, write: Write, limits: Limits) -> None:
    """The shared strings without the count they claim: the reader would allocate that many before it reads one."""
    piece = read()
    root = _ROOT.match(piece, _root_at(piece))
    if not root:
        raise DamagedWorkbook("sst")
    piece = piece[root.end() :]
    write(b"<sst></sst>" if root[1] else b"<sst>")
    count = 0
    while piece:
        count += piece.count(b"<si") + piece.count(b":si")
        if count > limits.cells:
            raise TooFar("strings")
        write(piece)
        piece = read()


def _root_at(piece: bytes) -> int:
    """Where the first element begins, after declarations and comments."""
    found: list[int] = []
    parser = expat.ParserCreate("utf-8")

    def started(*_: object) -> None:
        if not found:
            found.append(parser.CurrentByteIndex)

    def doctype(*_: object) -> None:
        raise DamagedWorkbook("DOCTYPE")

    parser.StartElementHandler, parser.StartDoctypeDeclHandler = started, doctype
    parser.Parse(piece[: 2**16])
    return found[0]
