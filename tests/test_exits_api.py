"""Can a program do with exit lists and home visits what an officer does on a page, and no more?"""

import pytest
from fastapi.testclient import TestClient
from test_exits_pages import Scene

from service.exits import files
from service.trust.accounts import add_user, make_token


@pytest.fixture
def scene(database, home) -> Scene:
    return Scene(database, home)


@pytest.fixture
def call(scene):
    """`call("operator", "POST", path, {...})`."""
    tokens: dict[str, str] = {}

    def ask(role: str, method: str, path: str, body: dict | None = None):
        if role not in tokens:
            with scene.database.write() as session:
                tokens[role] = make_token(session, add_user(session, f"program-{role}", role, [role]).id)
        headers = {"authorization": f"Bearer {tokens[role]}"}
        return TestClient(scene.app).request(method, f"/api{path}", json=body, headers=headers)

    return ask


def test_a_list_goes_its_whole_way_by_program(call):
    assert call("auditor", "GET", "/cycles/2021/exits").json() == {"cycle": 2021, "waiting": 2, "lists": []}
    made = call("operator", "POST", "/cycles/2021/exits")
    assert (made.status_code, made.json()["list"], made.json()["households"]) == (201, "KLR-2021-01", 2)
    assert call("operator", "POST", "/cycles/2021/exits").status_code == 409
    assert call("verifier", "POST", "/exits/KLR-2021-01/file").status_code == 403
    taken = call("operator", "POST", "/exits/KLR-2021-01/file")
    assert files.hash_of(taken.content) == made.json()["sha256"]
    wrong = call("operator", "POST", "/exits/KLR-2021-01/acknowledge", {"sha256": "0" * 64, "by": "Ibu A"})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")
    assert call("operator", "POST", "/exits/KLR-2021-01/returned", {"household": 99_999, "reason": "keluar"}).status_code == 404
    told = {"sha256": made.json()["sha256"], "by": "Ibu A"}
    assert call("operator", "POST", "/exits/KLR-2021-01/acknowledge", told).json()["state"] == "acknowledged"
    assert call("operator", "POST", "/exits/KLR-2021-01/acknowledge", told).status_code == 409
    assert call("operator", "POST", "/exits/KLR-2021-09/file").status_code == 404
    assert call("auditor", "GET", "/cycles/2021/exits").json()["lists"][0]["acknowledged_by"] == "Ibu A"


def test_visits_are_listed_by_public_numbers_and_given_up_past_the_deadline_only(call, scene):
    told = call("auditor", "GET", "/cycles/2021/visits")
    assert (told.json()["due_on"], [row["parcel"] for row in told.json()["visits"]]) == ("2021-12-15", [scene.absent])
    assert "Warga" not in told.text
    wish = {"parcels": [scene.absent], "reason": "tiga kali dikunjungi"}
    assert call("verifier", "POST", "/cycles/2021/visits/give-up", wish).status_code == 409
    scene.past_the_deadline()
    assert call("operator", "POST", "/cycles/2021/visits/give-up", wish).status_code == 403
    assert call("verifier", "POST", "/cycles/2021/visits/give-up", wish).json() == {"cycle": 2021, "replaced": 1}
    assert call("verifier", "POST", "/cycles/2021/visits/give-up", wish).status_code == 409
    assert call("auditor", "GET", "/cycles/2021/visits").json()["visits"] == []
