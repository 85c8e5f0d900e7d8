"""What signs one batch in a process of its own and is killed with kill -9 when its number is taken but not committed?

`python tests/killed_signing.py ADDRESS BATCH KILL`; KILL = 0: not killed. Exit code 0: it was signed.
"""

import os
import signal
import sys

from handoff_scenes import APPROVER, START
from sqlalchemy import event

from service.db.history import Told
from service.db.session import Database
from service.db.tables import ReferralBatch
from service.handoff.decisions import sign_batch


def main(address: str, batch_id: int, kill: int) -> None:
    database = Database(address)
    if kill:
        event.listen(database.engine, "commit", lambda _connection: os.kill(os.getpid(), signal.SIGKILL))
    with database.write() as session:
        sign_batch(session, APPROVER, session.get_one(ReferralBatch, batch_id), Told(APPROVER.actor, START))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
