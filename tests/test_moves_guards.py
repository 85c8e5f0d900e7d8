"""Who may make which move of a referral? Only the receiver decides, only the sender withdraws or revises."""

from __future__ import annotations

import itertools
import threading

import pytest
from factories import make_officer
from handoff_scenes import OPERATOR, Scene, make_agency, make_scene
from sqlmodel import col, select

from service.db.tables import InboundMessage, OutboundMessage, Partner, Referral
from service.doors import DOORS
from service.errors import EstafetError
from service.handoff.baton import StaleVersion
from service.handoff.facts import FACTS
from service.handoff.next_steps import HOLDS
from service.handoff.replies import REPLIES, NotYours, reply_as_partner
from service.handoff.steps import end_referral, reroute_referral, revise_referral, withdraw_referral
from service.lifecycle import MOVES, NoSuchMove, Subject
from service.messages.inbox import Telling, WrongSender, receive
from service.trust.rights import NoRight, OutsideRegion

RECEIVER = {"acknowledged", "accepted", "waitlisted", "declined", "returned", "service_started", "concluded"}
SENDER = {"withdrawn", "revised", "rerouted"}
SYSTEM = {"signed", "sent", "deadline_passed", "already_served", "consent_withdrawn"}  # approver, stages, household: own tests
SAYS = {
    "declined": {"reason": "NO_CAPACITY"}, "returned": {"reason": "MISSING_DOCUMENT"},
    "concluded": {"outcome": "ACHIEVED", "indicators": {"nib_issued": True}},
}  # fmt: skip
WAY = {  # status -> answers that lead there after sending
    "sent": (), "acknowledged": ("acknowledged",), "accepted": ("accepted",), "waitlisted": ("waitlisted",),
    "declined": ("declined",), "returned": ("accepted", "returned"), "in_service": ("accepted", "service_started"),
    "concluded": ("accepted", "service_started", "concluded"),
}  # fmt: skip
_ids = itertools.count(1)


def test_every_move_of_the_table_belongs_to_one_side():
    events = {event for _, event in MOVES[Subject.REFERRAL]}
    assert events == RECEIVER | SENDER | SYSTEM
    assert not RECEIVER & SENDER
    assert set(REPLIES) == RECEIVER | set(FACTS)
    assert all(DOORS[f"referral.{event}"].sender_kinds == ("agency",) for event in REPLIES)


@pytest.mark.parametrize("status", WAY)
def test_only_the_receiver_answers_and_only_what_the_table_allows(database, home, status):
    scene = _scene_at(database, home, status)
    referral = scene.referrals()[0]
    for event in sorted(RECEIVER):
        with pytest.raises(NotYours), database.write() as session:
            _answer(scene, session, "asing", referral, event)
        assert _tell(scene, "asing", referral, event) == "WrongSender"
        assert _tell(scene, "penyedia", referral, event) == "WrongSender"
        assert scene.referrals()[0].status == status
        from_page = {status, "acknowledged"} if status == "sent" else {status}  # a page acknowledges what it decides about
        allowed = any((at, event) in MOVES[Subject.REFERRAL] for at in from_page)
        allowed = allowed or (status != "sent" and status in HOLDS[event])  # said again: nothing happens, and it is no error
        assert _is_possible(database, lambda s, said=event: _answer(scene, s, "dinkop", referral, said)) is allowed
        assert scene.referrals()[0].status == status


@pytest.mark.parametrize("status", WAY)
def test_only_the_sender_withdraws_revises_and_sends_elsewhere(database, home, status):
    scene = _scene_at(database, home, status)
    referral = scene.referrals()[0]
    strangers = {
        make_officer("auditor"): NoRight, make_officer("facilitator"): NoRight, make_officer("verifier"): NoRight,
        make_officer("operator", "lebak", ("36.02",)): OutsideRegion,
    }  # fmt: skip
    for event, decide in _decisions(scene).items():
        assert f"referral.{event}" not in DOORS
        for officer, error in strangers.items():
            with pytest.raises(error), database.write() as session:
                decide(session, officer, referral)
        allowed = (status, event) in MOVES[Subject.REFERRAL]
        assert _is_possible(database, lambda s, act=decide: act(s, OPERATOR, referral)) is allowed
        assert scene.referrals()[0].status == status


def test_every_change_of_either_side_raises_the_version(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    seen = [scene.referrals()[0].version]
    for event, said in (("acknowledged", {}), ("paused", {"reason": "menunggu rumah tangga"}), ("resumed", {}),
                        ("note", {"text": "sudah dihubungi"}), ("declined", {"reason": "OTHER", "note": "tutup"})):  # fmt: skip
        scene.reply(scene.referrals()[0], event, **said)
        seen.append(scene.referrals()[0].version)
    with database.write() as session:
        withdraw_referral(session, OPERATOR, scene.referrals()[0], "MISTAKE", scene.told("user:o"))
    seen.append(scene.referrals()[0].version)
    assert seen == sorted(set(seen))


def test_who_decides_about_something_older_is_told_and_nothing_happens(database, home):
    scene = _scene_at(database, home, "acknowledged")
    old = scene.referrals()[0].version
    scene.reply(scene.referrals()[0], "note", text="sudah dihubungi")
    with pytest.raises(StaleVersion, match="sudah berubah"):
        scene.reply(scene.referrals()[0], "accepted", version=old)
    for decide in (
        lambda s, r: withdraw_referral(s, OPERATOR, r, "MISTAKE", scene.told("user:o"), version=old),
        lambda s, r: end_referral(s, OPERATOR, r, "MISTAKE", scene.told("user:o"), version=old),
        lambda s, r: revise_referral(s, OPERATOR, r, "KTP", scene.told("user:o"), version=old),
        lambda s, r: reroute_referral(s, OPERATOR, r, scene.agencies["lain"], "pindah", scene.told("user:o"), version=old),
    ):
        with pytest.raises(StaleVersion), database.write() as session:
            decide(session, scene.referrals()[0])
    assert scene.referrals()[0].status == "acknowledged"
    assert scene.reply(scene.referrals()[0], "accepted", version=old + 1) == "accepted"


def test_a_page_that_accepts_what_was_not_opened_before_names_one_version(database, home):
    scene = _scene_at(database, home, "sent")
    assert scene.reply(scene.referrals()[0], "accepted", version=scene.referrals()[0].version) == "accepted"


def test_a_stale_webhook_is_kept_for_a_person_and_changes_nothing(database, home):
    scene = _scene_at(database, home, "acknowledged")
    assert _tell(scene, "dinkop", scene.referrals()[0], "accepted", version=1) == "late"
    assert scene.referrals()[0].status == "acknowledged"


@pytest.mark.parametrize("turn", range(3))
def test_accept_and_withdraw_at_the_same_moment_one_wins_and_the_other_is_told(database, home, turn):
    scene = _scene_at(database, home, "acknowledged")
    with database.write() as session:
        session.get_one(Partner, scene.agencies["dinkop"].id).webhook_url = "https://dinkop.example/masuk"
    seen, start, told = scene.referrals()[0], threading.Barrier(2), dict[str, str]()

    def accept() -> None:
        start.wait()
        told["agency"] = _tell(scene, "dinkop", seen, "accepted")

    def withdraw() -> None:
        start.wait()
        try:
            with database.write() as session:
                withdraw_referral(session, OPERATOR, seen, "MISTAKE", scene.told("user:o"), version=seen.version)
            told["officer"] = "withdrawn"
        except EstafetError as error:
            told["officer"] = error.message

    threads = [threading.Thread(target=act) for act in (accept, withdraw)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        kinds = set(session.exec(select(OutboundMessage.type).where(col(OutboundMessage.kind) == "webhook")))
        [kept] = session.exec(select(InboundMessage.result).where(col(InboundMessage.type) == "referral.accepted"))
    status = scene.referrals()[0].status
    if told["officer"] == "withdrawn":
        assert (status, told["agency"], kept, "referral.withdrawn" in kinds) == ("withdrawn", "late", "late", True)
    else:
        assert (status, told["agency"], kept) == ("accepted", "applied", "applied")
        assert "sudah" in told["officer"] or "baru saja" in told["officer"]
    assert scene.is_in_balance()


class RollBack(Exception):
    """The test looks only."""


def _is_possible(database, act) -> bool:
    """Would it be done? Nothing is kept of it."""
    try:
        with database.write() as session:
            act(session)
            raise RollBack
    except RollBack:
        return True
    except NoSuchMove:
        return False


def _scene_at(database, home, status: str) -> Scene:
    scene = make_scene(database, home)
    scene.send_all()
    for event in WAY[status]:
        scene.reply(scene.referrals()[0], event, **SAYS.get(event, {}))
    assert scene.referrals()[0].status == status
    with database.write() as session:
        scene.agencies["asing"] = make_agency(session, "asing")
        scene.agencies["lain"] = make_agency(session, "lain")
        scene.agencies["penyedia"] = make_agency(session, "penyedia")
        scene.agencies["penyedia"].kind = "supplier"
    return scene


def _answer(scene: Scene, session, sender: str, referral: Referral, event: str) -> None:
    agency = session.get_one(Partner, scene.agencies[sender].id)
    said = SAYS.get(event, {})
    reply_as_partner(session, agency, referral.number, f"referral.{event}", said, scene.told(f"partner:{sender}"))


def _tell(scene: Scene, sender: str, referral: Referral, event: str, **said) -> str:
    """By webhook; the service's word, or the kind of its refusal."""
    kind = f"referral.{event}"
    data = DOORS[kind].data.model_validate({"referral": referral.number, **SAYS.get(event, {}), **said})
    body = {"type": kind, "data": data.model_dump(mode="json")}
    now = scene.work.now
    try:
        telling = Telling(f"m-{next(_ids)}", kind, now, data, body)
        return receive(scene.database, DOORS, scene.agencies[sender], telling, now)
    except WrongSender as error:
        return type(error).__name__


def _decisions(scene: Scene):
    told, other = scene.told(OPERATOR.actor), scene.agencies["lain"]
    return {
        "withdrawn": lambda s, officer, r: withdraw_referral(s, officer, r, "MISTAKE", told),
        "revised": lambda s, officer, r: revise_referral(s, officer, r, "KTP", told),
        "rerouted": lambda s, officer, r: reroute_referral(s, officer, r, s.get_one(Partner, other.id), "pindah", told),
    }
