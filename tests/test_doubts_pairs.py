"""Are two households that may be one kept as a pair once, and decided once by somebody who may?"""

import itertools
import threading
from datetime import date, timedelta

import pytest
from factories import NOW, SEALER, household_row, make_household, make_officer, told_by
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import select

from service.db.tables import DuplicatePair, Household, Member, RegistryFile
from service.errors import NotFound
from service.registry.doubts import pairs as rules
from service.registry.doubts import steps
from service.registry.doubts.queries import pairs as queries
from service.registry.doubts.reasons import AlreadySettled, NoReason
from service.trust.rights import NoRight, OutsideRegion

LATER = NOW + timedelta(days=3)
NAMES = itertools.cycle(("Asep Basri", "Ujang Sanusi", "Komalasari", "Jubaedah Enok", "Mulyadi", "Rukoyah", "Sobari Iskandar"))
OPERATOR, VERIFIER = make_officer("operator"), make_officer("verifier")


def add(database, **fields):
    with database.write() as session:
        return make_household(session, {"never": True}, **{"name": next(NAMES), **fields}).id


def alike(database, **fields):
    """Two households likely the same."""
    return [add(database, name=name, birth_on=date(1985, 6, 5), **fields) for name in ("Siti Aminah", "Hj. Siti Aminah")]


def add_member(database, household_id, nik):
    with database.write() as session:
        session.add(
            Member(household_id=household_id, nik_sealed=SEALER.seal("nik", nik), nik_lookup=SEALER.lookup("nik", nik),
                   name="Anak", added_at=NOW)
        )  # fmt: skip


def change(database, household_id, **fields):
    """A correction as an import writes it: with a file of its own."""
    with database.write() as session:
        household = session.get_one(Household, household_id)
        for name, value in fields.items():
            setattr(household, name, value)
        number = len(session.exec(select(RegistryFile)).all())
        session.add(
            RegistryFile(sha256=f"{number:064}", name="koreksi.csv", rows=1, added=0, updated=1, unchanged=0, rejected=0,
                         duplicates=0, imported_by="user:uji", imported_at=NOW)
        )  # fmt: skip


def kept(database):
    """(first, second, kind, state) of every pair."""
    with database.read() as session:
        rows = session.exec(select(DuplicatePair).order_by(DuplicatePair.first_id, DuplicatePair.second_id)).all()
        return [(row.first_id, row.second_id, row.kind, row.state) for row in rows]


def search(database, now=NOW):
    found = steps.find_duplicates(database, now)
    return (found.open, found.new, found.returned, found.cleared)


def only_pair(database):
    with database.read() as session:
        return session.exec(select(DuplicatePair)).one()


def settle(database, officer, pair_id, verdict, kept_id=None, reason="dicek di lapangan", at=NOW):
    with database.write() as session:
        steps.settle_pair(session, officer, pair_id, verdict, kept_id, reason, told_by(officer, at))


def test_one_card_a_shared_person_and_an_alike_name_are_found_once(database):
    one, two = add(database, kk="3601010101299999"), add(database, kk="3601010101299999")
    three, four = add(database), add(database)
    for household in (three, four):
        add_member(database, household, "3601015206859950")
    five, six = alike(database)
    assert search(database) == (3, 3, 0, 0)
    found = [(one, two, "same_kk", "open"), (three, four, "shared_member", "open"), (five, six, "likely", "open")]
    assert kept(database) == found
    with database.read() as session:
        assert session.exec(select(DuplicatePair).where(DuplicatePair.kind == "likely")).one().likeness == 100
    assert search(database, LATER) == (3, 0, 0, 0)
    assert kept(database) == found


def test_a_head_who_is_a_member_elsewhere_makes_a_pair(database):
    head, other = add(database, nik_lookup=SEALER.lookup("nik", "3601015206859951")), add(database)
    add_member(database, other, "3601015206859951")
    search(database)
    assert kept(database) == [(head, other, "shared_member", "open")]


def test_a_person_listed_in_one_household_only_makes_no_pair(database):
    head = add(database, nik_lookup=SEALER.lookup("nik", "3601015206859952"))
    add_member(database, head, "3601015206859952")
    add_member(database, head, "3601015206859953")
    assert search(database) == (0, 0, 0, 0)


def test_an_open_pair_whose_cause_is_gone_is_cleared_and_opens_again_when_it_returns(database):
    first, second = alike(database)
    search(database)
    change(database, second, name="Dewi Lestari")
    assert search(database) == (0, 0, 0, 1)
    assert kept(database) == [(first, second, "likely", "cleared")]
    change(database, second, name="St. Aminah")
    assert search(database, LATER) == (1, 0, 1, 0)
    assert only_pair(database).found_at == LATER


def test_an_open_pair_takes_the_stronger_cause(database):
    first, second = alike(database)
    search(database)
    with database.read() as session:
        lookup = session.get_one(Household, first).kk_lookup
    change(database, second, kk_lookup=lookup)
    assert search(database) == (1, 0, 0, 0)
    assert kept(database) == [(first, second, "same_kk", "open")]
    assert only_pair(database).likeness is None


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_a_decided_pair_stays_as_decided_whatever_is_found_later(database, verdict):
    first, second = alike(database)
    search(database)
    settle(database, OPERATOR, only_pair(database).id, verdict)
    decided = only_pair(database).model_dump()
    assert search(database, LATER) == (0, 0, 0, 0)
    change(database, second, name="Dewi Lestari")
    assert search(database, LATER) == (0, 0, 0, 0)
    with database.read() as session:
        lookup = session.get_one(Household, first).kk_lookup
    change(database, second, kk_lookup=lookup)
    assert search(database, LATER) == (0, 0, 0, 0)
    assert only_pair(database).model_dump() == decided


def test_same_keeps_the_one_registered_first_unless_another_is_chosen(database):
    _, second = alike(database)
    search(database)
    pair_id = only_pair(database).id
    settle(database, VERIFIER, pair_id, "same", second, "kartu keluarga dilihat", LATER)
    pair = only_pair(database)
    assert (pair.state, pair.kept_id, pair.decided_by, pair.decided_at, pair.reason) == (
        "same", second, VERIFIER.actor, LATER, "kartu keluarga dilihat",
    )  # fmt: skip
    third, fourth = alike(database, village="36.01.02.2001")
    with database.write() as session:  # the search would pair all four; here only the default is looked at
        session.add(DuplicatePair(first_id=third, second_id=fourth, kind="likely", likeness=100, found_at=NOW))
        session.flush()
        made = session.exec(select(DuplicatePair).where(DuplicatePair.first_id == third)).one().id
        assert steps.settle_pair(session, OPERATOR, made, "same", None, "satu orang", told_by(OPERATOR)).kept_id == third


def test_a_second_decision_is_refused_with_who_decided_and_when_and_a_double_click_is_harmless(database):
    alike(database)
    search(database)
    pair_id = only_pair(database).id
    settle(database, OPERATOR, pair_id, "different", at=NOW)
    settle(database, OPERATOR, pair_id, "different", reason="klik kedua", at=LATER)
    assert (only_pair(database).decided_at, only_pair(database).reason) == (NOW, "dicek di lapangan")
    sentence = r"sudah diputuskan dua keluarga yang berbeda oleh petugas-operator pada 01/06/2021 10\.00 WIB\."
    for officer, verdict in ((VERIFIER, "different"), (OPERATOR, "same")):
        with pytest.raises(AlreadySettled, match=sentence):
            settle(database, officer, pair_id, verdict)


def test_a_cleared_pair_is_not_decided(database):
    _, second = alike(database)
    search(database)
    change(database, second, name="Dewi Lestari")
    search(database)
    with pytest.raises(steps.NothingToDecide, match="penyebabnya sudah diperbaiki"):
        settle(database, OPERATOR, only_pair(database).id, "same")


def test_who_may_decide_and_what_is_needed(database):
    first, second = alike(database)
    other = add(database, village="36.02.01.2001")
    search(database)
    pair_id = only_pair(database).id
    with database.write() as session:
        session.add(DuplicatePair(first_id=first, second_id=other, kind="likely", likeness=90, found_at=NOW))
        session.flush()
        across = session.exec(select(DuplicatePair).where(DuplicatePair.second_id == other)).one().id
    here = make_officer("operator", "di-pandeglang", ("36.01",))
    for officer, pair, error in (
        (make_officer("auditor"), pair_id, NoRight), (here, across, OutsideRegion),
        (make_officer("operator", "di-lebak", ("36.02",)), pair_id, OutsideRegion), (OPERATOR, 999, NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            settle(database, officer, pair, "different")
    for reason in ("", "  ya  ", "NIK 3601 0152 0685 9901 sama"):
        with pytest.raises(NoReason):
            settle(database, here, pair_id, "same", reason=reason)
    with pytest.raises(steps.NotOfThisPair, match=f"{other} bukan bagian"):
        settle(database, here, pair_id, "same", other)
    with pytest.raises(steps.NotOfThisPair, match="tetap terdaftar keduanya"):
        settle(database, here, pair_id, "different", first)
    with pytest.raises(steps.UnknownVerdict):
        settle(database, here, pair_id, "maybe")
    assert {state for *_, state in kept(database)} == {"open"}
    settle(database, here, pair_id, "same", second)
    assert only_of(database, pair_id).kept_id == second


def only_of(database, pair_id):
    with database.read() as session:
        return session.get_one(DuplicatePair, pair_id)


def test_of_households_that_are_one_somebody_always_stays(database):
    first, second, third = (add(database, kk="3601010101299998") for _ in range(3))
    search(database)
    with database.read() as session:
        ids = {(p.first_id, p.second_id): p.id for p in session.exec(select(DuplicatePair))}
    assert len(ids) == 3
    settle(database, OPERATOR, ids[first, second], "same")
    settle(database, OPERATOR, ids[second, third], "same")
    with database.read() as session:
        assert queries.kept_instead_of(session, third) == {first, second}
        assert queries.kept_instead_of(session, first) == set()
    with pytest.raises(steps.KeptIsDuplicate, match=f"Rumah tangga {third} sudah diputuskan ganda dari {first}"):
        settle(database, OPERATOR, ids[first, third], "same", third)
    settle(database, OPERATOR, ids[first, third], "same")


def test_two_searches_at_once_do_no_harm(database):
    for at in range(20):
        alike(database, village=f"36.01.{at + 1:02}.2001")
    gate = threading.Barrier(3)
    told = []

    def run():
        gate.wait()
        told.append(steps.find_duplicates(database, NOW))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    gate.wait()
    for thread in threads:
        thread.join(60)
    assert [found.open for found in told] == [told[0].open] * 2
    assert sum(found.new for found in told) == told[0].open == len(kept(database))


def test_two_officers_at_once_and_only_one_decides(database):
    alike(database)
    search(database)
    pair_id, gate, ends = only_pair(database).id, threading.Barrier(2), []

    def decide(officer, verdict):
        gate.wait()
        try:
            settle(database, officer, pair_id, verdict)
            ends.append(verdict)
        except AlreadySettled:
            ends.append("late")

    threads = [threading.Thread(target=decide, args=pair) for pair in ((OPERATOR, "same"), (VERIFIER, "different"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ends)[0] in ("different", "late")
    assert ends.count("late") == 1
    assert only_pair(database).state in ends


def test_a_registry_that_changes_during_the_search_is_searched_again(database):
    _, second = alike(database)
    done = []

    def import_meanwhile(_connection, _cursor, statement, *_more):
        if "household.village_code" in statement and not done:
            done.append(True)
            change(database, second, name="Dewi Lestari")

    event.listen(database.engine, "after_cursor_execute", import_meanwhile)
    assert search(database) == (0, 0, 0, 0)
    event.remove(database.engine, "after_cursor_execute", import_meanwhile)
    assert (done, kept(database)) == ([True], [])


def test_thousands_of_pairs_are_written_at_once(database):
    with database.write() as session:
        file_id = session.get_one(Household, make_household(session, {"never": True}).id).file_id
        rows = [household_row(50_000 + at, file_id, kk=f"36010101011{at // 2:05}") for at in range(6_000)]
        for at, row in enumerate(rows):
            row.birth_on, row.name = date(1960, 1, 1) + timedelta(days=at), f"Warga {'abcdefghij'[at % 10]}{at}"
        session.add_all(rows)
    causes = None
    with database.read() as session:
        same = rules.pairs_within(queries.households_by_shared_card(session))
        causes = rules.causes_of(same, (), ())
    assert len(causes) == 3_000
    with database.write() as session:
        queries.write_changes(session, rules.changes(causes, queries.kept_pairs(session)), NOW)
    assert len(kept(database)) == 3_000


def test_the_queue_pages_by_key_and_shows_an_officer_only_pairs_wholly_in_the_region(database):
    here = [alike(database, village=f"36.01.{at:02}.2001") for at in range(1, 3)]
    with database.write() as session:
        session.add(DuplicatePair(first_id=here[0][0], second_id=here[0][1], kind="likely", likeness=100, found_at=NOW))
        session.add(DuplicatePair(first_id=here[1][0], second_id=here[1][1], kind="same_kk", found_at=LATER))
    elsewhere = add(database, village="36.02.01.2001")
    with database.write() as session:
        session.add(DuplicatePair(first_id=here[0][0], second_id=elsewhere, kind="shared_member", found_at=NOW))

    def shown(**asked):
        with database.read() as session:
            return [pair.id for pair, _, _ in queries.open_pairs(session, **asked)]

    every = shown()
    assert len(every) == 3
    assert shown(after=every[0], limit=1) == every[1:2]
    assert shown(regencies=["36.01"]) == every[:2]
    assert shown(about="36.02") == every[2:]
    assert shown(about="36.01") == every
    assert shown(kind="same_kk") == every[1:2]
    with database.read() as session:
        assert queries.open_pair_counts(session, ["36.01"]) == {"likely": 1, "same_kk": 1}
        assert queries.open_pair_counts(session, about="36.02") == {"shared_member": 1}
        assert queries.oldest_open_pair(session) == NOW
        assert queries.oldest_open_pair(session, ["36.02"]) is None


@given(st.lists(st.lists(st.integers(1, 90), min_size=2, max_size=60), max_size=6))
def test_whoever_shares_something_is_in_a_pair_and_nobody_with_himself(groups):
    found = rules.pairs_within(groups)
    assert all(first < second for first, second in found)
    named = {household for pair in found for household in pair}
    assert named == {household for group in groups if len(set(group)) > 1 for household in group}
    assert len(found) <= sum(max(len(group), 30 * 29 // 2) for group in groups)
