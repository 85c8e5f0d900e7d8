"""Does a run that was killed lose or double anything? Each stage is killed at every commit it makes, then run again."""

from __future__ import annotations

from collections import Counter

import pytest
import year_scenes as scenes
from conftest import KEYS
from killed_run import killed_at

from service import clock
from service.delivery.answers import DOORS as DELIVERY_DOORS
from service.demo.cast import hire
from service.demo.people import facilitator_codes
from service.trust.homes import House


def run(house: House, stage: str, kill_at: int) -> bool:
    """Run a stage in a process of its own; True when it came to its end, False when the kill struck."""
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url}
    return killed_at(KEYS | told, stage, scenes.YEAR, kill_at)


def killed_at_every_commit(house: House, stage: str) -> int:
    """Kill at commit 1, run again, kill at commit 2 of what is left...; then let it end. Returns how often it was killed."""
    kills = 0
    for kill_at in range(1, 40):
        if run(house, stage, kill_at):
            break
        kills += 1
    assert run(house, stage, 0)
    return kills


@pytest.mark.timeout(600)
def test_a_year_whose_every_stage_is_killed_at_every_commit_loses_and_doubles_nothing(house):
    hire(house, lambda sender: f"http://192.0.2.1/{sender}", facilitator_codes(scenes.HOUSEHOLDS))
    scenes.open_year(house)
    kills = Counter()

    kills["selection"] += killed_at_every_commit(house, "selection")
    scenes.approve(house)
    kills["selection"] += killed_at_every_commit(house, "selection")
    kills["procurement"] += killed_at_every_commit(house, "procurement")
    scenes.place(house)
    kills["procurement"] += killed_at_every_commit(house, "procurement")
    scenes.bring_goods(house)
    kills["delivery"] += killed_at_every_commit(house, "delivery")
    at = clock.now(house.home)
    scenes.report_all(house, "parcel.absent", DELIVERY_DOORS, at=at)
    scenes.everything_in_place(house)
    scenes.make_whole(house, at)
    kills["delivery"] += killed_at_every_commit(house, "delivery")
    kills["mentoring"] += killed_at_every_commit(house, "mentoring")
    scenes.report_visits(house)
    kills["mentoring"] += killed_at_every_commit(house, "mentoring")
    kills["handoff"] += killed_at_every_commit(house, "handoff")
    scenes.sign_all(house)
    kills["handoff"] += killed_at_every_commit(house, "handoff")

    assert all(kills[stage] >= 2 for stage in ("selection", "procurement", "delivery", "mentoring", "handoff")), kills
    scenes.whole_and_once(house)
