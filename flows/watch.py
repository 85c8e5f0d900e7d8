"""Who is late, what is stuck, what is due? Read off the tables; no rules of its own.

The sweep is the guarantee behind every kick: whatever a callback, an approval or a killed run left due is found here
a minute later at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import report
from flows.cycle import start_stage
from flows.edge import Tally, opened_home, run_steps, work_of
from service import clock
from service.cohort.queries import cycles
from service.doors import DOORS
from service.lifecycle import ENDS, Subject
from service.messages.inbox import apply_parked
from service.stage import Work
from service.stages import LABELS, STAGES, stages_due
from service.trust.homes import House


@flow(name="watch", flow_run_name="watch", persist_result=False)
async def watch_everything(year: int | None = None, started_by: str = "schedule") -> State[Any]:
    """Pengawasan: tenggat dan pengingat, pesan yang menunggu giliran, dan tahap yang ada pekerjaannya.

    Args:
        year: Tahun siklus. Kosongkan untuk semua siklus yang berjalan.
        started_by: Siapa yang memulai, misalnya user:siti. Biarkan "schedule" bila dimulai oleh jadwal.
    """
    with opened_home() as house:
        await asyncio.to_thread(apply_parked, house.database, DOORS, clock.now(house.home))
        tallies = [await _watch_one(work, started_by) for work in running(house, year)]
    failed = [tally for tally in tallies if tally.failed]
    moved = sum(sum(tally.moved.values()) for tally in tallies)
    return failed[0].verdict() if failed else Completed(message=f"{len(tallies)} siklus diperiksa, {moved} tindakan")


@flow(name="conservation", flow_run_name="conservation", persist_result=False)
async def check_conservation(year: int | None = None) -> State[Any]:
    """Pemeriksaan kekekalan: setiap rumah tangga, dan setiap rujukan pada instansinya, ada di tepat satu tempat.

    Yang disisihkan dicoba lagi.

    Args:
        year: Tahun siklus. Kosongkan untuk semua siklus yang berjalan.
    """
    with opened_home() as house:
        works = running(house, year)
        broken = [work.cycle.year for work in works if not await _is_balanced(work)]
        for work in works:
            await _start_due(work, "schedule", again=True)
    if broken:
        return Failed(message=f"Ada rumah tangga atau rujukan yang tidak pada tempatnya, siklus {', '.join(map(str, broken))}.")
    return Completed(message=f"{len(works)} siklus diperiksa: semua rumah tangga ada di satu tempat")


def running(house: House, year: int | None) -> list[Work]:
    """Cycles that have not ended; the named one only, when one is named."""
    with house.database.read() as session:
        found = [c.year for c in cycles(session) if c.status not in ENDS[Subject.CYCLE] and year in (None, c.year)]
    return [work_of(house, one, "clock") for one in found]


async def _is_balanced(work: Work) -> bool:
    """Both are written down, whatever the first says."""
    cohort, agencies = await report.write_conservation(work), await report.write_balance(work)
    return cohort and agencies


async def _watch_one(work: Work, started_by: str) -> Tally:
    tally = await run_steps(work, "watch", STAGES["watch"])
    await _start_due(work, started_by)
    return tally


async def _start_due(work: Work, started_by: str, again: bool = False) -> None:
    for stage in await asyncio.to_thread(_due, work, again):
        if await start_stage(stage, work.cycle.year, started_by):
            get_run_logger().info("%s %s dimulai", LABELS[stage], work.cycle.year)


def _due(work: Work, again: bool) -> Sequence[str]:
    with work.database.read() as session:
        return stages_due(session, work, again)
