"""How does a run start without loading Prefect and our stages anew? (`python -m flows.nursery`, beside the worker)

Everything is loaded once, here, and this process forks for every caller (`flows.starting`, the worker's command). It
has one thread and does nothing else, so that a fork is safe; where it is not there, runs start as Prefect starts them.
The parent tells its caller the run's process id, later how it ended; a caller that goes takes its run with it, and so
does this process when it goes.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from pathlib import Path

from flows.starting import SOCKET, folder
from service.stages import IN_ORDER, STAGES

WITH_THREADS = "selection"  # its Polars starts threads when it is loaded, and a fork copies none
LOADED = [
    "prefect.flow_engine",
    "prefect.runner",
    "prefect._internal.metrics",
    "anyio._backends._asyncio",
    "flows.cycle",
    "flows.watch",
]
PR_SET_PDEATHSIG = 1


def load() -> None:
    """Raises SystemExit where loading started a thread."""
    for module in (*LOADED, *(f"flows.{stage}" for stage in IN_ORDER)):
        importlib.import_module(module)
    for stage in STAGES:
        if stage != WITH_THREADS:
            STAGES[stage]
    gc.freeze()
    if (threads := len(os.listdir("/proc/self/task"))) > 1:
        sys.exit(f"{threads} threads, nothing can be forked here")


def open_door(where: str) -> socket.socket:
    """In the home's own folder, for this user only; named from within it, since the name may be 107 bytes at most."""
    os.chdir(where)
    Path(SOCKET).unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    door.bind(SOCKET)
    os.umask(before)
    door.listen(64)
    return door


class Nursery:
    """Forks for each caller, and knows by the number of an open file whose run ended or whose caller went."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._poll = select.poll()
        self._poll.register(door, select.POLLIN)
        self._runs: dict[int, tuple[int, socket.socket]] = {}  # a process's file -> its id, the line to its caller
        self._callers: dict[int, int] = {}  # a line's file -> the process's id

    def serve(self) -> socket.socket:
        """Returns only in a forked child: its line to its caller."""
        parent = os.getpid()
        while True:
            number = self._poll.poll()[0][0]  # one at a time: its number may be another's afterwards
            if number in self._runs:
                self._tell_end(number)
            elif number in self._callers:
                self._poll.unregister(number)
                os.kill(self._callers.pop(number), signal.SIGKILL)
            else:
                line = self._door.accept()[0]
                pid = os.fork()
                if pid == 0:
                    end_with(parent)
                    return line
                self._keep(pid, line)

    def _keep(self, pid: int, line: socket.socket) -> None:
        process = os.pidfd_open(pid)
        self._runs[process], self._callers[line.fileno()] = (pid, line), pid
        self._poll.register(process, select.POLLIN)
        self._poll.register(line, select.POLLRDHUP)
        _say(line, pid)

    def _tell_end(self, process: int) -> None:
        pid, line = self._runs.pop(process)
        self._poll.unregister(process)
        os.close(process)
        if self._callers.pop(line.fileno(), None):
            self._poll.unregister(line)
        _say(line, os.waitpid(pid, 0)[1])
        line.close()


def end_with(parent: int) -> None:
    """The child goes when the nursery goes."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def become(line: socket.socket) -> None:
    """The child takes its caller's streams, environment and folder; raises SystemExit when the caller went."""
    size, streams, _, _ = socket.recv_fds(line, 8, 3)
    if not size:
        sys.exit(1)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    with line, line.makefile("rb") as told:
        asked = json.loads(told.read(int.from_bytes(size, "big")))
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])


def run() -> None:
    """What `python -m prefect.engine` does, with settings read anew from the run's own environment."""
    from prefect.context import refresh_global_settings_context

    refresh_global_settings_context()
    sys.argv = ["prefect.engine"]
    sys.modules.pop("prefect.engine", None)
    runpy.run_module("prefect.engine", run_name="__main__")


def _say(line: socket.socket, number: int) -> None:
    """The caller may be gone; the poll tells so too."""
    with contextlib.suppress(OSError):
        line.sendall(b"%d\n" % number)


if __name__ == "__main__":
    load()
    become(Nursery(open_door(folder())).serve())
    run()
