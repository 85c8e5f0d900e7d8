"""How is a stage run from the command line, through Prefect or in this process?"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.desk import AsJson, Desk, Year, answer, command, sit_down
from service.errors import NotNow

if TYPE_CHECKING:
    from rich.progress import Progress


class RunFailed(NotNow):
    """The run ended, but not well."""


def add_to(app: typer.Typer) -> None:
    command(app, "run", "stage.run")(run)


def run(
    stage: Annotated[str, typer.Argument(help="selection, procurement, delivery, mentoring, handoff, atau watch")],
    year: Year,
    local: Annotated[bool, typer.Option("--local", help="Jalankan di proses ini, tanpa Prefect.")] = False,
    as_json: AsJson = False,
) -> None:
    """Jalankan satu tahap, tunggu sampai selesai. Aman diulang: hanya yang jatuh tempo yang dikerjakan."""
    from service.stages import STAGES, NoSuchStage

    if stage not in STAGES:
        raise NoSuchStage(f"Tahap '{stage}' tidak dikenal. Yang dikenal: {', '.join(STAGES)}.")
    with sit_down() as desk:
        (_run_here if local else _run_by_prefect)(desk, stage, year, as_json)


def _run_by_prefect(desk: Desk, stage: str, year: int, as_json: bool) -> None:
    from service.cli.working import prefect_address, work_at
    from service.messages.prefect_runs import PrefectServer, Run

    work_at(desk, year)
    with PrefectServer(prefect_address(desk.house)) as prefect, _progress(as_json) as bar:
        task = bar.add_task(f"{stage} {year}", total=100)
        last = Run("", "", "", "")
        for last in prefect.follow(prefect.start(stage, {"year": year, "started_by": desk.officer.actor})):
            bar.update(task, completed=100 if last.has_ended else last.percent or 0)
    fields = {"stage": stage, "year": year, "run": last.id, "state": last.type, "message": last.message}
    if last.type == "CANCELLED":
        raise RunFailed(f"Tahap {stage} sedang berjalan; tunggu sampai selesai. ({last.message})", **fields)
    if last.type != "COMPLETED":
        raise RunFailed(f"Tahap {stage} {year} tidak selesai dengan baik: {last.message}", **fields)
    answer(as_json, fields, f"{stage} {year}: {last.message}")


def _run_here(desk: Desk, stage: str, year: int, as_json: bool) -> None:
    from service.cli.working import work_at
    from service.stage import run_locally
    from service.stages import STAGES

    work, steps, told, titles = work_at(desk, year), STAGES[stage], list[dict[str, Any]](), list[str]()
    if stage == "watch":
        told.append({"step": "apply_parked", "moved": _apply_parked(desk), "set_aside": {}})
        titles.append("Terapkan laporan yang menunggu giliran")
    with _progress(as_json) as bar:
        task = bar.add_task(stage, total=len(steps))
        for step, done in run_locally(work, stage, steps):
            told.append({"step": step.name, "moved": done.moved, "set_aside": dict(Counter(done.set_aside.values()))})
            titles.append(step.title)
            bar.update(task, description=step.title, advance=1)
    fields = {"stage": stage, "year": year, "steps": told}
    lines = [f"{title}: {one['moved']} selesai" + _aside(one["set_aside"]) for title, one in zip(titles, told, strict=True)]
    answer(as_json, fields, "\n".join(lines))


def _apply_parked(desk: Desk) -> int:
    from service import clock
    from service.doors import DOORS
    from service.messages.inbox import apply_parked

    return apply_parked(desk.house.database, DOORS, clock.now(desk.house.home))


def _aside(codes: dict[str, int]) -> str:
    return ", disisihkan " + ", ".join(f"{code} {count}" for code, count in sorted(codes.items())) if codes else ""


@contextmanager
def _progress(quiet: bool) -> Iterator[Progress]:
    """A bar on standard error; nothing when a program reads us."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(file=sys.stderr)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        yield bar
