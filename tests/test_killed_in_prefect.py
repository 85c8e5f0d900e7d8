"""Does a stage finish the rest, with nothing double, when the worker or our service is killed in its middle?

Everything is real: Prefect's server, worker and service as `estafet up` starts and revives them. Each stage is struck as
soon as its first moves are written.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
import year_scenes as scenes
from installation import Whole, whole_installation
from sqlmodel import func, select

from service import clock
from service.db.tables import Move
from service.delivery.answers import DOORS as DELIVERY_DOORS
from service.demo.people import facilitator_codes
from service.messages.prefect_runs import is_answering
from service.supervisor import children

pytestmark = [pytest.mark.xdist_group("installation"), pytest.mark.timeout(600)]


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """An installation that is kept up."""
    monkeypatch.setattr(children, "STARTS_AT_MOST", 20)  # ten are killed within two minutes
    with whole_installation(tmp_path / "home", scenes.YEAR, facilitator_codes(scenes.HOUSEHOLDS)) as whole:
        stop = threading.Event()
        keeping = threading.Thread(target=whole.up.watch, args=(stop,))
        keeping.start()
        try:
            yield whole
        finally:
            stop.set()
            keeping.join()


def struck(whole: Whole, stage: str, victim: str) -> bool:
    """Run it, kill in its middle, wait until the victim is back, then until nothing is due. Was the run broken off?

    With the worker the run it started is killed, as when a machine's power fails.
    """
    hand, prefect, before = whole.hand, whole.hand.prefect, moves(whole)
    run = prefect.under_way(stage) or hand.official("operator", f"/api/cycles/{scenes.YEAR}/runs/{stage}")["run"]
    until(lambda: runs_of(whole) or prefect.run(run).has_ended, pause=0.002)
    until(lambda: moves(whole) > before or not runs_of(whole), pause=0.001)
    pid = whole.up.pids[victim]
    for dying in (*(runs_of(whole) if victim == "worker" else ()), pid):
        os.kill(dying, signal.SIGKILL)
    until(lambda: prefect.run(run).has_ended)
    until(lambda: whole.up.pids[victim] != pid)
    until(prefect.worker_is_online)
    until(lambda: is_answering(f"{whole.up.at.service}/healthz"))
    hand.settle(stage)
    return prefect.run(run).type == "CRASHED"


def runs_of(whole: Whole) -> list[int]:
    """The processes forked for runs; none where runs are not forked."""
    if not (nursery := whole.up.pids.get("nursery")):
        return []
    return [int(pid) for pid in Path(f"/proc/{nursery}/task/{nursery}/children").read_text().split()]


def moves(whole: Whole) -> int:
    with whole.house.database.read() as session:
        return session.exec(select(func.count()).select_from(Move)).one()


def until(condition, seconds: float = 90, pause: float = 0.1) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "took too long"
        time.sleep(pause)


def test_a_year_whose_every_stage_is_struck_loses_and_doubles_nothing(whole):
    house, broken_off = whole.house, []
    scenes.open_year(house)

    broken_off.append(struck(whole, "selection", "worker"))
    scenes.approve(house)
    broken_off.append(struck(whole, "procurement", "worker"))
    struck(whole, "selection", "layanan")
    scenes.place(house)
    struck(whole, "procurement", "layanan")
    scenes.bring_goods(house)
    broken_off.append(struck(whole, "delivery", "worker"))
    at = clock.now(house.home)
    scenes.report_all(house, "parcel.absent", DELIVERY_DOORS, at=at)
    scenes.make_whole(house, at)
    struck(whole, "delivery", "layanan")
    broken_off.append(struck(whole, "mentoring", "worker"))
    scenes.report_visits(house)
    struck(whole, "mentoring", "layanan")
    broken_off.append(struck(whole, "handoff", "worker"))
    scenes.sign_all(house)
    struck(whole, "handoff", "layanan")
    whole.hand.deliver_messages()

    assert any(broken_off)  # the others may have been woken and done before they could be struck
    scenes.whole_and_once(house)
