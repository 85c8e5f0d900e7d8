"""Who accompanies whom, and who is ready to be referred? (The mentoring stage as a flow.)"""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.edge import run_stage


@flow(name="mentoring", flow_run_name="mentoring {year}", persist_result=False)
async def accompany_households(year: int, started_by: str = "schedule") -> State[Any]:
    """Pendampingan: Memasangkan motivator dan menandai rumah tangga yang siap dirujuk.

    Args:
        year: Tahun siklus, misalnya 2021. Siklusnya harus sudah dibuka.
        started_by: Siapa yang memulai, misalnya user:siti. Biarkan "schedule" bila dimulai oleh jadwal.
    """
    return await run_stage("mentoring", year, started_by)
