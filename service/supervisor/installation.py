"""How does an installation start in order, stay up, and end as a whole?

    with Installation(house, port=8080, prefect_port=4200) as up:
        up.watch(stop)            # until `stop` is set, or a program cannot be kept up

Starting: the home's lock, what a killed supervisor left, free ports, Prefect's server and our service side by side,
then worker and deployments. A program that ends by itself is started again, unless it ended soon three times running.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import IO, Self

from service.errors import BadInput, EstafetError
from service.messages.prefect_runs import PrefectAway, PrefectServer
from service.supervisor import programs
from service.supervisor.children import Child, end_all, of_home
from service.supervisor.ports import require_free
from service.trust.homes import House

START_SECONDS = 120
LOOK_EVERY_SECONDS = 0.2
LOCK_FILE, ADDRESS_FILE = "up.lock", "up.json"
Say = Callable[[str], None]


class AlreadyUp(BadInput):
    """Another `estafet up` runs on this home."""


class CannotWrite(BadInput):
    """The home's disk is full or not writable."""


class WouldNotStart(EstafetError):
    """A program ended or did not answer; the message names its log."""

    kind = "would_not_start"


class Stopped(EstafetError):
    """Somebody asked to stop while it was starting."""

    kind = "stopped"


class Installation:
    """Prefect's server, the worker and our service on one home, started and ended together."""

    def __init__(
        self, house: House, port: int, prefect_port: int, quiet: bool = False, say: Say = print, stop: Event | None = None
    ) -> None:
        self.home: Path = house.home
        self.at = programs.Addresses(port, prefect_port)
        self.environment = programs.environment(house.settings, self.at)
        self.address = house.settings.model_copy(update={"port": port}).address
        self.seconds: dict[str, float] = {}
        self._say: Say = (lambda _sentence: None) if quiet else say
        self._stop = stop or Event()
        self._lock: IO[str] | None = None
        self._prefect = PrefectServer(self.at.prefect_api)
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        try:
            self.start()
        except OSError as error:
            self.end()
            raise CannotWrite(f"Rumah data {self.home} tidak dapat ditulisi: {error.strerror}.") from error
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    @property
    def pids(self) -> dict[str, int]:
        """Name of each program -> its process id."""
        return {child.name: child.process.pid for child in self._children if child.process}

    def start(self) -> None:
        """Everything up and answering, or nothing.

        Raises:
            AlreadyUp, PortTaken, WouldNotStart, Stopped
        """
        began = time.monotonic()
        self._take_lock()
        end_all(of_home(self.home))
        require_free(self.at.port, "layanan", "--port")
        require_free(self.at.prefect_port, "Prefect", "--prefect-port")
        programs.prepare_folders(self.home)
        server = self._begin(programs.prefect_server(self.home, self.at, self._prefect))
        web = self._begin(programs.web_service(self.home, self.at))
        if nursery := programs.nursery(self.home):
            self._begin(nursery)
        self._await_well(server)
        self._prefect.make_pool()
        self._prefect.crash_leftovers("Instalasi dihentikan saat berjalan; dilanjutkan oleh run berikutnya.")
        self._deploy_beside_worker()
        self._await_well(web)
        self.seconds["all"] = time.monotonic() - began
        self._write_addresses()
        self._say(f"Konsol   {self.at.service}\nPrefect  {self.at.prefect}\nCatatan  {self.home / 'logs'}")

    def watch(self, stop: Event | None = None) -> None:
        """Keep everything up until `stop`; raises WouldNotStart when a program cannot be kept up."""
        awaited = stop or self._stop
        while not awaited.wait(LOOK_EVERY_SECONDS):
            self.revive()

    def revive(self) -> None:
        """Start again what has ended by itself."""
        for child in self._children:
            if child.has_ended and (child.is_needed or child.may_start_again):
                if not child.may_start_again:
                    raise WouldNotStart(f"{child.name} terus berhenti sendiri. Semua dihentikan; lihat {child.log}.")
                self._say(f"{child.name} berhenti sendiri dan dijalankan lagi (catatan: {child.log}).")
                if child.name == programs.WORKER:
                    self._clear_runs()
                child.start(self.environment, Path.cwd())
                self._write_addresses()

    def end(self) -> None:
        """Worker and its runs first, while the server still hears them; then the service, then the server."""
        self._prefect.close()
        if self._lock is None:
            return
        known = {child.process.pid for child in self._children if child.process and child.name != programs.WORKER}
        end_all(pid for pid in of_home(self.home) if pid not in known)
        for child in reversed(self._children):
            child.end()
        end_all(of_home(self.home))
        (self.home / ADDRESS_FILE).unlink(missing_ok=True)
        self._lock.close()
        self._lock = None

    def _clear_runs(self) -> None:
        """Nobody follows the runs of a worker that died, and they hold their stage's place: they end, the sweep goes on."""
        known = {child.process.pid for child in self._children if child.process}
        end_all(pid for pid in of_home(self.home) if pid not in known)
        with suppress(PrefectAway):
            self._prefect.crash_leftovers("Worker berhenti; dilanjutkan oleh run berikutnya.")

    def _take_lock(self) -> None:
        lock = (self.home / LOCK_FILE).open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyUp(f"Rumah data {self.home} sedang dijalankan oleh 'estafet up' yang lain.") from None
        self._lock = lock

    def _begin(self, child: Child) -> Child:
        child.start(self.environment, Path.cwd())
        self._children.append(child)
        return child

    def _await_well(self, child: Child) -> None:
        began = time.monotonic()
        while not child.is_well():
            self._refuse_when_stopped()
            if child.has_ended:
                raise WouldNotStart(f"{child.name} berhenti saat dijalankan. Lihat sebabnya di {child.log}.")
            if time.monotonic() - began > START_SECONDS:
                raise WouldNotStart(f"{child.name} tidak menjawab dalam {START_SECONDS} detik. Lihat {child.log}.")
            time.sleep(LOOK_EVERY_SECONDS)
        self.seconds[child.name] = time.monotonic() - began
        self._say(f"{child.name} siap")

    def _deploy_beside_worker(self) -> None:
        began = time.monotonic()
        log = self.home / "logs" / "deploy.log"
        with log.open("ab") as output:
            deploying = subprocess.Popen(  # noqa: S603  (our own command, no shell)
                programs.deploy_command(), env=self.environment, cwd=Path.cwd(), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        worker = self._begin(programs.worker(self.home, self._prefect))
        while deploying.poll() is None:
            self._refuse_when_stopped()
            time.sleep(LOOK_EVERY_SECONDS)
        if deploying.returncode:
            raise WouldNotStart(f"Flow tidak dapat didaftarkan di Prefect. Lihat {log}.")
        self.seconds["deployments"] = time.monotonic() - began
        self._await_well(worker)

    def _refuse_when_stopped(self) -> None:
        if self._stop.is_set():
            raise Stopped("Dihentikan sebelum semuanya siap.")

    def _write_addresses(self) -> None:
        facts = {
            "address": self.address, "port": self.at.port, "prefect_port": self.at.prefect_port, "pid": os.getpid(),
            "pids": self.pids,
        }  # fmt: skip
        draft = self.home / (ADDRESS_FILE + ".new")
        draft.write_text(json.dumps(facts))
        draft.replace(self.home / ADDRESS_FILE)
