"""Does an officer make, list and close an office's links and its short code from the command line?"""

from __future__ import annotations

import json
import sys

import pytest
from conftest import KEYS
from fastapi.testclient import TestClient
from outsider import add_outsider, sent_referral

from service.api.app import create_app
from service.cli import main as cli
from service.clock import wall
from service.settings import current_settings
from service.trust.accounts import add_user, make_token

NUMBER = "RJK-2021-00001"


@pytest.fixture
def estafet(house, monkeypatch, capsys):
    """`estafet("code", "dinkop-a", by="admin")` -> (exit code, what --json told, standard error)."""
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url} | KEYS
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    def call(*arguments, by="operator"):
        with house.database.write() as session:
            token = make_token(session, add_user(session, f"{by}-{wall().timestamp()}", by, [by]).id)
        monkeypatch.setenv("ESTAFET_TOKEN", token)
        current_settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["estafet", "partner", *arguments, "--json"])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out.strip() else None, said.err

    with house.database.write() as session:
        agency, _ = add_outsider(session, "agency", "dinkop-a")
        add_outsider(session, "agency", "dinkop-b")
        sent_referral(session, agency)
    yield call
    current_settings.cache_clear()


@pytest.fixture
def browser(house):
    app = create_app(house, sends=False)
    yield TestClient(app, headers={"accept": "text/html"}, follow_redirects=False)
    app.state.prefect.close()


def _path(made):
    return "/r/" + made["link"].rpartition("/")[2]


def test_a_link_and_a_code_from_the_command_line_open_the_page_until_closed(estafet, browser):
    assert estafet("code", "dinkop-a")[0] == 1
    code, made, _ = estafet("link", "dinkop-a", "--batch", f"BTC-{NUMBER}")
    assert code == 0
    page = browser.get(_path(made)).text
    assert f"BTC-{NUMBER}" in page
    assert NUMBER in page
    _, told, _ = estafet("code", "dinkop-a")
    assert browser.post(_path(made) + "/kode", data={"kode": told["code"]}).status_code == 303
    _, listed, _ = estafet("links", "dinkop-a")
    ((link,)) = listed["links"]
    assert (link["batch"], link["details"]) == (f"BTC-{NUMBER}", "berlaku")
    assert told["code"] not in json.dumps(listed)
    assert estafet("revoke-link", "dinkop-a", str(link["id"]))[0] == 0
    assert browser.get(_path(made)).status_code == 404
    assert estafet("links", "dinkop-a")[1]["links"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("link", "tidak-ada"), "tidak ada"),
        (("link", "dinkop-b", "--batch", f"BTC-{NUMBER}"), "bukan untuk"),
        (("link", "dinkop-a", "--batch", "BTC-2021-9999"), "BTC-2021-9999"),
        (("revoke-link", "dinkop-a", "77"), "77"),
        (("code", "dinkop-b"), "belum mempunyai tautan"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(estafet, arguments, said):
    code, out, why = estafet(*arguments)
    assert code == 1
    assert said in why + json.dumps(out, ensure_ascii=False)


@pytest.mark.parametrize(
    "act", [("link", "dinkop-a"), ("code", "dinkop-a"), ("links", "dinkop-a"), ("revoke-link", "dinkop-a", "1")]
)
def test_links_are_for_operators_and_admins(estafet, act):
    assert estafet(*act, by="auditor")[0] == 1
