"""Plays one demo in a process of its own, with or without Prefect around the same steps; prints its summary.

`python -m tests.bench.one_demo HOME HOUSEHOLDS QUOTA prefect|local`
"""

import json
import sys
from pathlib import Path

from service.demo.run import run_demo
from service.settings import Settings
from service.supervisor.ports import free_port

if __name__ == "__main__":
    home, households, quota, how = sys.argv[1:]
    summary = run_demo(
        Settings(home=Path(home)), households=int(households), quota=int(quota), port=free_port(), prefect_port=free_port(),
        stop_after=True, without_prefect=how == "local",
    )  # fmt: skip
    print(json.dumps(summary))
