"""Can the list of those selected be defended: same list from any order, quota kept, every reason told, nobody moved twice?"""

import random
import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import polars as pl
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
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import AidReceipt, Case, Cycle, Decree, Household, Letter, Move, Parcel, Quota, SetAside
from service.errors import NotNow
from service.lifecycle import NoSuchMove, Subject
from service.policy import CyclePolicy
from service.selection import snapshot
from service.selection.decisions import (
    ListChanged,
    NoDecreeWaiting,
    ReasonMissing,
    approve_decree,
    reject_decree,
    withdraw_case,
)
from service.selection.explain import NotInCycle, sentences, why
from service.selection.placing import BEYOND, WITHIN, Basis, place, tie_break
from service.selection.quota import redistribute, reserve_places
from service.selection.recount import NotFrozen, simulate_selection, verify_selection
from service.selection.steps import STEPS
from service.trust.rights import MakerIsChecker, NoRight, OutsideRegion

APPROVER, OPERATOR = make_officer("approver"), make_officer("operator")
AS_OF = date(2021, 6, 1)
REGENCIES = ("36.01", "36.02", "36.71")
counts = st.dictionaries(st.sampled_from(REGENCIES), st.integers(0, 40), max_size=3)


def frozen(*rows):
    """A snapshot of households that meet every rule, changed as told."""
    plain = {
        "regency_code": "36.01", "district_code": "36.01.01", "programme": "JAMSOSRATU", "started_year": 2015,
        "ended_year": None, "decile": 2, "business_type": "jahit", "has_business": True, "business_since": date(2018, 1, 1),
        "assessed_on": date(2021, 5, 1), "attendance_percent": 90, "monthly_income": 2_000_000, "members": 4,
        "savings": 400_000, "income_sources": 2, "prior_province_year": None, "prior_central_year": None, "age": 40,
    }  # fmt: skip
    schema = {name: kind for name, kind in snapshot.SCHEMA.items() if name != "birth_on"}
    schema |= {"has_business": pl.Boolean, "age": pl.Int64}
    made = [plain | {"household_id": i, "first_of_kk": i} | row for i, row in enumerate(rows, start=1)]
    return pl.DataFrame(made, schema=schema)


def basis(quota=None, seed=7, **policy):
    return Basis(CyclePolicy(**policy), quota or {"36.01": 3}, AS_OF, 2021, seed)


def placements(placed):
    return dict(placed.frame.select("household_id", "placement").iter_rows())


some_rows = st.lists(
    st.fixed_dictionaries(
        {
            "regency_code": st.sampled_from(REGENCIES),
            "attendance_percent": st.none() | st.integers(0, 100),
            "savings": st.none() | st.integers(0, 900_000),
            "income_sources": st.none() | st.integers(0, 4),
            "started_year": st.none() | st.integers(2013, 2020),
            "decile": st.none() | st.integers(1, 7),
        }
    ),
    max_size=30,
)


@given(counts, counts)
def test_redistribution_conserves_the_total_and_gives_nobody_more_than_its_candidates(quota, candidates):
    places = redistribute(quota, candidates)
    able = sum(candidates.get(code, 0) for code in quota)
    assert sum(places.values()) == min(sum(quota.values()), able)
    assert all(places[code] <= candidates.get(code, 0) for code in quota)
    assert all(places[code] >= min(quota[code], candidates.get(code, 0)) for code in quota)


def test_what_a_regency_cannot_fill_goes_by_largest_remainder_to_those_with_candidates_left():
    places = redistribute({"36.01": 10, "36.02": 10, "36.71": 10}, {"36.01": 3, "36.02": 30, "36.71": 20})
    assert places == {"36.01": 3, "36.02": 15, "36.71": 12}


def test_the_reserve_is_rounded_up():
    assert [reserve_places(places, 10) for places in (0, 1, 10, 11)] == [0, 1, 1, 2]


@settings(max_examples=40, deadline=None)
@given(some_rows, counts, st.randoms())
def test_any_order_of_rows_gives_the_same_list(rows, quota, chance):
    frame = frozen(*rows)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=chance.randint(0, 99))
    assert place(frame, basis(quota)).frame.equals(place(shuffled, basis(quota)).frame)


@settings(max_examples=40, deadline=None)
@given(some_rows, counts)
def test_quota_is_never_exceeded_and_everybody_has_exactly_one_place(rows, quota):
    placed = place(frozen(*rows), basis(quota))
    assert placed.frame.height == len(rows)
    assert placed.frame.get_column("placement").null_count() == 0
    within = placed.frame.filter(pl.col("placement") == WITHIN)
    assert within.height <= sum(quota.values()) if quota else within.height <= 3
    for code, places in placed.places.items():
        assert within.filter(pl.col("regency_code") == code).height == places


@settings(max_examples=30, deadline=None)
@given(some_rows, st.data())
def test_an_ineligible_household_changes_nobody_and_a_better_one_never_falls(rows, data):
    quota = {"36.01": 3, "36.02": 2}
    frame = frozen(*rows)
    before = placements(place(frame, basis(quota)))
    stranger = frozen(*rows, {"decile": 9}).tail(1)
    after = placements(place(pl.concat([frame, stranger]), basis(quota)))
    assert {home: code for home, code in after.items() if home in before} == before
    if not rows:
        return
    one = data.draw(st.integers(1, len(rows)))
    better = frame.with_columns(
        income_sources=pl.when(pl.col("household_id") == one).then(2).otherwise(pl.col("income_sources"))
    )
    then = place(better, basis(quota)).frame.filter(pl.col("household_id") == one).row(0, named=True)
    was = place(frame, basis(quota)).frame.filter(pl.col("household_id") == one).row(0, named=True)
    assert then["score"] >= was["score"]
    assert was["rank"] is None or then["rank"] <= was["rank"]


def test_between_equals_longer_in_the_programme_goes_first_and_then_the_published_hash():
    rows = [{"started_year": 2018}, {"started_year": 2014}, {}, {}, {}]
    ranks = dict(place(frozen(*rows), basis()).frame.select("household_id", "rank").iter_rows())
    assert ranks[2] == 1
    assert ranks[1] == 5
    assert sorted((3, 4, 5), key=lambda home: tie_break(7, home)) == sorted((3, 4, 5), key=ranks.get)
    others = dict(place(frozen(*rows), basis(seed=12)).frame.select("household_id", "rank").iter_rows())
    assert sorted((3, 4, 5), key=lambda home: tie_break(12, home)) == sorted((3, 4, 5), key=others.get)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"first_of_kk": 99}, "DUPLICATE_HOUSEHOLD"),
        ({"prior_province_year": 2019}, "PRIOR_UEP"),
        ({"prior_central_year": 2020}, "CENTRAL_UEP"),
        ({"has_business": False}, "NO_EMBRYO_BUSINESS"),
        ({"assessed_on": None}, "NO_ASSESSMENT"),
        ({"assessed_on": AS_OF - timedelta(days=366)}, "STALE_ASSESSMENT"),
        ({"age": 16}, "UNDER_AGE"),
        ({"regency_code": "32.01"}, "OUTSIDE_PROVINCE"),
        ({"decile": 6}, "DECILE_OUT_OF_RANGE"),
        ({"decile": None}, "DECILE_OUT_OF_RANGE"),
        ({"programme": "PKH"}, "NOT_IN_PROGRAMME"),
        ({"attendance_percent": None, "savings": None, "income_sources": 0}, "BELOW_THRESHOLD"),
        ({"assessed_on": AS_OF - timedelta(days=365)}, WITHIN),
        ({"age": 17}, WITHIN),
        ({"programme": " jsk "}, WITHIN),
    ],
)
def test_every_rule_names_itself_at_its_threshold(change, code):
    assert placements(place(frozen(change), basis())) == {1: code}


def test_beyond_quota_there_are_reserves_in_order_and_then_nobody():
    placed = placements(place(frozen(*[{} for _ in range(5)]), basis({"36.01": 2}, reserve_percent=60)))
    assert sorted(placed.values()) == [BEYOND, "RESERVE_1", "RESERVE_2", WITHIN, WITHIN]


def test_an_earlier_business_is_needed_only_where_the_policy_says_so():
    young = {"business_since": date(2021, 4, 15)}
    assert placements(place(frozen(young), basis(eligibility={"minimum_business_months": 2}))) == {1: "NO_EMBRYO_BUSINESS"}
    assert placements(place(frozen(young), basis(eligibility={"minimum_business_months": 1}))) == {1: WITHIN}


# --- with a database


@pytest.fixture
def cycle_id(database):
    """Six households for three places and one reserve; the last has no savings told."""
    with database.write() as session:
        for number in range(5):
            make_household(session, assessed={"attendance_percent": 100 - 5 * number})
        make_household(session, assessed={"savings": None, "attendance_percent": 60})
        return make_cycle(session, quota={"36.01": 3}).id


@pytest.fixture
def work(database, home, cycle_id):
    return work_of(database, home, cycle_id, OPERATOR.actor)


def cases(database, **fields):
    with database.read() as session:
        found = session.exec(select(Case).order_by(Case.household_id)).all()
    return [case for case in found if all(getattr(case, name) == value for name, value in fields.items())]


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


def test_an_empty_registry_is_set_aside_and_nothing_is_frozen(database, home):
    with database.write() as session:
        empty = make_cycle(session).id
    done = run_step(work_of(database, home, empty), "selection", STEPS)
    assert done["freeze_registry"].set_aside == {empty: "REGISTRY_EMPTY"}
    with database.read() as session:
        assert session.get(Cycle, empty).status == "open"


def test_the_snapshot_holds_ids_and_what_the_rules_read_and_no_person(database, work):
    run_step(work, "selection", STEPS)
    with database.read() as session:
        cycle = session.get(Cycle, work.cycle_id)
    columns = set(snapshot.read(work.home, cycle.snapshot_file, cycle.snapshot_hash).columns)
    assert not columns & {"name", "nik_sealed", "nik_lookup", "kk_lookup", "address", "birth_on", "phone_sealed"}
    assert cycle.snapshot_file == f"snapshots/2021-{cycle.snapshot_hash[:12]}.parquet"


def test_the_registry_and_the_ledger_give_the_rules_their_values(database, home):
    with database.write() as session:
        first = make_household(session, kk="3601010101210001")
        double = make_household(session, kk="3601010101210001")
        earlier, central, other = (make_household(session) for _ in range(3))
        unseen = make_household(session, assessed={"never": True})
        future = make_household(session, assessed={"assessed_on": date(2090, 1, 1)})
        nothing = make_household(session, business_text=" ", business_type=None)
        unknown = make_household(session, business_text="dagang aneka", business_type=None)
        child = make_household(session, birth_on=datetime.now(UTC).date() - timedelta(days=16 * 365))
        for house, source, programme, year in (
            (earlier, "province", "UEP", 2019), (central, "central", "uep", 2021), (other, "province", "JAMSOSRATU", 2019),
        ):  # fmt: skip
            session.add(
                AidReceipt(
                    nik_lookup=house.nik_lookup, programme=programme, source=source, year=year, recorded_at=house.added_at
                )
            )
        opened = make_cycle(session, quota={"36.01": 20}).id
        expected = {
            first.id: WITHIN, double.id: "DUPLICATE_HOUSEHOLD", earlier.id: "PRIOR_UEP", central.id: "CENTRAL_UEP",
            other.id: WITHIN, unseen.id: "NO_ASSESSMENT", future.id: "NO_ASSESSMENT", nothing.id: "NO_EMBRYO_BUSINESS",
            unknown.id: WITHIN, child.id: "UNDER_AGE",
        }  # fmt: skip
    run_step(work_of(database, home, opened), "selection", STEPS)
    assert {case.household_id: case.placement for case in cases(database)} == expected


def test_goods_proven_in_an_earlier_cycle_of_ours_count_as_an_earlier_receipt(database, home):
    with database.write() as session:
        house = make_household(session)
        old, new = make_cycle(session, year=2020).id, make_cycle(session, year=2021).id
        session.add(
            Case(
                cycle_id=old, household_id=house.id, regency_code="36.01", district_code="36.01.01", status_since=house.added_at
            )
        )
        session.flush()
        from service.procurement.catalogue import install_catalogue, read_catalogue

        package = install_catalogue(session, session.get(Cycle, old), read_catalogue())[0]
        session.add(
            Parcel(
                number="PKT-2020-00001", cycle_id=old, case_id=session.exec(select(Case)).one().id, package_id=package.id,
                district_code="36.01.01", status="verified", status_since=house.added_at,
            )
        )  # fmt: skip
    run_step(work_of(database, home, new), "selection", STEPS)
    assert cases(database, cycle_id=new)[0].placement == "PRIOR_UEP"


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


def test_counting_again_finds_the_same_list_also_after_people_decided(database, work, cycle_id):
    with pytest.raises(NotFrozen):
        verify_selection(work)
    run_step(work, "selection", STEPS)
    approve(database, cycle_id)
    withdraw(database, cases(database, status="decreed")[0].id)
    with database.write() as session:
        make_household(session, assessed={"attendance_percent": 100})
    again = verify_selection(work_of(database, work.home, cycle_id))
    assert again.is_same
    assert again.households == 6
    with database.write() as session:
        changed = session.exec(select(Case)).first()
        changed.score += 1
        session.add(changed)
    assert verify_selection(work).different == (changed.household_id,)


def test_a_changed_snapshot_is_noticed(database, work):
    run_step(work, "selection", STEPS)
    path = next((work.home / "snapshots").iterdir())
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(snapshot.SnapshotChanged, match="berubah"):
        verify_selection(work_of(database, work.home, work.cycle_id))
    path.unlink()
    with pytest.raises(snapshot.SnapshotChanged, match="tidak ditemukan"):
        verify_selection(work_of(database, work.home, work.cycle_id))


def test_another_policy_is_tried_without_changing_anything(database, work):
    run_step(work, "selection", STEPS)
    before = [case.model_dump() for case in cases(database)]
    found = simulate_selection(work_of(database, work.home, work.cycle_id), CyclePolicy(eligibility={"minimum_score": 95}))
    assert found["stays"] == 0
    assert found["by_code"] == {"BELOW_THRESHOLD": 3}
    assert found["by_regency"] == {"36.01": {"enters": 0, "leaves": 3}}
    assert [case.model_dump() for case in cases(database)] == before


def test_why_tells_every_rule_the_score_the_rank_and_both_hashes(database, work):
    run_step(work, "selection", STEPS)
    last = cases(database)[-1]
    with database.read() as session:
        reasons = why(session, 2021, last.household_id)
        with pytest.raises(NotInCycle):
            why(session, 2021, 999_999)
    assert len(reasons["rules"]) == 11
    assert {rule["verdict"] for rule in reasons["rules"]} == {"met"}
    savings = next(one for one in reasons["score"]["indicators"] if one["indicator"] == "savings")
    assert (savings["missing"], savings["points"], savings["weight"]) == (True, 0, 20)
    assert sum(one["points"] for one in reasons["score"]["indicators"]) == reasons["score"]["total"]
    assert (reasons["rank"], reasons["ranked"], reasons["places"]) == (6, 6, 3)
    assert reasons["cut_off"] > reasons["score"]["total"]
    assert len(reasons["policy_hash"]) == len(reasons["snapshot_hash"]) == 64
    told = sentences(reasons)
    assert told[0].startswith("Memenuhi syarat tetapi di luar kuota dan cadangan: urutan 6 dari 6")
    assert "Tabungan (Rp): bukti tidak ada, 0 dari 20." in told


def test_the_explanation_of_an_ineligible_household_names_the_rule(database, home):
    with database.write() as session:
        house = make_household(session, decile=8, assessed={"never": True})
        opened = make_cycle(session).id
    with database.read() as session, pytest.raises(NotInCycle):
        why(session, 2021, house.id)
    run_step(work_of(database, home, opened), "selection", STEPS)
    with database.read() as session:
        reasons = why(session, 2021, house.id)
    verdicts = {rule["code"]: rule["verdict"] for rule in reasons["rules"]}
    assert reasons["placement"] == "NO_ASSESSMENT"
    assert (verdicts["DECILE_OUT_OF_RANGE"], verdicts["STALE_ASSESSMENT"]) == ("not_met", "not_judged")
    assert sentences(reasons)[0] == "Tidak memenuhi syarat (NO_ASSESSMENT): Sudah dinilai oleh pendamping - tidak terpenuhi."


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
