"""Takes an agency's table in this process and kills it, without a word, at its n-th write: what a power cut does.

`python tests/killed_sheet.py TOKEN FILE N`; the home comes from the environment. N = 0: not killed, the number of writes is
printed; N = -1: killed when all is committed and nobody was told yet.
"""

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event

from service import clock
from service.api.agency_sheet import take_sheet
from service.handoff.links import open_link_for
from service.settings import load_settings
from service.trust.homes import open_home

WRITES = ("INSERT", "UPDATE", "DELETE")


class Sword:
    """Counts writes and commits, and strikes at the n-th, before it happens."""

    def __init__(self, strike_at: int) -> None:
        self.strike_at, self.seen = strike_at, 0

    def __call__(self, statement: str) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            self.seen += 1
            if self.seen == self.strike_at:
                os.kill(os.getpid(), signal.SIGKILL)


def main(token: str, path: Path, strike_at: int) -> None:
    house = open_home(load_settings())
    with house.database.read() as session:
        partner, link = open_link_for(session, token, clock.today(house.home))
    sword = Sword(strike_at)
    event.listen(house.database.engine, "before_cursor_execute", lambda _c, _r, statement, *_more: sword(statement))
    event.listen(house.database.engine, "commit", lambda _connection: sword("INSERT"))
    count = take_sheet(house, partner, link, path.read_bytes(), path.name, f"/r/{token}")
    if strike_at == -1:
        os.kill(os.getpid(), signal.SIGKILL)
    print(count, sword.seen)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
