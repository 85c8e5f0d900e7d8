"""Does `partner terms` show an agency's terms in words, and change them only when told which, or told to?"""

from __future__ import annotations

import json

import pytest
from commands import caller
from conftest import KEYS
from factories import make_cycle
from handoff_scenes import make_agency
from sqlmodel import select

from service.db.tables import Partner
from service.policy import Terms
from service.settings import current_settings


@pytest.fixture
def estafet(house, monkeypatch, capsys):
    """A year, and an agency that has three days more to decide."""
    with house.database.write() as session:
        make_cycle(session)
        make_agency(session, "dinkop").terms = {"decide": 13}
        make_agency(session, "dinkes")
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url} | KEYS
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    yield caller(house, monkeypatch, capsys)
    current_settings.cache_clear()


def own_terms(house):
    with house.database.read() as session:
        return session.exec(select(Partner.terms).where(Partner.sender == "dinkop")).one()


def test_terms_are_shown_in_words_and_stay(estafet, house):
    code, out, _ = estafet("partner", "terms", "dinkop", by="auditor")
    assert code == 0
    assert "Instansi menyanggupi atau menolak. Tenggat sendiri; kebijakan siklus 2021: 10." in out
    assert "acknowledge       3  Instansi menyatakan rujukan diterima." in out
    assert "{" not in out
    assert own_terms(house) == {"decide": 13}
    told = json.loads(estafet("partner", "terms", "dinkop", "--json", by="auditor")[1])
    assert (told["terms"], told["policy"]["decide"], told["cycle"]) == ({"decide": 13}, 10, 2021)


def test_one_term_is_changed_and_the_others_stay(estafet, house):
    code, out, _ = estafet("partner", "terms", "dinkop", "--term", "acknowledge=5", by="admin")
    assert (code, out.splitlines()[0]) == (0, "Tersimpan.")
    assert own_terms(house) == {"decide": 13, "acknowledge": 5}


def test_own_terms_end_only_when_that_is_said(estafet, house):
    assert estafet("partner", "terms", "dinkop", "--default", "--term", "decide=9", by="admin")[0] == 1
    assert own_terms(house) == {"decide": 13}
    code, out, _ = estafet("partner", "terms", "dinkop", "--default", by="admin")
    assert (code, "Belum ada tenggat sendiri." in out, own_terms(house)) == (0, True, None)


@pytest.mark.parametrize("told", ["decide=0", "acknowledge=-2", "start_service=251", "decide=lama", "decide", "lama=3"])
def test_what_is_no_term_is_refused_and_changes_nothing(estafet, house, told):
    code, _, said = estafet("partner", "terms", "dinkop", "--term", told, by="admin")
    assert (code, "enggat" in said, own_terms(house)) == (1, True, {"decide": 13})


def test_unknown_names_are_refused_with_those_there_are(estafet):
    said = estafet("partner", "terms", "dinkop", "--term", "lama=3", by="admin")[2]
    assert all(name in said for name in Terms.model_fields)
    assert "dinkop, dinkes" in estafet("partner", "terms", "dinkop-36-01", by="admin")[2]


def test_whoever_may_look_may_not_change(estafet, house):
    code, _, said = estafet("partner", "terms", "dinkop", "--term", "decide=20", by="operator")
    assert (code, "hanya untuk" in said, own_terms(house)) == (1, True, {"decide": 13})


def test_no_example_names_an_agency_that_cannot_be(estafet):
    assert "dinkop-36-01" not in estafet("partner", "terms", "--help")[1]
