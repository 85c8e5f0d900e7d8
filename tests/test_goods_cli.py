"""Does an office learn from the command line who is late, what a supplier owes, and that a point's stock is broken?"""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import pytest
from conftest import KEYS
from order_scenes import FIRST, Orders
from sqlmodel import col, delete, select
from stock_scenes import Point

from service.cli import main as cli
from service.clock import WIB, wall
from service.db.claims import raise_claim
from service.db.tables import Claim, Parcel, SparePackage
from service.settings import current_settings
from service.trust.accounts import add_user, make_token


@pytest.fixture
def estafet(house, monkeypatch, capsys):
    """`estafet("stock", "show", "2031", by="auditor")` -> (exit code, standard output, standard error)."""
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url} | KEYS
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str, by: str) -> tuple[int, str, str]:
        with house.database.write() as session:
            token = make_token(session, add_user(session, f"{by}-{len(arguments)}-{wall().timestamp()}", by, [by]).id)
        monkeypatch.setenv("ESTAFET_TOKEN", token)
        current_settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["estafet", *arguments])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    yield call
    current_settings.cache_clear()


@pytest.fixture
def point(house):
    point = Point(house.database, house.home)
    point.order()
    point.bring(0)
    point.leave(0)
    point.settle()
    return point


def test_a_stock_that_balances_ends_well_and_a_broken_one_with_1_naming_the_point(point, estafet):
    year = str(point.work.cycle.year)
    code, said, _ = estafet("stock", "show", year, "--json", by="auditor")
    assert (code, json.loads(said)["balanced"], sum(row["free"] for row in json.loads(said)["stock"])) == (0, True, 1)
    with point.database.write() as session:
        session.exec(delete(SparePackage).where(col(SparePackage.cycle_id) == point.cycle_id))
    code, said, also = estafet("stock", "show", year, by="auditor")
    assert (code, "Kec. " in said + also, "tidak ditemukan" in said + also) == (1, True, True)


def test_goods_are_written_off_once_and_with_a_reason(point, estafet):
    number = str(point.spares()[0].id)
    assert estafet("stock", "write-off", number, "--reason", "x", by="verifier")[0] == 1
    assert estafet("stock", "write-off", number, "--reason", "rusak kena air", by="verifier")[0] == 0
    code, said, also = estafet("stock", "write-off", number, "--reason", "rusak kena air", by="verifier")
    assert (code, "sudah dihapus dari stok" in said + also, point.sums()["written_off"]) == (1, True, 1)


def test_claims_are_listed_by_state_and_settled_once(point, estafet):
    with point.database.write() as session:
        parcel = session.exec(select(Parcel).where(Parcel.cycle_id == point.cycle_id, Parcel.status == "at_point")).first()
        number = raise_claim(session, parcel.id, "wrong", [{"name": "Beras", "count": 1}], "user:lain", wall()).number
    year = str(point.work.cycle.year)
    (claim,) = json.loads(estafet("claim", "list", year, "--state", "open", "--json", by="auditor")[1])["claims"]
    assert (claim["claim"], claim["kind"], claim["order"] is not None) == (number, "wrong", True)
    settle = ("claim", "settle", number, "dropped", "--reason", "tidak sebanding")
    assert [estafet(*settle, by="operator")[0], estafet(*settle, by="operator")[0]] == [0, 1]
    assert json.loads(estafet("claim", "list", year, "--state", "open", "--json", by="auditor")[1])["claims"] == []
    with point.database.read() as session:
        assert [one.state for one in session.exec(select(Claim)).all()] == ["dropped"]


def test_the_late_order_is_named_with_its_supplier_since_when_and_what_next(house, estafet):
    due_on = wall().astimezone(WIB).date() - timedelta(days=10)
    Orders(house.database, house.home, goods_due_on=due_on)
    code, said, _ = estafet("order", "late", "2021", "--json", by="auditor")
    (late,) = json.loads(said)["late"]
    assert (code, late["order"], late["since"], late["why"]) == (0, FIRST, str(due_on + timedelta(days=1)), "NOT_ARRIVED")
    assert late["working_days"] >= 5
    assert len(late["next_step"]) > 20
