"""Does one run select, propose and replace whom it should, once, and is the decree signed by who may?"""

import random
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from factories import (
    assessment_row,
    household_row,
    make_cycle,
    make_household,
    make_officer,
    run_step,
    told_by,
    verify_decree_of,
    work_of,
)
from selection_scenes import cases, small_cycle
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import Case, Cycle, Decree, Household, Letter, Move, Quota, SetAside
from service.errors import NotNow
from service.lifecycle import NoSuchMove, Subject
from service.selection.decisions import (
    ListChanged,
    NoDecreeWaiting,
    ReasonMissing,
    approve_decree,
    reject_decree,
    withdraw_case,
)
from service.selection.recount import verify_selection
from service.selection.steps import STEPS
from service.trust.rights import MakerIsChecker, NoRight, OutsideRegion

APPROVER, OPERATOR = make_officer("approver"), make_officer("operator")


@pytest.fixture
def cycle_id(database):
    return small_cycle(database)


@pytest.fixture
def work(database, home, cycle_id):
    return work_of(database, home, cycle_id, OPERATOR.actor)


def approve(database, cycle_id, officer=APPROVER):
    """Verified by the regencies first, where that is still to do."""
    with suppress(NotNow), database.write() as session:
        verify_decree_of(session, cycle_id)
    with database.write() as session:
        return approve_decree(session, officer, session.get(Cycle, cycle_id), told_by(officer))


def withdraw(database, case_id, reason="pindah ke luar daerah"):
    with database.write() as session:
        withdraw_case(session, OPERATOR, case_id, reason, told_by(OPERATOR))


def test_one_run_freezes_places_and_proposes(database, work):
    done = run_step(work, "selection", STEPS)
    assert [done[name].moved for name in ("freeze_registry", "place_households", "propose_decree")] == [6, 6, 3]
    assert [case.status for case in cases(database)] == ["selected"] * 3 + ["reserve"] + ["unplaced"] * 2
    assert cases(database, status="reserve")[0].placement == "RESERVE_1"
    with database.read() as session:
        cycle, decree = session.get(Cycle, work.cycle_id), session.exec(select(Decree)).one()
        assert (cycle.status, decree.version, decree.state, decree.households) == ("proposed", 1, "proposed", 3)
        assert decree.proposed_by == OPERATOR.actor
        assert session.exec(select(Quota)).one().redistributed == 3


def test_running_again_changes_nothing(database, work):
    run_step(work, "selection", STEPS)
    with database.read() as session:
        before = [case.model_dump() for case in session.exec(select(Case))], len(session.exec(select(Move)).all())
    assert sum(done.moved for done in run_step(work, "selection", STEPS).values()) == 0
    with database.read() as session:
        assert ([case.model_dump() for case in session.exec(select(Case))], len(session.exec(select(Move)).all())) == before


def test_the_approver_is_not_the_maker_and_has_the_right_and_the_region(database, work, cycle_id):
    run_step(work, "selection", STEPS)
    maker = make_officer("approver", login=OPERATOR.login)
    with pytest.raises(MakerIsChecker):
        approve(database, cycle_id, maker)
    with pytest.raises(NoRight, match="Pejabat penetap"):
        approve(database, cycle_id, OPERATOR)
    with pytest.raises(OutsideRegion):
        approve(database, cycle_id, make_officer("approver", "lebak", ("36.02",)))
    assert {case.status for case in cases(database)} == {"selected", "reserve", "unplaced"}


def test_approval_numbers_the_decree_and_decrees_the_cases_once(database, work, cycle_id):
    with pytest.raises(NoDecreeWaiting, match="2021"):
        approve(database, cycle_id)
    run_step(work, "selection", STEPS)
    decree = approve(database, cycle_id)
    assert decree.seq == 1
    assert decree.number.startswith("400.9.14.1/0001-DINSOS/")
    assert [case.decree_id for case in cases(database, status="decreed")] == [decree.id] * 3
    with pytest.raises(NotNow):
        approve(database, cycle_id)
    with database.read() as session:
        assert session.get(Cycle, cycle_id).status == "decreed"


def test_two_approvers_at_once_sign_one_decree_with_one_number(database, work, cycle_id):
    run_step(work, "selection", STEPS)
    results, start = [], threading.Barrier(2)

    def sign(officer):
        start.wait()
        try:
            results.append(approve(database, cycle_id, officer).number)
        except NotNow:
            results.append(None)

    threads = [threading.Thread(target=sign, args=(make_officer("approver", name),)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(number is not None for number in results) == 1
    with database.read() as session:
        moves = session.exec(select(Move).where(Move.event == "decree_approved", Move.subject == "case")).all()
    assert len(moves) == 3


def test_who_leaves_after_the_decree_is_replaced_by_the_next_reserve_under_a_second_version(database, work, cycle_id):
    run_step(work, "selection", STEPS)
    approve(database, cycle_id)
    gone = cases(database, status="decreed")[0]
    withdraw(database, gone.id)
    done = run_step(work, "selection", STEPS, "move_up_reserves", "propose_decree")
    assert [one.moved for one in done.values()] == [1, 1]
    heir = cases(database, status="selected")[0]
    assert (heir.placement, heir.replaces_case_id) == ("RESERVE_1", gone.id)
    second = approve(database, cycle_id)
    assert (second.version, second.households, second.seq) == (2, 1, 2)
    assert cases(database, household_id=heir.household_id)[0].status == "decreed"
    assert cases(database, household_id=gone.household_id)[0].end_reason == "pindah ke luar daerah"
    assert sum(one.moved for one in run_step(work, "selection", STEPS, "move_up_reserves", "propose_decree").values()) == 0


def test_without_a_reserve_the_empty_place_waits_visibly(database, work, cycle_id):
    run_step(work, "selection", STEPS)
    approve(database, cycle_id)
    for case in cases(database, status="decreed")[:2]:
        withdraw(database, case.id)
    done = run_step(work, "selection", STEPS, "move_up_reserves")
    assert done["move_up_reserves"].moved == 1
    assert list(done["move_up_reserves"].set_aside.values()) == ["NO_RESERVE"]
    with database.read() as session:
        assert session.exec(select(SetAside)).one().code == "NO_RESERVE"


def test_who_leaves_before_the_signature_supersedes_the_proposal(database, work, cycle_id):
    run_step(work, "selection", STEPS)
    withdraw(database, cases(database, status="selected")[0].id)
    with pytest.raises(NoDecreeWaiting):
        approve(database, cycle_id)
    run_step(work, "selection", STEPS)
    decree = approve(database, cycle_id)
    assert (decree.version, decree.households) == (2, 3)
    assert len(cases(database, status="decreed")) == 3


def test_a_list_that_is_no_longer_what_was_proposed_is_not_signed(database, work, cycle_id):
    run_step(work, "selection", STEPS)
    with database.write() as session:
        case = session.exec(select(Case).where(Case.status == "selected")).first()
        record_move(session, Subject.CASE, case.id, "withdrew", Told("user:lain", datetime.now(UTC)))
    with pytest.raises(ListChanged):
        approve(database, cycle_id)


def test_a_rejected_list_is_not_proposed_again_unchanged(database, work, cycle_id):
    run_step(work, "selection", STEPS)
    with database.write() as session:
        cycle = session.get(Cycle, cycle_id)
        with pytest.raises(ReasonMissing):
            reject_decree(session, APPROVER, cycle, "  ", told_by(APPROVER))
        reject_decree(session, APPROVER, cycle, "periksa ulang", told_by(APPROVER))
    done = run_step(work, "selection", STEPS)
    assert done["propose_decree"].set_aside == {cycle_id: "REJECTED_UNCHANGED"}
    withdraw(database, cases(database, status="selected")[0].id)
    assert run_step(work, "selection", STEPS)["propose_decree"].moved == 3
    assert approve(database, cycle_id).version == 2


def test_a_case_is_withdrawn_once_with_a_reason_by_who_may(database, work):
    run_step(work, "selection", STEPS)
    case = cases(database, status="reserve")[0]
    with pytest.raises(ReasonMissing):
        withdraw(database, case.id, "")
    with database.write() as session, pytest.raises(NoRight):
        withdraw_case(session, APPROVER, case.id, "x", told_by(APPROVER))
    withdraw(database, case.id)
    with pytest.raises(NoSuchMove):
        withdraw(database, case.id)


def test_the_decree_is_written_once_under_the_number_taken_at_approval(database, work, cycle_id):
    run_step(work, "selection", STEPS)
    number = approve(database, cycle_id).number
    assert run_step(work, "selection", STEPS)["write_decree"].moved == 1
    assert run_step(work, "selection", STEPS)["write_decree"].moved == 0
    with database.read() as session:
        letter = session.exec(select(Letter).where(Letter.kind == "decree")).one()
        assert (letter.number, letter.subject_key, letter.book) == (number, "decree:2021/1", "decree")
        assert session.exec(select(Decree)).one().letter_id == letter.id
    assert (work.home / letter.file).read_bytes().startswith(b"%PDF")


def test_more_households_than_one_statement_takes_are_all_placed_and_decreed(database, home):
    with database.write() as session:
        file_id = make_household(session, decile=9).file_id
        session.add_all(household_row(50_000 + number, file_id) for number in range(1_100))
        session.flush()
        known = session.exec(select(Household.id).where(Household.decile == 2)).all()
        session.add_all(assessment_row(house, attendance_percent=house % 90 + 10) for house in known)
        opened = make_cycle(session, quota={"36.01": 1_050}).id
    run_step(work_of(database, home, opened, OPERATOR.actor), "selection", STEPS)
    assert approve(database, opened).households == 1_050
    statuses = [case.status for case in cases(database)]
    assert {status: statuses.count(status) for status in statuses} == {"ineligible": 1, "decreed": 1_050, "reserve": 50}
    assert verify_selection(work_of(database, home, opened)).is_same


def test_a_killed_run_is_continued_by_the_next(database, work):
    chance = random.Random(3)
    for name in chance.sample([step.name for step in STEPS], len(STEPS)):
        run_step(work, "selection", STEPS, name)
    run_step(work, "selection", STEPS)
    assert [case.status for case in cases(database)] == ["selected"] * 3 + ["reserve"] + ["unplaced"] * 2
    with database.read() as session:
        assert len(session.exec(select(Decree)).all()) == 1
