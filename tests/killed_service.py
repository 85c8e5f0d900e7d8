"""How does a test start our service as the supervisor does, and kill it with kill -9?"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from conftest import KEYS

from service.messages.prefect_runs import is_answering
from service.supervisor.ports import free_port
from service.supervisor.programs import Addresses, environment, prepare_folders, web_service
from service.trust.homes import House

ROOT = Path(__file__).parent.parent


class KilledService:
    """The service of one home on a port of its own."""

    def __init__(self, house: House) -> None:
        self.at = Addresses(free_port(), free_port())
        prepare_folders(house.home)
        self.child = web_service(house.home, self.at)
        self.environment = environment(house.settings, self.at) | KEYS | {"ESTAFET_DATABASE_URL": house.settings.database_url}

    def start(self) -> None:
        self.child.start(self.environment, ROOT)
        ends = time.monotonic() + 60
        while not is_answering(f"{self.at.service}/healthz"):
            assert time.monotonic() < ends, self.child.log.read_text()[-2000:]
            time.sleep(0.05)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.child.process.pid, signal.SIGKILL)
        self.child.process.wait(10)
