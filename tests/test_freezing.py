"""What does the snapshot take from registry, ledger and people's decisions, and does it stay as it was frozen?"""

from datetime import UTC, date, datetime, timedelta

import pytest
from factories import NOW, SEALER, make_cycle, make_household, make_package, run_step, work_of
from hypothesis import given
from hypothesis import strategies as st
from selection_scenes import OPERATOR, cases, everything, small_cycle
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import (
    AidReceipt,
    Case,
    Cycle,
    DuplicatePair,
    EarlierFamilyCard,
    Household,
    Member,
    NikDecision,
    Parcel,
)
from service.lifecycle import Subject
from service.selection import snapshot
from service.selection.duplicates import Decided, duplicates
from service.selection.placing import WITHIN
from service.selection.recount import verify_selection
from service.selection.steps import STEPS

PLACING = ("freeze_registry", "place_households")


def aid(lookup, source="province", programme="UEP", year=2019, **fields):
    return AidReceipt(nik_lookup=lookup, programme=programme, source=source, year=year, recorded_at=NOW, **fields)


def placed(database, home, cycle_id):
    run_step(work_of(database, home, cycle_id, OPERATOR.actor), "selection", STEPS, *PLACING)
    return {case.household_id: case.placement for case in cases(database, cycle_id=cycle_id)}


def test_an_empty_registry_is_set_aside_and_nothing_is_frozen(database, home):
    with database.write() as session:
        empty = make_cycle(session).id
    done = run_step(work_of(database, home, empty), "selection", STEPS)
    assert done["freeze_registry"].set_aside == {empty: "REGISTRY_EMPTY"}
    with database.read() as session:
        assert session.get(Cycle, empty).status == "open"


def test_the_snapshot_holds_ids_and_what_the_rules_read_and_no_person(database, home):
    cycle_id = small_cycle(database)
    placed(database, home, cycle_id)
    with database.read() as session:
        cycle = session.get(Cycle, cycle_id)
    where = (home, cycle.snapshot_file, cycle.snapshot_hash)
    columns = set(snapshot.read(*where).collect_schema())
    assert not columns & {"name", "nik_sealed", "nik_lookup", "kk_lookup", "address", "birth_on", "phone_sealed"}
    assert cycle.snapshot_file == f"snapshots/2021-{cycle.snapshot_hash[:12]}.parquet"
    basis = snapshot.read_basis(*where)
    assert (basis.quota, basis.seed, basis.year) == ({"36.01": 3}, 7, 2021)
    assert basis.policy.model_dump(mode="json") == cycle.policy


def test_the_registry_and_the_ledger_give_the_rules_their_values(database, home):
    with database.write() as session:
        first = make_household(session, kk="3601010101210001")
        double = make_household(session, kk="3601010101210001")
        earlier, central, other, later = (make_household(session) for _ in range(4))
        unseen = make_household(session, assessed={"never": True})
        future = make_household(session, assessed={"assessed_on": date(2090, 1, 1)})
        nothing = make_household(session, business_text=" ", business_type=None)
        unknown = make_household(session, business_text="dagang aneka", business_type=None)
        child = make_household(session, birth_on=datetime.now(UTC).date() - timedelta(days=16 * 365))
        session.add_all(
            [
                aid(earlier.nik_lookup), aid(central.nik_lookup, "central", "uep", 2021),
                aid(other.nik_lookup, programme="JAMSOSRATU"), aid(later.nik_lookup, year=2021),
            ]
        )  # fmt: skip
        opened = make_cycle(session, quota={"36.01": 20}).id
        expected = {
            first.id: WITHIN, double.id: "DUPLICATE_HOUSEHOLD", earlier.id: "PRIOR_UEP", central.id: "CENTRAL_UEP",
            other.id: WITHIN, later.id: WITHIN, unseen.id: "NO_ASSESSMENT", future.id: "NO_ASSESSMENT",
            nothing.id: "NO_EMBRYO_BUSINESS", unknown.id: WITHIN, child.id: "UNDER_AGE",
        }  # fmt: skip
    assert placed(database, home, opened) == expected


@pytest.mark.parametrize("source", ["province", "central"])
def test_an_earlier_receipt_is_seen_under_every_number_the_household_has_or_had(database, home, source):
    with database.write() as session:
        by_card, by_old_card, by_member, by_old_nik, none = (make_household(session) for _ in range(5))
        known = [SEALER.lookup("nik", f"360101450685993{number}") for number in range(4)]
        card = SEALER.lookup("kk", "3601010101219931")
        session.add_all(
            [
                EarlierFamilyCard(household_id=by_old_card.id, kk_sealed="x", kk_lookup=card, replaced_at=NOW),
                Member(household_id=by_member.id, nik_sealed="x", nik_lookup=known[2], name="Anak Contoh", added_at=NOW),
                NikDecision(
                    household_id=by_old_nik.id, what="corrected", old_nik_sealed="x", old_nik_lookup=known[3],
                    reason="salah ketik", decided_by="user:v", decided_at=NOW,
                ),
                aid(known[0], source, kk_lookup=by_card.kk_lookup), aid(known[1], source, kk_lookup=card),
                aid(known[2], source), aid(known[3], source, year=2018),
            ]
        )  # fmt: skip
        opened = make_cycle(session, quota={"36.01": 20}).id
        code = {"province": "PRIOR_UEP", "central": "CENTRAL_UEP"}[source]
        expected = {by_card.id: code, by_old_card.id: code, by_member.id: code, by_old_nik.id: code, none.id: WITHIN}
    assert placed(database, home, opened) == expected
    with database.read() as session:
        rule = session.exec(select(Case).where(Case.household_id == by_old_nik.id)).one().explanation["rules"][code]
    assert rule == {"value": 2018, "threshold": None, "met": False}


def test_goods_proven_in_an_earlier_cycle_of_ours_count_as_an_earlier_receipt(database, home):
    with database.write() as session:
        house = make_household(session)
        old, new = make_cycle(session, year=2020).id, make_cycle(session, year=2021).id
        case = Case(
            cycle_id=old, household_id=house.id, regency_code="36.01", district_code="36.01.01", status_since=house.added_at
        )
        session.add(case)
        session.flush()
        parcel = Parcel(
            number="PKT-2020-00001", cycle_id=old, case_id=case.id, package_id=make_package(session, old).id,
            district_code="36.01.01", status="verified", status_since=house.added_at,
        )  # fmt: skip
        session.add(parcel)
    assert placed(database, home, new)[house.id] == "PRIOR_UEP"


def test_decided_duplicates_are_excluded_and_undecided_or_different_ones_are_not(database, home):
    def pair(first, second, kind, state, kept=None):
        return DuplicatePair(
            first_id=first.id, second_id=second.id, kind=kind, state=state, kept_id=kept and kept.id, found_at=NOW
        )

    with database.write() as session:
        gone, kept, maybe, like, one, two, three = (
            make_household(session, **fields) for fields in ({}, {}, {}, {}, *[{"kk": "3601010101219977"}] * 3)
        )
        session.add_all(
            [
                pair(gone, kept, "likely", "same", kept), pair(maybe, like, "likely", "open"),
                pair(one, two, "same_kk", "different"), aid(gone.nik_lookup),
            ]
        )  # fmt: skip
        opened = make_cycle(session, quota={"36.01": 20}).id
        expected = {
            gone.id: "DUPLICATE_HOUSEHOLD", kept.id: "PRIOR_UEP", maybe.id: WITHIN, like.id: WITHIN, one.id: WITHIN,
            two.id: WITHIN, three.id: "DUPLICATE_HOUSEHOLD",
        }  # fmt: skip
    assert placed(database, home, opened) == expected
    with database.read() as session:
        told = session.exec(select(Case).where(Case.household_id == three.id)).one().explanation
    assert told["rules"]["DUPLICATE_HOUSEHOLD"]["value"] == one.id


def test_chains_of_decisions_end_at_the_household_nobody_found_to_be_the_duplicate():
    chain = [Decided(1, 2, 2), Decided(2, 3, 3), Decided(4, 5, 4)]
    assert duplicates([], chain) == {1: 3, 2: 3, 5: 4}


def test_who_a_person_kept_goes_before_who_was_registered_first_on_the_same_card():
    assert duplicates([(1, "a"), (2, "a")], [Decided(2, 3, 3)]) == {1: 3, 2: 3}
    assert duplicates([(1, "a"), (2, "a"), (3, "b")], []) == {2: 1}


def test_two_who_are_different_are_not_made_one_by_a_third_on_their_card():
    assert duplicates([(1, "a"), (2, "a"), (3, "a")], [Decided(1, 2, None)]) == {3: 1}
    assert duplicates([(1, "a"), (2, "a"), (3, "a")], [Decided(1, 2, None), Decided(2, 3, 2)]) == {3: 2}


def test_decisions_that_contradict_each_other_still_leave_one_household():
    assert duplicates([], [Decided(1, 2, 1), Decided(2, 3, 2), Decided(1, 3, 3)]) == {2: 1, 3: 1}


pairs = st.lists(
    st.tuples(st.integers(1, 8), st.integers(9, 16), st.sampled_from(["first", "second", None])).map(
        lambda told: Decided(told[0], told[1], {"first": told[0], "second": told[1], None: None}[told[2]])
    ),
    max_size=12,
)
cards = st.dictionaries(st.integers(1, 16), st.sampled_from("abcd"), max_size=16).map(lambda told: list(told.items()))


@given(cards, pairs, st.randoms())
def test_of_every_group_exactly_one_stays_whatever_the_order(cards, pairs, chance):
    found = duplicates(cards, pairs)
    assert not set(found) & set(found.values())
    for pair in pairs:
        if pair.kept is not None:
            assert found.get(pair.first, pair.first) == found.get(pair.second, pair.second)
    chance.shuffle(cards)
    chance.shuffle(pairs)
    assert duplicates(cards, pairs) == found


def test_nothing_imported_after_the_freeze_changes_the_cycle(database, home):
    cycle_id = small_cycle(database)
    before = placed(database, home, cycle_id)
    with database.write() as session:
        for house in session.exec(select(Household)):
            house.decile, house.district_code, house.programme = 9, "36.01.02", "LAIN"
            session.add_all([house, aid(house.nik_lookup)])
        make_household(session, assessed={"attendance_percent": 100})
    work = work_of(database, home, cycle_id, OPERATOR.actor)
    assert sum(done.moved for done in run_step(work, "selection", STEPS, *PLACING).values()) == 0
    assert {case.household_id: case.placement for case in cases(database)} == before
    assert verify_selection(work).is_same


def test_running_selection_again_never_undoes_what_a_person_decided(database, home):
    cycle_id = small_cycle(database)
    placed(database, home, cycle_id)
    with database.write() as session:
        first, second, *_, last = session.exec(select(Case).order_by(Case.rank)).all()
        told = Told(OPERATOR.actor, datetime.now(UTC))
        record_move(session, Subject.CASE, first.id, "withdrew", told, end_reason="pindah")
        record_move(session, Subject.CASE, second.id, "excluded", told, end_reason="ternyata pegawai")
        record_move(session, Subject.CASE, last.id, "objection_upheld", told)
    before = everything(database)
    for _ in range(2):
        run_step(work_of(database, home, cycle_id, OPERATOR.actor), "selection", STEPS, *PLACING)
    assert everything(database) == before
    assert [case.status for case in cases(database)][:2] == ["withdrawn", "withdrawn"]
    run_step(work_of(database, home, cycle_id, OPERATOR.actor), "selection", STEPS)
    assert [case.status for case in cases(database)][:2] == ["withdrawn", "withdrawn"]
    assert verify_selection(work_of(database, home, cycle_id)).is_same
