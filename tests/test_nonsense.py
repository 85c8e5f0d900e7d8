"""Does any route of the OpenAPI answer nonsense with an error of ours? (Schemathesis against a served home, both databases.)

What an outsider signs is signed, what an officer asks carries a token: so the nonsense gets past the door.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
import requests
import schemathesis
from browser_site import served
from factories import SEALER
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from page_scene import Pages

from service.clock import wall
from service.messages.signatures import signed_headers
from service.trust.accounts import add_user, make_token
from service.trust.partners import rotate_secret
from service.trust.rights import ROLES

SENDERS = {"order": "pemasok-a", "parcel": "fas-f01", "referral": "dinkop-a"}
NUMBERS = {"order": "PSN-2021-0001", "parcel": "PKT-2021-00001", "referral": "RJK-2021-00001"}
SIGNED = ("/callbacks/{sender}", "/evidence/{sender}")
AWAY = ("/readyz", "/api/cycles/{year}/runs/{stage}")  # Prefect is not there in this test, and they say so
SPOKEN = 40  # messages of partners; every other route is asked so often:
ASKED = 6
QUIET = settings(
    deadline=None, database=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


class Asker:
    """Sends what Schemathesis makes up, signed or with a token, and with names and numbers that exist half of the time."""

    def __init__(self, site: Pages) -> None:
        self.site, self.http, self.sent, self.answers = site, requests.Session(), 0, Counter[tuple[str, int]]()
        with site.database.write() as session:
            self.token = make_token(session, add_user(session, "acak", "Acak", list(ROLES)).id)
            self.secrets = {sender: rotate_secret(session, SEALER, sender, wall()) for sender in SENDERS.values()}

    def ask(self, case: Any, path: str, exists: bool) -> None:
        """`exists`: with names and numbers that are there."""
        self.sent += 1
        if exists:
            self._name_what_exists(case, path)
        asked = requests.Request(**self._asked(case)).prepare()
        if path in SIGNED:
            self._sign(asked, case.path_parameters.get("sender"))
        else:
            asked.headers["authorization"] = f"Bearer {self.token}"
        answer = self.http.send(asked, timeout=20, allow_redirects=False)
        self.answers[path, answer.status_code] += 1
        if answer.status_code == 503 and path in AWAY:
            return
        assert answer.status_code < 500, (asked.method, asked.url, asked.body, answer.text[:500])
        if path == SIGNED[0]:
            assert answer.status_code in (202, 400, 401, 403, 404, 413, 422), (asked.body, answer.status_code)

    def _name_what_exists(self, case: Any, path: str) -> None:
        known: dict[str, Any] = {"token": self.site.links["agency"], "year": 2021, "number": NUMBERS["referral"], "case_id": 1}
        if path == SIGNED[0] and isinstance(case.body, dict) and isinstance(case.body.get("data"), dict):
            data = case.body["data"]
            subject = next((name for name in NUMBERS if name in data), "referral")
            data[subject], known["sender"] = NUMBERS[subject], SENDERS[subject]
        elif path in SIGNED:
            known["sender"] = SENDERS["parcel"]
        for name in case.path_parameters or {}:
            if name in known:
                case.path_parameters[name] = known[name]

    def _asked(self, case: Any) -> dict[str, Any]:
        kept = ("method", "url", "headers", "params", "json", "data", "files", "cookies")
        return {name: value for name, value in case.as_transport_kwargs(base_url=self.site.address).items() if name in kept}

    def _sign(self, asked: requests.PreparedRequest, sender: Any) -> None:
        body = asked.body or b""
        content = body if isinstance(body, bytes) else str(body).encode()
        secret = self.secrets.get(sender) or self.secrets["dinkop-a"]
        asked.headers.update(signed_headers(f"acak-{self.sent}", content, [secret], wall()))


@pytest.fixture
def asker(database, home):
    with served(Pages(database, home).with_things()) as site:
        yield Asker(site)
        site.app.state.prefect.close()


@pytest.mark.timeout(120)
def test_no_route_answers_nonsense_with_an_error_of_ours(asker):
    described = requests.get(f"{asker.site.address}/openapi.json", timeout=10).json()
    schema = schemathesis.openapi.from_dict(described)
    asked = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        asked.add(operation.path)
        _ask_often(asker, operation)
    assert asked == set(described["paths"])
    told = {status: count for (path, status), count in asker.answers.items() if path == SIGNED[0]}
    assert told.get(202, 0) > 5, told  # it did get past the door, and some had an effect
    assert told.get(422, 0) + told.get(404, 0) > 5, told


def _ask_often(asker: Asker, operation: Any) -> None:
    often = settings(QUIET, max_examples=SPOKEN if operation.path in SIGNED[:1] else ASKED)

    for mode in schemathesis.GenerationMode:

        @often
        @given(case=operation.as_strategy(generation_mode=mode), exists=st.booleans())
        def ask(case: Any, exists: bool) -> None:
            asker.ask(case, operation.path, exists)

        with suppress(Unsatisfiable):  # a route without parameters cannot be asked wrongly
            ask()


def test_a_body_that_is_signed_but_no_message_is_refused_by_name(asker):
    for body in (b"", b"[]", b"null", b'"kata"', b"{", json.dumps({"type": []}).encode()):
        asked = requests.Request("POST", f"{asker.site.address}/callbacks/dinkop-a", data=body).prepare()
        asker.sent += 1
        asker._sign(asked, "dinkop-a")
        assert asker.http.send(asked, timeout=20).status_code == 422
