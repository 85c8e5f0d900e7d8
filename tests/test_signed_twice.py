"""Is who signs or marks a letter again, from a second tab, told that it is so already instead of that it failed?"""

from __future__ import annotations

import re

import pytest
from factories import NOW
from outsider import sent_referral
from page_scene import token_on
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import Cycle, Partner, ReferralBatch
from service.lifecycle import Subject
from service.trust.accounts import add_user, make_session

NUMBER, BATCH = "RJK-2021-00010", "BTC-RJK-2021-00010"


@pytest.fixture
def full(full, database):
    with database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        row = sent_referral(session, agency, NUMBER, upto="drafted")
        record_move(session, Subject.CASE, row.case_id, "referral_ended", Told("flow:test", NOW))
        for role, login in (("approver", "kedua"), ("verifier", "kasi")):
            full.sessions[login] = make_session(session, add_user(session, login, f"Uji {login}", [role]).id)
    return full


def _rules(full, **rules):
    with full.database.write() as session:
        cycle = session.exec(select(Cycle)).one()
        cycle.policy = {**cycle.policy, "referral": {**cycle.policy.get("referral", {}), **rules}}


def _batch(full):
    with full.database.read() as session:
        return session.exec(select(ReferralBatch).where(ReferralBatch.number == BATCH)).one()


def _post(full, role, act, **data):
    """From a tab opened before; the page that follows."""
    browser = full.officer(role)
    token = token_on(browser.get("/siklus/2021") if role == "operator" else browser.get("/rujukan"))
    done = browser.post(f"/batch/{BATCH}/{act}", data={"csrf": token, "dilihat": "1", **data})
    shown = browser.get(done.headers["location"]) if done.status_code == 303 else done
    return done.status_code, " ".join(re.sub(r"<[^>]+>", " ", shown.text).split())


def test_who_signs_again_from_a_second_tab_is_told_that_it_is_signed(full):
    assert _post(full, "approver", "tandatangani")[0] == 303
    number = _batch(full).letter_number
    status, said = _post(full, "approver", "tandatangani")
    assert status == 303
    assert "Surat ini sudah Anda tandatangani. Tidak ada yang berubah." in said
    assert "Belum tersimpan" not in said
    assert _batch(full).letter_number == number


def test_another_approver_is_told_that_somebody_signed(full):
    _post(full, "approver", "tandatangani")
    status, said = _post(full, "kedua", "tandatangani")
    assert status == 409
    assert f"Berkas rujukan {BATCH} sudah ditandatangani" in said
    assert _batch(full).signed_by == "user:uji-approver"


def test_the_same_signature_with_another_number_is_refused(full):
    _rules(full, number_is_typed=True)
    assert _post(full, "approver", "tandatangani", nomor="B-12/2021")[0] == 303
    assert _post(full, "approver", "tandatangani", nomor=" B-12/2021 ")[0] == 303
    status, said = _post(full, "approver", "tandatangani", nomor="B-13/2021")
    assert status == 409
    assert "sudah ditandatangani" in said
    assert _batch(full).letter_number == "B-12/2021"


def test_who_marks_again_is_told_that_the_mark_is_there(full):
    _rules(full, initials_needed=2)
    assert _post(full, "verifier", "paraf")[0] == 303
    status, said = _post(full, "verifier", "paraf")
    assert status == 303
    assert "Berkas ini sudah Anda paraf. Tidak ada yang berubah." in said
    assert len(_batch(full).initials) == 1
    assert _post(full, "kasi", "paraf")[0] == 303
    assert [mark["by"] for mark in _batch(full).initials] == ["user:uji-verifier", "user:kasi"]
