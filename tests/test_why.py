"""Is a household told every rule, its score, its place, its neighbours and all hashes, in words it understands?"""

import pytest
from factories import make_cycle, make_household, run_step, work_of
from selection_scenes import OPERATOR, cases, small_cycle
from sqlmodel import select

from service.db.tables import DistrictQuota, Quota
from service.selection.explain import NotInCycle, why
from service.selection.sentences import sentences
from service.selection.steps import STEPS

PLACING = ("freeze_registry", "place_households")


@pytest.fixture
def work(database, home):
    work = work_of(database, home, small_cycle(database), OPERATOR.actor)
    run_step(work, "selection", STEPS, *PLACING)
    return work


def reasons_of(database, household_id):
    with database.read() as session:
        return why(session, 2021, household_id)


def test_why_tells_every_rule_the_score_the_rank_and_all_hashes(database, work):
    reasons = reasons_of(database, cases(database)[-1].household_id)
    with pytest.raises(NotInCycle):
        reasons_of(database, 999_999)
    assert len(reasons["rules"]) == 11
    assert {rule["verdict"] for rule in reasons["rules"]} == {"met"}
    assert all(rule["source"] and rule["sentence_en"] for rule in reasons["rules"])
    savings = next(one for one in reasons["score"]["indicators"] if one["indicator"] == "savings")
    assert (savings["missing"], savings["points"], savings["weight"]) == (True, 0, 20)
    assert sum(one["points"] for one in reasons["score"]["indicators"]) == reasons["score"]["total"]
    assert (reasons["rank"], reasons["ranked"], reasons["places"], reasons["served"]) == (6, 6, 3, 6)
    assert reasons["cut_off"] > reasons["score"]["total"]
    assert {len(reasons[name]) for name in ("policy_hash", "snapshot_hash", "selection_hash")} == {64}
    told = sentences(reasons)
    assert told[0].startswith("Memenuhi syarat tetapi di luar kuota dan cadangan: urutan 6 dari 6")
    assert "Tabungan (Rp): bukti tidak ada, 0 dari 20." in told


def test_the_same_is_said_in_english(database, work):
    told = sentences(reasons_of(database, cases(database)[-1].household_id), "en")
    assert told[0].startswith("Eligible but beyond quota and reserve: number 6 of 6 in Kabupaten Pandeglang, 3 places")
    assert "Has been assessed by a facilitator: met (value: " in told[5]
    assert "Savings (Rp): no evidence, 0 of 20." in told
    assert sentences(reasons_of(database, cases(database)[0].household_id), "en")[0].startswith("Selected: number 1 of 6")


def test_neighbours_are_two_above_and_two_below_without_a_number_of_theirs(database, work):
    reasons = reasons_of(database, cases(database)[2].household_id)
    assert [one["rank"] for one in reasons["neighbours"]] == [1, 2, 4, 5]
    assert [one["placement"] for one in reasons["neighbours"]] == ["WITHIN_QUOTA"] * 2 + ["RESERVE_1", "BEYOND_RESERVE"]
    assert [set(one) for one in reasons["neighbours"]] == [{"rank", "score", "served", "placement", "tie_break"}] * 4
    assert {len(one["tie_break"]) for one in reasons["neighbours"]} == {4}
    assert [one["rank"] for one in reasons_of(database, cases(database)[0].household_id)["neighbours"]] == [2, 3]


def test_the_explanation_of_an_ineligible_household_names_the_rule(database, home):
    with database.write() as session:
        house = make_household(session, decile=8, assessed={"never": True})
        opened = make_cycle(session).id
    with pytest.raises(NotInCycle):
        reasons_of(database, house.id)
    run_step(work_of(database, home, opened), "selection", STEPS)
    reasons = reasons_of(database, house.id)
    verdicts = {rule["code"]: rule["verdict"] for rule in reasons["rules"]}
    assert reasons["placement"] == "NO_ASSESSMENT"
    assert (verdicts["DECILE_OUT_OF_RANGE"], verdicts["STALE_ASSESSMENT"]) == ("not_met", "not_judged")
    assert reasons["neighbours"] == []
    assert sentences(reasons)[0] == "Tidak memenuhi syarat (NO_ASSESSMENT): Sudah dinilai oleh pendamping - tidak terpenuhi."
    assert sentences(reasons, "en")[0] == "Not eligible (NO_ASSESSMENT): Has been assessed by a facilitator - not met."


def test_before_placing_there_is_nothing_to_tell_but_that(database, home):
    cycle_id = small_cycle(database)
    run_step(work_of(database, home, cycle_id), "selection", STEPS, "freeze_registry")
    reasons = reasons_of(database, cases(database)[0].household_id)
    assert (reasons["rules"], reasons["neighbours"], reasons["served"]) == ([], [], None)
    assert sentences(reasons) == ["Belum dinilai: seleksi siklus ini belum dijalankan."]


def test_where_the_quota_is_shared_the_district_is_what_decided(database, home):
    cycle_id = small_cycle(database, districts={"36.01.01": 2, "36.01.02": 1})
    with database.write() as session:
        weak = make_household(session, village="36.01.02.2001", assessed={"attendance_percent": 50})
        stray = make_household(session, village="36.01.05.2001", assessed={"attendance_percent": 99})
    run_step(work_of(database, home, cycle_id), "selection", STEPS, *PLACING)
    with database.read() as session:
        assert session.exec(select(Quota.redistributed)).all() == [3]
        assert sorted(session.exec(select(DistrictQuota.redistributed)).all()) == [1, 2]
    reasons = reasons_of(database, weak.id)
    assert reasons["district"] == {
        "district": "36.01.02", "quota": 1, "places": 1, "cut_off": reasons["score"]["total"], "rank": 1, "ranked": 1,
    }  # fmt: skip
    assert sentences(reasons)[0].startswith("Terpilih: urutan 1 dari 1 di Kec. ")
    assert reasons_of(database, stray.id)["district"]["places"] == 0
    assert reasons_of(database, stray.id)["placement"] == "RESERVE_1"
