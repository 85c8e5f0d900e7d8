"""How is a stage run in a process of its own and killed, without a word, at its n-th commit: what a power cut does?

The processes are forked from one that has read the code already, for reading it costs more than most of the stages.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from pathlib import Path

from sqlalchemy import event

from service.cohort.queries import cycle_of
from service.settings import load_settings
from service.stage import Work, run_locally
from service.stages import STAGES
from service.trust.homes import open_home

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


def killed_at(environment: dict[str, str], stage: str, year: int, kill_at: int) -> bool:
    """Run the stage of the home that `environment` names; True when it came to its end, False when the kill struck.

    `kill_at` 0: it is not killed. Whatever else ends it is an error, and its trace is on standard error.
    """
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # where the process that is forked looks for this file
    child = FORKS.Process(target=_run, args=(environment, stage, year, kill_at))
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL), child.exitcode
    return child.exitcode == 0


def _run(environment: dict[str, str], stage: str, year: int, kill_at: int) -> None:
    os.environ.update(environment)
    try:
        _run_stage(stage, year, kill_at)
    except BaseException:
        traceback.print_exc()
        sys.exit(1)


def _run_stage(stage: str, year: int, kill_at: int) -> None:
    house = open_home(load_settings())
    with house.database.read() as session:
        cycle = cycle_of(session, year)
    work = Work(house.database, house.home, "http://estafet.test", cycle, "user:petugas", house.sealer)
    commits = 0

    def count_commit(_connection: object) -> None:
        nonlocal commits
        commits += 1
        if commits == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(house.database.engine, "commit", count_commit)
    for _ in run_locally(work, stage, STAGES[stage]):
        pass
