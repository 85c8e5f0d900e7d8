"""What does a person see while the demo works, and at its end? On standard error; standard output belongs to the summary."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Any

from babel.dates import format_date
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from service import regions
from service.clock import WIB

FUNNEL = (
    ("registered", "Terdaftar"), ("eligible", "Layak"), ("selected", "Terpilih"), ("verified", "Terbukti"),
    ("mentored", "Didampingi"), ("referred", "Dirujuk"), ("acknowledged", "Diterima"), ("accepted", "Disanggupi"),
    ("declined", "Ditolak"), ("rerouted", "Dialihkan"), ("concluded", "Selesai"),
)  # fmt: skip


class Screen:
    """Progress, one line a chapter; remembers how long each part took."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        if not self.console.is_terminal:
            self.console.width = 140  # a log is as wide as its tables need
        self.seconds: dict[str, float] = {}
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        """A line stays one line, however narrow the screen: links and commands are copied from it."""
        self.console.print(text, soft_wrap=True)

    def date(self, instant: datetime) -> None:
        day = format_date(instant.astimezone(WIB), "full", locale="id")
        self.console.rule(f"[bold]{day}", style="dim", align="left")

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Add what the block takes to a part of the summary's `seconds`."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[part] = round(self.seconds.get(part, 0) + time.monotonic() - began, 2)

    @contextmanager
    def bar(self, title: str, total: int | None = None) -> Iterator[Bar]:
        columns = (
            SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description:<46}"), BarColumn(bar_width=24),
            MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("[dim]{task.fields[note]}"),
        )  # fmt: skip
        with Progress(*columns, console=self.console, refresh_per_second=8) as progress:
            task = progress.add_task(title, total=total, note="")
            yield Bar(progress, task)
            known = progress.tasks[0].total
            progress.update(task, total=known if known is not None else progress.tasks[0].completed or 1)
            progress.update(task, completed=progress.tasks[0].total)

    def funnel(self, summary: dict[str, Any]) -> None:
        table = Table(title=f"Corong siklus {summary['cycle']} (data sintetis)", title_justify="left")
        table.add_column("Kabupaten/kota")
        for _, label in FUNNEL:
            table.add_column(label, justify="right")
        for row in summary["by_regency"]:
            table.add_row(regions.name_of(row["regency"]), *(_figure(row[name]) for name, _ in FUNNEL))
        table.add_section()
        table.add_row("[bold]Banten", *(f"[bold]{_figure(summary[name])}" for name, _ in FUNNEL))
        self.console.print(table)

    def verdict(self, summary: dict[str, Any]) -> None:
        if summary["conservation"] == "ok":
            self.say("[green]✓ Kekekalan: setiap rumah tangga berada di tepat satu tempat.")
            return
        named = ", ".join(f"{alarm['case']} ({alarm['code']})" for alarm in summary["alarms"][:10])
        self.say(f"[red]✗ Kekekalan RUSAK pada {len(summary['alarms'])} berkas: {named}")


class Bar:
    """One line of progress."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self._progress, self._task = progress, task

    def step(self, by: int = 1, note: str | None = None) -> None:
        self._progress.advance(self._task, by)
        if note is not None:
            self._progress.update(self._task, note=note)

    def to(self, done: int, total: int | None = None) -> None:
        self._progress.update(self._task, completed=done)
        if total is not None:
            self._progress.update(self._task, total=total)


def line_to_copy(home: Path, token: str) -> str:
    """For a shell: from then on `estafet` works on this home as whose token it is."""
    programs = quote(str(Path(sys.executable).parent))
    return f'export ESTAFET_HOME={quote(str(home.absolute()))} ESTAFET_TOKEN={token} PATH={programs}:"$PATH"'


def _figure(number: int) -> str:
    return f"{number:,}".replace(",", ".")
