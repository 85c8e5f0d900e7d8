"""How does Prefect's server start so that its schedules make runs and it is never too busy for us?

`python -m flows.server server start ...`; two things of Prefect 3.8.8 are set right before it starts:

- It inserts scheduled runs from mappings that also hold the run's `state`, which is no column. SQLAlchemy 2.0 passed
  over it; 2.1 refuses the whole insert, and no schedule would ever start anything. Here it is passed over again.
- On SQLite a transaction that reads first and writes then is refused when another wrote in between ("database is
  locked"); the caller is told 503 and waits two seconds. One that says at its begin that it will write waits its turn.
"""

from __future__ import annotations

import runpy
from collections.abc import MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from prefect.server.database import orm_models
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction


def pass_over_state() -> None:
    """Of the two models whose `state` is computed; their real columns are untouched."""
    for model in (orm_models.FlowRun, orm_models.TaskRun):
        computed: Any = model.__mapper__.all_orm_descriptors["state"]
        if getattr(computed, "bulk_dml_setter", _drop) is None:
            computed.bulk_dml_setter = _drop


def _drop(_model: type[Any], mapping: MutableMapping[str, Any], _value: Any) -> None:
    mapping.pop("state", None)


def write_in_turn() -> None:
    """Every transaction on SQLite begins as a writer's; what only reads opens none."""
    begin_as_told = AioSqliteConfiguration.begin_transaction

    def begin(
        self: AioSqliteConfiguration, session: AsyncSession, with_for_update: bool = True
    ) -> AbstractAsyncContextManager[AsyncSessionTransaction]:
        return begin_as_told(self, session, with_for_update=True)

    AioSqliteConfiguration.begin_transaction = begin  # type: ignore[assignment]


if __name__ == "__main__":
    pass_over_state()
    write_in_turn()
    runpy.run_module("prefect", run_name="__main__")
