"""Can an officer at the command line set a policy, see why, try another, verify, and hand the list to an auditor?"""

import hashlib
import json
from pathlib import Path

import pytest
from factories import make_household
from sqlmodel import select
from test_cli import YEAR, estafet, house  # noqa: F401 - fixtures

from service.db.tables import Case
from service.policy import CyclePolicy, hash_of, read_policy


@pytest.fixture
def placed(estafet, house):  # noqa: F811
    """Six households, quota 5: opened and selected; returns `estafet`."""
    with house.database.write() as session:
        for number in range(6):
            make_household(session, assessed={"attendance_percent": 100 - 5 * number})
    assert estafet("cycle", "open", YEAR, "--quota", "quota.csv", "--seed", "7", by="operator")[0] == 0
    assert estafet("run", "selection", YEAR, "--local", by="operator")[0] == 0
    return estafet


def test_the_default_policy_is_printed_to_be_kept_changed_and_used(estafet):  # noqa: F811
    code, out, _ = estafet("cycle", "policy-default")
    Path("bawaan.yaml").write_text(out)
    assert code == 0
    assert read_policy(Path("bawaan.yaml")) == CyclePolicy()
    assert json.loads(estafet("cycle", "policy-default", "--json")[1])["policy_hash"] == hash_of(CyclePolicy())


def test_a_policy_is_shown_changed_with_a_reason_and_its_history_kept(estafet):  # noqa: F811
    _, out, _ = estafet("cycle", "open", YEAR, "--quota", "quota.csv", "--policy", "policy.yaml", by="operator")
    assert hash_of(read_policy(Path("policy.yaml"))) in out
    Path("baru.yaml").write_text("total_households: 5\n")
    assert estafet("cycle", "policy", YEAR, "--set", "baru.yaml", by="operator")[0] == 1
    assert estafet("cycle", "policy", YEAR, "--set", "baru.yaml", "--reason", "rapat", by="auditor")[0] == 1
    code, out, _ = estafet("cycle", "policy", YEAR, "--set", "baru.yaml", "--reason", "rapat", by="operator")
    Path("berlaku.yaml").write_text(out)
    assert code == 0
    assert read_policy(Path("berlaku.yaml")) == CyclePolicy(total_households=5)
    told = json.loads(estafet("cycle", "policy", YEAR, "--json", by="auditor")[1])
    assert [(one["version"], one["reason"]) for one in told["versions"]] == [(1, None), (2, "rapat")]
    assert told["policy_hash"] == told["versions"][-1]["policy_hash"] == hash_of(CyclePolicy(total_households=5))
    assert told["policy_hash"] in estafet("cycle", "show", YEAR, by="auditor")[1]


def test_a_quota_that_is_not_the_policys_total_is_refused_with_both_numbers(estafet):  # noqa: F811
    Path("lain.yaml").write_text("total_households: 6\n")
    code, _, said = estafet("cycle", "open", YEAR, "--quota", "quota.csv", "--policy", "lain.yaml", by="operator")
    assert (code, said.strip()) == (1, "Jumlah kuota 5 rumah tangga, sedangkan total_households pada kebijakan 6.")
    Path("lain.yaml").write_text("total_households: 5\n")
    _, out, _ = estafet("cycle", "open", YEAR, "--quota", "quota.csv", "--policy", "lain.yaml", by="operator")
    assert "sesuai total_households 5" in out


def test_why_is_a_page_for_people_in_both_languages_and_an_object_for_programs(placed, house):  # noqa: F811
    with house.database.read() as session:
        last = session.exec(select(Case).order_by(Case.rank.desc())).first()
    number = str(last.household_id)
    told = json.loads(placed("why", YEAR, number, "--json", by="auditor")[1])
    assert {"rules", "score", "neighbours", "cut_off", "selection_hash", "policy_hash", "snapshot_hash"} <= set(told)
    page = placed("why", YEAR, number, by="auditor")[1]
    assert page.startswith(f"Rumah tangga {number}, siklus {YEAR}, Kabupaten Pandeglang")
    assert "Cadangan ke-1: urutan 6 dari 6" in page
    assert "Cadangan 1 (keluarga ini)" in page
    assert told["selection_hash"][:12] in page
    english = placed("why", YEAR, number, "--lang", "en", by="auditor")[1]
    assert "Reserve 1: number 6 of 6" in english
    assert "Has been assessed by a facilitator" in english
    assert placed("why", YEAR, number, "--lang", "jv", by="auditor")[0] == 2


def test_verify_prints_both_hashes_and_names_what_was_changed(placed, house):  # noqa: F811
    code, out, _ = placed("select", "verify", YEAR, by="auditor")
    told = json.loads(placed("select", "verify", YEAR, "--json", by="auditor")[1])
    assert code == 0
    assert told["stored_hash"] == told["counted_hash"]
    assert out.count(told["counted_hash"]) == 2
    with house.database.write() as session:
        case = session.exec(select(Case)).first()
        case.score -= 1
        session.add(case)
    code, out, said = placed("select", "verify", YEAR, "--json", by="auditor")
    refused = json.loads(out)
    assert code == 1
    assert refused["different"] == [case.household_id]
    assert refused["faults"][0]["sentence"] in said
    assert said.count(told["counted_hash"]) == 2


def test_the_list_for_an_auditor_has_the_hash_that_verify_prints(placed):
    code, out, _ = placed("select", "list", YEAR, "--to", "daftar.csv", "--json", by="auditor")
    told = json.loads(out)
    assert (code, told["households"]) == (0, 6)
    assert hashlib.sha256(Path("daftar.csv").read_bytes()).hexdigest() == told["selection_hash"]
    assert told["selection_hash"] in placed("select", "verify", YEAR, by="auditor")[1]


def test_a_trial_shows_who_enters_and_leaves_by_place_and_reason(placed):
    Path("coba.yaml").write_text("eligibility: {minimum_score: 87}\n")
    Path("kuota2.csv").write_text("kode_kabupaten,kuota\n36.01,6\n")
    code, out, _ = placed("select", "simulate", YEAR, "--policy", "coba.yaml", "--to", "berubah.csv", by="auditor")
    assert code == 0
    assert "Nilai di bawah ambang" in out
    assert "Tidak ada yang diubah." in out
    assert Path("berubah.csv").read_text().startswith("household_id,regency_code,change,before,after\n")
    told = json.loads(placed("select", "simulate", YEAR, "--quota", "kuota2.csv", "--json", by="auditor")[1])
    assert (told["stays"], list(told["enters"].values()), told["leaves"]) == (5, ["RESERVE_1"], {})
    assert placed("select", "simulate", YEAR, by="auditor")[0] == 1
