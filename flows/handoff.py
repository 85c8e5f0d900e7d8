"""Which agency takes the baton of whom? (The handoff stage as a flow.)"""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.edge import run_stage


@flow(name="handoff", flow_run_name="handoff {year}", persist_result=False)
async def hand_off_households(year: int, started_by: str = "schedule") -> State[Any]:
    """Perujukan: Memilih instansi, menyusun rujukan, mengirim surat yang telah ditandatangani, meneruskan yang ditolak.

    Args:
        year: Tahun siklus, misalnya 2021. Siklusnya harus sudah dibuka.
        started_by: Siapa yang memulai, misalnya user:siti. Biarkan "schedule" bila dimulai oleh jadwal.
    """
    return await run_stage("handoff", year, started_by)
