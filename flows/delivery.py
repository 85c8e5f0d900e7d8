"""Which goods reached which household, provably? (The delivery stage as a flow.)"""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.edge import run_stage


@flow(name="delivery", flow_run_name="delivery {year}", persist_result=False)
async def deliver_packages(year: int, started_by: str = "schedule") -> State[Any]:
    """Penyaluran: Menjadwalkan acara serah terima, memeriksa bukti penyerahan, menjadwalkan ulang yang absen.

    Args:
        year: Tahun siklus, misalnya 2021. Siklusnya harus sudah dibuka.
        started_by: Siapa yang memulai, misalnya user:siti. Biarkan "schedule" bila dimulai oleh jadwal.
    """
    return await run_stage("delivery", year, started_by)
