"""Does every route say who may use it, refuse everybody else in the same manner, and never show a stack trace?"""

import logging
import re

import pytest
from factories import make_cycle
from fastapi import Request
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from outsider import house_of
from starlette.routing import Mount

from service.api.app import NUMBERS, create_app, number_of
from service.api.deps import CSRF_HEADER, Needs, OpenDoor, csrf_token
from service.api.logs import MaskFilter, masked_text
from service.clock import wall
from service.db.tables import OutboundMessage
from service.errors import EstafetError
from service.messages.inbox import WrongSender
from service.trust import accounts
from service.trust.rights import RIGHTS

HTML = {"accept": "text/html"}


@pytest.fixture
def app(database, home):
    return create_app(house_of(database, home), sends=False)


@pytest.fixture
def client(app):
    return TestClient(app, follow_redirects=False)


def _user(database, *roles, login="siti"):
    with database.write() as session:
        return accounts.add_user(session, login, "Siti", roles).id


@pytest.fixture
def token(database):
    """A program's token of an operator."""
    user_id = _user(database, "operator", "admin")
    with database.write() as session:
        return {"authorization": "Bearer " + accounts.make_token(session, user_id)}


def _marks(dependant):
    own = [dependant.call] if isinstance(dependant.call, Needs | OpenDoor) else []
    return own + [mark for inner in dependant.dependencies for mark in _marks(inner)]


def test_every_route_says_who_may_use_it(app):
    unmarked, seen = [], 0
    for route in iter_route_contexts(app.routes):
        if isinstance(route.route, Mount):
            assert route.path in ("/static", "/data")  # what is under /data: tests/test_master.py
            continue
        seen += 1
        marks = {(type(mark), getattr(mark, "act", "")) for mark in _marks(route.dependant)}
        if len(marks) != 1:
            unmarked.append((route.methods, route.path, marks))
        assert all(act in RIGHTS for kind, act in marks if kind is Needs), route.path
    assert unmarked == []
    assert seen > 30


def test_every_route_that_needs_somebody_refuses_nobody(app, client):
    tried = 0
    for route in iter_route_contexts(app.routes):
        if isinstance(route.route, Mount) or not any(isinstance(mark, Needs) for mark in _marks(route.dependant)):
            continue
        path = re.sub(r"{[^}]*}", "1", route.path)
        for method in route.methods:
            answer = client.request(method, path)
            assert answer.status_code in (401, 422), (method, path, answer.text)
            tried += answer.status_code == 401
    assert tried > 25


def test_a_program_without_the_role_is_told_who_may(database, client):
    user_id = _user(database, "auditor")
    with database.write() as session:
        make_cycle(session)
        headers = {"authorization": "Bearer " + accounts.make_token(session, user_id)}
    answer = client.post("/api/cycles/2021/decree/approve", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "Pejabat penetap" in answer.json()["detail"]
    assert client.get("/api/cycles/2021", headers=headers).status_code == 200


def test_a_wrong_token_is_nobody(client):
    answer = client.get("/api/cycles/2021", headers={"authorization": "Bearer est_entah"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_cycle_that_is_not_there_is_404_and_a_word_for_a_year_is_422(client, token):
    assert client.get("/api/cycles/1999", headers=token).status_code == 404
    told = client.get("/api/cycles/entah", headers=token)
    assert (told.status_code, told.json()["faults"]) == (422, [{"field": "year", "fault": "harus bilangan bulat"}])
    assert client.get("/api/entah", headers=token).json()["status"] == 404
    assert client.delete("/api/cycles/2021", headers=token).status_code == 405


def test_a_stage_is_asked_of_prefect_in_the_officers_name(database, client, token, app):
    with database.write() as session:
        make_cycle(session)
    asked = []

    class Prefect:
        def start_stage(self, *wish):
            asked.append(wish)
            return "r-1"

        def run_page(self, run_id):
            return f"http://prefect.test/runs/flow-run/{run_id}"

    app.state.prefect.close()
    app.state.prefect = Prefect()
    answer = client.post("/api/cycles/2021/runs/selection", headers=token | {"idempotency-key": "abc"})
    assert (answer.status_code, answer.json()["run"]) == (202, "r-1")
    assert asked == [("selection", 2021, "user:siti", "api-siti-selection-2021-abc")]
    assert client.post("/api/cycles/2021/runs/entah", headers=token).status_code == 422


def test_prefect_being_away_is_try_again_later(database, home, token):
    with database.write() as session:
        make_cycle(session)
    client = TestClient(create_app(house_of(database, home, prefect_port=9), sends=False))
    answer = client.post("/api/cycles/2021/runs/selection", headers=token)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["database"], ready.json()["prefect"]) == (503, "ok", "away")


def test_only_a_dead_message_is_sent_again(database, client, token):
    with database.write() as session:
        session.add(OutboundMessage(kind="kick", subject_key="x", type="x", body={}, next_attempt_at=wall(), created_at=wall()))
    assert client.post("/api/outbox/1/resend", headers=token).status_code == 409
    with database.write() as session:
        session.get(OutboundMessage, 1).state = "dead"
    assert client.post("/api/outbox/1/resend", headers=token).status_code == 200
    assert client.post("/api/outbox/99/resend", headers=token).status_code == 404


@pytest.fixture
def browser(database, home, app):
    """A logged-in browser, and the token its forms carry."""
    user_id = _user(database, "operator")
    with database.write() as session:
        make_cycle(session)
        session_token = accounts.make_session(session, user_id)
    client = TestClient(app, follow_redirects=False, cookies={"estafet": session_token})
    scope = {"type": "http", "app": app, "headers": [(b"cookie", f"estafet={session_token}".encode())], "state": {}}
    return client, {CSRF_HEADER: csrf_token(Request(scope))}


def test_a_form_from_our_own_page_with_its_token_passes(browser):
    client, csrf = browser
    answer = client.post("/api/cases/1/withdraw", json={"reason": "pindah"}, headers=csrf | {"sec-fetch-site": "same-origin"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://jahat.example"},
        {"origin": "null"},
        {CSRF_HEADER: "salah"},
        {CSRF_HEADER: ""},
    ],
)
def test_a_request_another_site_made_the_browser_send_is_refused(browser, headers):
    client, csrf = browser
    answer = client.post("/api/cases/1/withdraw", json={"reason": "pindah"}, headers=csrf | headers)
    assert answer.status_code == 403


def test_a_browser_that_is_not_logged_in_is_sent_to_the_login_page(client):
    answer = client.get("/", headers=HTML)
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/masuk")


def test_logging_in_sets_a_cookie_no_script_can_read(database, client):
    with database.write() as session:
        accounts.add_user(session, "siti", "Siti", ["operator"], password="kata sandi panjang")
    wrong = client.post("/masuk", data={"login": "siti", "sandi": "salah sekali"}, headers=HTML)
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    answer = client.post("/masuk", data={"login": "siti", "sandi": "kata sandi panjang"})
    assert answer.status_code == 303
    assert all(word in answer.headers["set-cookie"] for word in ("HttpOnly", "SameSite=lax", "Path=/"))
    foreign = client.post("/masuk", data={"login": "siti"}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/docs", "/openapi.json", "/masuk", "/entah"])
def test_every_answer_carries_the_strict_headers(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


def test_the_documentation_needs_no_internet(client):
    text = client.get("/docs").text
    assert "/callbacks/{sender}" in text
    assert not re.search(r"""(?:src|href)=["']https?://""", text)
    assert "<script" not in text


def test_the_counts_are_for_a_scraper(client):
    client.post("/callbacks/entah", content=b"{}")
    assert 'estafet_refused{reason="sender"} 1.0' in client.get("/metrics").text


def test_a_fault_of_ours_shows_a_code_to_quote_and_nothing_else(app, client, capsys):
    def breaks():
        raise RuntimeError("rahasia 3601015206850003")

    app.add_api_route("/breaks", breaks)
    answer = client.get("/breaks")
    assert answer.status_code == 500
    assert answer.json()["code"] in answer.json()["detail"]
    assert "rahasia" not in answer.text + "".join(capsys.readouterr())


def test_no_route_reads_more_than_the_largest_request(client, monkeypatch):
    monkeypatch.setattr("service.api.guard.LARGEST_REQUEST", 1000)
    answer = client.post("/masuk", data={"login": "x" * 2000})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_every_kind_of_error_has_a_number():
    assert {number_of(kind("x")) for kind in NUMBERS} == set(NUMBERS.values())
    assert number_of(WrongSender("x")) == 403
    assert number_of(EstafetError("x")) == 500


def test_no_log_line_holds_a_long_number_or_a_links_token():
    assert masked_text("nik=3601015206850003, 3601 0152 0685 0003") == "nik=****************, ****************"
    assert masked_text("GET /r/AbC-_123?x=1") == "GET /r/***?x=1"
    record = logging.LogRecord("uvicorn.access", 20, "", 0, '%s - "%s %s"', ("::1", "GET", "/r/geheim"), None)
    MaskFilter().filter(record)
    assert "geheim" not in record.getMessage()
    assert masked_text("PSN-2021-0001 1614265330123") == "PSN-2021-0001 1614265330123"
