"""Which parts of the archive make up the workbook, and how are they unpacked without trusting what they say of their size?"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import IO
from xml.etree import ElementTree

from service.xlsx.refusals import DamagedWorkbook, Limits, LockedWorkbook, NoWorkbook, TooLarge

_MOST_PARTS = 5_000
_MOST_SHEETS = 500
_SMALL = 4 * 2**20
_PIECE = 2**20
_OTHERS = {
    "word/": "dokumen Word",
    "ppt/": "presentasi PowerPoint",
    "content.xml": "berkas OpenDocument (.ods/.odt)",
    "xl/workbook.bin": "Excel biner (.xlsb)",
}
_NO_ENTRY = b"PK\x01\x02"
_OLD = b"\xd0\xcf\x11\xe0"  # the container of .xls and .doc, and of what a password locks


@dataclass(frozen=True)
class SheetPart:
    name: str
    visible: bool
    path: str


class Parts:
    """An open archive. Every byte unpacked counts, whatever the archive says of itself.

    Raises:
        NoWorkbook, LockedWorkbook, DamagedWorkbook, TooLarge
    """

    def __init__(self, content: bytes, limits: Limits) -> None:
        _refuse_old(content)
        if content.count(_NO_ENTRY) > _MOST_PARTS:
            raise TooLarge("entries")
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        self._left = limits.unpacked
        entries = self._archive.infolist()
        self.declared = sum(entry.file_size for entry in entries)
        if self.declared > limits.unpacked:
            raise TooLarge("declared")
        self._entries = {entry.filename.replace("\\", "/").lower(): entry for entry in entries}
        if len(self._entries) != len(entries):
            raise DamagedWorkbook("two parts of one name")
        self._book_path = self._find_book()
        self._relations = self._relations_of(self._book_path)
        self._book = self._xml(self._book_path)
        if _local(self._book.tag) != "workbook":
            raise NoWorkbook(self._what())

    @property
    def sheets(self) -> list[SheetPart]:
        """The worksheets in their order; charts and dialogs are none."""
        found = []
        for sheet in self._all("sheet"):
            named = {_local(key): value for key, value in sheet.attrib.items()}
            kind, path = self._relations.get(named.get("id", ""), ("", ""))
            if not kind:
                raise DamagedWorkbook("a sheet without a part")
            if kind == "worksheet":
                found.append(SheetPart(named.get("name", ""), named.get("state", "visible") == "visible", path))
        if len(found) > _MOST_SHEETS:
            raise TooLarge("sheets")
        return found

    @property
    def counts_days_from_1904(self) -> bool:
        return any(properties.get("date1904") in ("1", "true") for properties in self._all("workbookPr"))

    def related(self, kind: str) -> str:
        """Where the workbook keeps its `sharedStrings` or `styles`; empty when it has none."""
        return next((path for its, path in self._relations.values() if its == kind and path.lower() in self._entries), "")

    def reader(self, path: str) -> Callable[[], bytes]:
        """Each call gives the next piece of the part."""
        entry = self._entries.get(path.lower())
        if entry is None or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DamagedWorkbook(path)
        return partial(self._piece, self._archive.open(entry))

    def small(self, path: str) -> bytes:
        read, found = self.reader(path), b""
        while piece := read():
            found += piece
            if len(found) > _SMALL:
                raise TooLarge(path)
        return found

    def _piece(self, file: IO[bytes]) -> bytes:
        piece = file.read(_PIECE)
        self._left -= len(piece)
        if self._left < 0:
            raise TooLarge("unpacked")
        return piece

    def _find_book(self) -> str:
        if "_rels/.rels" not in self._entries and "xl/workbook.xml" not in self._entries:
            raise NoWorkbook(self._what())
        path = next((path for kind, path in self._relations_of("").values() if kind == "officeDocument"), "")
        if path.lower() not in self._entries or not path.lower().endswith(".xml"):
            raise NoWorkbook(self._what())
        return path

    def _relations_of(self, path: str) -> dict[str, tuple[str, str]]:
        """By id: the last word of its type, and the part it leads to."""
        folder, name = posixpath.split(path)
        tree = self._xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        return {
            one.get("Id", ""): (one.get("Type", "").rpartition("/")[2], _resolved(folder, one.get("Target", "")))
            for one in tree.iter()
            if _local(one.tag) == "Relationship" and one.get("TargetMode") != "External"
        }

    def _xml(self, path: str) -> ElementTree.Element:
        text = self.small(path)
        if re.search(rb"<!(?:DOCTYPE|ENTITY)", text) or b"\0" in text:
            raise DamagedWorkbook(path)
        try:
            return ElementTree.fromstring(text)  # noqa: S314
        except ElementTree.ParseError as error:
            raise DamagedWorkbook(path) from error

    def _all(self, kind: str) -> list[ElementTree.Element]:
        return [one for one in self._book.iter() if _local(one.tag) == kind]

    def _what(self) -> str:
        return next(
            (what for start, what in _OTHERS.items() if any(name.startswith(start) for name in self._entries)),
            "arsip yang bukan Excel",
        )


def _refuse_old(content: bytes) -> None:
    if content.startswith(_OLD) and "EncryptedPackage".encode("utf-16-le") in content:
        raise LockedWorkbook("password")
    if content.startswith(_OLD):
        raise NoWorkbook("berkas format lama (.xls/.doc)")


def _resolved(folder: str, target: str) -> str:
    target = target.replace("\\", "/")
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _local(name: str) -> str:
    return name.rpartition("}")[2]
