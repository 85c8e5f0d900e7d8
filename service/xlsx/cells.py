"""Which cells of a sheet hold something, does each lie within our limits, and did it lose what it showed?

The reader (calamine) allocates the whole area up to the furthest cell and cannot be stopped; so it gets a sheet written
here: rows of the plain form every spreadsheet program writes are passed on as they are (one expression, as fast as
searching), all else is parsed and written anew with an address for every cell. An error value or a formula nobody
calculated reads as blank there: it becomes a text of `LOST`, which the rooms refuse by row and column.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.parsers import expat
from xml.sax.saxutils import escape

from service.xlsx.refusals import LOST, NO_RESULT, DamagedWorkbook, Limits, TooFar

Read = Callable[[], bytes]  # the next piece of a part; empty at its end
Write = Callable[[bytes], object]
_LONGEST_ROW = 4 * 2**20
_START = b"<sheetData>"
_PLAIN_COLUMNS = 52  # A to AZ
_VALUE = (
    rb'(?:(?:<f(?: [\w:]+="[^"<>]*+")*+ ?(?:/>|>[^<]*+</f>))?+<v>[^<&]++</v>'
    rb'|<is><t(?: xml:space="preserve")?+>[^<]*+</t></is>)?+'
)
_ATTRIBUTES = rb'(?: (?:s="\d{1,9}"|t="(?:s|n|b|str|inlineStr)"|(?:cm|vm|ph)="\d{1,9}"))*+ ?'
_CELL = rb'<c r="(?:[A-Z]|A[A-Z])\1"' + _ATTRIBUTES + rb"(?:/>|>" + _VALUE + rb"</c>)"
_EMPTY_CELL = rb'<c r="[A-Z]{1,3}\d{1,7}"' + _ATTRIBUTES + rb"/>"
_PLAIN_ROW = re.compile(
    rb'\s*+<row r="([1-9]\d{0,6})"(?: [\w:.]+="[^"<>]*+")*+ ?(?:/>|>(?:' + _CELL + rb"|" + _EMPTY_CELL + rb")*+</row>)"
)
_ROW = re.compile(r"[1-9]\d{0,6}", re.ASCII)
_PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})", re.ASCII)
_KINDS = {"", "s", "n", "b", "d", "str", "inlineStr", "e"}


def copy_sheet(read: Read, write: Write, limits: Limits) -> list[tuple[int, int]]:
    """Writes the sheet as the reader may have it; returns the first and last row (from 0) of what is merged in it.

    Raises:
        TooFar, DamagedWorkbook
    """
    sheet = _Sheet(write, limits)
    write(b"<worksheet>" + _START)
    try:
        sheet.parse(_plain_rows(sheet, read))
        while piece := read():
            sheet.parse(piece)
        sheet.parse(b"", last=True)
    except expat.ExpatError as error:
        raise DamagedWorkbook(str(error)) from error
    write(b"</sheetData></worksheet>")
    return sheet.merged


def _plain_rows(sheet: _Sheet, read: Read) -> bytes:
    """Passes on rows as long as they are plain; returns what comes next and has to be parsed."""
    rest = read()
    at = rest.find(_START)
    if at < 0:
        return rest
    sheet.parse(rest[: at + len(_START)])
    rest = rest[at + len(_START) :]
    if sheet.begins_at != at:  # the words stood in a comment
        return rest
    while True:
        rest = rest[sheet.pass_on(rest) :]
        piece = read()
        if not piece or b"</row>" in rest or b"</sheetData" in rest or len(rest) > _LONGEST_ROW:
            return rest + piece
        rest += piece


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


class _Sheet:
    """What has been seen of one sheet; rows and columns count from 1 here."""

    def __init__(self, write: Write, limits: Limits) -> None:
        self.begins_at = -1
        self.merged: list[tuple[int, int]] = []
        self._write, self._limits = write, limits
        self._in_rows = self._done = False
        self._row = self._column = 0
        self._last_row = self._last_column = self._count = self._seen = 0
        self._cell: _Cell | None = None
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._started
        self._parser.EndElementHandler = self._ended
        self._parser.CharacterDataHandler = self._said
        self._parser.StartDoctypeDeclHandler = _no_doctype

    def parse(self, piece: bytes, last: bool = False) -> None:
        self._parser.Parse(piece, last)

    def pass_on(self, piece: bytes) -> int:
        """Writes the plain rows this begins with; returns where the first that is not plain begins."""
        end = 0
        while (found := _PLAIN_ROW.match(piece, end)) and self._row < int(found[1]) <= self._limits.rows:
            self._row, end = int(found[1]), found.end()
        plain = piece[:end]
        if values := plain.count(b"</c>"):
            self._take(self._row, min(_PLAIN_COLUMNS, self._limits.columns), values)
        self._write(plain)
        return end

    def _take(self, row: int, column: int, values: int = 1) -> None:
        self._last_row, self._last_column = max(row, self._last_row), max(column, self._last_column)
        self._count += values
        most = self._limits
        if self._last_row > most.rows or self._last_column > most.columns:
            raise TooFar(f"{row}/{column}")
        if max(self._count, self._last_row * self._last_column) > most.cells:
            raise TooFar(f"{self._last_row} x {self._last_column}")

    def _started(self, name: str, said: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if self._in_rows:
            self._started_in_rows(kind, said)
        elif kind == "sheetData" and not self._done:
            self._in_rows, self.begins_at = True, self._parser.CurrentByteIndex
        elif kind == "mergeCell":
            self._merged(said.get("ref", ""))

    def _started_in_rows(self, kind: str, said: dict[str, str]) -> None:
        self._seen += 1
        if self._seen > 2 * self._limits.cells:  # blank rows and cells cost time though they hold nothing
            raise TooFar(f"{self._seen} marks")
        if self._cell:
            self._cell.started(kind)
        elif kind == "row":
            self._row, self._column = _row_number(said["r"]) if "r" in said else self._row + 1, 0
        elif kind == "c":
            row, self._column = _place(said["r"]) if "r" in said else (self._row, self._column + 1)
            self._cell = _Cell(row, self._column, said.get("t", ""), said.get("s", ""))

    def _ended(self, name: str) -> None:
        kind = name.rpartition(":")[2]
        if kind == "sheetData" and self._in_rows:
            self._in_rows, self._done = False, True
        elif self._cell and kind == "c":
            if written := self._cell.written():
                self._take(self._cell.row, self._cell.column)
                self._write(written)
            self._cell = None
        elif self._cell:
            self._cell.ended(kind)

    def _said(self, text: str) -> None:
        if self._cell:
            self._cell.said(text)

    def _merged(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        self.merged.append((_place(first)[0] - 1, _place(last or first)[0] - 1))
        if len(self.merged) > self._limits.rows:
            raise TooFar(reference)


class _Cell:
    """One cell while it is being read."""

    def __init__(self, row: int, column: int, kind: str, style: str) -> None:
        self.row, self.column, self._kind, self._style = row, column, kind, style
        self._inside: str = ""
        self._phonetic = self._formula = self._result = False
        self._value: list[str] = []
        self._inline: list[str] = []
        if kind not in _KINDS or (style and not (style.isascii() and style.isdigit())):
            raise DamagedWorkbook(f"{row}/{column}: t={kind!r} s={style!r}")

    def started(self, kind: str) -> None:
        self._formula |= kind == "f"
        self._result |= kind == "v"
        self._phonetic |= kind == "rPh"
        if kind in ("v", "t", "f"):
            self._inside = kind

    def ended(self, kind: str) -> None:
        self._inside = "" if kind == self._inside else self._inside
        self._phonetic &= kind != "rPh"

    def said(self, text: str) -> None:
        if self._inside == "v":
            self._value.append(text)
        elif self._inside == "t" and not self._phonetic:
            self._inline.append(text)

    def written(self) -> bytes:
        """The cell in the one form the reader gets, or nothing for a blank one."""
        value, inline = "".join(self._value), "".join(self._inline)
        place = f'<c r="{letters(self.column)}{self.row}"'
        if self._kind == "e":
            return _text(place, value if value in LOST else "#N/A")
        if self._formula and not value and not (self._kind == "str" and self._result):
            return _text(place, NO_RESULT)
        if inline or self._kind == "inlineStr":
            kept = escape(inline or value)
            return f'{place} t="inlineStr"><is><t xml:space="preserve">{kept}</t></is></c>'.encode() if kept else b""
        if not value:
            return b""
        kind = f' t="{self._kind}"' if self._kind else ""
        style = f' s="{self._style}"' if self._style else ""
        return f"{place}{style}{kind}><v>{escape(value)}</v></c>".encode()


def _text(place: str, text: str) -> bytes:
    return f'{place} t="str"><v>{text}</v></c>'.encode()


def letters(column: int) -> str:
    letters = ""
    while column:
        column, at = divmod(column - 1, 26)
        letters = chr(65 + at) + letters
    return letters


def _row_number(text: str) -> int:
    if not _ROW.fullmatch(text):
        raise DamagedWorkbook(f"r={text[:20]!r}")
    return int(text)


def _place(text: str) -> tuple[int, int]:
    """Row and column of `B7`."""
    found = _PLACE.fullmatch(text)
    if not found:
        raise DamagedWorkbook(f"r={text[:20]!r}")
    return int(found[2]), _column_number(found[1])


def _no_doctype(*_: object) -> None:
    raise DamagedWorkbook("DOCTYPE")
