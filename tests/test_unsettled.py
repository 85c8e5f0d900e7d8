"""Does a decree see every household that still waits for a person, and no other?"""

import pytest
from factories import NOW, make_household

from service.db.tables import DuplicatePair
from service.db.unsettled import unsettled


def _some(database, count, **fields):
    with database.write() as session:
        return [make_household(session, {"never": True}, **fields).id for _ in range(count)]


def _pair(database, first, second, state):
    with database.write() as session:
        kept = first if state == "same" else None
        session.add(
            DuplicatePair(first_id=first, second_id=second, kind="likely", likeness=90, state=state, kept_id=kept, found_at=NOW)
        )


def _codes(database, ids):
    with database.read() as session:
        return unsettled(session, ids)


@pytest.mark.parametrize(
    ("check", "codes"),
    [("unchecked", None), ("found", None), ("confirmed", None), ("not_found", "NIK_NOT_FOUND"), ("differs", "NIK_DIFFERS")],
)
def test_a_nik_is_unsettled_while_nobody_could_match_it_and_no_person_confirmed_it(database, check, codes):
    ids = _some(database, 1, nik_check=check)
    assert _codes(database, ids) == ({ids[0]: [codes]} if codes else {})


@pytest.mark.parametrize(("state", "waits"), [("open", True), ("different", False), ("cleared", False)])
def test_both_households_of_a_pair_are_unsettled_until_it_is_decided(database, state, waits):
    first, second, other = _some(database, 3)
    _pair(database, first, second, state)
    assert _codes(database, [other, second, first]) == (
        {first: ["DUPLICATE_UNDECIDED"], second: ["DUPLICATE_UNDECIDED"]} if waits else {}
    )


def test_the_duplicate_of_a_decided_pair_must_leave_the_list_and_the_one_that_stays_may_stay(database):
    first, second = _some(database, 2)
    _pair(database, first, second, "same")
    assert _codes(database, [first, second]) == {second: ["DUPLICATE_OF_ANOTHER"]}


def test_a_household_may_wait_for_two_reasons_and_the_order_is_always_the_same(database):
    first, second = _some(database, 2, nik_check="differs")
    _pair(database, first, second, "open")
    assert _codes(database, [second, second, first]) == {
        first: ["NIK_DIFFERS", "DUPLICATE_UNDECIDED"],
        second: ["NIK_DIFFERS", "DUPLICATE_UNDECIDED"],
    }


def test_only_the_households_asked_about_are_told(database):
    first, second = _some(database, 2, nik_check="not_found")
    _pair(database, first, second, "open")
    assert list(_codes(database, [second])) == [second]
    assert _codes(database, []) == {}


def test_more_households_than_one_statement_can_name_are_all_looked_at(database, monkeypatch):
    monkeypatch.setattr("service.db.unsettled.CHUNK", 2)
    ids = _some(database, 5, nik_check="not_found")
    _pair(database, ids[0], ids[4], "open")
    found = _codes(database, ids)
    assert list(found) == ids
    assert [household for household, codes in found.items() if "DUPLICATE_UNDECIDED" in codes] == [ids[0], ids[4]]
