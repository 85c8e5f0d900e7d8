"""Do an agency's own terms and its pauses count, and can a pause lose nobody?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from factories import make_partner
from handoff_scenes import Scene, make_scene
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from service import clock
from service.db.session import Database
from service.db.tables import Cycle, Partner, Reminder
from service.errors import BadInput
from service.handoff import queries
from service.handoff.clocks import LONGEST_PAUSE, TERM_OF, WrongTerms, due_actions, due_at, stood_still, terms_of
from service.handoff.pausing import NotPausable
from service.handoff.queries.clock import clock_of
from service.handoff.terms import is_paused, set_own_terms, stay_of
from service.policy import CyclePolicy, Terms
from service.working_days import working_days_between

TERMS = Terms()
days = st.dates(date(2021, 1, 1), date(2022, 12, 31))


@given(
    st.dictionaries(st.sampled_from(sorted(Terms.model_fields)), st.integers(0, 250)),
)
def test_own_terms_take_the_place_of_the_policys_and_leave_the_others(own):
    made = terms_of(TERMS, own)
    assert made.model_dump() == TERMS.model_dump() | own


@pytest.mark.parametrize("wrong", [{"decided": 5}, {"decide": -1}, {"decide": "5"}, {"decide": True}, {"decide": 251}])
def test_own_terms_nobody_can_read_are_refused_and_named(wrong):
    with pytest.raises(WrongTerms, match=next(iter(wrong))):
        terms_of(TERMS, wrong)


@given(began=days, stood=st.integers(0, 60), status=st.sampled_from(sorted(TERM_OF)))
def test_a_clock_that_stood_falls_due_exactly_so_many_working_days_later(began, stood, status):
    plain, later = (due_at(status, "escalate", began, TERMS, (), extra) for extra in (0, stood))
    assert working_days_between(plain.date(), later.date()) == stood
    since = datetime.combine(began, datetime.min.time(), tzinfo=clock.WIB)
    assert "escalate" not in due_actions(status, since, later - timedelta(minutes=1), TERMS, (), None, stood)


@given(began=days, lasts=st.integers(0, 100), before=st.integers(0, 10))
def test_a_pause_counts_working_days_and_ends_by_itself(began, lasts, before):
    paused_at = datetime.combine(began, datetime.min.time(), tzinfo=clock.WIB)
    now = paused_at + timedelta(days=lasts)
    counted = working_days_between(began, now.date())
    assert stood_still(paused_at, before, now) == (before + min(counted, LONGEST_PAUSE), counted < LONGEST_PAUSE)


def test_an_agency_with_more_time_is_reminded_later_than_its_neighbour(database, home):
    scene = make_scene(database, home, agencies=("cepat",))
    scene.send_all()
    with database.write() as session:
        set_own_terms(session, session.get_one(Partner, scene.agencies["cepat"].id), {"acknowledge": 8})
    scene.at(date(2021, 6, 9))
    assert scene.watch().moved == 0
    scene.at(date(2021, 6, 11))  # seven working days after 2 June
    assert scene.watch().moved == 1
    with database.read() as session:
        cycle = session.get_one(Cycle, scene.cycle_id)
        assert [line.due_at.date() for line in queries.overdue(session, cycle, datetime(2021, 6, 30, tzinfo=clock.WIB))] == [
            date(2021, 6, 14)
        ]


def test_terms_are_set_for_agencies_only_and_taken_away_again(database, home):
    scene = make_scene(database, home)
    with database.write() as session:
        agency = session.get_one(Partner, scene.agencies["dinkop"].id)
        set_own_terms(session, agency, {"decide": 15})
        assert clock_of(session, CyclePolicy(), scene.work.now).terms_for(agency.id).decide == 15
        set_own_terms(session, agency, {})
        assert agency.terms is None
        with pytest.raises(WrongTerms):
            set_own_terms(session, agency, {"lain": 1})
        with pytest.raises(BadInput, match="Hanya instansi"):
            set_own_terms(session, make_partner(session, "supplier"), {"decide": 3})


def test_a_paused_clock_stands_still_is_visible_and_goes_on_where_it_stopped(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    scene.reply(scene.referrals()[0], "acknowledged")  # Wednesday 2 June; deciding is due on Wednesday the 16th
    scene.reply(scene.referrals()[0], "paused", reason="menunggu rumah tangga")
    [paused] = scene.referrals()
    assert (paused.status, paused.paused_reason) == ("acknowledged", "menunggu rumah tangga")
    scene.at(date(2021, 6, 11))
    assert scene.watch().moved == 0
    with database.read() as session:
        cycle = session.get_one(Cycle, scene.cycle_id)
        assert queries.overdue(session, cycle, clock.now(home)) == []
        now = clock_of(session, CyclePolicy(), clock.now(home))
        assert (is_paused(now, paused), now.ends(stay_of(paused, None)).date()) == (True, date(2021, 6, 25))
    scene.reply(paused, "resumed")
    assert (scene.referrals()[0].paused_at, scene.referrals()[0].paused_days) == (None, 7)
    scene.at(date(2021, 6, 23))
    assert scene.watch().moved == 0
    scene.at(date(2021, 6, 24))  # the day before 10 + 7 working days are over
    assert scene.watch().moved == 1
    with database.read() as session:
        assert list(session.exec(select(Reminder.level))) == ["remind"]


def test_a_pause_nobody_ends_loses_nobody(database, home):
    scene = make_scene(database, home, agencies=("diam", "lain"))
    scene.send_all()
    scene.reply(scene.referrals()[0], "acknowledged")
    scene.reply(scene.referrals()[0], "paused", reason="menunggu rumah tangga")
    day, given_up_on = date(2021, 6, 3), None
    while given_up_on is None and day < date(2021, 9, 1):
        scene.at(day)
        scene.watch()
        given_up_on = day if scene.referrals()[0].status == "no_response" else None
        day += timedelta(days=1)
    assert working_days_between(date(2021, 6, 2), given_up_on) == LONGEST_PAUSE + TERMS.decide + TERMS.give_up_after
    scene.run()
    assert [r.status for r in scene.referrals()] == ["rerouted", "drafted"]
    assert scene.is_in_balance()


def test_an_answer_ends_the_pause_and_a_pause_without_a_clock_is_refused(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    scene.reply(scene.referrals()[0], "acknowledged")
    scene.reply(scene.referrals()[0], "paused", reason="menunggu rumah tangga")
    with pytest.raises(NotPausable, match="sudah dijeda"):
        scene.reply(scene.referrals()[0], "paused", reason="menunggu modal")
    scene.reply(scene.referrals()[0], "declined", reason="OTHER", note="tutup")
    [going] = scene.referrals()
    assert (going.paused_at, going.paused_reason, going.paused_days) == (None, None, 0)
    with pytest.raises(NotPausable):
        scene.reply(going, "paused", reason="menunggu rumah tangga")


def test_reminders_and_pauses_survive_a_restart(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    scene.at(date(2021, 6, 4))
    assert scene.watch().moved == 1
    with _restarted(scene) as again:
        assert again.watch().moved == 0
        again.reply(again.referrals()[0], "acknowledged")
        again.reply(again.referrals()[0], "paused", reason="menunggu rumah tangga")
        again.at(date(2021, 6, 30))
    with _restarted(scene) as again:
        assert again.watch().moved == 0


@contextmanager
def _restarted(scene: Scene) -> Iterator[Scene]:
    opened = Database(scene.database.address)
    yield Scene(opened, scene.home, scene.cycle_id, scene.agencies)
    opened.close()
