"""How is every cell of a table read, and every fault of every row kept?

A table goes through in batches, column by column: most columns hold few different cells, and a cell that was read
before is not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service import xlsx
from service.registry.cells import Reader
from service.registry.faults import CellFault, Fault
from service.registry.sheets import BLANKS, Cell, Sheet, plain

Values = dict[str, Any]
Progress = Callable[[int, int], None]
TICK = 1_000
MOST_REMEMBERED = 20_000
_BLANK = CellFault("BLANK", "wajib diisi.")
_TOO_MANY = "isi baris lebih banyak daripada kolom judul; ada tanda pemisah di dalam isi."


@dataclass(frozen=True, slots=True)
class Column:
    """`filled`: the cell may not be blank; `present`: the header must have the column."""

    name: str
    read: Reader
    filled: bool = True
    present: bool = True


@dataclass(slots=True)
class Checked:
    """What was kept of the rows without a fault, in the file's order, and what was found in the others."""

    good: list[Any] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    rejected: int = 0


Rule = Callable[[Values], Iterator[tuple[str, str, str]]]
Keep = Callable[[int, Values], Any]


class _Reading(dict[Any, Any]):
    """A column's cells read so far: cell -> its value, or the `CellFault` it is."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._column = column

    def __missing__(self, key: Any) -> Any:
        self[key] = found = self._read(key[1] if isinstance(key, tuple) else key)
        return found

    def all(self, cells: Sequence[Cell]) -> list[Any]:
        """Numbers are remembered with their kind: 1, 1.0 and True are equal for Python, not for a reader."""
        if len(self) > MOST_REMEMBERED:
            self.clear()
        keys = cells if set(map(type, cells)) == {str} else [c if isinstance(c, str) else (type(c), c) for c in cells]
        return list(map(self.__getitem__, keys))

    def _read(self, cell: Cell) -> Any:
        if isinstance(cell, str) and cell.strip() in BLANKS:
            return _BLANK if self._column.filled else None
        if isinstance(cell, str) and (lost := xlsx.LOST.get(cell.strip())):
            return CellFault("LOST_VALUE", f"sel ini {lost}. Ketik isinya.")
        try:
            return self._column.read(cell)
        except CellFault as fault:
            return fault.with_traceback(None)


def no_progress(_done: int, _total: int) -> None:
    """Nobody watches."""


def row_and_values(row: int, values: Values) -> tuple[int, Values]:
    return row, values


def check_table(
    sheet: Sheet, columns: Sequence[Column], reject: Rule, warn: Rule, on_progress: Progress, keep: Keep = row_and_values
) -> Checked:
    """Read every row; `reject` and `warn` yield (code, column, sentence) for rows whose cells are good each by itself.

    `keep` makes of a good row what `good` holds of it; a large table's values are never held all at once.
    """
    checked = Checked()
    plan = [(_Reading(column), column.name, sheet.places.get(column.name)) for column in columns]
    for start in range(0, len(sheet.rows), TICK):
        on_progress(start, len(sheet.rows))
        _check_batch(checked, sheet.rows[start : start + TICK], plan, len(sheet.columns), reject, warn, keep)
    on_progress(len(sheet.rows), len(sheet.rows))
    return checked


def _check_batch(
    checked: Checked, batch: Sequence[tuple[int, Sequence[Cell]]], plan: Sequence[tuple[_Reading, str, int | None]],
    width: int, reject: Rule, warn: Rule, keep: Keep,
) -> None:  # fmt: skip
    numbers = [row for row, _ in batch]
    read, found = _read_batch([cells for _, cells in batch], numbers, plan, width)
    names = [name for _, name, _ in plan]
    for row, picked in zip(numbers, zip(*read, strict=True), strict=True):
        values = dict(zip(names, picked, strict=True))
        faults = found.get(row) or [Fault(row, column, code, text) for code, column, text in reject(values)]
        if faults:
            checked.faults += faults
            checked.rejected += 1
        else:
            checked.good.append(keep(row, values))
            checked.warnings += [Fault(row, column, code, text) for code, column, text in warn(values)]


def _read_batch(
    rows: Sequence[Sequence[Cell]], numbers: Sequence[int], plan: Sequence[tuple[_Reading, str, int | None]], width: int
) -> tuple[list[list[Any]], Mapping[int, list[Fault]]]:
    """The values column by column, and the faults by row."""
    faults: dict[int, list[Fault]] = {
        row: [Fault(row, None, "TOO_MANY_CELLS", _TOO_MANY)]
        for row, cells in zip(numbers, rows, strict=True)
        if len(cells) > width and any(plain(cell) for cell in cells[width:])
    }
    read = []
    for reading, name, at in plan:
        values = reading.all([cells[at] if at is not None and at < len(cells) else "" for cells in rows])
        if CellFault in set(map(type, values)):
            for row, value in zip(numbers, values, strict=True):
                if isinstance(value, CellFault):
                    faults.setdefault(row, []).append(Fault(row, name, value.code, value.text))
        read.append(values)
    return read, faults
