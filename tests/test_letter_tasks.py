"""Is a letter that waits for a mark or a signature the task of whoever may give it, and of nobody else?"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from factories import NOW
from outsider import sent_referral
from page_scene import token_on
from sqlmodel import select

from service.cohort.queries import waiting
from service.db.history import Told, record_move
from service.db.tables import Case, Cycle, OutcomeReport, Partner, Referral, ReferralBatch
from service.lifecycle import Subject
from service.trust.accounts import add_user, make_session

NUMBER, BATCH = "RJK-2021-00010", "BTC-RJK-2021-00010"


@pytest.fixture
def full(full, database):
    with database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        row = sent_referral(session, agency, NUMBER, upto="drafted")
        session.get_one(ReferralBatch, row.batch_id).drafted_by = "user:uji-operator"
        record_move(session, Subject.CASE, row.case_id, "referral_ended", Told("flow:test", NOW))
        for role, login in (("approver", "kedua"), ("verifier", "kasi")):
            full.sessions[login] = make_session(session, add_user(session, login, f"Uji {login}", [role]).id)
    return full


def _needs(full, initials):
    with full.database.write() as session:
        cycle = session.exec(select(Cycle)).one()
        cycle.policy = {**cycle.policy, "referral": {**cycle.policy.get("referral", {}), "initials_needed": initials}}


def _tasks(full, role):
    """(what waits for this officer, what is in other hands): lines with the address of their button."""
    page = full.officer(role).get("/").text
    mine, _, others = page.partition("Di tangan pihak lain")
    return [
        [
            (" ".join(re.sub(r"<[^>]+>", " ", line).split()), (re.findall(r'href="([^"]+)"', line) or [""])[0])
            for line in part.split("<li>")
            if "konsep rujukan" in line or "siap dirujuk" in line
        ]
        for part in (mine, others)
    ]


def test_who_drafted_it_is_not_asked_to_do_what_only_another_may(full):
    mine, others = _tasks(full, "operator")
    assert mine == []
    (line, address) = others[0]
    assert f"1 konsep rujukan menunggu tanda tangan: {BATCH}, dinkop-a (contoh) Giliran Pejabat penetap" in line
    assert address == f"/batch/{BATCH}"
    assert len(others) == 1


def test_who_may_sign_it_finds_it_among_the_own_tasks_and_it_opens_the_letter(full):
    mine, others = _tasks(full, "approver")
    assert len(mine) == 1
    assert "Tandatangani" in mine[0][0]
    assert mine[0][1] == f"/batch/{BATCH}"
    assert others == []
    page = full.officer("approver").get(mine[0][1])
    assert "Tandatangani 1 rujukan" in page.text


def test_a_letter_goes_from_those_who_mark_it_to_those_who_sign_it(full):
    _needs(full, 1)
    assert "menunggu paraf" in _tasks(full, "verifier")[0][0][0]
    assert "Giliran Verifikator atau Pejabat penetap" in _tasks(full, "operator")[1][0][0]
    browser = full.officer("verifier")
    page = browser.get(f"/batch/{BATCH}")
    assert browser.post(f"/batch/{BATCH}/paraf", data={"csrf": token_on(page), "dilihat": "1"}).status_code == 303
    assert _tasks(full, "verifier")[0] == []
    assert _tasks(full, "kasi")[0] == []
    assert "menunggu tanda tangan" in _tasks(full, "approver")[0][0][0]


def test_an_emptied_letter_is_nobodys_task(full):
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == NUMBER)).one()
        record_move(session, Subject.REFERRAL, row.id, "withdrawn", Told("user:uji-operator", NOW))
    assert "konsep rujukan" not in full.officer("approver").get("/").text


def test_many_letters_in_other_hands_are_one_line(full):
    with full.database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        for number in ("RJK-2021-00011", "RJK-2021-00012"):
            sent_referral(session, agency, number, upto="drafted")
    (line, address), *further = _tasks(full, "operator")[1]
    assert "3 konsep rujukan menunggu tanda tangan, dalam 3 berkas" in line
    assert address == "/rujukan?tahun=2021#surat"
    assert further == []
    assert len(_tasks(full, "approver")[0]) == 3


def test_a_household_whose_referral_is_open_waits_as_that_referral_only(full):
    with full.database.read() as session:
        cycle_id = session.exec(select(Cycle.id)).one()
        found = {(str(one.subject), one.status) for one in waiting(session, cycle_id)}
    assert {("referral", "sent"), ("referral", "drafted")} <= found
    assert not {("case", "ready"), ("case", "referred")} & found
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == NUMBER)).one()
        record_move(session, Subject.REFERRAL, row.id, "withdrawn", Told("user:uji-operator", NOW))
        assert session.get_one(Case, row.case_id).status == "ready"
    assert "1 keluarga siap dirujuk" in _tasks(full, "operator")[0][0][0]


def test_a_late_report_of_an_ended_service_is_seen_from_the_first_page(full):
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == "RJK-2021-00001")).one()
        for event in ("acknowledged", "accepted", "service_started", "concluded"):
            record_move(session, Subject.REFERRAL, row.id, event, Told("partner:dinkop-a", NOW + timedelta(days=1)))
        session.add(OutcomeReport(referral_id=row.id, cycle_id=row.cycle_id, month=3, due_on=date(2021, 9, 2)))
    said = " ".join(re.sub(r"<[^>]+>", " ", full.officer("operator").get("/").text).split())
    assert "1 laporan hasil berkala terlambat Giliran Instansi tujuan" in said
