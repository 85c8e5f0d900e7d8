"""How does a test get a whole installation: Prefect's server, worker, our service, partners who listen?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from service.demo.calling import Caller
from service.demo.cast import Players, hire
from service.demo.listening import Receiver
from service.demo.show import Screen
from service.demo.stage_hand import StageHand
from service.messages.prefect_runs import PrefectServer
from service.settings import Settings
from service.supervisor.installation import Installation
from service.supervisor.ports import free_port
from service.trust.homes import House, make_home


@dataclass(frozen=True)
class Whole:
    """Everything up; `hand` starts stages and waits as the demo does, `receiver` keeps what partners are told."""

    house: House
    up: Installation
    receiver: Receiver
    caller: Caller
    players: Players
    hand: StageHand


@contextmanager
def whole_installation(home: Path, year: int, facilitators: list[str]) -> Iterator[Whole]:
    """A demo home (its clock can be moved) with everything running."""
    port = free_port()
    settings = Settings(home=home, allow_private_webhooks=True, public_url=f"http://127.0.0.1:{port}")
    house, receiver = make_home(settings, "demo"), Receiver()
    players = hire(house, receiver.address_for, facilitators)
    try:
        with (
            Installation(house, port, free_port(), quiet=True) as up,
            PrefectServer(up.at.prefect_api) as prefect,
            closing(Caller(up.at.service)) as caller,
        ):
            hand = StageHand(house, year, caller, prefect, players, Screen())
            hand.date(date(year, 6, 7))
            yield Whole(house, up, receiver, caller, players, hand)
    finally:
        receiver.close()
        house.close()
