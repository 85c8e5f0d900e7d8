"""Is the policy of a cycle documented, validated with all its faults, versioned, and fixed once the cycle is frozen?"""

import pytest
import yaml
from factories import make_cycle, make_household, make_officer, run_step, told_by, work_of
from pydantic import BaseModel
from selection_scenes import OPERATOR, cases, small_cycle
from sqlmodel import select

from service.cohort.rulebook import (
    PolicyFixed,
    PolicyReasonMissing,
    PolicyUnchanged,
    WrongTotal,
    rulebook,
    set_policy,
)
from service.db.tables import Cycle, PolicyVersion
from service.policy import CyclePolicy, WrongPolicy, as_yaml, hash_of, policy_from, read_policy
from service.selection.recount import verify_selection
from service.selection.steps import STEPS
from service.trust.rights import NoRight

LOWER = CyclePolicy(eligibility={"minimum_score": 10})


def keys_of(model: type[BaseModel]):
    for name, field in model.model_fields.items():
        yield f"{model.__name__}.{name}", field
        if isinstance(field.default, BaseModel):
            yield from keys_of(type(field.default))


def put(database, cycle_id, policy, reason="rapat 4 Mei", officer=OPERATOR):
    with database.write() as session:
        return set_policy(session, officer, session.get(Cycle, cycle_id), policy, reason, told_by(officer))


def test_every_key_says_what_it_means():
    assert [name for name, field in keys_of(CyclePolicy) if not field.description] == []
    lines = as_yaml(CyclePolicy()).splitlines()
    assert len(lines) == len(list(keys_of(CyclePolicy)))
    assert [line for line in lines if "  # " not in line] == []


def test_the_printed_default_is_read_back_as_the_default(tmp_path):
    path = tmp_path / "bawaan.yaml"
    path.write_text(as_yaml(CyclePolicy()))
    assert read_policy(path) == CyclePolicy()
    assert hash_of(read_policy(path)) == hash_of(CyclePolicy())


def test_any_policy_is_read_back_from_what_is_printed():
    policy = CyclePolicy(
        goods_due_on="2021-11-30", local_holidays=["2021-10-04"], letterhead={"signer_name": 'Drs. "A": #1, M.Si.'},
        total_households=1900, decree={"regency_verifies": False},
    )  # fmt: skip
    assert policy_from(as_yaml(policy)) == policy


def test_all_faults_of_a_policy_are_named_at_once():
    text = """
    unit_value: dua juta
    untuk_apa: 1
    modality: uang
    goods_due_on: besok
    eligibility: {minimum_score: 101, minimum_age: -1, programmes: PKH, batas: 4}
    weights: {attendance: 26}
    scale: 5
    decree: {regency_verifies: mungkin}
    letterhead: {signer_nip: 19650101}
    """
    with pytest.raises(WrongPolicy) as refused:
        policy_from(text)
    assert set(refused.value.details["faults"]) == {
        "unit_value: bukan bilangan bulat",
        "untuk_apa: kunci tidak dikenal",
        "modality: hanya 'goods'",
        "goods_due_on: bukan tanggal TTTT-BB-HH",
        "eligibility.minimum_score: paling banyak 100",
        "eligibility.minimum_age: sedikitnya 0",
        "eligibility.programmes: bukan daftar",
        "eligibility.batas: kunci tidak dikenal",
        "weights: jumlah bobot 101, seharusnya 100",
        "scale: bukan kumpulan kunci",
        "decree.regency_verifies: bukan true atau false",
        "letterhead.signer_nip: bukan teks (beri tanda kutip)",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "bukan YAML yang benar"),
        ("- 1", "(isi): bukan kumpulan kunci"),
        ("0", "(isi): bukan kumpulan kunci"),
        ("eligibility: {lowest_decile: 6}", "lowest_decile 6 melebihi highest_decile 5"),
        ("unit_value: 0", "unit_value: harus lebih dari 0"),
    ],
)
def test_what_is_no_policy_is_refused(text, said):
    with pytest.raises(WrongPolicy) as refused:
        policy_from(text)
    assert said in refused.value.message


def test_a_missing_or_unreadable_file_is_named(tmp_path):
    with pytest.raises(WrongPolicy, match="tidak ditemukan"):
        read_policy(tmp_path / "tiada.yaml")
    (tmp_path / "biner.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WrongPolicy, match="bukan teks UTF-8"):
        read_policy(tmp_path / "biner.yaml")


def test_an_empty_file_is_the_default():
    assert policy_from("# belum diisi\n") == CyclePolicy()


def test_opening_writes_version_one_and_a_change_the_next_with_reason_and_name(database):
    with database.write() as session:
        cycle_id = make_cycle(session).id
    put(database, cycle_id, LOWER)
    with database.read() as session:
        cycle = session.get(Cycle, cycle_id)
        book = rulebook(session, cycle)
        assert [(one.version, one.reason, one.set_by) for one in book.versions] == [
            (1, None, OPERATOR.actor), (2, "rapat 4 Mei", OPERATOR.actor),
        ]  # fmt: skip
        assert book.policy_hash == cycle.policy_hash == hash_of(LOWER) == book.versions[-1].policy_hash
        assert book.versions[0].policy_hash == hash_of(CyclePolicy())
        assert CyclePolicy.model_validate(book.policy) == LOWER


def test_a_cycle_opened_before_versions_were_kept_gets_its_first_when_the_second_is_set(database):
    with database.write() as session:
        cycle_id = make_cycle(session).id
        session.delete(session.exec(select(PolicyVersion)).one())
    with database.read() as session:
        assert [one.version for one in rulebook(session, session.get(Cycle, cycle_id)).versions] == [1]
    put(database, cycle_id, LOWER)
    with database.read() as session:
        kept = session.exec(select(PolicyVersion).order_by(PolicyVersion.version)).all()
        assert [(one.version, one.policy_hash) for one in kept] == [(1, hash_of(CyclePolicy())), (2, hash_of(LOWER))]


def test_a_policy_is_changed_by_who_may_with_a_reason_and_only_to_something_else(database):
    with database.write() as session:
        cycle_id = make_cycle(session).id
    with pytest.raises(NoRight):
        put(database, cycle_id, LOWER, officer=make_officer("auditor"))
    with pytest.raises(PolicyReasonMissing):
        put(database, cycle_id, LOWER, " ")
    with pytest.raises(PolicyUnchanged, match="sudah berlaku"):
        put(database, cycle_id, CyclePolicy())
    with database.read() as session:
        assert len(session.exec(select(PolicyVersion)).all()) == 1


def test_a_frozen_cycle_keeps_its_policy(database, home):
    cycle_id = small_cycle(database)
    run_step(work_of(database, home, cycle_id), "selection", STEPS, "freeze_registry")
    with pytest.raises(PolicyFixed, match="siklus 2021 tidak dapat diubah: datanya sudah dibekukan"):
        put(database, cycle_id, LOWER)
    run_step(work_of(database, home, cycle_id), "selection", STEPS, "place_households")
    assert verify_selection(work_of(database, home, cycle_id)).is_same


def test_a_policy_changed_after_a_run_began_is_the_one_that_counts(database, home):
    cycle_id = small_cycle(database)
    begun = work_of(database, home, cycle_id)
    put(database, cycle_id, CyclePolicy(eligibility={"minimum_score": 100}))
    run_step(begun, "selection", STEPS, "freeze_registry", "place_households")
    assert {case.placement for case in cases(database)} == {"BELOW_THRESHOLD"}
    assert verify_selection(work_of(database, home, cycle_id)).is_same


def test_the_quotas_sum_to_the_policys_total_or_both_numbers_are_named(database):
    said = "Jumlah kuota 3 rumah tangga, sedangkan total_households pada kebijakan 4."
    with database.write() as session, pytest.raises(WrongTotal, match=said):
        make_cycle(session, policy=CyclePolicy(total_households=4))
    with database.write() as session:
        make_household(session)
        cycle_id = make_cycle(session, policy=CyclePolicy(total_households=3)).id
    with pytest.raises(WrongTotal, match=said):
        put(database, cycle_id, CyclePolicy(total_households=4))


def test_the_printed_policy_is_plain_yaml():
    assert yaml.safe_load(as_yaml(CyclePolicy()))["eligibility"]["programmes"] == ["JAMSOSRATU", "JSK"]
