"""How is a child process started with its own log, and how are it and all it started ended for certain?

Every process of an installation carries the home's address in its environment (`PART_OF`), and so do the processes
it starts. What carries our mark is ours to end, also after a supervisor that was killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MARK = "PART_OF_ESTAFET"
PATIENCE_SECONDS = 10.0
STARTS_AT_MOST = 4
LONG_ENOUGH_SECONDS = 60.0
_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass
class Child:
    """One program of the installation. `is_well` says whether it answers; `starts` counts those that ended soon."""

    name: str
    command: list[str]
    log: Path
    is_well: Callable[[], bool]
    is_needed: bool = True  # else all goes on without it
    starts: int = 0
    started_at: float = 0.0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self, environment: Mapping[str, str], folder: Path) -> None:
        """Raises OSError when the log cannot be written."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  (our own command, no shell)
                [sys.executable, "-S", str(_LAUNCH), str(os.getpid()), *self.command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(environment), cwd=folder, start_new_session=True,
            )  # fmt: skip
        now = time.monotonic()
        self.starts = 1 if now - self.started_at > LONG_ENOUGH_SECONDS else self.starts + 1
        self.started_at = now

    @property
    def may_start_again(self) -> bool:
        """Not when it ended soon after each of its last starts; one that dies once a month is always started again."""
        return self.starts < STARTS_AT_MOST or time.monotonic() - self.started_at > LONG_ENOUGH_SECONDS

    @property
    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def end(self) -> None:
        """Ask, wait, and at last make it."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def of_home(home: Path) -> list[int]:
    """The id of every live process of the installation in `home`, but this one."""
    mark = f"{MARK}={home.absolute()}".encode()
    return [pid for pid, told in _environments() if pid != os.getpid() and mark in told]


def end_all(pids: Iterable[int], patience: float = PATIENCE_SECONDS) -> None:
    """Ask all at once, wait, and make those that stay."""
    staying = list(pids)
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        for pid in staying:
            _tell(pid, number)
        deadline = time.monotonic() + seconds
        while staying and time.monotonic() < deadline:
            time.sleep(0.05)
            staying = [pid for pid in staying if _is_alive(pid)]


def _environments() -> Iterator[tuple[int, list[bytes]]]:
    """(process id, its environment) of every process we may look at; a process that has ended shows none."""
    if sys.platform != "linux":
        yield from _environments_by_ps()
        return
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                yield int(entry.name), (entry / "environ").read_bytes().split(b"\0")


def _environments_by_ps() -> Iterator[tuple[int, list[bytes]]]:
    listed = subprocess.run(["/bin/ps", "-axEww", "-o", "pid=,command="], capture_output=True, check=True).stdout
    for line in listed.splitlines():
        pid, *words = line.split()
        yield int(pid), words


def _is_alive(pid: int) -> bool:
    """A child of ours that has ended is buried here, so that it does not count."""
    with suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    return _tell(pid, 0)


def _tell(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return number == 0
    return True
