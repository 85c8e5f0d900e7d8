"""How long do the letters of 2,500 referrals take: numbered at signing, printed, kept, hashed? And the bare engine?

`python -m tests.bench sheets`. The engine's share is measured on the very sources the run printed, with nothing of ours
around it: no template, no QR, no file, no row.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import typst
from factories import make_ready_case
from handoff_scenes import Scene, make_agency, make_scene
from letter_samples import referral
from sqlmodel import Session, col, select

from service.db.tables import Letter
from service.handoff import sheets as values_of
from service.handoff.queries import letters as queries
from service.handoff.queries.closed import still_listed
from service.handoff.sending import COVER, SHEET, sheet_frame
from service.handoff.steps import STEPS
from service.letters import fonts
from service.letters.rendering import STANDARDS
from service.letters.sources import layout, source
from service.stage import due_batches, run_batch
from tests.bench.databases import NAMES, empty_database, peak_mb

HOUSEHOLDS, GOAL, GOAL_RATIO = 2_500, 20.0, 1.3
REGENCIES = ("36.01", "36.02", "36.03", "36.04", "36.71", "36.72", "36.73", "36.74")
SEND = next(step for step in STEPS if step.name == "render_and_send")


def measure() -> list[dict[str, Any]]:
    rows = []
    for name in NAMES:
        with empty_database(name) as database, tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder:
            ours, bare = _seconds(_drafted(make_scene(database, Path(folder), households=0, agencies=())))
            note = f"{ours / HOUSEHOLDS * 1000:.1f} ms each, bare engine {bare:.1f} s, peak {peak_mb():.0f} MB"
            what = f"{HOUSEHOLDS:,} household sheets and {len(REGENCIES)} cover letters as PDF"
            rows += [
                {"what": what, "database": name, "measured": round(ours, 1), "goal": GOAL, "unit": "s", "note": note},
                {"what": f"{what} / bare engine", "database": name, "measured": round(ours / bare, 2), "goal": GOAL_RATIO,
                 "unit": "ratio"},
            ]  # fmt: skip
    return rows


def _drafted(scene: Scene) -> Scene:
    """Ready households of eight regencies, each regency with its agency."""
    with scene.database.write() as session:
        for place, regency in enumerate(REGENCIES):
            make_agency(session, f"dinkop-{place}", regency)
        for number in range(HOUSEHOLDS):
            _make_household(session, scene.cycle_id, REGENCIES[number % len(REGENCIES)])
    scene.run()
    assert len(scene.batches()) == len(REGENCIES)
    return scene


def _make_household(session: Session, cycle_id: int, regency: str) -> None:
    village = f"{regency}.01.{'1' if regency > '36.7' else '2'}001"
    make_ready_case(
        session, cycle_id, village_code=village, district_code=village[:8], regency_code=regency,
        facilitator_code=f"F{regency}",
    )  # fmt: skip


def _seconds(scene: Scene) -> tuple[float, float]:
    """Of ours, and of the bare engine right after each batch, so that whatever else the machine does slows both."""
    _bare([source(COVER, referral())] * 2)  # fonts are read
    ours, bare = _timed(scene.sign_all)[0], 0.0
    covered: set[int | None] = set()
    for ids in due_batches(scene.work, SEND):
        seconds, done = _timed(run_batch, scene.work, "handoff", SEND, ids)
        assert done.moved == len(ids)
        ours, bare = ours + seconds, bare + _timed(_bare, list(_sources(scene, ids, covered)))[0]
    with scene.database.read() as session:
        kinds = [kind for (kind,) in session.execute(select(col(Letter.kind)))]
    assert (kinds.count(SHEET), kinds.count(COVER)) == (HOUSEHOLDS, len(REGENCIES))
    return ours, bare


def _timed(work: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    done = work(*given)
    return time.perf_counter() - began, done


def _sources(scene: Scene, ids: list[int], covered: set[int | None]) -> Iterator[bytes]:
    """What Typst was given for these referrals, made again from the rows; covers where they are not in `covered` yet."""
    frame = sheet_frame(scene.work)
    with scene.database.read() as session:
        listed = queries.sheets(session, ids)
        for batch in {one.batch.id: one.batch for one in listed if one.batch.id not in covered}.values():
            whole = queries.sheets(session, still_listed(session, batch.id or 0))
            yield source(COVER, values_of.cover_values(whole, frame, None))
        covered |= {one.batch.id for one in listed}
        for one in listed:
            code = session.get_one(Letter, one.referral.letter_id).code
            yield source(SHEET, values_of.sheet_values(one, frame, code))


def _bare(sources: list[bytes]) -> None:
    def compile_half(which: int) -> None:
        for main in sources[which::2]:
            files = {"main.typ": main, "layout.typ": layout()}
            _compilers()[which].compile(files, format="pdf", pdf_standards=STANDARDS, timestamp=0)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(compile_half, range(2)))


@cache
def _compilers() -> list[typst.Compiler]:
    inputs = {"fonts": ";".join(fonts.families())}
    return [typst.Compiler(font_paths=fonts.fonts(), ignore_system_fonts=True, sys_inputs=inputs) for _ in range(2)]
