"""Of 20,000 callbacks, 15 % sent again and 10 % forged, how many are lost, doubled or believed while kill -9 ends the service?

The service is killed every two seconds on average, for as long as messages are being sent, and started again.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import referral_storm
from conftest import KEYS

from service.settings import Settings
from service.trust.homes import make_home
from tests.bench.databases import NAMES, empty_database

REFERRALS, SECONDS_BETWEEN_KILLS = 3_750, 2.0


def measure() -> list[dict[str, Any]]:
    return [_measured(name) for name in NAMES]


def _measured(name: str) -> dict[str, Any]:
    with empty_database(name) as database, tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder:
        keys = {"secret_key": KEYS["ESTAFET_SECRET_KEY"], "data_key": KEYS["ESTAFET_DATA_KEY"]}
        house = make_home(Settings(home=Path(folder) / "home", database_url=database.address, **keys))
        storm = referral_storm.prepare(house, REFERRALS, seed=5)
        began = time.perf_counter()
        referral_storm.rage(storm, REFERRALS, SECONDS_BETWEEN_KILLS)
        took = time.perf_counter() - began
        faults = referral_storm.faults(storm, REFERRALS)
        house.close()
    sent = sum(storm.answers.values())
    note = (
        f"{sent:,} messages, {storm.answers['duplicate']:,} again, {storm.answers['forged']:,} forged, "
        f"{storm.kills} kills in {took:.0f} s{': ' + '; '.join(faults[:3]) if faults else ''}"
    )  # fmt: skip
    what = "callbacks lost, doubled or believed though forged, under kill -9"
    return {"what": what, "database": name, "measured": len(faults), "goal": 0, "unit": "", "note": note}
