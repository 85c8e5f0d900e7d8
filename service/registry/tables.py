"""How is every cell of a table read, and every fault of every row kept?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.registry.cells import Reader
from service.registry.faults import CellFault, Fault
from service.registry.sheets import BLANKS, Cell, Sheet, plain

Values = dict[str, Any]
Progress = Callable[[int, int], None]
TICK = 1_000


@dataclass(frozen=True, slots=True)
class Column:
    """`filled`: the cell may not be blank; `present`: the header must have the column."""

    name: str
    read: Reader
    filled: bool = True
    present: bool = True


@dataclass(slots=True)
class Checked:
    """The rows without a fault, by Excel's row number, and what was found in the others."""

    good: list[tuple[int, Values]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    rejected: int = 0


Rule = Callable[[Values], Iterator[tuple[str, str, str]]]


def no_progress(_done: int, _total: int) -> None:
    """Nobody watches."""


def check_table(sheet: Sheet, columns: Sequence[Column], reject: Rule, warn: Rule, on_progress: Progress) -> Checked:
    """Read every row; `reject` and `warn` yield (code, column, sentence) for rows whose cells are good each by itself."""
    checked = Checked()
    plan = [(column, sheet.places.get(column.name)) for column in columns]
    for done, (row, cells) in enumerate(sheet.rows):
        if done % TICK == 0:
            on_progress(done, len(sheet.rows))
        values, faults = _read_row(row, cells, plan, len(sheet.columns))
        faults = faults or [Fault(row, column, code, text) for code, column, text in reject(values)]
        checked.faults += faults
        if faults:
            checked.rejected += 1
        else:
            checked.good.append((row, values))
            checked.warnings += [Fault(row, column, code, text) for code, column, text in warn(values)]
    on_progress(len(sheet.rows), len(sheet.rows))
    return checked


def _read_row(
    row: int, cells: Sequence[Cell], plan: Sequence[tuple[Column, int | None]], width: int
) -> tuple[Values, list[Fault]]:
    values: Values = {}
    faults: list[Fault] = []
    if len(cells) > width and any(plain(cell) for cell in cells[width:]):
        faults.append(
            Fault(row, None, "TOO_MANY_CELLS", "isi baris lebih banyak daripada kolom judul; ada tanda pemisah di dalam isi.")
        )
    for column, at in plan:
        cell = cells[at] if at is not None and at < len(cells) else ""
        if isinstance(cell, str) and cell.strip() in BLANKS:
            values[column.name] = None
            if column.filled:
                faults.append(Fault(row, column.name, "BLANK", "wajib diisi."))
            continue
        try:
            values[column.name] = column.read(cell)
        except CellFault as fault:
            faults.append(Fault(row, column.name, fault.code, fault.text))
    return values, faults
