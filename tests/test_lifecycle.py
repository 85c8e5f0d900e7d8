"""Do the tables of statuses and moves hold together?"""

import threading

import pytest
from factories import make_case, make_cycle, make_household
from sqlmodel import select

from service.clock import wall
from service.db import schema
from service.db.history import Told, record_move, record_moves
from service.db.tables import Case, Cycle, Move
from service.lifecycle import ENDS, FIRST, MOVES, REOPENS, STATUSES, NoSuchMove, Subject, may_come_later, next_status


@pytest.mark.parametrize("subject", list(Subject))
def test_every_status_is_reachable_and_leads_to_an_end(subject):
    moves = MOVES[subject]
    reached, todo = set(), [FIRST[subject]]
    while todo:
        at = todo.pop()
        reached.add(at)
        todo += [to for (frm, _), to in moves.items() if frm == at and to not in reached]
    assert reached == {s.name for s in STATUSES[subject]}
    ending = set(ENDS[subject])
    while more := {frm for (frm, _), to in moves.items() if to in ending} - ending:
        ending |= more
    assert ending == reached


@pytest.mark.parametrize("subject", list(Subject))
def test_only_an_upheld_objection_leaves_an_end_and_every_status_has_both_labels(subject):
    leaving = {(frm, event) for frm, event in MOVES[subject] if frm in ENDS[subject]}
    heard = {(frm, REOPENS) for frm in ("ineligible", "unplaced")} if subject is Subject.CASE else set()
    assert leaving == heard
    assert all(s.label and s.label_en for s in STATUSES[subject])
    assert {frm for frm, _ in MOVES[subject]} | set(MOVES[subject].values()) <= {s.name for s in STATUSES[subject]}


def test_an_unknown_move_names_status_and_event():
    with pytest.raises(NoSuchMove, match=r"'concluded'.*'draft'"):
        next_status(Subject.ORDER, "draft", "concluded")


def test_a_step_that_comes_too_early_may_come_later_and_one_after_the_end_may_not():
    assert may_come_later(Subject.REFERRAL, "sent", "service_started")
    assert not may_come_later(Subject.REFERRAL, "concluded", "accepted")


def _cycle() -> Cycle:
    return Cycle(year=2021, policy={}, policy_hash="x", seed=1, opened_by="user:op", status_since=wall())


def test_a_move_writes_the_status_and_one_row_of_history(database):
    with database.write() as session:
        session.add(_cycle())
    with database.write() as session:
        assert record_move(session, Subject.CYCLE, 1, "frozen", Told("user:op", wall())) == "frozen"
    with database.read() as session:
        assert session.get(Cycle, 1).status == "frozen"
        row = session.exec(select(Move)).one()
        assert (row.from_status, row.event, row.to_status, row.actor) == ("open", "frozen", "frozen", "user:op")


def test_a_batch_moves_those_that_are_there_and_names_them(database):
    with database.write() as session:
        session.add(_cycle())
    told = Told("flow:selection", wall())
    with database.write() as session:
        assert record_moves(session, Subject.CYCLE, [1, 99], "open", "frozen", told) == [1]
        assert record_moves(session, Subject.CYCLE, [1], "open", "frozen", told) == []


def test_a_batch_writes_one_row_each_in_order_with_its_own_reason_and_leaves_the_others(database):
    with database.write() as session:
        cycle_id = make_cycle(session).id
        cases = [make_case(session, cycle_id, make_household(session), upto="selected").id for _ in range(4)]
    record = [cases[2], cases[0], cases[0], cases[1]]
    told, why = Told("user:op", wall(), "SEMUA"), {cases[0]: 'O\'Neil "1" \\ {}', cases[2]: None}
    with database.write() as session:
        moved = record_moves(
            session, Subject.CASE, record, "selected", "withdrew", told, fields={"end_reason": "pindah"}, reasons=why
        )
        assert moved == cases[:3]
    with database.read() as session:
        rows = session.exec(select(Move).where(Move.event == "withdrew").order_by(Move.id)).all()
        kept = session.exec(select(Case).order_by(Case.id)).all()
    assert [(row.subject_id, row.reason) for row in rows] == [
        (cases[0], why[cases[0]]), (cases[1], "SEMUA"), (cases[2], "SEMUA"),
    ]  # fmt: skip
    assert {(row.cycle_id, row.from_status, row.to_status, row.at) for row in rows} == {
        (cycle_id, "selected", "withdrawn", told.at)
    }
    assert [(case.status, case.end_reason, case.status_since == told.at) for case in kept] == [
        ("withdrawn", "pindah", True), ("withdrawn", "pindah", True), ("withdrawn", "pindah", True), ("selected", None, False),
    ]  # fmt: skip


def test_two_who_move_the_same_batch_at_once_move_each_once(database):
    with database.write() as session:
        cycle_id = make_cycle(session).id
        ids = [make_case(session, cycle_id, make_household(session), upto="selected").id for _ in range(40)]
    start, moved = threading.Barrier(4), []

    def move():
        start.wait()
        with database.write() as session:
            moved.append(record_moves(session, Subject.CASE, ids, "selected", "decree_approved", Told("user:op", wall())))

    threads = [threading.Thread(target=move) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(moved, key=len) == [[], [], [], ids]
    with database.read() as session:
        assert len(session.exec(select(Move).where(Move.event == "decree_approved")).all()) == 40


def test_the_migrations_say_what_the_tables_say(database):
    assert schema.drift(database) == []
