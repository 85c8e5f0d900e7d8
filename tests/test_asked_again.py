"""Is a household sent twice to the same agency for the same purpose, though nothing has changed?"""

from __future__ import annotations

import re

import pytest
from factories import NOW
from handoff_scenes import OPERATOR, make_scene
from page_scene import Pages
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import Case, Partner, Referral
from service.handoff.asked_again import AskedBefore
from service.handoff.decisions import reroute_referral
from service.handoff.needs import note_need
from service.lifecycle import Subject


def reroute(scene, sender: str) -> Referral:
    with scene.database.write() as session:
        row = session.get_one(Referral, scene.referrals()[-1].id)
        return reroute_referral(session, OPERATOR, row, scene.agencies[sender], "kuota di sana", scene.told(OPERATOR.actor))


@pytest.fixture
def declined(database, home):
    """One household, declined by `satu` for a reason that waits for a person; `dua` could have it too."""
    scene = make_scene(database, home, agencies=("satu", "dua"))
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason="OTHER", note="belum sempat")
    return scene


def test_the_agency_that_has_just_declined_does_not_get_the_household_again(declined):
    with pytest.raises(AskedBefore, match=r"sudah menerima keluarga ini .* tidak ada yang berubah"):
        reroute(declined, "satu")
    assert [one.status for one in declined.referrals()] == ["declined"]
    assert reroute(declined, "dua").agency_id == declined.agencies["dua"].id


def test_nor_does_one_that_had_it_two_hops_ago(declined):
    reroute(declined, "dua")
    declined.sign_all()
    declined.run()
    declined.reply(declined.referrals()[-1], "declined", reason="OTHER", note="penuh")
    with pytest.raises(AskedBefore):
        reroute(declined, "satu")


def test_a_need_it_serves_and_was_not_asked_for_is_a_change(declined):
    with declined.database.write() as session:
        session.get_one(Partner, declined.agencies["satu"].id)
        note_need(session, OPERATOR, session.exec(select(Case)).one(), "CAPITAL", declined.told(OPERATOR.actor))
    again = reroute(declined, "satu")
    assert again.agency_id == declined.agencies["satu"].id
    assert "CAPITAL" in again.services


def test_a_need_it_does_not_serve_is_none(declined):
    with declined.database.write() as session:
        note_need(session, OPERATOR, session.exec(select(Case)).one(), "KUR", declined.told(OPERATOR.actor))
    with pytest.raises(AskedBefore):
        reroute(declined, "satu")


def test_what_we_took_back_ourselves_may_go_there_again(declined):
    from service.handoff.decisions import withdraw_referral

    reroute(declined, "dua")
    declined.sign_all()
    declined.run()
    with declined.database.write() as session:
        row = session.get_one(Referral, declined.referrals()[-1].id)
        withdraw_referral(session, OPERATOR, row, "MISTAKE", declined.told(OPERATOR.actor))
    from service.handoff.queries.tried import asked_before

    with declined.database.read() as session:
        row = declined.referrals()[0]
        assert set(asked_before(session, row.case_id, row.purpose)) == {declined.agencies["satu"].id}


def test_the_page_does_not_offer_it_and_a_form_that_names_it_says_why_not(database, home):
    pages = Pages(database, home).with_things()
    with database.write() as session:
        row = session.exec(select(Referral)).one()
        mine, number = row.agency_id, row.number
        record_move(session, Subject.REFERRAL, row.id, "acknowledged", Told("partner:dinkop-a", NOW))
        record_move(session, Subject.REFERRAL, row.id, "declined", Told("partner:dinkop-a", NOW), reason="OTHER")
    browser = pages.officer("operator")
    form = browser.get(f"/rujukan/{number}").text.split('/alihkan"')[1].split("</form>")[0]
    assert f'value="{mine}"' not in form
    assert "dinkop-b (contoh)" in form
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    refused = browser.post(f"/rujukan/{number}/alihkan", data={**hidden, "instansi": mine, "alasan": "sekali lagi"})
    assert refused.status_code == 422
    assert "sudah menerima keluarga ini untuk keperluan yang sama" in refused.text
    pages.app.state.prefect.close()
