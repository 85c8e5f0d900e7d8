"""How does Prefect's server start so that its schedules make runs? (`python -m flows.server server start ...`)

Prefect 3.8.8 inserts scheduled runs from mappings that also hold the run's `state`, which is no column. SQLAlchemy 2.0
passed over it; 2.1 refuses the whole insert, and no schedule would ever start anything. Here it is passed over again.
"""

from __future__ import annotations

import runpy
from collections.abc import MutableMapping
from typing import Any

from prefect.server.database import orm_models


def pass_over_state() -> None:
    """Of the two models whose `state` is computed; their real columns are untouched."""
    for model in (orm_models.FlowRun, orm_models.TaskRun):
        computed: Any = model.__mapper__.all_orm_descriptors["state"]
        if getattr(computed, "bulk_dml_setter", _drop) is None:
            computed.bulk_dml_setter = _drop


def _drop(_model: type[Any], mapping: MutableMapping[str, Any], _value: Any) -> None:
    mapping.pop("state", None)


if __name__ == "__main__":
    pass_over_state()
    runpy.run_module("prefect", run_name="__main__")
