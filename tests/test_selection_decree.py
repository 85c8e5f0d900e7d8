"""Is a decree signed only with everybody's yes, by three different people, once?"""

import threading
from datetime import UTC, datetime

import pytest
from decree_scenes import APPROVER, LEBAK, OPERATOR, PANDEGLANG, PROVINCE, SECOND, Selection, days_from_now
from factories import make_officer
from sqlmodel import select

from service.clock import WIB
from service.db.tables import DuplicatePair, Endorsement, Household, NumberBook
from service.errors import NotNow
from service.selection.decisions import AlreadySaidYes, NoDecreeWaiting, NotOnTheList, Unsettled
from service.selection.standing import NotVerified, WindowOpen
from service.trust.rights import MakerIsChecker, NoRight, OutsideRegion
from service.working_days import add_working_days


@pytest.fixture
def selection(database, home):
    made = Selection(database, home)
    made.run()
    return made


def _endorsements(selection):
    with selection.database.read() as session:
        return [(one.kind, one.regency_code, one.actor) for one in session.exec(select(Endorsement).order_by(Endorsement.id))]


def test_the_province_signs_only_when_every_regency_on_the_list_has_verified(selection):
    with pytest.raises(NotVerified, match="Pandeglang, Kabupaten Lebak"):
        selection.approve()
    assert selection.verify(PANDEGLANG) == ["36.01"]
    with pytest.raises(NotVerified, match=r"^Belum diverifikasi: Kabupaten Lebak\.$"):
        selection.approve()
    assert selection.verify(LEBAK, "36.02") == ["36.02"]
    assert selection.approve().state == "approved"
    assert _endorsements(selection) == [
        ("verified", "36.01", PANDEGLANG.actor), ("verified", "36.02", LEBAK.actor), ("approved", "", APPROVER.actor),
    ]  # fmt: skip


def test_a_regency_without_a_household_on_the_list_has_nothing_to_verify(database, home):
    selection = Selection(database, home, quota={"36.01": 2, "36.71": 0})
    selection.run()
    with pytest.raises(NotOnTheList):
        selection.verify(PROVINCE, "36.71")
    assert selection.verify() == ["36.01"]
    assert selection.approve().number


def test_where_the_policy_asks_for_no_verification_none_is_needed(database, home):
    selection = Selection(database, home, decree={"regency_verifies": False})
    selection.run()
    assert selection.approve().state == "approved"


def test_a_regencys_verifier_speaks_for_his_own_regency_only_and_once(selection):
    with pytest.raises(OutsideRegion):
        selection.verify(LEBAK, "36.01")
    with pytest.raises(NoRight, match="Verifikator"):
        selection.verify(APPROVER)
    selection.verify(PANDEGLANG)
    with pytest.raises(AlreadySaidYes, match="Sudah diverifikasi: Kabupaten Pandeglang"):
        selection.verify(PANDEGLANG)
    assert selection.verify(PROVINCE) == ["36.02"]


def test_maker_verifier_and_approver_are_three_people(selection):
    with pytest.raises(MakerIsChecker):
        selection.verify(make_officer("verifier", OPERATOR.login))
    with pytest.raises(MakerIsChecker):
        selection.approve(make_officer("approver", OPERATOR.login))
    selection.verify(LEBAK)
    selection.verify(PANDEGLANG)
    with pytest.raises(MakerIsChecker):
        selection.approve(make_officer("approver", LEBAK.login))
    assert selection.approve().state == "approved"


@pytest.mark.parametrize("doubt", ["not_found", "differs", "pair"])
def test_a_list_with_an_unsettled_household_is_not_verified_and_the_household_is_named(selection, doubt):
    first, second = selection.cases("selected", "36.01")
    with selection.database.write() as session:
        if doubt == "pair":
            ids = sorted((second.household_id, selection.cases("ineligible")[0].household_id))
            session.add(DuplicatePair(first_id=ids[0], second_id=ids[1], kind="likely", found_at=datetime.now(UTC)))
        else:
            session.get_one(Household, second.household_id).nik_check = doubt
    with pytest.raises(Unsettled, match=f"Pandeglang: putuskan dahulu keluarga {second.household_id} \\(") as refused:
        selection.verify(PANDEGLANG)
    assert refused.value.details["households"] == [second.household_id]
    with pytest.raises(Unsettled):
        selection.verify(PROVINCE)
    assert _endorsements(selection) == []
    assert selection.verify(LEBAK) == ["36.02"]
    assert first.household_id not in refused.value.details["households"]


def test_one_of_two_approvals_is_kept_and_the_second_signs(database, home):
    selection = Selection(database, home, decree={"approvals_needed": 2})
    selection.run()
    selection.verify()
    waiting = selection.approve()
    assert (waiting.state, waiting.number) == ("proposed", None)
    with pytest.raises(AlreadySaidYes, match="1 dari 2 persetujuan"):
        selection.approve()
    assert selection.moves("decree_approved") == []
    signed = selection.approve(SECOND)
    assert (signed.state, signed.decided_by, signed.seq) == ("approved", SECOND.actor, 1)
    assert len(selection.moves("decree_approved")) == 4


def _at_once(*acts):
    """Every act in a thread of its own, started together; what each gave, or its refusal."""
    results, start = [], threading.Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            results.append(act())
        except NotNow as refused:
            results.append(refused)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("needed", [1, 2])
def test_four_who_approve_at_once_twice_each_take_one_number_and_move_each_case_once(database, home, needed):
    selection = Selection(database, home, decree={"approvals_needed": needed})
    selection.run()
    selection.verify()
    officers = [make_officer("approver", f"kepala-{n}") for n in range(4)] * 2
    results = _at_once(*[lambda officer=officer: selection.approve(officer) for officer in officers])
    agreed = [one for one in results if not isinstance(one, NotNow)]
    assert len(agreed) == needed
    assert sum(one.state == "approved" for one in agreed) == 1
    assert len(selection.moves("decree_approved")) == 4
    with database.read() as session:
        assert session.exec(select(NumberBook)).one().last_seq == 1
    assert sum(kind == "approved" for kind, _, _ in _endorsements(selection)) == needed


def test_two_verifiers_of_one_regency_at_once_leave_one_yes(selection):
    other = make_officer("verifier", "verif-lain", ("36.01",))
    results = _at_once(*[lambda one=one: selection.verify(one, "36.01") for one in (PANDEGLANG, other) * 2])
    assert sum(result == ["36.01"] for result in results) == 1
    assert len(_endorsements(selection)) == 1


def test_a_household_that_leaves_while_the_province_signs_is_on_the_decree_or_the_decree_is_not_signed(selection):
    selection.verify()
    gone = selection.cases("selected")[0]
    signed, left = selection.approve, lambda: selection.withdraw(gone)
    _at_once(signed, left)
    (decree,) = selection.decrees()
    on_it = selection.moves("decree_approved")
    assert (decree.state, len(on_it)) in (("approved", 4), ("superseded", 0))
    assert selection.case(gone.id).status == "withdrawn"


def test_what_was_said_to_an_earlier_version_does_not_count_for_the_next(database, home):
    selection = Selection(database, home, decree={"approvals_needed": 2})
    selection.run()
    selection.verify()
    selection.approve()
    selection.withdraw(selection.cases("selected")[0])
    assert selection.decrees()[0].state == "superseded"
    selection.run()
    with pytest.raises(NotVerified):
        selection.approve(SECOND)
    selection.verify()
    assert selection.approve(SECOND).state == "proposed"
    assert selection.approve().version == 2


def test_nothing_is_signed_before_the_objection_window_is_over(database, home):
    today = datetime.now(WIB).date()
    selection = Selection(database, home, decree={"objection_days": 3}, local_holidays=[add_working_days(today, 2)])
    selection.run()
    selection.verify()
    until = selection.decrees()[0].objections_until
    assert until == add_working_days(today, 4)
    with pytest.raises(WindowOpen, match=f"sampai {until.day} .* {until.year}"):
        selection.approve()
    last_day = (until - today).days
    with pytest.raises(WindowOpen):
        selection.approve(at=days_from_now(last_day))
    assert selection.approve(at=days_from_now(last_day + 1)).number


def test_after_a_signature_nothing_waits(selection):
    selection.sign()
    for late in (selection.verify, selection.approve):
        with pytest.raises(NoDecreeWaiting):
            late()
