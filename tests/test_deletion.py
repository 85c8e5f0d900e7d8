"""When a household takes its word back: is it only called stopped when the agency itself says that it deleted what it got?"""

from __future__ import annotations

import re
from datetime import date

import pytest
from handoff_scenes import OPERATOR, Scene, make_scene
from page_scene import Pages
from sqlmodel import select

from service import clock
from service.db.tables import Consent, OutboundMessage, ReferralNote
from service.handoff.consents import state_of, withdraw_consent
from service.handoff.decisions import withdraw_referral
from service.handoff.deletion import NothingToDelete, confirm_deletion
from service.handoff.steps import WATCH_STEPS
from service.stage import run_locally
from service.trust.partners import make_link

NUMBER = "RJK-2021-00001"
ASK = "Data keluarga ini sudah dihapus?"


@pytest.fixture
def sent(database, home) -> Scene:
    scene = make_scene(database, home)
    scene.send_all()
    return scene


def take_back(scene: Scene) -> None:
    with scene.database.write() as session:
        withdraw_consent(session, OPERATOR, session.exec(select(Consent)).one(), scene.told(OPERATOR.actor))
        for message in session.exec(select(OutboundMessage)):
            message.state = "sent"


def watch(scene: Scene):
    return next(done for step, done in run_locally(scene.work, "watch", WATCH_STEPS) if step.name == "watch_consents")


def state(scene: Scene) -> str:
    with scene.database.read() as session:
        return state_of(session.exec(select(Consent)).one(), clock.now(scene.home))


def say_deleted(scene: Scene) -> None:
    with scene.database.write() as session:
        confirm_deletion(session, scene.referrals()[0], scene.told("partner:dinkop"))


def notes(scene: Scene) -> list[ReferralNote]:
    with scene.database.read() as session:
        return list(session.exec(select(ReferralNote)))


def test_that_the_agency_was_told_does_not_prove_that_it_deleted(sent):
    take_back(sent)
    assert watch(sent).moved == 0
    assert state(sent) == "ditarik"
    say_deleted(sent)
    assert watch(sent).moved == 1
    assert state(sent) == "berhenti"


def test_after_three_days_of_silence_there_is_an_alarm_and_a_late_word_ends_it(sent):
    take_back(sent)
    sent.at(date(2021, 6, 6))
    assert list(watch(sent).set_aside.values()) == ["CONSENT_NOT_DELETED"]
    assert state(sent) == "terlambat berhenti"
    say_deleted(sent)
    assert watch(sent).set_aside == {}
    assert state(sent) == "berhenti"


def test_what_never_went_out_needs_nobodys_word(database, home):
    scene = make_scene(database, home)
    scene.run()
    take_back(scene)
    assert watch(scene).moved == 1


def test_said_twice_is_one_line_and_nothing_is_said_where_the_consent_stands(sent):
    with pytest.raises(NothingToDelete):
        say_deleted(sent)
    take_back(sent)
    for _ in range(2):
        say_deleted(sent)
    assert [note.author for note in notes(sent)] == ["partner:dinkop"]


def test_an_agency_that_had_it_by_mistake_is_asked_too(sent):
    with sent.database.write() as session:
        withdraw_referral(session, OPERATOR, sent.referrals()[0], "MISTAKE", sent.told(OPERATOR.actor))
    before = len(sent.mails())
    take_back(sent)
    assert [mail.type for mail in sent.mails()[before:]] == [f"Persetujuan ditarik, hentikan {NUMBER}"]
    assert watch(sent).moved == 0


def test_the_agency_says_it_on_its_page_and_the_officer_reads_who_said_what(sent):
    pages, row = Pages(sent.database, sent.home), sent.referrals()[0]
    with sent.database.write() as session:
        token = make_link(session, row.agency_id, date(2099, 1, 1))
    visitor, officer = pages.stranger(), pages.officer("operator")
    page = f"/r/{token}?rujukan={NUMBER}"
    household = f"/keluarga/2021/{sent.case().household_id}"
    assert ASK not in visitor.get(page).text
    assert visitor.post(f"/r/{token}/dihapus", data={"rujukan": NUMBER}).status_code == 409
    take_back(sent)
    assert f"?rujukan={NUMBER}#hapus" in visitor.get(f"/r/{token}").text
    assert ASK in visitor.get(page).text
    said = _plain(officer.get(household).text)
    assert "Di Dinas Sosial: tidak diproses lagi sejak" in said
    assert f"({NUMBER}): diminta menghapus, belum menyatakan sudah" in said
    assert "Penghapusan harus dinyatakan sebelum" in said
    for _ in range(2):
        done = visitor.post(f"/r/{token}/dihapus", data={"rujukan": NUMBER})
        assert done.status_code == 303
    assert "sudah Anda hapus" in visitor.get(done.headers["location"]).text
    assert ASK not in visitor.get(page).text
    assert "#hapus" not in visitor.get(f"/r/{token}").text
    assert len(notes(sent)) == 1
    watch(sent)
    said = _plain(officer.get(household).text)
    assert f"({NUMBER}): menyatakan datanya dihapus" in said
    assert "Penghapusan harus dinyatakan" not in said
    pages.app.state.prefect.close()


def test_another_agency_cannot_say_it(sent, database):
    from handoff_scenes import make_agency

    pages = Pages(sent.database, sent.home)
    take_back(sent)
    with database.write() as session:
        token = make_link(session, make_agency(session, "asing").id, date(2099, 1, 1))
    assert pages.stranger().post(f"/r/{token}/dihapus", data={"rujukan": NUMBER}).status_code == 404
    assert notes(sent) == []
    pages.app.state.prefect.close()


def _plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())
