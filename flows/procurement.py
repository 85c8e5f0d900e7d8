"""Which goods are ordered from whom? (The procurement stage as a flow.)"""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.edge import run_stage


@flow(name="procurement", flow_run_name="procurement {year}", persist_result=False)
async def procure_packages(year: int, started_by: str = "schedule") -> State[Any]:
    """Pengadaan: Menentukan paket tiap rumah tangga, memeriksa pagu, menyusun dan mengirim pesanan.

    Args:
        year: Tahun siklus, misalnya 2021. Siklusnya harus sudah dibuka.
        started_by: Siapa yang memulai, misalnya user:siti. Biarkan "schedule" bila dimulai oleh jadwal.
    """
    return await run_stage("procurement", year, started_by)
