"""Is everybody who was absent looked for at home, and does a place that stays empty go to the next household?"""

from datetime import date, datetime, timedelta

import pytest
from factories import make_case, make_household, make_officer, make_parcel_at_point, run_step, told_by, verify_decree_of
from sqlmodel import select
from test_delivery import FULL, MONDAY, POINT, Field, field_of

from service import clock
from service.clock import WIB
from service.db.history import Told, record_beginnings, record_move
from service.db.tables import Case, Cycle, Parcel, Reminder
from service.delivery.absences import (
    OVERDUE,
    WATCH_STEPS,
    NobodyTicked,
    NotPastDeadline,
    deadline_of,
    give_up,
    is_past,
    newly_overdue,
)
from service.delivery.queries import absences as queries
from service.delivery.steps import ReasonNeeded, verify_parcel
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.selection.decisions import approve_decree
from service.selection.steps import STEPS as SELECTION
from service.stages import STAGES
from service.trust.rights import MakerIsChecker, NoRight, OutsideRegion

DUE = date(2021, 12, 15)
POLICY = CyclePolicy(handover_due_on=DUE)
VERIFIER = make_officer("verifier")


def never_there(field: Field, index: int = 0, times: int = 2, reason: str = "sakit") -> None:
    for _ in range(times):
        field.wait_for_event(index)
        field.tell("absent", index, reason=reason)
        field.run()


def the_day_after_the_deadline(field: Field, days: int = 1) -> None:
    clock.move_to(field.home, datetime.combine(DUE + timedelta(days=days), datetime.min.time(), tzinfo=WIB).replace(hour=9))


def watch(field: Field) -> int:
    return run_step(field.work, "watch", WATCH_STEPS)["escalate_overdue"].moved


def decide(field: Field, officer, numbers, reason: str = "tidak ditemukan", at: datetime | None = None) -> int:
    with field.database.write() as session:
        cycle = session.get_one(Cycle, field.work.cycle_id)
        return give_up(session, officer, cycle, numbers, reason, told_by(officer, at or clock.now(field.home)))


@pytest.fixture
def field(database, home) -> Field:
    """Two parcels on an event, in a year whose handovers end on 15 December."""
    made = field_of(database, home, 2, policy=POLICY)
    made.run("plan_events")
    return made


# -- the list of home visits ----------------------------------------------------------------------------------------


def test_who_was_absent_at_every_event_is_on_the_visit_list_with_the_way_there(field):
    never_there(field)
    with field.database.read() as session:
        (row,) = queries.visit_list(session, field.work.cycle_id, 2)
        assert queries.by_facilitator(session, field.work.cycle_id, 2) == [
            {"sender": "fas-f01", "name": "fas-f01 (contoh)", "households": 1, "villages": 1}
        ]
    assert (row["number"], row["absences"], row["note"]) == (field.numbers[0], 2, "sakit")
    assert (row["address"], row["rt"], row["rw"], row["facilitator"]) == ("Kp. Contoh", "001", "002", "fas-f01")
    assert row["first_absent_at"].astimezone(WIB).date() == date(2021, 11, 17)
    assert row["status_since"] > row["first_absent_at"]


def test_who_still_has_an_event_to_come_is_not_on_it(field):
    never_there(field, times=1)
    with field.database.read() as session:
        assert queries.absent_counts(session, field.work.cycle_id, 2) == (0, None)
        assert queries.absent_counts(session, field.work.cycle_id, 1)[0] == 1


def test_the_list_is_that_of_the_officers_regencies_and_of_one_facilitator(field):
    never_there(field)
    with field.database.read() as session:
        ask = (session, field.work.cycle_id, 2)
        assert len(queries.absent_page(*ask, ("36.01",))) == len(queries.absent_page(*ask, (), "fas-f01")) == 1
        assert queries.absent_page(*ask, ("36.02",)) == queries.absent_page(*ask, (), "fas-f02") == []
        assert queries.absent_counts(*ask, ("36.02",)) == (0, None)


@pytest.mark.parametrize("events", [1, 2])
def test_a_home_visit_hands_over_elsewhere_and_a_verifier_accepts_it_with_a_reason(database, home, events):
    field = field_of(database, home, 1, policy=CyclePolicy(events_per_household=events))
    field.run("plan_events")
    never_there(field, times=events)
    assert field.waits_for() == "HOME_VISIT"
    clock.move_to(home, datetime(2021, 12, 8, 9, 0, tzinfo=WIB))
    assert field.hand_over(latitude=POINT[0] + 0.2, items=FULL) == "applied"
    field.run()
    assert (field.parcel().status, field.case().status) == ("handed_over", "delivered")
    assert "PLACE_TOO_FAR" in field.parcel().doubts
    with database.write() as session, pytest.raises(ReasonNeeded):
        verify_parcel(session, VERIFIER, field.parcel().id, True, " ", told_by(VERIFIER))
    with database.write() as session:
        verify_parcel(session, VERIFIER, field.parcel().id, True, "diserahkan di rumah", told_by(VERIFIER))
    assert (field.parcel().status, field.case().status) == ("verified", "verified")
    with database.read() as session:
        assert queries.absent_counts(session, field.work.cycle_id, events) == (0, None)


def test_who_refuses_at_the_door_has_withdrawn_and_is_shown_with_the_reason(field):
    never_there(field)
    field.tell("refused", reason="sudah pindah usaha")
    field.run()
    with field.database.read() as session:
        (row,) = queries.goods_gone_back(session, field.work.cycle_id)
        assert queries.gone_back_count(session, field.work.cycle_id) == 1
    assert (row["note"], row["end_reason"], row["case_status"], row["heir"]) == (
        "sudah pindah usaha", "REFUSED_GOODS", "withdrawn", None,
    )  # fmt: skip


# -- the deadline ---------------------------------------------------------------------------------------------------


def test_the_deadline_is_the_policys_or_the_end_of_the_budget_year():
    assert (deadline_of(POLICY, 2021), deadline_of(CyclePolicy(), 2021)) == (DUE, date(2021, 12, 31))
    assert [is_past(POLICY, 2021, day) for day in (DUE, DUE + timedelta(days=1))] == [False, True]


def test_before_the_deadline_nobody_is_escalated_and_nobody_given_up(field):
    never_there(field)
    assert watch(field) == 0
    with pytest.raises(NotPastDeadline, match="belum lewat"):
        decide(field, VERIFIER, field.numbers[:1])


def test_past_the_deadline_each_is_brought_before_the_verifiers_once(field):
    never_there(field)
    the_day_after_the_deadline(field)
    assert [watch(field), watch(field)] == [1, 0]
    field.tell("absent", reason="masih tidak ada")
    assert watch(field) == 0
    with field.database.read() as session:
        (kept,) = session.exec(select(Reminder)).all()
        assert (kept.subject, kept.subject_id, kept.level) == ("parcel", field.parcel().id, OVERDUE)
        assert queries.overdue_standing(session, field.work.cycle_id, OVERDUE) == (1, kept.given_at)
        assert queries.overdue_standing(session, field.work.cycle_id, OVERDUE, ("36.02",)) == (0, None)


def test_the_watch_runs_it_beside_the_clocks_of_referrals():
    assert {"run_clocks", "escalate_overdue"} <= {step.name for step in STAGES["watch"]}


def test_who_is_found_after_all_leaves_the_verifiers_list(field):
    never_there(field)
    the_day_after_the_deadline(field)
    watch(field)
    field.hand_over()
    with field.database.read() as session:
        assert queries.overdue_standing(session, field.work.cycle_id, OVERDUE)[0] == 0
        assert newly_overdue(session, field.work) == []
    with pytest.raises(NotPastDeadline, match=field.numbers[0]):
        decide(field, VERIFIER, field.numbers[:1])


def test_giving_up_is_a_verifiers_decision_of_the_region_with_a_reason_all_or_none(field):
    never_there(field)
    never_there(field, 1)
    the_day_after_the_deadline(field)
    for officer, refusal in (
        (make_officer("operator"), NoRight),
        (make_officer("verifier", regencies=("36.02",)), OutsideRegion),
        (make_officer("verifier", "fas-f01"), MakerIsChecker),
    ):
        with pytest.raises(refusal):
            decide(field, officer, field.numbers)
    with pytest.raises(NobodyTicked):
        decide(field, VERIFIER, [])
    with pytest.raises(ReasonNeeded):
        decide(field, VERIFIER, field.numbers, reason="x")
    with pytest.raises(NotPastDeadline):
        decide(field, VERIFIER, [*field.numbers, "PKT-2021-99999"])
    assert [field.parcel(i).status for i in (0, 1)] == ["absent", "absent"]
    assert decide(field, VERIFIER, field.numbers) == 2
    assert [field.parcel(i).status for i in (0, 1)] == ["returned", "returned"]
    assert {(field.case(i).status, field.case(i).end_reason) for i in (0, 1)} == {("substituted", "NOT_REACHED")}


# -- the substitute -------------------------------------------------------------------------------------------------


def delivering(field: Field) -> None:
    with field.database.write() as session:
        for event in ("frozen", "proposed", "decree_approved", "procurement_started", "delivery_started"):
            record_move(session, Subject.CYCLE, field.work.cycle_id, event, Told("flow:test", MONDAY))


def a_reserve(field: Field, place: int = 1) -> int:
    with field.database.write() as session:
        house = make_household(session)
        case = Case(
            cycle_id=field.work.cycle_id, household_id=house.id, regency_code="36.01", district_code="36.01.01",
            status_since=MONDAY, reserve_place=place,
        )  # fmt: skip
        session.add(case)
        session.flush()
        record_beginnings(session, Subject.CASE, [case.id], field.work.cycle_id, Told("flow:test", MONDAY))
        record_move(session, Subject.CASE, case.id, "placed_on_reserve", Told("flow:test", MONDAY))
        return case.id


def test_the_place_of_who_was_never_found_goes_to_the_next_reserve_by_a_decree_of_its_own(field):
    heir_id = a_reserve(field)
    delivering(field)
    never_there(field)
    the_day_after_the_deadline(field)
    decide(field, VERIFIER, field.numbers[:1])
    done = run_step(field.work, "selection", SELECTION, "move_up_reserves", "propose_decree")
    assert (done["move_up_reserves"].moved, done["propose_decree"].moved) == (1, 1)
    approver = make_officer("approver", "kadis")
    with field.database.write() as session:
        verify_decree_of(session, field.work.cycle_id)
        made = approve_decree(session, approver, session.get_one(Cycle, field.work.cycle_id), told_by(approver))
        assert (made.state, made.households) == ("approved", 1)
    with field.database.read() as session:
        heir = session.get_one(Case, heir_id)
        assert (heir.status, heir.replaces_case_id, heir.decree_id) == ("decreed", field.case().id, made.id)
        (row,) = queries.goods_gone_back(session, field.work.cycle_id)
        assert (row["heir"], row["heir_status"]) == (heir.household_id, "decreed")
    again = run_step(field.work, "selection", SELECTION, "move_up_reserves", "propose_decree")
    assert (again["move_up_reserves"].moved, again["propose_decree"].moved) == (0, 0)


def test_the_place_of_who_refused_goes_to_the_next_reserve_too(field):
    heir_id = a_reserve(field)
    field.wait_for_event()
    field.tell("refused", reason="tidak mau")
    field.run()
    assert run_step(field.work, "selection", SELECTION, "move_up_reserves")["move_up_reserves"].moved == 1
    with field.database.read() as session:
        assert session.get_one(Case, heir_id).status == "selected"


def test_nobody_takes_the_place_of_who_left_after_the_goods_were_proven(field):
    a_reserve(field)
    with field.database.write() as session:
        parcel = make_parcel_at_point(session, field.work.cycle_id)
        told = Told("flow:test", MONDAY)
        for event in ("delivered", "handover_verified", "withdrew"):
            record_move(session, Subject.CASE, parcel.case_id, event, told)
    assert run_step(field.work, "selection", SELECTION, "move_up_reserves")["move_up_reserves"].moved == 0


def test_reserves_are_counted_by_regency(field):
    a_reserve(field, 1)
    a_reserve(field, 2)
    with field.database.write() as session:
        make_case(session, field.work.cycle_id, make_household(session, village="36.02.01.2001"), upto="selected")
    with field.database.read() as session:
        assert queries.reserves_by_regency(session, field.work.cycle_id) == {"36.01": 2}
        assert len(session.exec(select(Parcel)).all()) == 2
