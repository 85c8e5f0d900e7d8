"""Does an officer see on a referral's page what the agency's clock does, how both yardsticks stand, and what was written?"""

from __future__ import annotations

import json
from datetime import date

import pytest
from factories import make_cycle, make_ready_case
from handoff_scenes import START, TO_DELIVERING, Scene, make_agency
from page_scene import Pages, token_on
from sqlmodel import select

from service import clock
from service.db.history import Told, record_move
from service.db.tables import OutboundMessage, ReferralNote
from service.handoff.terms import set_own_terms
from service.lifecycle import Subject


@pytest.fixture
def sent(database, home):
    """(pages, scene, path) of one referral that was sent on Wednesday 2 June 2021."""
    (home / clock.HOME_FILE).write_text(json.dumps({"kind": "demo"}))
    clock.move_to(home, START)
    pages = Pages(database, home)
    with database.write() as session:
        cycle_id = make_cycle(session).id
        for event in TO_DELIVERING:
            record_move(session, Subject.CYCLE, cycle_id, event, Told("flow:test", clock.now(home)))
        make_ready_case(session, cycle_id)
        agency = make_agency(session, "dinkop")
    scene = Scene(database, home, cycle_id, {"dinkop": agency})
    scene.send_all()
    return pages, scene, f"/rujukan/{scene.referrals()[0].number}"


def test_the_day_shown_is_that_of_the_agencys_own_terms(sent):
    pages, scene, path = sent
    browser = pages.officer("operator")
    assert "batas 7 Jun 2021" in browser.get(path).text
    with scene.database.write() as session:
        set_own_terms(session, session.merge(scene.agencies["dinkop"]), {"acknowledge": 5})
    assert "batas 9 Jun 2021" in browser.get(path).text


def test_a_clock_the_agency_stopped_is_shown_with_its_reason_and_no_day(sent):
    pages, scene, path = sent
    referral = scene.referrals()[0]
    scene.reply(referral, "acknowledged")
    scene.reply(referral, "paused", reason="menunggu rumah tangga")
    page = pages.officer("operator").get(path).text
    assert "Tenggat dijeda instansi" in page
    assert "menunggu rumah tangga" in page
    assert "hari kerja lagi" not in page
    scene.at(date(2021, 6, 9), 9)
    scene.reply(referral, "resumed")
    page = pages.officer("operator").get(path).text
    assert "Tenggat dijeda" not in page
    assert "batas 23 Jun 2021" in page


def test_both_yardsticks_stand_beside_each_other_and_a_late_report_is_marked(sent):
    pages, scene, path = sent
    referral = scene.referrals()[0]
    for event in ("acknowledged", "accepted", "service_started"):
        scene.reply(referral, event)
    page = pages.officer("operator").get(path).text
    assert "Kemajuan (Dinas Sosial" in page
    assert "Keberhasilan (instansi penerima" in page
    assert page.count("diminta 2 ") == 3
    assert "batas 2 Sep 2021" in page
    assert "Terlambat" not in page
    scene.at(date(2021, 9, 3))
    told = {"outcome": "ACHIEVED", "indicators": {"business_running": True, "turnover_up": False}}
    assert "Terlambat" in pages.officer("operator").get(path).text
    scene.reply(referral, "outcome_reported", month=3, **told)
    page = pages.officer("operator").get(path).text
    assert "Terlambat" not in page
    assert "Omzet naik: tidak" in page
    assert "Menurut buktinya: tercapai sebagian" in page


def test_an_officer_reads_what_the_agency_wrote_and_answers(sent):
    pages, scene, path = sent
    scene.reply(scene.referrals()[0], "note", text="Alamatnya di mana?")
    browser = pages.officer("operator")
    page = browser.get(path)
    assert "Alamatnya di mana?" in page.text
    assert ">Baru<" in page.text
    done = browser.post(f"{path}/catatan/dibaca", data={"csrf": token_on(page)})
    assert done.status_code == 303
    assert "Tandai sudah dibaca" not in browser.get(path).text
    browser.post(f"{path}/catatan", data={"csrf": token_on(page), "catatan": "Di balai desa <b>Kadu</b>"})
    page = browser.get(path).text
    assert "Di balai desa &lt;b&gt;Kadu&lt;/b&gt;" in page
    with scene.database.read() as session:
        assert [note.author for note in session.exec(select(ReferralNote))][1] == "user:uji-operator"
        assert not any("Kadu" in json.dumps(m.body) for m in session.exec(select(OutboundMessage)))


def test_a_note_with_a_personal_number_is_refused_at_its_field_and_strangers_write_nothing(sent):
    pages, scene, path = sent
    browser = pages.officer("operator")
    csrf = token_on(browser.get(path))
    refused = browser.post(f"{path}/catatan", data={"csrf": csrf, "catatan": "NIK 3601010101019901"})
    assert refused.status_code == 422
    assert 'href="#catatan"' in refused.text
    looker = pages.officer("auditor")
    assert 'action="/rujukan' not in looker.get(path).text
    assert looker.post(f"{path}/catatan", data={"csrf": csrf, "catatan": "halo"}).status_code == 403
    with scene.database.read() as session:
        assert session.exec(select(ReferralNote)).all() == []
