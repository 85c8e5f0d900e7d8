"""Do the pages say who holds the baton of a referred household, by its referral and not by its case alone?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from factories import NOW
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import Case, Referral
from service.lifecycle import Subject

FIRST, SECOND, THIRD = "RJK-2021-00001", "RJK-2021-00002", "RJK-2021-00003"
TOLD = Told("partner:dinkop-a", NOW + timedelta(days=1))


@pytest.fixture
def full(full):
    full.more_referrals(2)
    return full


def _tell(full, number, *events, **fields):
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == number)).one()
        for event in events:
            record_move(session, Subject.REFERRAL, row.id, event, TOLD, **(fields if event == events[-1] else {}))


def _household(full, number):
    with full.database.read() as session:
        row = session.exec(select(Referral).where(Referral.number == number)).one()
        return session.get_one(Case, row.case_id).household_id


def _text(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def _stage(page, label):
    line = page.text.split('<ol class="relay">')[1].split("</ol>")[0]
    stage = next(part for part in line.split("<li ")[1:] if f">{label}<" in part)
    return " ".join(re.sub(r"<[^>]+>", " ", stage).split())


def test_what_an_agency_declined_is_not_said_to_lie_with_the_agency(full):
    _tell(full, SECOND, "acknowledged", "declined", reason="OTHER")
    said = _stage(full.officer("operator").get("/siklus/2021"), "Dirujuk")
    assert "3 di sini" in said
    assert "2 giliran instansi tujuan sejak 1 Jun 2021" in said
    assert "1 giliran petugas operasi sejak 2 Jun 2021" in said


def test_one_holder_of_all_is_named_once(full):
    said = _stage(full.officer("operator").get("/siklus/2021"), "Dirujuk")
    assert "3 di sini , giliran instansi tujuan sejak 1 Jun 2021" in said


def test_a_household_that_was_declined_says_that_it_is_ours_and_what_follows(full):
    _tell(full, SECOND, "acknowledged", "declined", reason="MISSING_DOCUMENT", needs_person="COMPLETE_DOCUMENT")
    browser = full.officer("operator")
    said = _text(browser.get(f"/keluarga/2021/{_household(full, SECOND)}"))
    assert "giliran petugas operasi" in said
    assert "Dokumen perlu dilengkapi pendamping, lalu kirim ulang" in said
    assert "Instansi menjawab dan memulai layanan" not in said
    other = _text(browser.get(f"/keluarga/2021/{_household(full, FIRST)}"))
    assert "giliran instansi tujuan" in other
    assert "Instansi menjawab dan memulai layanan" in other
