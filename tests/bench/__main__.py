"""Which figures did we promise, and which do we reach here? (`make bench`, `ARGS="--households 3000 --quota 600"` for less.)"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from service.supervisor.children import of_home
from tests.bench import letters

OUT = Path("var/bench.json")


def peak_of(home: Path, stop: threading.Event, peaks: dict[str, int]) -> None:
    """Largest resident memory (MB) of any process of the installation, by its command, looked at twice a second."""
    while not stop.wait(0.5):
        for pid in of_home(home):
            with suppress(OSError, IndexError, StopIteration):
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                name = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")[-60:]
                peak = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
                peaks[name] = max(peaks.get(name, 0), peak)


def play(households: int, quota: int, how: str) -> tuple[dict[str, Any], int]:
    """The summary of one demo, and the largest peak memory of its processes in MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.one_demo", folder, str(households), str(quota), how]
        stop, peaks = threading.Event(), dict[str, int]()
        watching = threading.Thread(target=peak_of, args=(Path(folder) / "demo", stop, peaks))
        watching.start()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        stop.set()
        watching.join()
        return json.loads(done.stdout.splitlines()[-1]), max(peaks.values(), default=0)


def measure(households: int, quota: int) -> list[dict[str, Any]]:
    with_prefect, peak = play(households, quota, "prefect")
    without, _ = play(households, quota, "local")
    told, plain = with_prefect["seconds"], without["seconds"]
    printed = letters.ratio()
    work, bare_work = told["total"] - told["start"], plain["total"] - plain["start"]
    return [
        row("demo, wall seconds", told["total"], 120),
        row("of which servers starting, seconds", told["start"], 20),
        row("Prefect in it: work with / without, ratio", work / bare_work, 1.5),
        row("letters: ours / bare engine, ratio", printed["ratio"], 1.3),
        row("one sheet, ms (two threads)", printed["ms_a_sheet"], None),
        row("peak memory of any one process, MB", peak, 600),
    ]


def row(what: str, measured: float, goal: float | None) -> dict[str, Any]:
    return {"what": what, "measured": round(measured, 2), "goal": goal, "met": goal is None or measured <= goal}


def main() -> None:
    wish = argparse.ArgumentParser(prog="make bench")
    wish.add_argument("--households", type=int, default=12_000)
    wish.add_argument("--quota", type=int, default=2_500)
    chosen = wish.parse_args()
    rows = measure(chosen.households, chosen.quota)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    size = {"households": chosen.households, "quota": chosen.quota, "cores": os.cpu_count()}
    OUT.write_text(json.dumps({**size, "figures": rows}, indent=1))
    table = Table(title=f"{chosen.households} registered, {chosen.quota} selected, {os.cpu_count()} cores")
    for head in ("what", "measured", "goal", ""):
        table.add_column(head, justify="left" if head in ("what", "") else "right")
    for one in rows:
        goal = "" if one["goal"] is None else f"<= {one['goal']}"
        table.add_row(one["what"], str(one["measured"]), goal, "met" if one["met"] else "MISSED")
    Console().print(table)


if __name__ == "__main__":
    main()
