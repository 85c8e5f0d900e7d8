"""How does a command get the `Work` of a cycle, and where is Prefect?"""

from __future__ import annotations

import os

from service.cli.desk import Desk
from service.cli.served import served_at
from service.stage import Work
from service.trust.homes import House


def work_at(desk: Desk, year: int) -> Work:
    """The cycle as it is now, with the officer as actor. Raises NoSuchCycle."""
    from service.cohort.queries import cycle_of

    with desk.house.database.read() as session:
        cycle = cycle_of(session, year)
    house = desk.house
    return Work(house.database, house.home, house.settings.address, cycle, desk.officer.actor, house.sealer)


def prefect_address(house: House) -> str:
    """Prefect's own setting, else where `estafet up` of this home says it is, else the setting's port."""
    if given := os.environ.get("PREFECT_API_URL"):
        return given
    port = served_at(house.home).get("prefect_port", house.settings.prefect_port)
    return f"http://127.0.0.1:{port}/api"
