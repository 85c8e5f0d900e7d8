"""Does the description of our routes tell a software maker what is true: every event, every answer, every word?"""

from __future__ import annotations

import json
import re
import shutil

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from outsider import house_of
from test_callbacks import Scene

from service.api.app import create_app
from service.api.callbacks import read_telling
from service.api.described import CALLBACKS, EXAMPLES, PROBLEMS, RESULTS, envelope
from service.db.session import Database
from service.doors import DOORS
from service.handoff.standards import all_words
from service.sandbox.script import PARTS


@pytest.fixture(scope="module")
def described(tmp_path_factory, migrated_sqlite):
    home = tmp_path_factory.mktemp("openapi")
    shutil.copy(migrated_sqlite, home / "estafet.db")
    database = Database(f"sqlite:///{home / 'estafet.db'}")
    client = TestClient(create_app(house_of(database, home), sends=False))
    yield {"schema": client.get("/openapi.json").json(), "page": client.get("/docs").text}
    client.app.state.prefect.close()
    database.close()


def _is_valid(described, reference, value):
    schema = {"$ref": reference, "components": described["schema"]["components"]}
    return not list(Draft202012Validator(schema).iter_errors(value))


def test_every_event_has_a_schema_and_an_example_which_our_door_takes(described):
    content = described["schema"]["paths"][CALLBACKS]["post"]["requestBody"]["content"]["application/json"]
    assert set(content["examples"]) == set(content["schema"]["discriminator"]["mapping"]) == set(DOORS) == set(EXAMPLES)
    for kind in DOORS:
        assert content["examples"][kind]["value"] == envelope(kind)
        assert _is_valid(described, content["schema"]["discriminator"]["mapping"][kind], envelope(kind))
        assert read_telling(DOORS, "m-1", json.dumps(envelope(kind)).encode()).type == kind


@pytest.mark.parametrize("kind", DOORS)
def test_what_our_door_refuses_the_description_refuses_too(described, kind):
    body = envelope(kind)
    subject = next(iter(body["data"]))
    broken = body | {"data": {name: value for name, value in body["data"].items() if name != subject}}
    assert not _is_valid(described, f"#/components/schemas/{kind}", broken)
    assert not _is_valid(described, f"#/components/schemas/{kind}", body | {"type": "lain"})


def test_every_reference_leads_somewhere(described):
    text = json.dumps(described["schema"])
    known = set(described["schema"]["components"]["schemas"])
    assert {name.rpartition("/")[2] for name in re.findall(r'"#/components/schemas/[^"]+', text)} <= known


def test_every_answer_of_a_callback_is_described_with_an_example(described):
    responses = described["schema"]["paths"][CALLBACKS]["post"]["responses"]
    assert set(responses) == {"202", "default", *map(str, PROBLEMS)}
    assert set(responses["202"]["content"]["application/json"]["examples"]) == set(RESULTS)
    for number, (_, example) in PROBLEMS.items():
        assert _is_valid(described, "#/components/schemas/Problem", example)
        assert responses[str(number)]["content"]["application/problem+json"]["example"] == example


def test_no_route_promises_a_refusal_in_a_shape_we_never_send(described):
    assert "HTTPValidationError" not in json.dumps(described["schema"])


def test_the_examples_of_refusals_are_what_is_really_answered(database, home):
    scene = Scene(database, home)
    other, agency = scene.other, scene.agency
    real = {
        401: scene.client.post("/callbacks/entah", content=b"{}"),
        403: other.tell("referral.accepted", {"referral": "RJK-2021-00001"}),
        404: agency.tell("referral.accepted", {"referral": "RJK-2021-99999"}),
        413: agency.post(b" " * (64 * 1024 + 1)),
        422: agency.tell("referral.declined", {"referral": "RJK-2021-00001"}),
    }
    assert set(real) == set(PROBLEMS) - {503}
    for number, answer in real.items():
        example = PROBLEMS[number][1]
        assert answer.status_code == number, answer.text
        for member in ("type", "title", "status"):
            assert answer.json()[member] == example[member], (number, answer.json())
    assert real[422].json()["faults"] == PROBLEMS[422][1]["faults"]


def test_the_page_shows_every_event_answer_practice_part_and_row_of_the_mapping(described):
    page = described["page"]
    assert all(f"<code>{kind}</code>" in page for kind in DOORS)
    assert all(result in page for result in RESULTS)
    assert all(part.about in page for part in PARTS)
    for row in all_words():
        line = next(
            one for one in page.split("<tr>") if f"<code>{row.status}</code>" in one and f"<code>{row.task}</code>" in one
        )
        assert all(word in line for word in (row.request, row.bser, row.twss, row.remark))


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"NaN", b"Infinity"])
def test_a_number_nobody_can_keep_is_refused_at_the_door(database, home, number):
    scene = Scene(database, home)
    body = json.dumps(envelope("referral.concluded")).encode().replace(b"2500000", number)
    assert number in body
    assert scene.agency.post(body).status_code == 422
