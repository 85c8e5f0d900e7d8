"""Do the commands of consents, services and accounts do what they say?"""

from __future__ import annotations

import json

import pytest
from commands import caller
from conftest import KEYS
from factories import make_cycle, make_ready_case
from handoff_scenes import TO_DELIVERING, make_agency
from sqlmodel import select

from service import clock
from service.db.history import Told, record_move
from service.db.tables import Case, Referral
from service.lifecycle import Subject
from service.settings import current_settings


@pytest.fixture
def estafet(house, monkeypatch, capsys):
    """`estafet(*arguments, by=role)` -> (exit code, the JSON told)."""
    with house.database.write() as session:
        cycle_id = make_cycle(session).id
        for event in TO_DELIVERING:
            record_move(session, Subject.CYCLE, cycle_id, event, Told("flow:test", clock.now(house.home)))
        make_ready_case(session, cycle_id)
        make_agency(session, "dinkop")
        make_agency(session, "pelampung", services=["OFF_TAKER"], agency_kind="company")
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url}
    for name, value in (KEYS | told).items():
        monkeypatch.setenv(name, value)
    call = caller(house, monkeypatch, capsys)

    def run(*arguments: str, by: str = "operator") -> tuple[int, dict]:
        code, said, _ = call(*arguments, "--json", by=by)
        return code, json.loads(said)

    yield run
    current_settings.cache_clear()


def test_consent_is_recorded_listed_used_and_taken_back(estafet, house):
    with house.database.read() as session:
        household = str(session.exec(select(Case)).one().household_id)
    assert estafet("run", "handoff", "2021", "--local")[0] == 0
    assert _referrals(house) == []  # what the registry said in 2021 has run out
    code, named = estafet("consent", "record", "2021", household, "--receiver", "pelampung")
    assert (code, named["receiver"], named["fields"]) == (0, "pelampung", ["name", "product", "capacity", "contact"])
    code, general = estafet("consent", "record", "2021", household, "--source", "office")
    assert (code, general["receiver"], general["state"]) == (0, None, "berlaku")
    assert estafet("consent", "record", "2021", household, "--on", "kemarin")[1]["refused"] == "bad_input"
    assert estafet("service", "ask", "2021", household, "OFF_TAKER")[1]["new"] is True
    assert estafet("run", "handoff", "2021", "--local")[0] == 0
    assert _referrals(house) == [("dinkop", "drafted")]
    code, told = estafet("consent", "withdraw", str(general["consent"]))
    assert (code, told["withdrawn"]) == (0, ["RJK-2021-00001"])
    assert _referrals(house) == [("dinkop", "withdrawn")]
    listed = estafet("consent", "list", "2021", household)[1]["consents"]
    assert [(one["source"], one["state"]) for one in listed] == [
        ("registry", "berakhir"), ("visit", "berlaku"), ("office", "ditarik"),
    ]  # fmt: skip
    code, trail = estafet("referral", "trail", "2021", household)
    assert [move[1] for move in trail["hops"][0]["moves"]] == ["began", "withdrawn"]
    assert estafet("referral", "balance", "2021")[1]["balance"] == "ok"


def test_services_are_a_list(estafet):
    assert {"NIB", "KUR"} <= {one["code"] for one in estafet("service", "list")[1]["services"]}


def _referrals(house) -> list[tuple[str, str]]:
    from service.db.tables import Partner

    with house.database.read() as session:
        rows = session.execute(select(Partner.sender, Referral.status).where(Partner.id == Referral.agency_id)).all()
    return [(row[0], row[1]) for row in rows]
