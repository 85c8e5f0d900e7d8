"""Which households does the programme take this year? (The selection stage as a flow.)"""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.edge import run_stage


@flow(name="selection", flow_run_name="selection {year}", persist_result=False)
async def select_households(year: int, started_by: str = "schedule") -> State[Any]:
    """Seleksi: Membekukan data, menilai, menempatkan dalam kuota, lalu mengusulkan SK penerima.

    Args:
        year: Tahun siklus, misalnya 2021. Siklusnya harus sudah dibuka.
        started_by: Siapa yang memulai, misalnya user:siti. Biarkan "schedule" bila dimulai oleh jadwal.
    """
    return await run_stage("selection", year, started_by)
