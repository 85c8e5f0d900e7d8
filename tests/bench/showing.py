"""How are figures shown: one line for each piece of work, the two databases beside each other, what is missed said so?"""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.databases import NAMES


def is_met(row: dict[str, Any]) -> bool:
    """Lower is better; a figure without a goal promises nothing."""
    return row.get("goal") is None or row["measured"] <= row["goal"]


def show(rows: list[dict[str, Any]]) -> None:
    """`rows`: {what, database?, measured, goal?, unit, note?}; what has no database stands under `measured`."""
    table = Table(title=f"{os.cpu_count()} cores; lower is better")
    for head in ("what", "unit", "measured", *NAMES, "goal", "", "note"):
        table.add_column(head, justify="left" if head in ("what", "unit", "", "note") else "right")
    for what in dict.fromkeys(row["what"] for row in rows):
        mine = {row.get("database") or "measured": row for row in rows if row["what"] == what}
        goal = next((row["goal"] for row in mine.values() if row.get("goal") is not None), None)
        cells = [str(mine[name]["measured"]) if name in mine else "" for name in ("measured", *NAMES)]
        missed = [name for name, row in mine.items() if not is_met(row)]
        verdict = "" if goal is None else ("MISSED" if missed else "met")
        first = next(iter(mine.values()))
        notes = " | ".join(dict.fromkeys(row["note"] for row in mine.values() if row.get("note")))
        table.add_row(what, first["unit"], *cells, "" if goal is None else f"<= {goal}", verdict, notes)
    Console(width=200).print(table)
