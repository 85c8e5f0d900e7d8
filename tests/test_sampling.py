"""Who is checked again, by whom, and what does a failed check change?"""

from __future__ import annotations

import pytest
from factories import make_officer, told_by
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from proof_scenes import change, colleague_of, counter_of
from sqlmodel import select

from service.db.tables import Parcel, SampleCheck, SetAside
from service.delivery import queries
from service.delivery.decisions import ReasonNeeded, verify_parcel
from service.delivery.queries.checks import facilitator_rates
from service.delivery.sampling import Proven, drawn_of, is_drawn, rate_after
from service.policy import CyclePolicy
from service.trust.accounts import add_user, make_session
from service.trust.rights import MakerIsChecker

EVERYBODY = CyclePolicy(sample_percent=100)


@pytest.fixture
def counter(database, home):
    made = counter_of(database, home, 2, EVERYBODY)
    for index in range(2):
        made.tell(index)
    made.run("verify_handovers")
    return made


def checks(counter) -> list[SampleCheck]:
    with counter.database.read() as session:
        return list(session.exec(select(SampleCheck).order_by(SampleCheck.id)))


def test_a_drawn_handover_waits_although_nothing_is_doubted(counter):
    assert (counter.parcel().status, counter.parcel().doubts, counter.case().status) == (
        "handed_over",
        ["SAMPLED"],
        "delivered",
    )
    assert [(check.state, check.rate_percent) for check in checks(counter)] == [("waiting", 100)] * 2
    with counter.database.read() as session:
        assert set(session.exec(select(SetAside.code))) == {"SAMPLED"}
        assert len(queries.parcels_for_verifier(session, counter.work.cycle_id)) == 2


def test_looking_again_draws_nobody_twice_and_lets_nobody_go(counter):
    counter.run()
    assert len(checks(counter)) == 2
    assert counter.parcel().doubts == ["SAMPLED"]


def test_a_check_that_passes_opens_the_gate(counter):
    assert counter.judge(0, True) == "verified"
    assert counter.case().status == "verified"
    (check, _) = checks(counter)
    assert (check.state, check.decided_by, check.note) == ("passed", "user:verifikator-a", "diperiksa lewat telepon")


def test_a_check_that_fails_disputes_the_parcel_and_counts_for_the_facilitator(counter):
    assert counter.judge(0, False, reason="keluarga tidak menerima mixer") == "disputed"
    assert checks(counter)[0].state == "failed"
    with counter.database.read() as session:
        (row,) = facilitator_rates(session, counter.work.cycle_id)
    assert {name: row[name] for name in ("parcels", "handed_over", "disputed", "sampled", "waiting", "failed")} == {
        "parcels": 2, "handed_over": 2, "disputed": 1, "sampled": 2, "waiting": 1, "failed": 1,
    }  # fmt: skip
    counter.judge(0, True, reason="ternyata sudah diterima")
    assert checks(counter)[0].state == "failed"


def test_how_it_was_checked_is_written_down(counter):
    with pytest.raises(ReasonNeeded):
        counter.judge(0, True, reason=" ")


def test_nobody_who_told_of_a_parcel_checks_it(counter):
    colleague, _ = colleague_of(counter)
    with counter.database.write() as session:
        change(session, Parcel, counter.parcel().id, reporter_id=colleague.id)
    for login in ("fas-f01", "fas-f02"):
        officer = make_officer("verifier", login)
        with counter.database.write() as session, pytest.raises(MakerIsChecker):
            verify_parcel(session, officer, counter.parcel().id, True, "saya sendiri", told_by(officer))
    assert checks(counter)[0].state == "waiting"


def test_a_failure_doubles_the_rate_of_that_facilitator_only(database, home):
    seed = next(s for s in range(999) if not is_drawn(s, "PKT-2021-00001", 50) and not is_drawn(s, "PKT-2021-00002", 50))
    counter = counter_of(database, home, 2, CyclePolicy(sample_percent=50), seed=seed)
    counter.numbers.sort()
    colleague, _ = colleague_of(counter)
    with counter.database.write() as session:
        session.add(
            SampleCheck(
                cycle_id=counter.work.cycle_id, parcel_id=counter.parcel(0).id, facilitator_id=colleague.id,
                rate_percent=50, drawn_at=counter.work.now, state="failed",
            )
        )  # fmt: skip
    counter.prove(1)
    assert counter.parcel(1).doubts == []
    assert drawn_of([Proven(1, counter.numbers[1], colleague.id or 0)], seed, 50, {colleague.id or 0: 1}) == {1: 100}


@pytest.mark.parametrize(
    ("percent", "failed", "rate"), [(5, 0, 5), (5, 1, 10), (5, 4, 80), (5, 5, 100), (5, 500, 100), (0, 9, 0), (100, 0, 100)]
)
def test_the_rate_doubles_with_each_failure_up_to_everything(percent, failed, rate):
    assert rate_after(percent, failed) == rate


@given(st.integers(0, 2**31), st.integers(0, 100))
def test_who_is_drawn_at_a_rate_is_drawn_at_every_higher_one(seed, percent):
    numbers = [f"PKT-2021-{number:05d}" for number in range(50)]
    drawn = {number for number in numbers if is_drawn(seed, number, percent)}
    assert drawn <= {number for number in numbers if is_drawn(seed, number, min(100, percent + 20))}
    assert drawn == {number for number in numbers if is_drawn(seed, number, percent)}


def test_five_percent_are_about_one_in_twenty():
    drawn = sum(is_drawn(7, f"PKT-2021-{number:05d}", 5) for number in range(20_000))
    assert 900 < drawn < 1100
    assert sum(is_drawn(7, f"PKT-2021-{number:05d}", 100) for number in range(500)) == 500
    assert sum(is_drawn(7, f"PKT-2021-{number:05d}", 0) for number in range(500)) == 0


# -- where it is seen -----------------------------------------------------------------------------------------------


def test_the_coordinator_sees_each_facilitators_rate(counter):
    counter.judge(0, False, reason="keluarga tidak menerima mixer")
    pages = browser(counter, "auditor")
    shown = pages.get("/pendamping")
    assert shown.status_code == 200
    for said in ("fas-f01", "1 menunggu, bagian 100 %", "100 %"):
        assert said in shown.text, said
    assert "fas-f01" not in browser(counter, "verifier", ("36.02",)).get("/pendamping").text
    assert "fas-f01" in pages.get("/pendamping?wilayah=36.01").text
    assert "Belum ada paket pada pendamping" in pages.get("/pendamping?wilayah=36.02").text


def test_the_verifiers_page_shows_the_report_beside_the_plan_and_the_lot(counter):
    text = browser(counter, "verifier").get(f"/paket/{counter.numbers[0]}").text
    for said in ("Terpilih untuk uji petik (100 %", "111 m dari titik serah", "paling jauh 1.000 m", "Kantor Camat"):
        assert said in text, said
    assert "Yang diragukan" not in text


def browser(counter, role: str, regencies: tuple[str, ...] = ()) -> TestClient:
    with counter.database.write() as session:
        cookie = make_session(session, add_user(session, f"uji-{role}-{len(regencies)}", "Uji", [role], regencies).id)
    return TestClient(counter.client.app, headers={"accept": "text/html"}, cookies={"estafet": cookie}, follow_redirects=False)
