"""Is nothing lost or doubled when Prefect's server dies in the middle of 1,000 callbacks?"""

import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from factories import NOW
from fastapi.testclient import TestClient
from outsider import FLOW, Outsider, add_outsider, house_of, placed_order
from sqlmodel import func, select

from service.api.app import create_app
from service.db.history import record_beginnings, record_moves
from service.db.tables import InboundMessage, Move, Order, OutboundMessage
from service.lifecycle import Subject
from service.messages.prefect_api import PrefectApi
from service.supervisor.ports import free_port
from service.supervisor.programs import Addresses, environment, prefect_server, prepare_folders

CALLBACKS = 1000
ROOT = Path(__file__).parent.parent


class RealPrefect:
    """The installation's own server in the test's home, with one deployment and no worker."""

    def __init__(self, house, port):
        self.house, self.at = house, Addresses(free_port(), port)
        self.api = PrefectApi(self.at.prefect_api)
        prepare_folders(house.home)

    def start(self):
        self.child = prefect_server(self.house.home, self.at, self.api)
        self.child.start(environment(self.house.settings, self.at), ROOT)
        end = time.monotonic() + 120
        while not self.api.is_well():
            assert time.monotonic() < end, "Prefect does not come up"
            time.sleep(0.2)

    def kill(self):
        os.kill(self.child.process.pid, signal.SIGKILL)
        self.child.process.wait(10)

    def deploy(self, stage):
        flow = self.ask("/flows/", {"name": stage})
        self.ask("/deployments/", {"name": stage, "flow_id": flow["id"], "tags": ["estafet", stage]})

    def runs(self):
        return self.ask("/flow_runs/filter", {})

    def ask(self, path, body):
        """The server's answer; 503 is its own database being busy, and every client of Prefect asks again then."""
        end = time.monotonic() + 60
        with httpx2.Client(base_url=self.at.prefect_api, timeout=30, trust_env=False) as http:
            while (answer := http.post(path, json=body)).status_code == 503 and time.monotonic() < end:
                time.sleep(0.2)
        return answer.raise_for_status().json()


@pytest.fixture
def prefect(database, home):
    port = free_port()
    server = RealPrefect(house_of(database, home, prefect_port=port), port)
    server.start()
    yield server
    with contextlib.suppress(ProcessLookupError):
        server.kill()
    server.api.close()


def _thousand_orders(database):
    """Placed orders of one supplier; returns its secret."""
    with database.write() as session:
        supplier, secret = add_outsider(session, "supplier", "pemasok-a")
        first = placed_order(session, supplier)
        rows = [
            Order(number=f"PSN-2021-{n:04d}", cycle_id=first.cycle_id, supplier_id=supplier.id, district_code="36.01.01",
                  status_since=NOW, amount=1, contract_form="surat_pesanan", drafted_by="flow:test")
            for n in range(2, CALLBACKS + 1)
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]
        record_beginnings(session, Subject.ORDER, ids, first.cycle_id, FLOW)
        record_moves(session, Subject.ORDER, ids, "draft", "approved", FLOW)
        record_moves(session, Subject.ORDER, ids, "approved", "placed", FLOW)
    return secret


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.timeout(600)
def test_prefect_dies_in_the_middle_of_a_thousand_callbacks(database, prefect):
    prefect.deploy("procurement")
    secret = _thousand_orders(database)
    with TestClient(create_app(prefect.house)) as client:
        supplier = Outsider(client, "pemasok-a", secret)

        def tell(number):
            if number == CALLBACKS // 2:
                prefect.kill()
            order = {"order": f"PSN-2021-{number:04d}", "reason": "OUT_OF_STOCK"}
            return supplier.tell("order.cancelled", order, f"m-{number}").json()["result"]

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(tell, range(1, CALLBACKS + 1)))
        assert set(answers) == {"applied"}
        _kept_once(database)
        assert _kicks(database, "waiting") > 0
        prefect.start()
        _wait_until(lambda: _kicks(database, "waiting") == 0)
    sent = _kicks(database, "sent")
    keys = [run["idempotency_key"] for run in prefect.runs()]
    assert len(keys) == len(set(keys)) == sent > 0
    assert {run["parameters"]["started_by"] for run in prefect.runs()} == {"flow:procurement"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_many_who_ask_prefect_at_once_are_all_served(prefect):
    """As it comes it answers 503 to dozens of these, and hangs up on some; every run then waits two seconds or more."""
    prefect.deploy("procurement")
    with httpx2.Client(base_url=prefect.at.prefect_api, timeout=60, trust_env=False) as http:
        deployment = http.get("/deployments/name/procurement/procurement").json()["id"]

        def run(number):
            made = http.post(f"/deployments/{deployment}/create_flow_run", json={"idempotency_key": f"key {number // 2}"})
            told = [{"state": {"type": state}, "force": True} for state in ("PENDING", "RUNNING", "COMPLETED")]
            moved = [http.post(f"/flow_runs/{made.json()['id']}/set_state", json=state) for state in told]
            return {answer.status_code for answer in (made, *moved)}

        with ThreadPoolExecutor(8) as pool:
            answers = set().union(*pool.map(run, range(60)))
    assert answers == {200, 201}
    assert len(prefect.runs()) == 30


def _kept_once(database):
    with database.read() as session:
        kept = session.exec(select(func.count()).select_from(InboundMessage).where(InboundMessage.result == "applied")).one()
        moved = session.exec(select(func.count()).select_from(Move).where(Move.event == "cancelled")).one()
        ended = session.exec(select(func.count()).select_from(Order).where(Order.status == "cancelled")).one()
    assert (kept, moved, ended) == (CALLBACKS, CALLBACKS, CALLBACKS)


def _kicks(database, state):
    with database.read() as session:
        chosen = select(func.count()).select_from(OutboundMessage)
        return session.exec(chosen.where(OutboundMessage.kind == "kick", OutboundMessage.state == state)).one()


def _wait_until(done, seconds=150):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "took too long"
        time.sleep(0.2)
