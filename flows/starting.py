"""What does the worker start for a run? (`python -I -m flows.starting`: asks the nursery, and stands for the run)

Small on purpose, it starts for every run. It ends as the run ends; signals meant for the run are passed on.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

SOCKET = "nursery.sock"


def folder() -> str:
    """Where the nursery's door is. Raises KeyError outside an installation."""
    return os.path.join(os.environ["ESTAFET_HOME"], "prefect")


def ask() -> socket.socket:
    """A line to the nursery, which has been told everything a run needs. Raises OSError, KeyError."""
    here = os.getcwd()
    line = socket.socket(socket.AF_UNIX)
    os.chdir(folder())  # the door's whole name may be longer than a socket's name can be
    try:
        line.connect(SOCKET)
    finally:
        os.chdir(here)
    told = json.dumps({"environment": dict(os.environ), "folder": here}).encode()
    socket.send_fds(line, [len(told).to_bytes(8, "big")], [0, 1, 2])
    line.sendall(told)
    return line


def stand_for(line: socket.socket) -> int:
    """Wait for the run's end and end the same way; 1 when the nursery went."""
    with line.makefile("rb") as said:
        if not (run := int(said.readline() or 0)):
            return 1
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _frame: os.kill(run, number))
        end = said.readline()
    if not end:
        return 1
    code = os.waitstatus_to_exitcode(int(end))
    if code < 0:
        if code != -signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def main() -> None:
    try:
        line = ask()
    except (OSError, KeyError):  # no nursery: as Prefect starts it
        os.execv(sys.executable, [sys.executable, "-m", "prefect.engine"])  # noqa: S606  (our own command, no shell)
    sys.exit(stand_for(line))


if __name__ == "__main__":
    main()
