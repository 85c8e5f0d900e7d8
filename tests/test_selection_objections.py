"""Is everybody heard before the signature, and does what people decided stay decided, whatever runs again?"""

import threading

import pytest
from decree_scenes import APPROVER, LEBAK, OPERATOR, PANDEGLANG, Selection
from factories import make_household, make_officer, run_step, work_of

from service.errors import NotFound, NotNow
from service.lifecycle import NoSuchMove
from service.selection.leaving import ReasonMissing
from service.selection.objections import (
    AlreadyAnswered,
    AlreadyObjected,
    NothingToObjectTo,
    SignedAlready,
    WrongObjection,
)
from service.selection.recount import verify_selection
from service.selection.standing import ObjectionsOpen
from service.selection.steps import STEPS
from service.trust.rights import MakerIsChecker, NoRight, OutsideRegion


@pytest.fixture
def selection(database, home):
    made = Selection(database, home)
    made.run()
    return made


def _is_as_computed(selection):
    return verify_selection(work_of(selection.database, selection.home, selection.cycle_id)).is_same


def test_an_open_objection_keeps_the_decree_from_being_signed_and_a_refused_one_moves_nobody(selection):
    case = selection.cases("selected")[0]
    objection = selection.object(case, "leave", grounds="Sudah mampu, punya dua toko")
    selection.verify()
    with pytest.raises(ObjectionsOpen, match="1 keberatan belum diputuskan"):
        selection.approve()
    before = [c.model_dump() for c in selection.cases()]
    decided = selection.answer(objection, "refused", LEBAK if case.regency_code == "36.02" else PANDEGLANG)
    assert (decided.state, decided.answer) == ("refused", "sudah diperiksa")
    assert [c.model_dump() for c in selection.cases()] == before
    assert selection.approve().number


def test_an_accepted_objection_takes_the_household_off_and_the_next_reserve_moves_up_on_a_new_version(selection):
    case = selection.cases("selected", "36.01")[0]
    heir = selection.cases("reserve", "36.01")[0]
    selection.verify()
    selection.answer(selection.object(case, "leave"), "accepted", answer="Terbukti menerima UEP pusat")
    gone = selection.case(case.id)
    assert (gone.status, gone.end_reason) == ("withdrawn", "Terbukti menerima UEP pusat")
    assert selection.moves("excluded")[0].reason is None
    assert [one.state for one in selection.decrees()] == ["superseded"]
    selection.run()
    assert (selection.case(heir.id).status, selection.case(heir.id).replaces_case_id) == ("selected", case.id)
    second = selection.sign()
    assert (second.version, second.households) == (2, 4)
    assert _is_as_computed(selection)


@pytest.mark.parametrize("was", ["ineligible", "unplaced", "reserve"])
def test_whoever_was_wrongly_left_out_stands_before_everybody_on_the_reserve_list(database, home, was):
    selection = Selection(database, home, sizes=(6, 4), reserve_percent=100)
    selection.run()
    heard = selection.cases(was, "36.01")[-1]
    first = selection.cases("reserve", "36.01")[0]
    assert heard.id != first.id
    selection.answer(selection.object(heard, "enter"), "accepted")
    now = selection.case(heard.id)
    assert (now.status, now.placement, now.reserve_place, now.rank) == (
        "reserve", heard.placement, heard.reserve_place, heard.rank,
    )  # fmt: skip
    assert [one.state for one in selection.decrees()] == ["proposed"]
    assert _is_as_computed(selection)
    selection.sign()
    for place in selection.cases("decreed", "36.01"):
        selection.withdraw(place)
        selection.run()
        if place.id == selection.cases("withdrawn", "36.01")[0].id:
            assert selection.case(heard.id).status == "selected"
    assert selection.case(first.id).status == "selected"


def test_of_two_who_were_heard_the_better_score_goes_first(database, home):
    selection = Selection(database, home, sizes=(6, 4))
    selection.run()
    best, other = selection.cases("unplaced", "36.01")[:2]
    assert best.score > other.score
    for one in (other, best):
        selection.answer(selection.object(one, "enter"), "accepted")
    selection.withdraw(selection.cases("selected", "36.01")[0])
    selection.run()
    assert (selection.case(best.id).status, selection.case(other.id).status) == ("selected", "reserve")


def test_who_may_file_and_who_may_decide(selection):
    case = selection.cases("selected", "36.01")[0]
    with pytest.raises(NoRight):
        selection.object(case, "leave", APPROVER)
    with pytest.raises(OutsideRegion):
        selection.object(case, "leave", LEBAK)
    objection = selection.object(case, "leave", PANDEGLANG)
    with pytest.raises(NoRight):
        selection.answer(objection, "refused", OPERATOR)
    with pytest.raises(OutsideRegion):
        selection.answer(objection, "refused", LEBAK)
    with pytest.raises(MakerIsChecker):
        selection.answer(objection, "refused", PANDEGLANG)
    with pytest.raises(ReasonMissing):
        selection.answer(objection, "refused", answer="  ")
    with pytest.raises(WrongObjection):
        selection.answer(objection, "maybe")
    assert selection.objections()[0].state == "open"


def test_an_objection_needs_its_kind_its_grounds_and_a_case(selection):
    case = selection.cases("selected")[0]
    with pytest.raises(WrongObjection, match="'masuk' tidak dikenal"):
        selection.object(case, "masuk")
    with pytest.raises(ReasonMissing):
        selection.object(case, "leave", grounds=" ")
    case.id = 999_999
    with pytest.raises(NotFound):
        selection.object(case, "leave")
    assert selection.objections() == []


def test_the_same_objection_waits_once_and_is_decided_once(selection):
    case = selection.cases("reserve")[0]
    objection = selection.object(case, "leave")
    with pytest.raises(AlreadyObjected, match="sudah tercatat"):
        selection.object(case, "leave")
    selection.object(case, "enter")
    selection.answer(objection, "refused")
    with pytest.raises(AlreadyAnswered):
        selection.answer(objection, "accepted")
    assert selection.object(case, "leave").id


def test_two_who_file_the_same_at_once_leave_one(selection):
    case, start, results = selection.cases("selected")[0], threading.Barrier(3), []

    def file():
        start.wait()
        try:
            results.append(selection.object(case, "leave"))
        except NotNow as refused:
            results.append(refused)

    threads = [threading.Thread(target=file) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(one, AlreadyObjected) for one in results) == 2
    assert len(selection.objections()) == 1


def test_an_objection_that_would_change_nothing_is_refused(selection):
    with pytest.raises(NothingToObjectTo):
        selection.object(selection.cases("selected")[0], "enter")
    with pytest.raises(NothingToObjectTo):
        selection.object(selection.cases("ineligible")[0], "leave")


def test_before_anybody_is_judged_there_is_nothing_to_object_to(database, home):
    selection = Selection(database, home)
    run_step(selection.work, "selection", STEPS, "freeze_registry")
    with pytest.raises(NothingToObjectTo, match="belum dinilai"):
        selection.object(selection.cases("proposed")[0], "enter")


def test_after_the_signature_people_are_told_what_they_can_do_instead(selection):
    selection.sign()
    with pytest.raises(SignedAlready, match="Catat pengunduran diri atau keluarkan"):
        selection.object(selection.cases("decreed")[0], "leave")
    with pytest.raises(SignedAlready, match="siklus berikutnya"):
        selection.object(selection.cases("unplaced")[0], "enter")


def test_while_a_changed_decree_waits_objections_are_heard_again(selection):
    selection.sign()
    selection.withdraw(selection.cases("decreed", "36.01")[0])
    selection.run()
    heir = selection.cases("selected")[0]
    selection.object(selection.cases("unplaced")[0], "enter")
    selection.answer(selection.object(heir, "leave"), "accepted")
    assert [one.state for one in selection.decrees()] == ["approved", "superseded"]
    selection.run()
    assert selection.case(heir.id).status == "withdrawn"


def test_an_objection_accepted_after_the_household_left_by_itself_moves_nothing_more(selection):
    case = selection.cases("selected")[0]
    objection = selection.object(case, "leave")
    selection.withdraw(case)
    assert selection.answer(objection, "accepted").state == "accepted"
    assert selection.case(case.id).end_reason == "pindah ke luar daerah"
    selection.run()
    assert selection.sign().version == 2


def test_an_officer_excludes_a_household_with_a_reason_before_its_goods_are_ordered(selection):
    case = selection.cases("selected")[0]
    with pytest.raises(ReasonMissing):
        selection.exclude(case, "")
    selection.exclude(case, "Data tidak benar")
    assert (selection.case(case.id).status, selection.case(case.id).end_reason) == ("withdrawn", "Data tidak benar")
    assert selection.moves("excluded")[0].actor == OPERATOR.actor
    assert selection.decrees()[0].state == "superseded"
    with pytest.raises(NoSuchMove):
        selection.exclude(case)
    selection.run()
    selection.sign()
    decreed = selection.cases("decreed")[0]
    selection.exclude(decreed)
    assert selection.case(decreed.id).status == "withdrawn"


def test_running_again_and_new_files_never_undo_what_people_decided(selection):
    withdrawn, excluded = selection.cases("selected", "36.01")
    selection.withdraw(withdrawn)
    selection.exclude(excluded)
    left = selection.cases("selected", "36.02")[0]
    selection.answer(selection.object(left, "leave"), "accepted")
    heard = selection.cases("ineligible")[0]
    selection.answer(selection.object(heard, "enter"), "accepted")
    for _ in range(3):
        selection.run()
        with selection.database.write() as session:
            make_household(session, assessed={"attendance_percent": 100, "savings": 900_000})
        assert [selection.case(one.id).status for one in (withdrawn, excluded, left)] == ["withdrawn"] * 3
        assert selection.case(heard.id).status == "selected"
        assert len(selection.cases()) == 10
        assert _is_as_computed(selection)
    assert {one.replaces_case_id for one in selection.cases("selected")} >= {withdrawn.id, left.id}


def test_two_leave_at_once_the_heir_leaves_too_and_the_reserve_runs_empty(database, home):
    """The whole story of substitution, with the history of every household readable from both sides."""
    selection = Selection(database, home, sizes=(5, 3), quota={"36.01": 2, "36.02": 2}, reserve_percent=100)
    selection.run()
    selection.sign()
    first, second = selection.cases("decreed", "36.01")
    heirs = selection.cases("reserve", "36.01")
    threads = [threading.Thread(target=selection.withdraw, args=(one,)) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    selection.run()
    assert {selection.case(heir.id).replaces_case_id for heir in heirs} == {first.id, second.id}
    assert {selection.case(heir.id).regency_code for heir in heirs} == {"36.01"}
    selection.exclude(heirs[0])
    assert [one.state for one in selection.decrees()] == ["approved", "superseded"]
    done = selection.run()
    assert done["move_up_reserves"].set_aside == {heirs[0].id: "NO_RESERVE"}
    assert (selection.decrees()[-1].version, selection.decrees()[-1].households) == (3, 1)
    changed = selection.sign()
    assert (changed.version, changed.seq) == (3, 2)
    assert selection.case(heirs[1].id).status == "decreed"
    heard = selection.cases("unplaced", "36.01")[0]
    with pytest.raises(SignedAlready):
        selection.object(heard, "enter")
    from service.db.decrees import took_whose_place, whose_place_was_taken_by

    with database.read() as session:
        replaced = selection.case(heirs[1].id).replaces_case_id
        gone = session.get_one(type(heard), replaced)
        assert took_whose_place(session, heirs[1].id) == gone.household_id
        assert whose_place_was_taken_by(session, replaced) == heirs[1].household_id
        assert took_whose_place(session, first.id) is None
        assert whose_place_was_taken_by(session, heirs[0].id) is None


def test_a_facilitator_without_a_regency_may_file(selection):
    assert selection.object(selection.cases("selected")[0], "leave", make_officer("facilitator")).state == "open"
