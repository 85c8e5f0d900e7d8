"""What does one row of an agency's table hold while it is read: its cells, what it says so far, what cannot be taken?

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.handoff.sheet_known import Known
from service.handoff.sheet_words import FAULTS, LONGEST
from service.handoff.written import WrongNote

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """One cell that cannot be taken; `row` as Excel shows it."""

    row: int
    column: str
    code: str
    text: str


@dataclass(frozen=True)
class Answer:
    """One step one row says, in the words of the webhook; `column` says it."""

    row: int
    referral: str
    event: str
    said: dict[str, Any]
    column: str


@dataclass
class Read:
    """What a table says: answers in the order of its rows, and every fault of every row."""

    answers: list[Answer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, row: int, column: str, code: str, **words: Any) -> None:
        self.faults.append(Fault(row, column, code, FAULTS[code].format(**words)))


@dataclass
class Row:
    """One row being read."""

    at: int
    cells: Cells
    known: Known
    found: Read
    steps: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)

    def cell(self, name: str) -> str:
        return self.cells.get(name, "")

    def fault(self, column: str, code: str, **words: Any) -> None:
        self.found.fault(self.at, column, code, **words)


def may_stand(row: Row, name: str, check: Callable[[str], object], kept: str | None = None) -> bool:
    """Not too long, unless it came from us as long as that, and no person's number in it."""
    try:
        if name in LONGEST and len(row.cell(name)) > LONGEST[name] and row.cell(name) != kept:
            row.fault(name, "TOO_LONG", most=LONGEST[name])
        else:
            check(row.cell(name))
            return True
    except WrongNote as refused:
        row.fault(name, "NOTE_REFUSED", why=refused.message)
    return False
