"""Do messages that arrive together get the same answers, and have the same effects, as those that come alone?"""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from factories import NOW, SEALER
from outsider import handover, parcel_at_point, sent_referral
from sqlmodel import select

# The contract's answers that depend on what is known once more, at a door that knows its senders already.
from test_callbacks import (  # noqa: F401  (pytest runs what it finds here)
    Scene,
    test_a_later_step_that_arrives_first_is_parked_and_applied_in_its_turn,
    test_a_message_that_makes_work_due_owes_one_kick,
    test_a_new_message_is_applied_and_kept_together,
    test_accepting_and_declining_at_once_cannot_both_win,
    test_an_ended_subject_takes_nothing_more,
    test_an_inactive_partner_is_a_stranger,
    test_another_senders_subject_is_refused_and_an_unknown_one_not_found,
    test_every_refusal_of_a_stranger_is_the_same_answer_and_only_counted,
    test_late,
    test_of_many_equal_messages_at_once_one_has_an_effect,
    test_steps_told_at_once_in_any_order_all_take_effect,
    test_twice,
    test_while_a_secret_is_rotated_both_count_and_afterwards_only_the_new_one,
)

from service.api.callbacks import read_telling
from service.clock import wall
from service.db.set_aside import replace_set_aside
from service.db.tables import Case, InboundMessage, Move, OutboundMessage, Parcel, Partner, Referral, SetAside
from service.doors import DOORS
from service.errors import NotNow
from service.lifecycle import Subject
from service.messages.inbox import Many
from service.messages.together import Callback, WaitingRoom, receive_together
from service.trust.partners import rotate_secret
from service.trust.queries import signer


@pytest.fixture
def scene(database, home):
    made = Scene(database, home)
    with database.read() as session:
        names = session.scalars(select(Partner.sender)).all()
        made.app.state.waiting_room.known |= {name: signer(session, name) for name in names}
    return made


@pytest.fixture
def numbers(scene):
    """Two referrals of the agency and two parcels of the facilitator: the first told together, the second alone."""
    with scene.database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        facilitator = session.exec(select(Partner).where(Partner.sender == "fas-f01")).one()
        return {
            "referral": [sent_referral(session, agency, f"RJK-2021-1000{at}").number for at in range(2)],
            "parcel": [parcel_at_point(session, facilitator, f"PKT-2021-1000{at}").number for at in range(2)],
        }


def _callback(scene, kind, data, message_id="m-1", sender="dinkop-a"):
    with scene.database.read() as session:
        known = signer(session, sender)
    body = json.dumps({"type": kind, "timestamp": wall().isoformat(), "data": data}).encode()
    return Callback(known, read_telling(DOORS, message_id, body), DOORS[kind])


def _taken(scene, *callbacks):
    return receive_together(scene.database, DOORS, callbacks, NOW)


def _acknowledged(scene, number, message_id="m-1", **data):
    return _callback(scene, "referral.acknowledged", {"referral": number, **data}, message_id)


OWN = {"id", "number", "case_id", "batch_id", "household_id", "status_since", "event_id"}
TOLD = {
    "referral.acknowledged": {"register_number": "503/1"},
    "referral.waitlisted": {"note": "menunggu kuota", "waitlist_until": f"{wall().date() + timedelta(days=90)}"},
    "referral.declined": {"reason": "OTHER", "note": "bukan wilayah kami"},
    "referral.returned": {"reason": "CANNOT_REACH"},
    "parcel.handed_over": {**handover(photo="ab" * 32, latitude=-6.3, longitude=106.1)},
    "parcel.partial": {**handover(note="kurang satu")},
}


def _left_behind(scene, table, number, message_id):
    """The rows of one message, without ids and instants."""
    with scene.database.read() as session:
        row = session.exec(select(table).where(table.number == number)).one()
        case = session.get(Case, row.case_id)
        moves = session.exec(select(Move).where(Move.actor.like("partner:%")).order_by(Move.id)).all()
        mine = [m for m in moves if (m.subject, m.subject_id) in ((table.__name__.lower(), row.id), ("case", case.id))]
        kept = session.exec(select(InboundMessage).where(InboundMessage.webhook_id == message_id)).one()
        assert (kept.subject, kept.subject_id) == (table.__name__.lower(), row.id)
        return (
            row.model_dump(exclude=OWN), case.status,
            [(m.subject, m.cycle_id, m.from_status, m.event, m.to_status, m.actor, m.reason) for m in mine],
            kept.model_dump(exclude={"id", "webhook_id", "subject_id", "body", "told_at", "received_at", "applied_at"}),
            kept.applied_at is not None, kept.received_at is not None,
        )  # fmt: skip


@pytest.mark.parametrize("kind", TOLD)
def test_both_ways_leave_the_same_rows(scene, numbers, kind):
    subject, event = kind.split(".")
    sender = "fas-f01" if subject == "parcel" else "dinkop-a"
    partner = scene.facilitator if subject == "parcel" else scene.agency
    if event in ("waitlisted", "declined", "returned"):
        for number in numbers["referral"]:
            assert partner.tell("referral.acknowledged", {"referral": number}).json() == {"result": "applied"}
    together, alone = ({**TOLD[kind], subject: number} for number in numbers[subject])
    assert _taken(scene, _callback(scene, kind, together, "m-together", sender)) == ["applied"]
    scene.app.state.waiting_room.known.clear()
    assert partner.tell(kind, alone, "m-alone").json() == {"result": "applied"}
    table = {"referral": Referral, "parcel": Parcel}[subject]
    first, second = zip(numbers[subject], ("m-together", "m-alone"), strict=True)
    assert _left_behind(scene, table, *first) == _left_behind(scene, table, *second)


def test_a_declined_one_owes_the_same_kick(scene, numbers):
    both = [_callback(scene, "referral.acknowledged", {"referral": n}, f"a-{n}") for n in numbers["referral"]]
    assert _taken(scene, *both) == ["applied", "applied"]
    declined = {"reason": "NO_CAPACITY"}
    both = [_callback(scene, "referral.declined", {"referral": n, **declined}, f"d-{n}") for n in numbers["referral"]]
    assert _taken(scene, *both) == ["applied", "applied"]
    with scene.database.read() as session:
        assert [(m.kind, m.subject_key) for m in session.exec(select(OutboundMessage))] == [("kick", "handoff-2021")]


def test_what_was_set_aside_is_forgotten(scene, numbers):
    number = numbers["referral"][0]
    with scene.database.write() as session:
        referral = session.exec(select(Referral).where(Referral.number == number)).one()
        replace_set_aside(session, referral.cycle_id, "watch", Subject.REFERRAL, [referral.id], {referral.id: "NO_ANSWER"}, NOW)
    assert _taken(scene, _acknowledged(scene, number)) == ["applied"]
    with scene.database.read() as session:
        assert session.exec(select(SetAside)).all() == []


def test_messages_of_one_group_have_each_their_answer(scene, numbers):
    one, two = numbers["referral"]
    assert _taken(scene, _acknowledged(scene, one)) == ["applied"]
    results = _taken(
        scene,
        _acknowledged(scene, one),  # a copy
        _acknowledged(scene, two, "m-2"),
        _acknowledged(scene, two, "m-2"),  # a copy of one that is only just taken
        _acknowledged(scene, two, "m-3"),  # a second about the same subject
        _acknowledged(scene, one, "m-4"),  # late
        _acknowledged(scene, "RJK-2021-99999", "m-5"),  # unknown
        _callback(scene, "referral.accepted", {"referral": one, "version": 1}, "m-6"),  # about an older version
        _callback(scene, "referral.acknowledged", {"referral": "RJK-2021-00001"}, "m-7", "dinkop-b"),  # somebody else's
    )
    assert results == ["duplicate", "applied", *[None] * 6]
    kept = [(message.webhook_id, message.copies, message.result) for message in scene.kept()]
    assert sorted(kept) == [("m-1", 1, "applied"), ("m-2", 0, "applied")]


@pytest.mark.parametrize("change", ["rotated", "rotated without mercy", "closed"])
def test_a_sender_whose_secret_changed_meanwhile_is_not_taken_together(scene, numbers, change):
    callback = _acknowledged(scene, numbers["referral"][0])
    with scene.database.write() as session:
        if change == "closed":
            session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one().active = False
        else:
            keep = timedelta(days=1) if change == "rotated" else timedelta(0)
            rotate_secret(session, SEALER, "dinkop-a", wall(), keep)
    assert _taken(scene, callback) == [None]
    assert scene.kept() == []
    answer = scene.agency.tell("referral.acknowledged", {"referral": numbers["referral"][0]})
    assert answer.status_code == (202 if change == "rotated" else 401)


def test_what_waited_for_one_is_applied_with_it(scene, numbers):
    one, two = numbers["referral"]
    for number in (one, two):
        assert scene.agency.tell("referral.accepted", {"referral": number}).json() == {"result": "parked"}
    assert _taken(scene, _acknowledged(scene, one), _acknowledged(scene, two, "m-2")) == ["applied", "applied"]
    assert [(message.result, message.was_parked) for message in scene.kept()][:2] == [("applied", True)] * 2


def test_one_that_cannot_be_followed_takes_no_other_with_it(scene, numbers):
    """Whatever fails for one, nothing of the group is kept; each then goes the way of one."""
    one, two = numbers["referral"]

    def half(session, ready):
        DOORS["referral.acknowledged"].many.apply(session, ready[:1])
        raise NotNow("belum dapat")

    door = replace(DOORS["referral.acknowledged"], many=Many(DOORS["referral.acknowledged"].many.find, half))
    room = scene.app.state.waiting_room
    fails = [replace(_acknowledged(scene, number, f"m-{number}"), door=door) for number in (one, two)]
    assert [future.result(10) for future in [room.enter(each) for each in fails]] == [None, None]
    assert scene.kept() == []
    assert scene.agency.tell("referral.acknowledged", {"referral": one}).json() == {"result": "applied"}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_one_that_somebody_else_holds_waits_alone(scene, numbers):
    """A stage may hold one referral: the others are answered meanwhile. (SQLite has one writer at a time.)"""
    one, two = numbers["referral"]
    with scene.database.write() as session:
        session.execute(select(Referral).where(Referral.number == one).with_for_update())
        assert _taken(scene, _acknowledged(scene, one), _acknowledged(scene, two, "m-2")) == [None, "applied"]
    assert _taken(scene, _acknowledged(scene, one)) == ["applied"]


def test_who_comes_while_others_are_taken_goes_with_the_next():
    groups, goes_on = [], threading.Event()

    def take(group):
        groups.append(list(group))
        goes_on.wait(10)
        return ["applied"] * len(group)

    room = WaitingRoom(take)
    futures = [room.enter("first")]
    while not groups:
        time.sleep(0.001)
    futures += [room.enter(name) for name in ("second", "third")]
    goes_on.set()
    assert [future.result(10) for future in futures] == ["applied"] * 3
    assert groups == [["first"], ["second", "third"]]


def test_a_room_that_fails_sends_everybody_the_way_of_one_and_stays_open():
    answers = iter([RuntimeError("rusak"), ["applied"]])

    def take(group):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    room = WaitingRoom(take)
    assert room.enter("first").result(10) is None
    assert room.enter("second").result(10) == "applied"


def test_many_at_once_over_the_door_are_each_applied_once(scene):
    """Twenty referrals, each told three times at once: one effect, two copies, whichever way each message went."""
    with scene.database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        numbers = [sent_referral(session, agency, f"RJK-2021-2{at:04}").number for at in range(20)]

    def tell(number):
        return scene.agency.tell("referral.acknowledged", {"referral": number}, f"m-{number}").json()["result"]

    with ThreadPoolExecutor(12) as pool:
        results = sorted(pool.map(tell, numbers * 3))
    assert results == ["applied"] * 20 + ["duplicate"] * 40
    assert [(message.result, message.copies) for message in scene.kept()] == [("applied", 2)] * 20
    with scene.database.read() as session:
        assert len(session.exec(select(Move).where(Move.event == "acknowledged")).all()) == 20
