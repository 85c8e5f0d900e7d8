"""Which figures did we promise, and which do we reach here? (`make bench`, `ARGS="placing export"` for some of them.)"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from pathlib import Path
from typing import Any

from tests.bench.showing import is_met, show

OUT = Path("var/bench.json")
PARTS = (
    "registry", "likely", "placing", "decree", "orders", "export", "letters", "records", "sheets", "parcels", "callbacks",
    "killed", "clocks", "desks", "demo",
)  # fmt: skip
"""Modules of this folder; each has `measure() -> [{what, database?, measured, goal?, unit, note?}]`, lower is better."""


def main() -> None:
    wish = argparse.ArgumentParser(prog="make bench")
    wish.add_argument("parts", nargs="*", help=f"which figures, of {', '.join(PARTS)}; all when none is named")
    chosen = wish.parse_args().parts or PARTS
    rows: list[dict[str, Any]] = []
    for part in chosen:
        rows += [{"part": part, **row, "met": is_met(row)} for row in importlib.import_module(f"tests.bench.{part}").measure()]
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(json.dumps({"cores": os.cpu_count(), "figures": rows}, indent=1))
    show(rows)


if __name__ == "__main__":
    main()
