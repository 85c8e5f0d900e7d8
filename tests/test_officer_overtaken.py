"""Is whoever comes second, officer or agency, told what happened instead of undoing it?"""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from factories import NOW
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import Move, Partner, Referral, ReferralNote
from service.handoff.pausing import pause
from service.lifecycle import Subject

NUMBER = "RJK-2021-00001"
PATH = f"/rujukan/{NUMBER}"


@pytest.fixture
def full(full):
    _tell(full, "acknowledged")
    return full


def _tell(full, event, **fields):
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == NUMBER)).one()
        told = Told("partner:dinkop-a", NOW + timedelta(days=1))
        record_move(session, Subject.REFERRAL, row.id, event, told, **fields)


def _row(full):
    with full.database.read() as session:
        return session.exec(select(Referral).where(Referral.number == NUMBER)).one()


def _text(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def _fields(page, act):
    """The hidden fields of one form as a browser sends them."""
    form = page.text.split(f'action="{PATH}/{act}"')[1].split("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_an_officer_who_withdraws_after_the_agency_accepted_is_told_so(full):
    browser = full.officer("operator")
    shown = _fields(browser.get(PATH), "tarik")
    answer = full.stranger().post(f"/r/{full.links['agency']}", data={"aksi": "accepted", "rujukan": NUMBER})
    assert answer.status_code == 303
    late = browser.post(f"{PATH}/tarik", data={**shown, "sebab": "MISTAKE"})
    assert late.status_code == 409
    said = _text(late)
    assert "sudah berubah sejak Anda membukanya" in said
    assert re.search(r"Yang terakhir terjadi pada rujukan ini [^·]* · dinkop-a \(contoh\)", said)
    assert _row(full).status == "accepted"


def test_the_words_of_a_refusal_are_those_of_the_page(full):
    browser = full.officer("operator")
    shown = _fields(browser.get(PATH), "tarik")
    late = browser.post(f"{PATH}/tarik", data={"csrf": shown["csrf"], "sebab": "MISTAKE", "dilihat": "sent"})
    assert late.status_code == 409
    assert "acknowledged" not in _text(late)
    assert "'sent'" not in _text(late)


def test_an_agency_that_accepts_what_was_withdrawn_is_told_so(full):
    browser = full.officer("operator")
    done = browser.post(f"{PATH}/tarik", data={**_fields(browser.get(PATH), "tarik"), "sebab": "MISTAKE"})
    assert done.status_code == 303
    late = full.stranger().post(f"/r/{full.links['agency']}", data={"aksi": "accepted", "rujukan": NUMBER})
    assert late.status_code == 409
    assert "sudah tidak menunggu jawaban ini" in late.text
    assert _row(full).status == "withdrawn"


def test_a_pause_nobody_saw_keeps_the_officer_from_deciding(full):
    browser = full.officer("operator")
    shown = _fields(browser.get(PATH), "tarik")
    with full.database.write() as session:
        pause(session, _row(full).id, "menunggu keluarga", Told("partner:dinkop-a", NOW + timedelta(days=2)))
    assert browser.post(f"{PATH}/tarik", data={**shown, "sebab": "MISTAKE"}).status_code == 409
    again = _fields(browser.get(PATH), "tarik")
    assert browser.post(f"{PATH}/tarik", data={**again, "sebab": "MISTAKE"}).status_code == 303


@pytest.mark.parametrize("turn", range(3))
def test_at_the_same_moment_one_wins_and_the_other_reads_what_happened(full, turn):
    browser, start, answers = full.officer("operator"), threading.Barrier(2), {}
    shown = _fields(browser.get(PATH), "tarik")

    def officer():
        start.wait()
        answers["officer"] = browser.post(f"{PATH}/tarik", data={**shown, "sebab": "MISTAKE"})

    def agency():
        start.wait()
        data = {"aksi": "accepted", "rujukan": NUMBER}
        answers["agency"] = full.stranger().post(f"/r/{full.links['agency']}", data=data)

    threads = [threading.Thread(target=act) for act in (officer, agency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    officer_won = answers["officer"].status_code == 303
    assert _row(full).status == ("withdrawn" if officer_won else "accepted")
    loser = _text(answers["agency" if officer_won else "officer"])
    assert ("sudah tidak menunggu jawaban ini" if officer_won else "Yang terakhir terjadi pada rujukan ini") in loser
    with full.database.read() as session:
        events = session.exec(select(Move.event).where(Move.subject == "referral").order_by(Move.id.desc())).all()
    assert (events[0] == "withdrawn") is officer_won
    assert not {"accepted", "withdrawn"} <= set(events)


def test_a_reroute_of_what_moved_on_drafts_nothing(full):
    _tell(full, "declined", reason="OTHER")
    browser = full.officer("operator")
    shown = _fields(browser.get(PATH), "alihkan")
    with full.database.write() as session:
        row = session.exec(select(Referral)).one()
        session.add(ReferralNote(referral_id=row.id, author="partner:dinkop-a", text="keliru, kami sanggup", at=NOW))
        row.version += 1
        other = session.exec(select(Partner.id).where(Partner.sender == "dinkop-b")).one()
    late = browser.post(f"{PATH}/alihkan", data={**shown, "instansi": other, "alasan": "kuota di sana"})
    assert late.status_code == 409
    assert _row(full).status == "declined"
