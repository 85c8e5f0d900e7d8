"""Is the day on which a service must be reported on one and the same wherever it is told, and is it reminded of?"""

from __future__ import annotations

from datetime import date, datetime

from factories import make_officer
from handoff_scenes import Scene, make_scene
from sqlmodel import col, select

from service import clock
from service.api.agency_terms import TermsShown
from service.api.console import tasks
from service.api.console.showing import referral_due
from service.cohort import queries as cohort
from service.db.tables import Cycle, Reminder
from service.handoff import queries
from service.handoff.desks import desks
from service.handoff.queries.by_agency import lots, reports_owed
from service.handoff.queries.clock import clock_of
from service.handoff.queries.due import first_by_status, first_days
from service.policy import CyclePolicy, ReferralRules, Terms

GOOD = {"outcome": "ACHIEVED", "indicators": {"business_running": True, "turnover_up": True, "nib_issued": True}}


def _serving(database, home, policy=None) -> Scene:
    """In service since Wednesday 2 June; reports are due on 2 September, 2 December and 2 June."""
    scene = make_scene(database, home, policy=policy)
    scene.send_all()
    for event in ("accepted", "service_started"):
        scene.reply(scene.referrals()[0], event)
    return scene


def _days(scene: Scene, today: date) -> set[date | None]:
    """What the agency's page, the officer's, the list of agencies and the waiting list each say."""
    scene.at(today)
    with scene.database.read() as session:
        [referral], now = scene.referrals(), clock.now(scene.home)
        cycle = session.get_one(Cycle, scene.cycle_id)
        policy = CyclePolicy.model_validate(cycle.policy)
        running = clock_of(session, policy, now)
        first = first_days(session, scene.cycle_id, running)
        [desk] = desks(lots(session, scene.cycle_id), reports_owed(session, scene.cycle_id, today), first, ())
        waiting, officer = cohort.waiting(session, scene.cycle_id), make_officer("operator")
        rows = tasks.rows_of(waiting, officer, cycle.year, today, policy, first_by_status(first))
        listed = [row.due for row in rows if "dilayani" in row.what]
        return {
            TermsShown(session, now).of(referral).due, referral_due(session, referral, policy, today), desk.due, *listed,
        }  # fmt: skip


def test_the_next_report_is_the_one_day_wherever_it_is_told(database, home):
    scene = _serving(database, home)
    assert _days(scene, date(2021, 6, 10)) == {date(2021, 9, 2)}
    scene.at(date(2021, 9, 1))
    scene.reply(scene.referrals()[0], "outcome_reported", month=3, **GOOD)
    assert _days(scene, date(2021, 9, 20)) == {date(2021, 12, 2)}


def test_without_reports_by_month_the_term_of_the_policy_is(database, home):
    policy = CyclePolicy(referral=ReferralRules(outcome_months=()), terms=Terms(report_outcome=20))
    assert _days(_serving(database, home, policy), date(2021, 6, 10)) == {date(2021, 6, 30)}


def test_who_made_every_report_but_never_concludes_is_reminded_and_escalated_a_term_after_the_last(database, home):
    scene = _serving(database, home)
    for month, day in ((3, date(2021, 9, 1)), (6, date(2021, 12, 1)), (12, date(2022, 6, 1))):
        scene.at(day)
        scene.reply(scene.referrals()[0], "outcome_reported", month=month, **GOOD)
    scene.at(date(2022, 6, 3))
    assert scene.watch().moved == 0
    [due] = _days(scene, date(2022, 6, 3))
    assert due is not None
    assert due > date(2022, 8, 1)
    scene.at(date(2022, 12, 1))
    assert scene.watch().moved == 1
    with database.read() as session:
        given = [(one.subject, one.level) for one in session.exec(select(Reminder).order_by(col(Reminder.id)))]
        late = queries.overdue(session, session.get_one(Cycle, scene.cycle_id), clock.now(home))
    assert given == [("referral", "remind"), ("referral", "escalate")]
    assert [line.due_at.date() for line in late] == [due]


def test_a_report_that_is_late_stands_among_what_is_overdue(database, home):
    scene = _serving(database, home)
    with database.read() as session:
        cycle, later = session.get_one(Cycle, scene.cycle_id), datetime(2021, 9, 20, 12, tzinfo=clock.WIB)
        assert [line.due_at.date() for line in queries.overdue(session, cycle, later)] == [date(2021, 9, 2)]


def test_while_the_clock_of_a_service_stands_its_report_is_not_reminded_of(database, home):
    scene = _serving(database, home)
    scene.at(date(2021, 8, 31))
    scene.reply(scene.referrals()[0], "paused", reason="menunggu keluarga")
    assert _days(scene, date(2021, 9, 6)) == {None}
    assert scene.watch().moved == 0
    scene.reply(scene.referrals()[0], "resumed")
    assert scene.watch().moved == 1


def test_a_waiting_list_that_ended_does_not_hold_up_the_clock_of_who_accepted_since(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    scene.reply(scene.referrals()[0], "waitlisted", waitlist_until="2022-06-01")
    scene.reply(scene.referrals()[0], "accepted")
    scene.at(date(2021, 9, 1))
    assert scene.watch().moved == 1
