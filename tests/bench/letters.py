"""How much do our letters cost beside the bare engine compiling the same finished sources?"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from letter_samples import sheet

from service.letters import render_many
from service.letters.rendering import _compiled
from service.letters.sources import layout, source

SHEETS, ROUNDS = 200, 5


def ratio() -> dict[str, float]:
    """Medians of interleaved rounds: seconds of ours, of the bare engine, and their ratio; milliseconds a sheet."""
    values = [sheet(referral_number=f"RJK-2021-{n:05d}") for n in range(SHEETS)]
    files = [{"main.typ": source("referral_sheet", one), "layout.typ": layout()} for one in values]

    def bare() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda pair: _compiled("referral_sheet", *pair), zip(values, files, strict=True)))

    def ours() -> None:
        render_many([("referral_sheet", one) for one in values], threads=2)

    bare()
    pairs = sorted((_seconds(ours), _seconds(bare)) for _ in range(ROUNDS))
    ratios = sorted(mine / engine for mine, engine in pairs)
    middle = pairs[ROUNDS // 2]
    return {"ratio": ratios[ROUNDS // 2], "ours_s": middle[0], "bare_s": middle[1], "ms_a_sheet": middle[0] / SHEETS * 1000}


def measure() -> list[dict[str, Any]]:
    found = ratio()
    return [
        {"what": "letters: ours / bare engine", "measured": round(found["ratio"], 2), "goal": 1.3, "unit": "ratio"},
        {"what": "one sheet (two threads)", "measured": round(found["ms_a_sheet"], 1), "goal": None, "unit": "ms"},
    ]


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
