"""Why is a workbook not read at all? The room that asked says it in its own sentence."""

from __future__ import annotations

from dataclasses import dataclass

from service.errors import BadInput

NO_RESULT = "#RUMUS-TANPA-HASIL!"
NO_TEXT = "#KARAKTER-RUSAK!"
_ERRORS = ("DIV/0!", "N/A", "NAME?", "NULL!", "NUM!", "REF!", "VALUE!", "GETTING_DATA", "SPILL!", "CALC!", "FIELD!", "BLOCKED!")
LOST = {
    NO_RESULT: "berisi rumus tanpa hasil",
    NO_TEXT: "berisi huruf yang rusak (karakter nol)",
    **{f"#{name}": f"berisi kesalahan rumus #{name}" for name in _ERRORS},
}


@dataclass(frozen=True)
class Limits:
    """`unpacked` in bytes; `cells` counts the whole area up to the last row and column in use."""

    unpacked: int
    rows: int
    columns: int
    cells: int


class StrangeWorkbook(BadInput):
    """Base: this workbook is not read."""


class NoWorkbook(StrangeWorkbook):
    """Another kind of file in the same kind of archive; the message names it."""


class LockedWorkbook(StrangeWorkbook):
    """It opens with a password only."""


class DamagedWorkbook(StrangeWorkbook):
    """Not well formed, or with marks no spreadsheet program writes."""


class TooLarge(StrangeWorkbook):
    """More bytes than we take once it is unpacked."""


class TooFar(StrangeWorkbook):
    """A value beyond the rows and columns we take: a reader would allocate all that lies before it."""
