"""Is a list found again byte for byte, is every change since found and named, and does trying another policy change nothing?"""

import csv
import hashlib
import json
from datetime import timedelta

import pytest
from factories import make_household, run_step, work_of
from selection_scenes import AS_OF, OPERATOR, basis, cases, everything, frozen, small_cycle
from sqlmodel import select

from service.db.tables import Case, Cycle, Quota
from service.policy import CyclePolicy, hash_of, hash_of_stored
from service.selection import canonical, snapshot
from service.selection.placing import place
from service.selection.recount import NotFrozen, NotPlaced, selection_text, verify_selection
from service.selection.simulation import Tried, simulate_selection
from service.selection.steps import STEPS

PLACING = ("freeze_registry", "place_households")


@pytest.fixture
def cycle_id(database):
    return small_cycle(database)


@pytest.fixture
def work(database, home, cycle_id):
    """Placed."""
    return again(database, home, cycle_id, *PLACING)


def again(database, home, cycle_id, *steps):
    work = work_of(database, home, cycle_id, OPERATOR.actor)
    if steps:
        run_step(work, "selection", STEPS, *steps)
    return work_of(database, home, cycle_id, OPERATOR.actor)


def change(database, row, **fields):
    with database.write() as session:
        found = session.exec(select(row)).first()
        for name, value in fields.items():
            setattr(found, name, value)
        session.add(found)
        return found


def faults(work):
    return [(fault.code, fault.sentence) for fault in verify_selection(work).faults]


def test_the_canonical_text_is_one_line_per_household_with_its_points():
    placed = place(frozen({}, {"decile": 9}), basis())
    assert canonical.text_of(canonical.listed(placed.frame)).decode().splitlines() == [
        "household_id,placement,score,rank,reserve_place,attendance,income_sources,savings,income_per_head,business_age",
        "1,WITHIN_QUOTA,88,1,,22,20,16,15,15",
        "2,DECILE_OUT_OF_RANGE,88,,,22,20,16,15,15",
    ]


def test_counting_again_finds_the_same_list_and_both_hashes_are_told(database, work, cycle_id):
    found = verify_selection(work)
    assert found.is_same
    assert found.households == 6
    assert len(found.counted_hash) == 64
    with database.read() as session:
        assert found.stored_hash == found.counted_hash == session.get(Cycle, cycle_id).selection_hash


def test_the_list_an_auditor_is_given_has_the_hash_of_the_cycle(work):
    text, digest = selection_text(work)
    assert hashlib.sha256(text).hexdigest() == digest == verify_selection(work).stored_hash
    assert len(text.splitlines()) == 7


def test_there_is_nothing_to_count_before_the_freeze_or_before_placing(database, home, cycle_id):
    with pytest.raises(NotFrozen, match="2021 belum dibekukan"):
        verify_selection(again(database, home, cycle_id))
    with pytest.raises(NotPlaced, match="2021 belum dijalankan"):
        verify_selection(again(database, home, cycle_id, "freeze_registry"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"score": 1}, "nilai tersimpan 1, hitungan ulang"),
        ({"rank": 5}, "urutan tersimpan 5, hitungan ulang 1"),
        ({"placement": "BEYOND_RESERVE"}, "penempatan tersimpan BEYOND_RESERVE, hitungan ulang WITHIN_QUOTA"),
        ({"reserve_place": 3}, "tempat cadangan tersimpan 3, hitungan ulang tidak ada"),
        ({"explanation": {"score": {}}}, "Tabungan (Rp) tersimpan tidak ada, hitungan ulang 16"),
    ],
)
def test_a_changed_row_is_found_and_named(database, work, fields, said):
    changed = change(database, Case, **fields)
    found = verify_selection(work)
    assert found.different == (changed.household_id,)
    assert [fault.code for fault in found.faults] == ["ROW_CHANGED"]
    assert found.faults[0].sentence.startswith(f"Rumah tangga {changed.household_id}: ")
    assert said in found.faults[0].sentence


def test_a_changed_points_row_is_found(database, work):
    case = cases(database)[0]
    told = json.loads(json.dumps(case.explanation))
    told["score"]["savings"]["points"] += 1
    change(database, Case, explanation=told)
    assert [code for code, _ in faults(work)] == ["ROW_CHANGED"]


def test_a_changed_quota_is_named_even_where_it_changes_no_place(database, work):
    change(database, Quota, households=4)
    assert faults(work) == [("QUOTA_CHANGED", "Kuota 36.01 kini 4, saat data dibekukan 3.")]


def test_changed_places_policy_seed_day_and_hash_are_each_named(database, home, work, cycle_id):
    change(database, Quota, redistributed=2)
    with database.read() as session:
        cycle = session.get(Cycle, cycle_id)
    change(
        database, Cycle, policy={**cycle.policy, "unit_value": 1}, seed=8, selection_hash="0" * 64,
        frozen_at=cycle.frozen_at - timedelta(days=2),
    )  # fmt: skip
    codes = [code for code, _ in faults(again(database, home, cycle_id))]
    assert codes == ["POLICY_CHANGED", "SEED_CHANGED", "DAY_CHANGED", "PLACES_CHANGED", "HASH_CHANGED"]


def test_a_changed_or_lost_snapshot_is_noticed(work):
    path = next((work.home / "snapshots").iterdir())
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(snapshot.SnapshotChanged, match="berubah"):
        verify_selection(work)
    path.unlink()
    with pytest.raises(snapshot.SnapshotChanged, match="tidak ditemukan"):
        verify_selection(work)


def test_a_list_of_before_this_version_is_still_found_the_same(database, home, work, cycle_id):
    """Such a snapshot has `first_of_kk`, no note beside its rows; its cycle has no hash of the list, its policy fewer keys."""
    with database.read() as session:
        cycle = session.get(Cycle, cycle_id)
    frame = snapshot.read(home, cycle.snapshot_file, cycle.snapshot_hash).collect()
    path = home / cycle.snapshot_file
    frame.drop("duplicate_of").with_columns(first_of_kk=frame.get_column("household_id")).write_parquet(path)
    policy = {name: value for name, value in cycle.policy.items() if name not in ("decree", "total_households")}
    change(
        database, Cycle, snapshot_hash=hashlib.sha256(path.read_bytes()).hexdigest(), selection_hash=None, policy=policy,
        policy_hash=hash_of_stored(policy),
    )  # fmt: skip
    found = verify_selection(again(database, home, cycle_id))
    assert found.is_same
    assert found.stored_hash is None


def test_the_old_column_of_a_snapshot_says_who_is_a_duplicate():
    old = frozen({}, {}).drop("duplicate_of").with_columns(first_of_kk=1)
    assert snapshot.with_present_columns(old).collect().get_column("duplicate_of").to_list() == [None, 1]


def test_the_hash_of_a_policy_is_that_of_its_canonical_json():
    policy = CyclePolicy(goods_due_on=AS_OF)
    expected = hashlib.sha256(policy.model_dump_json().encode()).hexdigest()
    assert hash_of(policy) == hash_of_stored(policy.model_dump(mode="json")) == expected


def test_another_policy_shows_who_leaves_and_by_which_rule_and_changes_nothing(database, work):
    before = everything(database)
    found = simulate_selection(work, Tried(CyclePolicy(eligibility={"minimum_score": 95}))).as_fields()
    assert found["stays"] == 0
    assert found["by_rule"] == {"enters": {}, "leaves": {"BELOW_THRESHOLD": 3}}
    assert found["by_regency"] == {"36.01": {"enters": 0, "leaves": 3, "out_before": {}, "out_after": {"BELOW_THRESHOLD": 3}}}
    assert everything(database) == before


def test_another_quota_shows_who_enters_and_why_they_were_out(database, work):
    found = simulate_selection(work, Tried(quota={"36.01": 5}))
    fields = found.as_fields()
    assert (fields["stays"], fields["leaves"]) == (3, {})
    assert list(fields["enters"].values()) == ["RESERVE_1", "BEYOND_RESERVE"]
    assert fields["by_rule"]["enters"] == {"RESERVE": 1, "BEYOND_RESERVE": 1}
    assert found.changes.get_column("after").to_list() == ["WITHIN_QUOTA"] * 2


def test_a_quota_shared_among_districts_can_be_tried(database, home):
    with database.write() as session:
        make_household(session, village="36.01.02.2001", assessed={"attendance_percent": 50})
    placed = again(database, home, small_cycle(database), *PLACING)
    found = simulate_selection(placed, Tried(quota={"36.01": 3}, districts={"36.01.01": 2, "36.01.02": 1})).as_fields()
    assert (found["stays"], len(found["enters"]), len(found["leaves"])) == (2, 1, 1)
    assert list(found["leaves"].values()) == ["RESERVE_1"]


def test_the_changes_can_be_taken_away_as_a_file(work, tmp_path):
    path = tmp_path / "coba.csv"
    simulate_selection(work, Tried(quota={"36.01": 4})).changes.write_csv(path)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["change"] for row in rows] == ["enters"]
    assert set(rows[0]) == {"household_id", "regency_code", "change", "before", "after"}
