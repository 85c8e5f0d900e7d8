"""How long does the whole demo take, what does Prefect cost in it, and how much memory? (`python -m tests.bench.demo`)"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from service.supervisor.children import of_home
from tests.bench.showing import show

HOUSEHOLDS, QUOTA = 12_000, 2_500


def measure() -> list[dict[str, Any]]:
    with_prefect, peak = play("prefect")
    without, _ = play("local")
    told, plain = with_prefect["seconds"], without["seconds"]
    work, bare_work = told["total"] - told["start"], plain["total"] - plain["start"]
    return [
        row(f"demo, {HOUSEHOLDS:,} registered, {QUOTA:,} selected, wall", told["total"], 120, "s"),
        row("of which servers starting", told["start"], 20, "s"),
        row("Prefect in it: work with / without", work / bare_work, 1.5, "ratio"),
        row("peak memory of any one process of it", peak, 600, "MB"),
    ]


def row(what: str, measured: float, goal: float, unit: str) -> dict[str, Any]:
    return {"what": what, "measured": round(measured, 2), "goal": goal, "unit": unit}


def play(how: str) -> tuple[dict[str, Any], int]:
    """The summary of one demo, and the largest peak memory of its processes in MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.one_demo", folder, str(HOUSEHOLDS), str(QUOTA), how]
        stop, peaks = threading.Event(), dict[str, int]()
        watching = threading.Thread(target=peak_of, args=(Path(folder) / "demo", stop, peaks))
        watching.start()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        stop.set()
        watching.join()
        return json.loads(done.stdout.splitlines()[-1]), max(peaks.values(), default=0)


def peak_of(home: Path, stop: threading.Event, peaks: dict[str, int]) -> None:
    """Largest resident memory (MB) of any process of the installation, by its command, looked at twice a second."""
    while not stop.wait(0.5):
        for pid in of_home(home):
            with suppress(OSError, IndexError, StopIteration):
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                name = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")[-60:]
                peak = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
                peaks[name] = max(peaks.get(name, 0), peak)


if __name__ == "__main__":
    show(measure())
