"""Does FHIR software read every referral, with nothing personal in it, and only those it may read?"""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date, datetime, timedelta

import pytest
from factories import NOW
from fhir_check import faults, faults_by_model, faults_by_schema
from sqlmodel import select

from service.clock import WIB
from service.db.history import Told, record_move
from service.db.tables import Household, Partner, Referral, ReferralBatch
from service.handoff.fhir import Described, capability_of, refused, task_of
from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import OUTCOMES
from service.handoff.standards import BSER_WORDS, all_words, words_of
from service.lifecycle import STATUSES, Subject
from service.trust.accounts import add_user, make_token
from service.trust.partners import make_link

BASE = "https://estafet.example.invalid"
STATUS_NAMES = [status.name for status in STATUSES[Subject.REFERRAL]]
SDOH_STATUSES = {  # of the value set SDOH Clinical Care requires for a referral's Task
    "draft", "requested", "accepted", "rejected", "cancelled", "in-progress", "on-hold", "failed", "completed",
    "entered-in-error",
}  # fmt: skip
TWSS_CODES = {"accepted", "referred-again", "not-accepted", "returned", "pending", "completed", "failed", "other"}
NUMBER = "RJK-2021-00001"


def _described(status="sent", **changed):
    made = {
        "number": NUMBER, "version": 3, "status": status, "status_since": NOW, "drafted_at": NOW - timedelta(days=2),
        "sent_at": NOW - timedelta(days=1), "office": "Dinas Sosial Contoh", "agency": ("dinkop-a", "Dinas Koperasi (contoh)"),
        "services": ("NIB", "HALAL"),
    }  # fmt: skip
    return Described(**made | changed)


FULL = {
    "began_at": NOW - timedelta(hours=3), "answer_by": NOW + timedelta(days=4), "previous": "RJK-2021-00009",
    "register_number": "503/17", "reason": "MISSING_DOCUMENT", "outcome": "ACHIEVED",
    "indicators": {"nib_issued": True, "credit_received": 2_500_000, "training_finished": "ya, bagus"},
}  # fmt: skip


@pytest.mark.parametrize("is_paused", [False, True])
@pytest.mark.parametrize("more", [{}, FULL], ids=["bare", "full"])
@pytest.mark.parametrize("status", STATUS_NAMES)
def test_a_fhir_validator_accepts_every_status(status, more, is_paused):
    task = task_of(_described(status, is_paused=is_paused, **more), BASE)
    assert faults(task) == []
    assert task["status"] in SDOH_STATUSES
    assert task["businessStatus"]["coding"][0]["code"] == status
    assert {"code", "focus", "for", "authoredOn", "requester"} <= set(task)
    assert ("statusReason" in task) is (task["status"] in ("rejected", "cancelled", "on-hold", "failed"))
    inside = {f"#{part['id']}" for part in task["contained"]}
    assert {task["focus"]["reference"], task["for"]["reference"]} == inside


def _without(task, field):
    del task[field]


BREAKS = {
    "unknown status": (lambda task: task.update(status="acknowledged"), faults_by_schema),
    "unknown intent": (lambda task: task.update(intent="wish"), faults_by_schema),
    "a day that is not": (lambda task: task.update(authoredOn="2021-13-41T00:00:00+07:00"), faults_by_model),
    "a time without a zone": (lambda task: task.update(authoredOn="2021-02-03T10:00:00"), faults_by_schema),
    "unknown field": (lambda task: task.update(receiver="x"), faults_by_model),
    "unknown field, schema": (lambda task: task.update(receiver="x"), faults_by_schema),
    "no status": (lambda task: _without(task, "status"), faults_by_model),
    "no intent": (lambda task: _without(task, "intent"), faults_by_model),
    "a request without subject": (lambda task: _without(task["contained"][1], "subject"), faults_by_schema),
    "a value that is no number": (lambda task: task["output"][2].update(valueDecimal="banyak"), faults_by_schema),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_task_is_refused_by_the_same_validator(name):
    break_it, judge = BREAKS[name]
    task = task_of(_described("concluded", **FULL), BASE)
    broken = deepcopy(task)
    break_it(broken)
    assert judge(task) == []
    assert judge(broken)


def test_every_status_of_the_lifecycle_has_a_row_and_every_word_exists_in_its_standard():
    rows = all_words()
    assert list(dict.fromkeys(row.status for row in rows)) == _in_table_order()
    assert {row.status for row in rows} == set(STATUS_NAMES)
    for row in rows:
        assert row.task in SDOH_STATUSES
        assert row.request in {"draft", "active", "revoked", "completed"}
        assert not row.bser or row.bser in BSER_WORDS
        assert not row.twss or row.twss in TWSS_CODES
        assert bool(row.bser) is bool(row.twss) is (row.status not in ("drafted", "signed"))


def _in_table_order():
    return [row.status for row in all_words() if row is words_of(row.status)]


def test_what_comes_back_after_service_began_has_failed_and_before_that_was_rejected():
    assert task_of(_described("returned"), BASE)["status"] == "rejected"
    assert task_of(_described("returned", began_at=NOW), BASE)["status"] == "failed"


@pytest.mark.parametrize("reason", DECLINE_REASONS)
def test_each_reason_of_a_refusal_is_a_code_of_its_own(reason):
    coding = task_of(_described("declined", reason=reason), BASE)["statusReason"]["coding"][0]
    assert (coding["system"], coding["code"]) == (f"{BASE}/fhir/CodeSystem/decline-reason", reason)


def test_a_paused_clock_says_so_and_not_an_older_reason():
    task = task_of(_described("in_service", is_paused=True, reason="OTHER"), BASE)
    assert task["status"] == "on-hold"
    assert task["statusReason"] == {"text": "Tenggat dijeda oleh instansi"}
    assert task["businessStatus"]["coding"][0]["code"] == "in_service"


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_is_output_and_words_unknown_names_and_infinity_stay_out(outcome):
    told = {"nib_issued": False, "credit_received": float("inf"), "turnover_up": "Bu Contoh 0812", "rahasia": 5}
    output = task_of(_described("concluded", outcome=outcome, indicators=told), BASE)["output"]
    assert output[0]["valueCodeableConcept"]["coding"][0]["code"] == outcome
    assert [(one["type"]["coding"][0]["code"], one["valueBoolean"]) for one in output[1:]] == [("nib_issued", False)]


def test_what_is_asked_is_the_focus_and_we_claim_no_profile_we_do_not_meet():
    task = task_of(_described(), BASE)
    request = task["contained"][1]
    assert [one["coding"][0]["code"] for one in request["orderDetail"]] == ["NIB", "HALAL"]
    assert request["code"]["coding"][0] == {
        "system": "http://snomed.info/sct", "code": "410606002", "display": "Social service procedure",
    }  # fmt: skip
    assert "profile" not in json.dumps(task)


def test_the_other_resources_are_fhir_too():
    assert faults(capability_of(BASE, "1", datetime(2021, 6, 2, 9, tzinfo=WIB))) == []
    assert faults(refused("not-found", "Rujukan tidak dikenal.")) == []


# over the wire


def _get(full, bearer=None, number=NUMBER, client=None):
    headers = {"accept": "application/fhir+json"} | ({"authorization": f"Bearer {bearer}"} if bearer else {})
    answer = (client or full.stranger()).get(f"/fhir/Task/{number}", headers=headers)
    assert answer.headers["content-type"] == "application/fhir+json"
    assert faults(answer.json()) == []
    return answer


def _token(full, role="operator", regencies=()):
    with full.database.write() as session:
        user = add_user(session, f"prog-{role}-{len(regencies)}", "Program", [role], list(regencies))
        return make_token(session, user.id, "uji")


def test_an_officers_program_and_the_agencys_own_read_the_same_task(full):
    by_link = _get(full, full.links["agency"])
    assert by_link.status_code == 200, by_link.text
    assert by_link.json() == _get(full, _token(full)).json() == _get(full, client=full.officer("operator")).json()
    assert (by_link.json()["id"], by_link.json()["status"]) == (NUMBER, "requested")


def test_a_task_holds_nothing_personal(full):
    with full.database.write() as session:
        home = session.get_one(Household, full.household)
        home.name, home.address = "Ibu Sintetis Rahasia", "Kp. Rahasia Sintetis 9"
        row = session.exec(select(Referral)).one()
        row.note, row.paused_reason = "Ibu Sintetis Rahasia sakit", "Ibu Sintetis Rahasia di Kp. Rahasia"
        session.add_all([home, row])
    text = _get(full, full.links["agency"]).text
    assert "Rahasia" not in text
    assert "36.01.01" not in text


def test_strangers_and_other_agencies_learn_nothing(full):
    nobody = [_get(full), _get(full, "apa saja"), _get(full, full.links["expired"])]
    assert {answer.status_code for answer in nobody} == {401}
    assert {answer.headers["www-authenticate"] for answer in nobody} == {"Bearer"}
    foreign, unknown = _get(full, full.links["other"]), _get(full, full.links["other"], "RJK-2021-99999")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.text == unknown.text.replace("RJK-2021-99999", NUMBER)


def test_a_link_of_another_batch_does_not_read_it(full):
    with full.database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        first = session.exec(select(ReferralBatch)).one()
        batch = ReferralBatch(
            number="BTC-LAIN", cycle_id=first.cycle_id, agency_id=agency.id, drafted_by="flow:test", drafted_at=NOW
        )  # fmt: skip
        session.add(batch)
        session.flush()
        links = [make_link(session, agency.id, date(2099, 1, 1), one) for one in (batch.id, first.id)]
    assert [_get(full, link).status_code for link in links] == [404, 200]


def test_an_officer_of_another_regency_or_without_the_right_is_refused(full):
    assert _get(full, _token(full, regencies=("36.71",))).status_code == 403
    assert _get(full, _token(full), number="RJK-2021-99999").status_code == 404


def test_it_follows_what_the_agency_does(full):
    for event, status in (("acknowledged", "requested"), ("accepted", "accepted"), ("service_started", "in-progress")):
        with full.database.write() as session:
            record_move(session, Subject.REFERRAL, session.exec(select(Referral)).one().id, event, Told("partner:x", NOW))
        assert _get(full, full.links["agency"]).json()["status"] == status
    assert "executionPeriod" in _get(full, full.links["agency"]).json()
    with full.database.write() as session:
        record_move(session, Subject.REFERRAL, session.exec(select(Referral)).one().id, "returned", Told("partner:x", NOW))
    assert _get(full, full.links["agency"]).json()["status"] == "failed"
    with full.database.write() as session:
        record_move(session, Subject.REFERRAL, session.exec(select(Referral)).one().id, "revised", Told("officer:x", NOW))
    again = _get(full, full.links["agency"]).json()
    assert (again["status"], "executionPeriod" in again) == ("requested", False)


def test_anybody_may_ask_what_can_be_read_here(full):
    answer = full.stranger().get("/fhir/metadata")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/fhir+json")
    assert faults(answer.json()) == []
    assert answer.json()["rest"][0]["resource"][0]["type"] == "Task"


def test_nothing_but_reading_is_possible(full):
    for method in ("post", "put", "delete", "patch"):
        assert getattr(full.stranger(), method)(f"/fhir/Task/{NUMBER}").status_code == 405
