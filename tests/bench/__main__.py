"""Which figures did we promise, and which do we reach here? (`make bench`, `ARGS="placing export"` for some of them.)"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.databases import NAMES

OUT = Path("var/bench.json")
PARTS = ("registry", "likely", "placing", "decree", "export", "letters", "demo")
"""Modules of this folder; each has `measure() -> [{what, database?, measured, goal?, unit, note?}]`, lower is better."""


def main() -> None:
    wish = argparse.ArgumentParser(prog="make bench")
    wish.add_argument("parts", nargs="*", help="which figures; all when none is named")
    chosen = wish.parse_args().parts or PARTS
    rows: list[dict[str, Any]] = []
    for part in chosen:
        rows += [{"part": part, **row, "met": is_met(row)} for row in importlib.import_module(f"tests.bench.{part}").measure()]
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(json.dumps({"cores": os.cpu_count(), "figures": rows}, indent=1))
    Console(width=150).print(table_of(rows))


def is_met(row: dict[str, Any]) -> bool:
    return row.get("goal") is None or row["measured"] <= row["goal"]


def table_of(rows: list[dict[str, Any]]) -> Table:
    """A line for each piece of work; SQLite and PostgreSQL beside each other, what has no database under `measured`."""
    table = Table(title=f"{os.cpu_count()} cores; lower is better")
    for head in ("what", "unit", "measured", *NAMES, "goal", ""):
        table.add_column(head, justify="left" if head in ("what", "unit", "") else "right")
    for what in dict.fromkeys(row["what"] for row in rows):
        mine = {row.get("database") or "measured": row for row in rows if row["what"] == what}
        goal = next((row["goal"] for row in mine.values() if row.get("goal") is not None), None)
        cells = [str(mine[name]["measured"]) if name in mine else "" for name in ("measured", *NAMES)]
        missed = [name for name, row in mine.items() if not is_met(row)]
        verdict = "" if goal is None else ("MISSED" if missed else "met")
        unit = next(iter(mine.values()))["unit"]
        table.add_row(what, unit, *cells, "" if goal is None else f"<= {goal}", verdict)
    return table


if __name__ == "__main__":
    main()
