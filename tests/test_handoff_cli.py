"""Do the commands of consents, services, terms and accounts do what they say, from a process of their own?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import KEYS
from factories import make_cycle, make_ready_case
from handoff_scenes import TO_DELIVERING, make_agency
from sqlmodel import select

from service import clock
from service.db.history import Told, record_move
from service.db.tables import Case, Referral
from service.lifecycle import Subject
from service.trust.accounts import add_user, make_token

ROOT = Path(__file__).parent.parent


@pytest.fixture
def estafet(house):
    """`estafet(*arguments, by=role)` -> (exit code, the JSON told)."""
    with house.database.write() as session:
        tokens = {role: make_token(session, add_user(session, role, role, [role]).id) for role in ("operator", "admin")}
        cycle_id = make_cycle(session).id
        for event in TO_DELIVERING:
            record_move(session, Subject.CYCLE, cycle_id, event, Told("flow:test", clock.now(house.home)))
        make_ready_case(session, cycle_id)
        make_agency(session, "dinkop")
        make_agency(session, "pelampung", services=["OFF_TAKER"], agency_kind="company")
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url, "PYTHONPATH": str(ROOT)}

    def run(*arguments: str, by: str = "operator") -> tuple[int, dict]:
        environment = os.environ | KEYS | told | {"ESTAFET_TOKEN": tokens[by]}
        command = [sys.executable, "-m", "service.cli.main", *arguments, "--json"]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    return run


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


def test_terms_are_an_agencys_own_and_services_a_list(estafet):
    assert estafet("partner", "terms", "dinkop", "--term", "decide=15", by="admin") == (
        0, {"sender": "dinkop", "terms": {"decide": 15}},
    )  # fmt: skip
    assert estafet("partner", "terms", "dinkop", "--term", "decide=lama", by="admin")[0] == 1
    assert estafet("partner", "terms", "tidak-ada", by="admin")[1]["refused"] == "not_found"
    assert estafet("partner", "terms", "dinkop", by="admin")[1]["terms"] == {}
    assert {"NIB", "KUR"} <= {one["code"] for one in estafet("service", "list")[1]["services"]}


def _referrals(house) -> list[tuple[str, str]]:
    from service.db.tables import Partner

    with house.database.read() as session:
        rows = session.execute(select(Partner.sender, Referral.status).where(Partner.id == Referral.agency_id)).all()
    return [(row[0], row[1]) for row in rows]
