"""Does the agency report after 3, 6 and 12 months, is it reminded, and do the two yardsticks stand side by side?"""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from handoff_scenes import Scene, make_scene
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from service.db.tables import InboundMessage, OutcomeReport, Referral
from service.doors import DOORS
from service.errors import BadInput, NotNow
from service.handoff.follow_up import (
    ESSENTIAL,
    EssentialMissing,
    NotPlanned,
    ReportedAlready,
    conditional_of,
    months_after,
    reckoned,
)
from service.handoff.queries.follow_up import asked, yardsticks
from service.handoff.services import BY_CODE
from service.messages.inbox import Telling, receive
from service.messages.mail import text_of
from service.policy import CyclePolicy, ReferralRules, Terms

GOOD = {"outcome": "ACHIEVED", "indicators": {"business_running": True, "turnover_up": True, "nib_issued": True}}
LATER = date(2024, 1, 1)
_ids = itertools.count(1)


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        (date(2021, 6, 2), 3, date(2021, 9, 2)),
        (date(2021, 11, 30), 3, date(2022, 2, 28)),
        (date(2021, 12, 31), 6, date(2022, 6, 30)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_a_report_falls_due_on_the_same_day_of_a_later_month(day, months, due):
    assert months_after(day, months) == due


indicators = st.dictionaries(st.sampled_from([*ESSENTIAL, "nib_issued", "credit_received"]), st.booleans())


@given(told=indicators, services=st.lists(st.sampled_from(sorted(BY_CODE))))
def test_achieved_needs_every_essential_indicator_and_one_of_what_was_asked(told, services):
    word = reckoned(told, services)
    if not set(ESSENTIAL) <= set(told):
        assert word is None
        return
    essential = [told[name] for name in ESSENTIAL]
    conditional = any(told.get(name) for name in conditional_of(services))
    assert (word == "ACHIEVED") == (all(essential) and conditional)
    assert (word == "NOT_ACHIEVED") == (not any(essential) and not conditional)


def test_reports_are_planned_when_the_service_begins(database, home):
    scene = _serving(database, home)
    with database.read() as session:
        planned = session.exec(select(OutcomeReport).order_by(col(OutcomeReport.month))).all()
    assert [(one.month, one.due_on) for one in planned] == [
        (3, date(2021, 9, 2)), (6, date(2021, 12, 2)), (12, date(2022, 6, 2)),
    ]  # fmt: skip
    assert scene.is_in_balance()


def test_what_is_told_of_a_month_is_kept_beside_the_others_and_moves_nothing(database, home):
    scene = _serving(database, home)
    [serving] = scene.referrals()
    scene.at(date(2021, 11, 2))
    assert scene.reply(serving, "outcome_reported", month=3, note="omzet dua kali", **GOOD) == "in_service"
    assert scene.reply(serving, "concluded", **GOOD) == "concluded"
    assert scene.reply(serving, "outcome_reported", month=6, **GOOD) == "concluded"
    with database.read() as session:
        kept = {one.month: one for one in session.exec(select(OutcomeReport))}
        assert [one.month for one in asked(session, scene.cycle_id, LATER)] == [12]
    assert {month for month, one in kept.items() if one.reported_at} == {0, 3, 6}
    assert (kept[3].outcome, kept[3].note, kept[3].reported_by) == ("ACHIEVED", "omzet dua kali", "partner:dinkop")
    assert scene.referrals()[0].concluded_on == kept[0].due_on == date(2021, 11, 2)


def test_a_report_nobody_asked_for_or_without_the_essential_or_told_twice_is_refused(database, home):
    scene = _serving(database, home)
    [serving] = scene.referrals()
    scene.at(date(2021, 8, 2))
    with pytest.raises(NotPlanned, match="Yang diminta: 3, 6, 12"):
        scene.reply(serving, "outcome_reported", month=4, **GOOD)
    with pytest.raises(EssentialMissing, match="turnover_up"):
        scene.reply(
            serving,
            "outcome_reported",
            month=3,
            outcome="ACHIEVED",
            indicators={"business_running": True, "turnover_up": "naik"},
        )
    with pytest.raises(BadInput):
        scene.reply(serving, "outcome_reported", month=3, outcome="BAGUS", indicators=GOOD["indicators"])
    scene.reply(serving, "outcome_reported", month=3, **GOOD)
    scene.reply(serving, "outcome_reported", month=3, **GOOD)
    with pytest.raises(ReportedAlready):
        scene.reply(serving, "outcome_reported", month=3, note="lain", **GOOD)


def test_a_report_that_comes_before_the_service_began_waits_for_its_turn(database, home):
    scene = make_scene(database, home, policy=CyclePolicy(referral=ReferralRules(outcome_months=(1,))))
    scene.send_all()
    [sent] = scene.referrals()
    assert _tell(scene, sent, "outcome_reported", month=1, **GOOD) == "parked"
    for event in ("acknowledged", "accepted", "service_started"):
        assert _tell(scene, sent, event) == "applied"
    with database.read() as session:
        assert session.exec(select(OutcomeReport.outcome).where(col(OutcomeReport.month) == 1)).one() == "ACHIEVED"
    assert _tell(scene, sent, "outcome_reported", month=1, **GOOD) == "duplicate"
    assert _tell(scene, sent, "outcome_reported", month=1, note="lain", **GOOD) == "late"


def test_an_overdue_report_is_reminded_of_escalated_and_then_waits(database, home):
    scene = _serving(database, home)
    before = len(scene.mails())
    told = []
    for day in (date(2021, 8, 30), date(2021, 9, 1), date(2021, 9, 2), date(2021, 9, 3), date(2021, 9, 6), date(2021, 9, 20)):
        scene.at(day)
        for _ in range(2):
            scene.watch()
        told += [(f"{day:%d-%m}", mail.address) for mail in scene.mails()[before + len(told) :]]
    assert told == [("01-09", "dinkop@contoh.invalid"), ("06-09", "kepala-dinkop@contoh.invalid")]
    assert "Laporkan perkembangan sesudah layanan: 1 laporan" in text_of(scene.mails()[before].body)
    assert scene.referrals()[0].status == "in_service"


def test_a_report_and_a_referral_late_on_one_day_are_one_mail(database, home):
    scene = make_scene(database, home, households=2)
    scene.send_all()
    first, second = scene.referrals()
    for event in ("accepted", "service_started"):
        scene.reply(first, event)
    with database.write() as session:
        session.exec(select(OutcomeReport).where(col(OutcomeReport.month) == 3)).one().due_on = date(2021, 6, 4)
    before = len(scene.mails())
    scene.at(date(2021, 6, 4))
    scene.watch()
    [mail] = scene.mails()[before:]
    assert mail.body["referrals"] == 2
    assert mail.body["numbers"] == [first.number, second.number]


def test_who_reported_in_time_hears_nothing(database, home):
    scene = _serving(database, home)
    scene.at(date(2021, 8, 2))
    scene.reply(scene.referrals()[0], "outcome_reported", month=3, **GOOD)
    before = len(scene.mails())
    scene.at(date(2021, 10, 1))
    scene.watch()
    assert len(scene.mails()) == before


def test_service_that_begins_again_is_reported_from_its_new_beginning(database, home):
    from handoff_scenes import OPERATOR

    from service.handoff.steps import revise_referral

    scene = _serving(database, home)
    scene.at(date(2021, 8, 2))
    scene.reply(scene.referrals()[0], "outcome_reported", month=3, **GOOD)
    scene.reply(scene.referrals()[0], "returned", reason="MISSING_DOCUMENT")
    with database.write() as session:
        assert asked(session, scene.cycle_id, LATER) == []
        revise_referral(session, OPERATOR, session.exec(select(Referral)).one(), "KTP", scene.told("user:o"))
    scene.at(date(2021, 9, 1))
    for event in ("accepted", "service_started"):
        scene.reply(scene.referrals()[0], event)
    with database.read() as session:
        left = asked(session, scene.cycle_id, LATER)
    assert [(one.month, one.due_on) for one in left] == [(6, date(2022, 3, 1)), (12, date(2022, 9, 1))]


def test_the_months_are_the_policys(database, home):
    scene = _serving(database, home, CyclePolicy(referral=ReferralRules(outcome_months=(1,)), terms=Terms(remind_before=0)))
    with database.read() as session:
        assert [one.month for one in asked(session, scene.cycle_id, LATER)] == [1]
    without = CyclePolicy(referral=ReferralRules(outcome_months=()))
    assert without.referral.outcome_months == ()


def test_movement_and_success_stand_side_by_side(database, home):
    scene = _serving(database, home)
    scene.at(date(2021, 8, 2))
    scene.reply(scene.referrals()[0], "outcome_reported", month=3, **GOOD)
    with database.read() as session:
        both = yardsticks(session, scene.case().id)
    assert [visit.indicators["usaha_berjalan"] for visit in both.movement] == [True]
    assert [(one.agency.sender, one.report.month, one.report.outcome) for one in both.success] == [
        ("dinkop", 3, "ACHIEVED"), ("dinkop", 6, None), ("dinkop", 12, None),
    ]  # fmt: skip
    first = both.success[0]
    assert reckoned(first.report.indicators, first.referral.services) == "ACHIEVED"
    with pytest.raises(NotNow):
        scene.reply(scene.referrals()[0], "declined", reason="NO_CAPACITY")


def _serving(database, home, policy: CyclePolicy | None = None) -> Scene:
    scene = make_scene(database, home, policy=policy)
    scene.send_all()
    for event in ("accepted", "service_started"):
        scene.reply(scene.referrals()[0], event)
    return scene


def _tell(scene: Scene, referral: Referral, event: str, **said) -> str:
    kind, now = f"referral.{event}", scene.work.now
    data = DOORS[kind].data.model_validate({"referral": referral.number, **said})
    telling = Telling(f"m-{next(_ids)}", kind, now, data, {"type": kind, "data": data.model_dump(mode="json")})
    return receive(scene.database, DOORS, scene.agencies["dinkop"], telling, now)


def test_a_message_kept_names_no_person(database, home):
    scene = _serving(database, home)
    scene.at(date(2021, 8, 2))
    _tell(scene, scene.referrals()[0], "outcome_reported", month=3, **GOOD)
    with database.read() as session:
        [body] = session.exec(select(InboundMessage.body))
    assert "Warga" not in str(body)
