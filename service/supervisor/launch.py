"""How does a child start so that it cannot outlive its supervisor? (Run as `python launch.py PARENT COMMAND...`.)

Signals get their default meaning back (a worker that inherited an ignored SIGINT hangs when told to end), and on
Linux the child is sent SIGTERM when the supervisor is gone. Elsewhere the next start clears what was left.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it went while we started
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606  (our own command, no shell)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
