"""What happens in a year, in which order? Read this first.

    open ......... an officer opened the cycle with its quotas; regencies' files come in
    selection .... frozen -> proposed; then an approver decides on the decree
    procurement .. decreed -> procuring; then the commitment officer approves orders, suppliers answer
    delivery ..... delivering; facilitators prove each handover
    mentoring .... beside delivery and after it: mentors, visits, who is ready
    handoff ...... handing_off; an approver signs, agencies answer; then the cycle is closed

No flow waits for people. A stage does what is due and ends; what people or partners decide makes the next
thing due, and `flows.watch` starts whatever is.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.states import Completed, Failed

from flows.edge import opened_home, work_of
from service import clock
from service.cohort.queries import NoSuchCycle
from service.stages import LABELS

STAGE_OF_STATUS = {
    "open": "selection", "frozen": "selection", "decreed": "procurement", "procuring": "procurement",
    "delivering": "delivery", "handing_off": "handoff",
}  # fmt: skip
UNDER_WAY = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING]


@flow(name="cycle", flow_run_name="cycle", persist_result=False)
async def walk_the_year(year: int | None = None, started_by: str = "schedule") -> State[Any]:
    """Siklus tahunan: memulai tahap yang sesuai dengan keadaan siklus.

    Args:
        year: Tahun siklus. Kosongkan untuk tahun ini.
        started_by: Siapa yang memulai, misalnya user:siti. Biarkan "schedule" bila dimulai oleh jadwal.
    """
    with opened_home() as house:
        wanted = year or clock.today(house.home).year
        try:
            status = work_of(house, wanted, "flow:cycle").cycle.status
        except NoSuchCycle as error:
            return Failed(message=error.message)
    stage = STAGE_OF_STATUS.get(status)
    if stage is None:
        return Completed(message=f"Siklus {wanted} berstatus '{status}': tidak ada tahap yang perlu dimulai.")
    began = await start_stage(stage, wanted, started_by)
    return Completed(message=f"{LABELS[stage]} {wanted} {'dimulai' if began else 'sedang berjalan'}.")


async def start_stage(stage: str, year: int, started_by: str) -> bool:
    """Start a stage's deployment unless a run of it is under way; says whether it did."""
    async with get_client() as client:
        states = FlowRunFilterStateType(any_=UNDER_WAY)
        busy = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=states)),
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[stage])),
            limit=1,
        )
        if busy:
            return False
        deployment = await client.read_deployment_by_name(f"{stage}/{stage}")
        minute = f"{datetime.now(UTC):%Y%m%d%H%M}"
        await client.create_flow_run_from_deployment(
            deployment.id,
            parameters={"year": year, "started_by": started_by},
            idempotency_key=f"sweep-{stage}-{year}-{minute}",
        )
    return True
