"""Does every door for partners keep the table of answers of the contract?"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from factories import NOW, SEALER
from fastapi.testclient import TestClient
from outsider import Outsider, add_outsider, handover, house_of, long_ago, parcel_at_point, placed_order, sent_referral
from sqlmodel import func, select

from service.api.app import create_app
from service.clock import wall
from service.db.history import Told, record_move
from service.db.tables import InboundMessage, Move, Order, OutboundMessage, Parcel, Partner, Referral, RefusedCount
from service.doors import DOORS
from service.lifecycle import Subject
from service.messages.inbox import apply_parked
from service.messages.turns import Turn, turn_of
from service.trust.partners import rotate_secret


class Scene:
    """A service over one home with a supplier, a facilitator and an agency, each with one subject."""

    def __init__(self, database, home):
        self.house, self.database = house_of(database, home), database
        self.app = create_app(self.house, sends=False)
        self.client = TestClient(self.app, raise_server_exceptions=True)
        with database.write() as session:
            supplier, supplier_secret = add_outsider(session, "supplier", "pemasok-a")
            facilitator, facilitator_secret = add_outsider(session, "facilitator", "fas-f01")
            agency, agency_secret = add_outsider(session, "agency", "dinkop-a")
            _, stranger_secret = add_outsider(session, "agency", "dinkop-b")
            placed_order(session, supplier)
            parcel_at_point(session, facilitator)
            sent_referral(session, agency)
        self.supplier = Outsider(self.client, "pemasok-a", supplier_secret)
        self.facilitator = Outsider(self.client, "fas-f01", facilitator_secret)
        self.agency = Outsider(self.client, "dinkop-a", agency_secret)
        self.other = Outsider(self.client, "dinkop-b", stranger_secret)

    def status(self, table):
        with self.database.read() as session:
            return session.exec(select(table.status)).one()

    def kept(self):
        with self.database.read() as session:
            return list(session.exec(select(InboundMessage).order_by(InboundMessage.id)))

    def refused(self):
        with self.database.read() as session:
            return {row.reason: row.count for row in session.exec(select(RefusedCount))}


@pytest.fixture
def scene(database, home):
    return Scene(database, home)


ORDER, REFERRAL = {"order": "PSN-2021-0001"}, {"referral": "RJK-2021-00001"}
TELLINGS = {  # one of each door: who, type, data, table, new status
    "order": ("supplier", "order.confirmed", ORDER, Order, "confirmed"),
    "parcel": ("facilitator", "parcel.handed_over", handover(), Parcel, "handed_over"),
    "referral": ("agency", "referral.acknowledged", REFERRAL, Referral, "acknowledged"),
}
kinds = pytest.mark.parametrize("kind", TELLINGS)


def _result(answer):
    assert answer.status_code == 202, answer.text
    return answer.json()["result"]


def _problem(answer, status):
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.json()["status"] == status
    return answer.json()


@kinds
def test_a_new_message_is_applied_and_kept_together(scene, kind):
    who, name, data, table, status = TELLINGS[kind]
    assert _result(getattr(scene, who).tell(name, data, "m-1")) == "applied"
    assert scene.status(table) == status
    (kept,) = scene.kept()
    assert (kept.webhook_id, kept.result, kept.subject, kept.body["data"]) == ("m-1", "applied", kind, data)
    assert kept.applied_at is not None


@kinds
def test_stranger(scene, kind):
    _, name, data, table, status = TELLINGS[kind]
    forged = Outsider(scene.client, "entah-siapa", scene.other.secret).tell(name, data)
    _problem(forged, 401)
    wrong_kind_or_other = scene.other.tell(name, data)
    _problem(wrong_kind_or_other, 403)
    assert scene.status(table) != status
    assert scene.kept() == []


@kinds
def test_nonsense(scene, kind):
    who, name, data, table, status = TELLINGS[kind]
    told = _problem(getattr(scene, who).tell(name, {key: None for key in data}), 422)
    assert {fault["field"] for fault in told["faults"]} >= {f"data.{next(iter(data))}"}
    assert scene.status(table) != status
    assert scene.kept() == []


@kinds
def test_twice(scene, kind):
    who, name, data, _table, _ = TELLINGS[kind]
    answers = [_result(getattr(scene, who).tell(name, data, "m-1")) for _ in range(3)]
    assert answers == ["applied", "duplicate", "duplicate"]
    (kept,) = scene.kept()
    assert kept.copies == 2
    with scene.database.read() as session:
        moves = session.exec(select(func.count()).select_from(Move).where(Move.subject == kind, Move.actor.like("partner:%")))
        assert moves.one() == 1


@kinds
def test_late(scene, kind):
    who, name, data, table, status = TELLINGS[kind]
    assert _result(getattr(scene, who).tell(name, data)) == "applied"
    is_agency = kind == "referral"  # what an agency says again holds already (`test_answers_again.py`)
    assert _result(getattr(scene, who).tell(name, data)) == ("duplicate" if is_agency else "late")
    assert scene.status(table) == status
    assert [kept.result for kept in scene.kept()] == ["applied", "applied" if is_agency else "late"]


@kinds
def test_unknown_word(scene, kind):
    who, _, data, _, _ = TELLINGS[kind]
    told = _problem(getattr(scene, who).tell(f"{kind}.entah", data), 422)
    assert told["faults"][0]["field"] == "type"
    assert "order.confirmed" in told["faults"][0]["fault"]


def test_every_refusal_of_a_stranger_is_the_same_answer_and_only_counted(scene):
    body = json.dumps({"type": "order.confirmed", "timestamp": wall().isoformat(), "data": ORDER}).encode()
    wrong_key = Outsider(scene.client, "pemasok-a", scene.other.secret).post(body)
    unknown = Outsider(scene.client, "entah", scene.other.secret).post(body)
    stale = scene.supplier.post(body, at=long_ago())
    newer = scene.supplier.post(body, at=wall() + timedelta(minutes=6))
    bare = scene.client.post("/callbacks/pemasok-a", content=body)
    answers = [wrong_key, unknown, stale, newer, bare]
    assert {(a.status_code, a.text, a.headers["content-type"]) for a in answers} == {
        (401, wrong_key.text, "application/problem+json")
    }
    assert scene.kept() == []
    assert scene.refused() == {"signature": 1, "sender": 1, "time": 2, "header": 1}


def test_an_inactive_partner_is_a_stranger(scene):
    with scene.database.write() as session:
        session.exec(select(Partner).where(Partner.sender == "pemasok-a")).one().active = False
    _problem(scene.supplier.tell("order.confirmed", ORDER), 401)


def test_while_a_secret_is_rotated_both_count_and_afterwards_only_the_new_one(scene):
    with scene.database.write() as session:
        new = rotate_secret(session, SEALER, "pemasok-a", wall(), timedelta(hours=1))
    assert _result(scene.supplier.tell("order.confirmed", ORDER)) == "applied"
    assert _result(Outsider(scene.client, "pemasok-a", new).tell("order.shipped", ORDER)) == "applied"
    with scene.database.write() as session:
        session.exec(select(Partner).where(Partner.sender == "pemasok-a")).one().old_secret_until = wall()
    _problem(scene.supplier.tell("order.confirmed", ORDER), 401)


def test_a_later_step_that_arrives_first_is_parked_and_applied_in_its_turn(scene):
    assert _result(scene.agency.tell("referral.service_started", REFERRAL)) == "parked"
    assert _result(scene.agency.tell("referral.accepted", REFERRAL)) == "parked"
    assert scene.status(Referral) == "sent"
    assert _result(scene.agency.tell("referral.acknowledged", REFERRAL)) == "applied"
    assert scene.status(Referral) == "in_service"
    assert [(kept.result, kept.was_parked) for kept in scene.kept()] == [
        ("applied", True), ("applied", True), ("applied", False),
    ]  # fmt: skip


def test_what_a_stage_makes_possible_is_applied_by_the_sweep(scene):
    with scene.database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        drafted = sent_referral(session, agency, "RJK-2021-00002", upto="drafted")
        drafted_id = drafted.id
    assert _result(scene.agency.tell("referral.acknowledged", {"referral": "RJK-2021-00002"})) == "parked"
    assert apply_parked(scene.database, DOORS, NOW) == 0
    with scene.database.write() as session:
        for event in ("signed", "sent"):
            record_move(session, Subject.REFERRAL, drafted_id, event, Told("flow:handoff", NOW))
    assert apply_parked(scene.database, DOORS, NOW) == 1
    assert apply_parked(scene.database, DOORS, NOW) == 0
    with scene.database.read() as session:
        assert session.get(Referral, drafted_id).status == "acknowledged"


def test_a_parked_message_whose_turn_never_comes_becomes_late(scene):
    assert _result(scene.agency.tell("referral.accepted", REFERRAL)) == "parked"
    assert _result(scene.agency.tell("referral.acknowledged", REFERRAL)) == "applied"
    assert _result(scene.agency.tell("referral.declined", {**REFERRAL, "reason": "NO_CAPACITY"})) == "late"
    assert scene.status(Referral) == "accepted"


def test_an_ended_subject_takes_nothing_more(scene):
    with scene.database.write() as session:
        row = session.exec(select(Referral)).one()
        record_move(session, Subject.REFERRAL, row.id, "withdrawn", Told("user:op", NOW))
    assert _result(scene.agency.tell("referral.acknowledged", REFERRAL)) == "late"


def test_another_senders_subject_is_refused_and_an_unknown_one_not_found(scene):
    told = _problem(scene.other.tell("referral.acknowledged", REFERRAL), 403)
    assert "dinkop-a" not in json.dumps(told)
    _problem(scene.agency.tell("referral.acknowledged", {"referral": "RJK-2021-09999"}), 404)
    assert scene.kept() == []


def test_all_faults_of_a_message_are_named_at_once(scene):
    answer = scene.supplier.post(json.dumps({"type": "order.confirmed", "timestamp": "kemarin", "data": {"order": 7}}).encode())
    fields = {fault["field"] for fault in _problem(answer, 422)["faults"]}
    assert fields == {"timestamp", "data.order"}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"type": 5}', b'{"type":"order.confirmed"}', b"[" * 30_000,
        b'{"type":"order.confirmed","timestamp":"2021-06-01T00:00:00Z","data":{"order":NaN}}',
        b'{"type":"order.confirmed","timestamp":"2021-06-01T00:00:00Z","data":{"order":"PSN-2021-0001","note":"\\u0000"}}',
        b'{"type":"order.confirmed","timestamp":"2021-06-01T00:00:00Z","data":{"order":"PSN-2021-0001","note":"\\ud800"}}',
        b'{"type":"order.confirmed","timestamp":"0001-01-01T00:00:00+14:00","data":{"order":"PSN-2021-0001"}}',
        b'{"type":"order.confirmed","timestamp":"2021-06-01T00:00:00","data":{"order":"PSN-2021-0001"}}',
    ],
)  # fmt: skip
def test_what_is_not_a_message_is_422_and_never_an_error_of_ours(scene, body):
    assert _problem(scene.supplier.post(body), 422)["faults"]
    assert scene.kept() == []


def test_a_body_over_64_kib_is_413_also_when_its_length_is_not_told(scene):
    large = b"x" * (64 * 1024 + 1)
    _problem(scene.supplier.post(large), 413)
    chunked = scene.client.post("/callbacks/pemasok-a", content=iter([b"x" * 1024] * 65))
    assert "content-length" not in chunked.request.headers
    _problem(chunked, 413)


@kinds
def test_of_many_equal_messages_at_once_one_has_an_effect(scene, kind):
    who, name, data, table, status = TELLINGS[kind]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _result(getattr(scene, who).tell(name, data, "same")), range(16)))
    assert sorted(answers) == ["applied"] + ["duplicate"] * 15
    assert scene.status(table) == status
    (kept,) = scene.kept()
    assert kept.copies == 15


def test_steps_told_at_once_in_any_order_all_take_effect(scene):
    steps = ("referral.acknowledged", "referral.accepted", "referral.service_started")
    barrier = threading.Barrier(3)

    def tell(name):
        barrier.wait()
        return _result(scene.agency.tell(name, REFERRAL))

    with ThreadPoolExecutor(3) as pool:
        answers = set(pool.map(tell, steps))
    assert answers <= {"applied", "parked"}
    assert scene.status(Referral) == "in_service"


def test_accepting_and_declining_at_once_cannot_both_win(scene):
    assert _result(scene.agency.tell("referral.acknowledged", REFERRAL)) == "applied"
    tellings = [("referral.accepted", REFERRAL), ("referral.declined", {**REFERRAL, "reason": "NO_CAPACITY"})]
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda telling: _result(scene.agency.tell(*telling)), tellings))
    assert answers == ["applied", "late"]


def test_what_its_handler_cannot_follow_is_kept_late_with_no_half_of_its_effect(scene):
    def half(session, order_id, data, told):
        record_move(session, Subject.ORDER, order_id, "confirmed", told)
        record_move(session, Subject.ORDER, order_id, "accepted", told)

    scene.app.state.doors = {**DOORS, "order.confirmed": replace(DOORS["order.confirmed"], apply=half)}
    assert _result(scene.supplier.tell("order.confirmed", ORDER)) == "late"
    assert scene.status(Order) == "placed"
    assert [kept.result for kept in scene.kept()] == ["late"]


def test_a_message_that_makes_work_due_owes_one_kick(scene):
    _result(scene.facilitator.tell("parcel.handed_over", handover()))
    with scene.database.read() as session:
        kicks = session.exec(select(OutboundMessage).where(OutboundMessage.kind == "kick")).all()
    assert [(kick.type, kick.body) for kick in kicks] == [("delivery", {"stage": "delivery", "year": 2021})]


def test_a_photo_is_signed_like_a_message_and_only_from_a_facilitator(scene):
    from io import BytesIO

    from PIL import Image

    picture = BytesIO()
    Image.new("RGB", (640, 480), "green").save(picture, "JPEG")
    answer = scene.facilitator.post(picture.getvalue(), path="evidence")
    assert answer.status_code == 201, answer.text
    assert len(answer.json()["photo"]) == 64
    _problem(scene.supplier.post(picture.getvalue(), path="evidence"), 403)
    _problem(Outsider(scene.client, "entah", scene.other.secret).post(picture.getvalue(), path="evidence"), 401)
    _problem(scene.facilitator.post(b"bukan foto", path="evidence"), 422)


@pytest.mark.parametrize(
    ("subject", "status", "event", "was_told", "turn"),
    [
        (Subject.REFERRAL, "acknowledged", "accepted", False, Turn.NOW),
        (Subject.REFERRAL, "sent", "accepted", False, Turn.LATER),
        (Subject.REFERRAL, "accepted", "waitlisted", False, Turn.NEVER),
        (Subject.REFERRAL, "in_service", "accepted", True, Turn.NEVER),
        (Subject.REFERRAL, "acknowledged", "acknowledged", True, Turn.NEVER),
        (Subject.REFERRAL, "no_response", "acknowledged", True, Turn.NOW),
        (Subject.REFERRAL, "declined", "accepted", False, Turn.NEVER),
        (Subject.REFERRAL, "concluded", "accepted", False, Turn.NEVER),
        (Subject.PARCEL, "absent", "absent", True, Turn.NOW),
        (Subject.PARCEL, "planned", "handed_over", False, Turn.LATER),
        (Subject.PARCEL, "handed_over", "absent", False, Turn.NEVER),
        (Subject.ORDER, "placed", "arrived", False, Turn.LATER),
        (Subject.ORDER, "shipped", "cancelled", False, Turn.NOW),
        (Subject.ORDER, "arrived", "cancelled", False, Turn.NEVER),
        (Subject.CASE, "concluded", "a_plain_fact", True, Turn.NOW),
    ],
)
def test_whose_turn_it_is(subject, status, event, was_told, turn):
    assert turn_of(subject, status, event, lambda: was_told) is turn
