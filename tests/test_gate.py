"""Is there any way into `verified` but a handover proven by the rules or by a verifier who did not make it?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from factories import make_case, make_cycle, make_officer, told_by
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from outsider import Outsider, add_outsider
from proof_scenes import colleague_of, counter_of
from sqlmodel import select
from starlette.routing import Mount

from service import clock
from service.db.history import record_move, record_moves
from service.db.tables import Case, Household, Move, Referral
from service.delivery.decisions import verify_parcel
from service.doors import DOORS
from service.lifecycle import MOVES, STATUSES, NoSuchMove, Subject
from service.stage import run_locally
from service.stages import STAGES
from service.trust.accounts import add_user, make_token
from service.trust.rights import ROLES, MakerIsChecker, NoRight, OutsideRegion

BEHIND_THE_GATE = {"verified", "ready", "not_referred", "referred", "in_service", "concluded"}
RIGHT_DOORS = {("verifier", "/api/parcels/{number}/verify"), ("verifier", "/paket/{number}/putuskan")}
ROOT = Path(__file__).parent.parent


@pytest.fixture
def counter(database, home):
    """A parcel told as handed over without a photo, so its case is `delivered` and its evidence doubted; one at the point."""
    made = counter_of(database, home, 2)
    made.tell(0, photo=None)
    made.run("verify_handovers")
    assert (made.case(0).status, made.case(1).status) == ("delivered", "ordered")
    return made


def shut(counter) -> None:
    for index, status in ((0, "delivered"), (1, "ordered")):
        assert counter.case(index).status == status


# -- the table of moves ---------------------------------------------------------------------------------------------


def test_one_move_leads_there_and_two_files_write_it():
    assert [way for way, to in MOVES[Subject.CASE].items() if to == "verified"] == [("delivered", "handover_verified")]
    writers = [
        str(path.relative_to(ROOT))
        for folder in ("service", "flows")
        for path in (ROOT / folder).rglob("*.py")
        if '"handover_verified"' in path.read_text() and "service.db.history import" in path.read_text()
    ]
    real = {path for path in writers if not path.startswith("service/sandbox/")}  # practice has a database of its own
    assert sorted(real) == ["service/delivery/decisions.py", "service/delivery/proving.py"]


def test_behind_the_gate_is_reached_through_it_only():
    """Without that one move no case ever gets behind it, whatever else happens."""
    reached, todo = set[str](), ["proposed"]
    while todo:
        at = todo.pop()
        reached.add(at)
        todo += [
            to for (frm, event), to in MOVES[Subject.CASE].items()
            if frm == at and event != "handover_verified" and to not in reached
        ]  # fmt: skip
    assert reached.isdisjoint(BEHIND_THE_GATE)


@pytest.mark.parametrize("status", [s.name for s in STATUSES[Subject.CASE] if s.name != "delivered"])
def test_no_other_status_takes_the_move(database, status):
    with pytest.raises(NoSuchMove), database.write() as session:
        record_moves(session, Subject.CASE, [1], status, "handover_verified", told_by(make_officer("verifier")))


def test_a_case_that_waits_for_goods_cannot_be_moved_there_nor_beyond(counter):
    told = told_by(make_officer("verifier"))
    for index, events in (
        (0, ("made_ready", "referred", "not_referred", "concluded")),
        (1, ("handover_verified", "made_ready")),
    ):
        for event in events:
            with pytest.raises(NoSuchMove), counter.database.write() as session:
                record_move(session, Subject.CASE, counter.case(index).id, event, told)
    shut(counter)


# -- partners -------------------------------------------------------------------------------------------------------


def everything(counter, index: int) -> dict[str, Any]:
    """Whatever any callback may ask for, about this household."""
    now = clock.now(counter.home)
    return {
        "parcel": counter.numbers[index], "order": "PSN-2021-0001", "referral": "RJK-2021-00001", "at": now.isoformat(),
        "items": [{"name": "Beras 5 kg", "package": "WRG", "count": 10}], "reason": "OTHER", "note": "sudah terbukti",
        "visited_on": now.date().isoformat(), "movement_seen": True, "outcome": "ACHIEVED", "indicators": {"omzet_bulanan": 1},
    }  # fmt: skip


@pytest.mark.parametrize("kind", sorted(DOORS))
def test_no_callback_of_any_partner_opens_it(counter, kind):
    with counter.database.write() as session:
        secrets = {name: add_outsider(session, name, f"uji-{name}")[1] for name in ("supplier", "agency")}
    partners = [counter.facilitator, *(Outsider(counter.client, f"uji-{name}", secret) for name, secret in secrets.items())]
    answers = set()
    for partner in partners:
        for index in (0, 1):
            answers.add(partner.tell(kind, everything(counter, index)).status_code)
            assert counter.case(index).status not in BEHIND_THE_GATE
    assert answers <= {202, 403, 404, 409, 422}, answers
    counter.run("verify_handovers")
    assert {counter.case(i).status for i in (0, 1)}.isdisjoint(BEHIND_THE_GATE)


def test_a_visit_that_sees_movement_does_not_stand_for_a_handover(counter):
    counter.facilitator.tell("visit.recorded", everything(counter, 0))
    for stage in ("delivery", "mentoring", "handoff"):
        list(run_locally(counter.work, stage, STAGES[stage]))
    shut(counter)
    with counter.database.read() as session:
        assert session.exec(select(Referral)).all() == []


# -- officers -------------------------------------------------------------------------------------------------------


def filled(path: str, counter) -> str:
    case = counter.case(0)
    known = {
        "number": counter.numbers[0],
        "year": "2021",
        "household": str(case.household_id),
        "household_id": str(case.household_id),
    }
    return re.sub(r"{(\w+)[^}]*}", lambda name: known.get(name[1], str(case.id)), path)


def test_no_route_of_officials_or_console_opens_it_but_a_verifiers_decision(counter):
    app = counter.client.app
    posts = sorted(
        {
            r.path
            for r in iter_route_contexts(app.routes)
            if not isinstance(r.route, Mount) and r.methods and "POST" in r.methods
        }
    )
    assert len(posts) > 25
    assert {path for _, path in RIGHT_DOORS} <= set(posts)
    form = {"putusan": "terbukti", "alasan": "diperiksa lewat telepon", "keputusan": "setuju", "verdict": "accept"}
    for role in ROLES:
        with counter.database.write() as session:
            token = make_token(session, add_user(session, f"uji-{role}", "Uji", [role]).id)
        client = TestClient(
            app, headers={"authorization": f"Bearer {token}"}, raise_server_exceptions=False, follow_redirects=False
        )
        for path in posts:
            if (role, path) in RIGHT_DOORS:
                continue
            address = filled(path, counter)
            if path.startswith("/api/"):
                client.post(address, json={"accept": True, "reason": "diperiksa lewat telepon"})
            else:
                client.post(address, data=form)
            assert counter.case(0).status == "delivered", (role, path)
    with counter.database.write() as session:
        token = make_token(session, add_user(session, "uji-benar", "Uji", ["verifier"]).id)
    answer = counter.client.post(
        f"/api/parcels/{counter.numbers[0]}/verify", json={"accept": True, "reason": "diperiksa lewat telepon"},
        headers={"authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert counter.case(0).status == "verified"


def test_wrong_people_are_refused_and_nothing_moves(counter):
    colleague_of(counter)
    tries = [(make_officer(role), NoRight) for role in ROLES if role != "verifier"]
    tries += [
        (make_officer("verifier", "fas-f01"), MakerIsChecker),
        (make_officer("verifier", regencies=("36.02",)), OutsideRegion),
    ]
    for officer, refusal in tries:
        with counter.database.write() as session, pytest.raises(refusal):
            verify_parcel(session, officer, counter.parcel(0).id, True, "percaya saja", told_by(officer))
    shut(counter)


def test_a_verifier_cannot_prove_what_nobody_handed_over(counter):
    officer = make_officer("verifier")
    for reach in (lambda: None, lambda: counter.tell(1, kind="absent"), lambda: counter.tell(1, kind="refused")):
        reach()
        with counter.database.write() as session, pytest.raises(NoSuchMove):
            verify_parcel(session, officer, counter.parcel(1).id, True, "percaya saja", told_by(officer))
    assert counter.case(1).status == "ordered"


@pytest.mark.parametrize("event", ["substituted", "withdrew", "contact_lost"])
def test_a_household_that_left_is_not_proven_by_goods_that_came_late(counter, event):
    with counter.database.write() as session:
        record_move(session, Subject.CASE, counter.case(1).id, event, told_by(make_officer("operator")))
    left = counter.case(1).status
    counter.tell(1)
    counter.run("verify_handovers")
    assert counter.parcel(1).doubts == ["CASE_ENDED"]
    officer = make_officer("verifier")
    with pytest.raises(NoSuchMove), counter.database.write() as session:
        verify_parcel(session, officer, counter.parcel(1).id, True, "tetap diterima", told_by(officer))
    assert (counter.case(1).status, counter.parcel(1).status) == (left, "handed_over")


def test_last_years_proof_does_not_open_this_year(counter):
    counter.judge(0, True)
    with counter.database.write() as session:
        next_year = make_cycle(session, 2022)
        household = session.get_one(Household, counter.case(0).household_id)
        again = make_case(session, next_year.id, household)
    assert counter.facilitator.tell("parcel.handed_over", everything(counter, 0)).json()["result"] == "late"
    counter.run()
    with counter.database.read() as session:
        assert session.get_one(Case, again.id).status == "ordered"


# -- commands and stages --------------------------------------------------------------------------------------------


def test_no_command_knows_the_way():
    for path in (ROOT / "service" / "cli").rglob("*.py"):
        assert not re.search(r"verify_parcel|verify_handovers|record_moves?\b", path.read_text()), path.name


def test_no_stage_carries_a_doubted_household_through(counter):
    for stage in ("procurement", "delivery", "mentoring", "handoff", "watch"):
        list(run_locally(counter.work, stage, STAGES[stage]))
    shut(counter)
    with counter.database.read() as session:
        events = set(session.exec(select(Move.event).where(Move.subject == "case", Move.subject_id == counter.case(0).id)))
        assert session.exec(select(Referral)).all() == []
    assert events.isdisjoint({"handover_verified", "made_ready", "referred"})
