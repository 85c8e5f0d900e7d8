"""Does a cover letter that lists a household closed to its agency stay closed behind the agency's link until it is replaced?"""

from __future__ import annotations

from datetime import date

import pytest
from factories import told_by
from handoff_scenes import APPROVER, OPERATOR, Scene, make_scene
from page_scene import Pages
from sqlmodel import select

from service import clock
from service.db.tables import Consent, Letter, Partner, Referral, ReferralBatch
from service.handoff.consents import withdraw_consent
from service.handoff.decisions import reroute_referral, withdraw_referral
from service.handoff.replacing import replace_cover
from service.trust.partners import make_link

CLOSED = "memuat keluarga yang datanya sudah ditutup bagi instansi Anda"


class Shut:
    """Two households sent to `satu` on 2 June, a week ago; its link, and browsers."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        with scene.database.write() as session:
            self.token = make_link(session, scene.agencies["satu"].id, date(2099, 1, 1))
        self.pages = Pages(scene.database, scene.home)

    def cover(self) -> Letter:
        with self.scene.database.read() as session:
            return session.exec(select(Letter).where(Letter.kind == "referral").order_by(Letter.id.desc())).first()

    def pdf(self, letter: Letter):
        return self.pages.stranger().get(f"/r/{self.token}/surat/{letter.code}.pdf")

    def page(self) -> str:
        return " ".join(self.pages.stranger().get(f"/r/{self.token}").text.split())

    def batch(self, role: str = "approver") -> str:
        return self.pages.officer(role).get("/batch/BTC-2021-0001").text

    def replace(self) -> None:
        with self.scene.database.write() as session:
            batch = session.get_one(ReferralBatch, 1)
            told = told_by(APPROVER, clock.now(self.scene.home))
            replace_cover(session, APPROVER, batch, told, str(batch.letter_number))
        self.scene.run()


@pytest.fixture
def shut(database, home):
    scene = make_scene(database, home, households=2, agencies=("satu", "dua"))
    with database.write() as session:
        session.get_one(Partner, scene.agencies["dua"].id).active = False
    scene.send_all()
    with database.write() as session:
        session.get_one(Partner, scene.agencies["dua"].id).active = True
    scene.at(date(2021, 6, 9), 9)
    made = Shut(scene)
    yield made
    made.pages.app.state.prefect.close()


def consent_taken_back(scene: Scene, row: Referral) -> None:
    with scene.database.write() as session:
        consent = session.exec(select(Consent).where(Consent.case_id == row.case_id)).one()
        withdraw_consent(session, OPERATOR, consent, scene.told(OPERATOR.actor))


def withdrawn(scene: Scene, row: Referral) -> None:
    with scene.database.write() as session:
        withdraw_referral(session, OPERATOR, session.get_one(Referral, row.id), "MISTAKE", scene.told(OPERATOR.actor))


def rerouted(scene: Scene, row: Referral) -> None:
    scene.reply(row, "declined", reason="OTHER", note="bukan bidang kami")
    with scene.database.write() as session:
        other = session.get_one(Partner, scene.agencies["dua"].id)
        reroute_referral(session, OPERATOR, session.get_one(Referral, row.id), other, "di sana ada", scene.told(OPERATOR.actor))


@pytest.mark.parametrize("end", [consent_taken_back, withdrawn, rerouted])
def test_the_letter_closes_with_the_household_and_the_officer_reads_that_it_is_to_be_replaced(shut, end):
    letter = shut.cover()
    assert shut.pdf(letter).status_code == 200
    assert "perlu diganti" not in shut.batch()
    end(shut.scene, shut.scene.referrals()[0])
    refused = shut.pdf(letter)
    assert refused.status_code == 403
    assert CLOSED in refused.text
    assert "Dinas Sosial menggantinya dengan surat baru" in refused.text
    assert f"/surat/{letter.code}.pdf" not in shut.page()
    assert CLOSED in shut.page()
    said = shut.batch()
    assert "Surat pengantar perlu diganti" in said
    assert "Ganti surat pengantar?" in said
    assert "Surat pengantar perlu diganti" in shut.batch("operator")


def test_the_new_letter_opens_and_the_old_one_stays_closed(shut):
    old = shut.cover()
    withdrawn(shut.scene, shut.scene.referrals()[0])
    shut.replace()
    assert shut.cover().id != old.id
    assert shut.pdf(shut.cover()).status_code == 200
    late = shut.pdf(old)
    assert late.status_code == 403
    assert "Surat penggantinya ada pada halaman ini" in late.text
    assert CLOSED not in shut.page()
    assert "perlu diganti" not in shut.batch()


def test_where_nobody_is_left_no_replacement_is_promised_or_offered(shut):
    for row in shut.scene.referrals():
        withdrawn(shut.scene, row)
    assert "menggantinya" not in shut.page()
    assert "Tidak ada lagi keluarga dalam surat itu" in shut.page()
    assert "Ganti surat pengantar?" not in shut.batch()
    assert "surat baru tidak perlu" in shut.batch()


def test_officers_and_whoever_checks_the_letter_are_not_concerned(shut):
    letter = shut.cover()
    withdrawn(shut.scene, shut.scene.referrals()[0])
    assert shut.pages.officer("operator").get(f"/surat/{letter.code}.pdf").status_code == 200
    assert "Surat ini asli" in shut.pages.stranger().get(f"/v/{letter.code}").text


def test_a_household_that_was_never_on_the_letter_does_not_close_it(shut):
    withdrawn(shut.scene, shut.scene.referrals()[0])
    shut.replace()
    row = shut.scene.referrals()[0]
    with shut.scene.database.write() as session:
        consent = session.exec(select(Consent).where(Consent.case_id == row.case_id)).one()
        withdraw_consent(session, OPERATOR, consent, shut.scene.told(OPERATOR.actor))
    assert shut.pdf(shut.cover()).status_code == 200
