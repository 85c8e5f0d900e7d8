"""Runs one stage in this process and kills it, without a word, at its n-th commit: what a power cut does.

`python tests/killed_run.py STAGE YEAR N`; the home comes from the environment. N = 0: not killed. Exit code 0: the stage
came to its end.
"""

import os
import signal
import sys

from sqlalchemy import event

from service.cohort.queries import cycle_of
from service.settings import load_settings
from service.stage import Work, run_locally
from service.stages import STAGES
from service.trust.homes import open_home


def main(stage: str, year: int, kill_at: int) -> None:
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


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
