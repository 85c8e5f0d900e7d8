"""Is what a command prints its answer and nothing else, for a clerk as for a program?"""

from __future__ import annotations

import json

import pytest
from commands import caller
from conftest import KEYS
from factories import NOW
from outsider import add_outsider, sent_referral

from service.db.tables import InboundMessage
from service.settings import current_settings

NUMBER = "RJK-2021-00001"


@pytest.fixture
def estafet(house, monkeypatch, capsys):
    """A home with a report that came too early, and another that came too late."""
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url} | KEYS
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with house.database.write() as session:
        agency, _ = add_outsider(session, "agency", "dinkop-a")
        referral = sent_referral(session, agency)
        for event, result in (("acknowledged", "parked"), ("accepted", "late")):
            body = {"type": f"referral.{event}", "timestamp": NOW.isoformat(), "data": {"referral": NUMBER}}
            message = InboundMessage(
                partner_id=agency.id, webhook_id=f"m-{event}", type=f"referral.{event}", subject="referral",
                subject_id=referral.id, body=body, told_at=NOW, received_at=NOW, result=result,
            )  # fmt: skip
            session.add(message)
    yield caller(house, monkeypatch, capsys)
    current_settings.cache_clear()


def test_a_report_told_anew_is_answered_with_one_object_and_the_log_line_lies_in_the_home(estafet, house):
    code, out, said = estafet("message", "redrive", "1", "--json", by="operator")
    assert (code, json.loads(out), said) == (0, {"id": 1, "result": "applied"}, "")
    [line] = (house.home / "logs" / "cli.log").read_text().splitlines()
    kept = json.loads(line)
    assert (kept["event"], kept["message"], kept["by"]) == ("redriven", 1, "user:operator")


def test_a_clerk_reads_no_log_line(estafet):
    code, out, said = estafet("message", "redrive", "1", by="operator")
    assert (code, len(out.splitlines()), said) == (0, 1, "")
