"""Does a cover letter that went out give way to a new one, with a number of its own, and does the old one say so?"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from factories import make_officer, told_by
from fastapi.testclient import TestClient
from handoff_scenes import APPROVER, OPERATOR, Scene, make_scene
from letter_samples import close, text_of
from outsider import house_of
from sqlmodel import select

from service import clock
from service.api.app import create_app
from service.db.tables import Letter, ReferralBatch
from service.errors import NotNow
from service.handoff.decisions import NumberRefused, withdraw_referral
from service.handoff.replacing import NothingToReplace, replace_cover
from service.letters import check_letter
from service.policy import CyclePolicy, ReferralRules
from service.trust.rights import MakerIsChecker, NoRight, OutsideRegion

FIRST, SECOND, THIRD = (f"400.9.14.6/000{n}-DINSOS/2021" for n in (1, 2, 3))
LATER = date(2021, 6, 9)


@pytest.fixture
def sent(database, home) -> Scene:
    """Three households, sent on Wednesday 2 June; now it is a week later."""
    scene = make_scene(database, home, households=3)
    scene.send_all()
    scene.at(LATER, 9)
    return scene


def replace(scene: Scene, officer=APPROVER, seen: str | None = None, number: str | None = None) -> str | None:
    with scene.database.write() as session:
        told = told_by(officer, clock.now(scene.home))
        batch = session.get_one(ReferralBatch, 1)
        return replace_cover(session, officer, batch, told, seen or str(batch.letter_number), number).letter_number


def covers(scene: Scene) -> list[Letter]:
    with scene.database.read() as session:
        return list(session.exec(select(Letter).where(Letter.kind == "referral").order_by(Letter.id)))


def text(scene: Scene, letter: Letter) -> str:
    return close(text_of((scene.home / letter.file).read_bytes()))


def test_the_new_letter_has_its_own_number_lists_who_is_left_and_names_the_one_it_replaces(sent):
    with sent.database.write() as session:
        withdraw_referral(session, OPERATOR, sent.referrals()[1], "HOUSEHOLD_WISH", sent.told(OPERATOR.actor))
    assert replace(sent, seen=FIRST) == SECOND
    assert sent.run()["print_replaced"].moved == 1
    old, new = covers(sent)
    assert (old.number, new.number, new.seq) == (FIRST, SECOND, 2)
    assert old.superseded_by_id == new.id
    assert old.code != new.code
    assert sent.batches()[0].letter_id == new.id
    words = text(sent, new)
    assert close(f"menggantikan surat Nomor {FIRST} tanggal 2 Juni 2021") in words
    assert close("tanggal 9 Juni 2021") not in text(sent, old)
    assert "RJK-2021-00001" in words
    assert "RJK-2021-00002" not in words
    assert "menggantikan" not in text(sent, old)


def test_the_day_to_answer_the_sheets_and_the_referrals_stay_as_they_were(sent):
    before = [(one.status, one.letter_id, one.status_since, one.version) for one in sent.referrals()]
    replace(sent)
    sent.run()
    assert [(one.status, one.letter_id, one.status_since, one.version) for one in sent.referrals()] == before
    old, new = (text(sent, letter) for letter in covers(sent))
    day = "tanggal21Juni2021"
    assert "3(tiga)harikerjasejaktanggalsuratini,yaitutanggal7Juni2021,danmenjawabsetiaprujukanpalinglambat10(sepuluh)" in old
    assert f"selambatnya{day}" in old
    assert "tanggal7Juni2021" not in new
    assert f"palinglambat{day},samaseperti" in new
    with sent.database.read() as session:
        assert {letter.superseded_by_id for letter in session.exec(select(Letter).where(Letter.kind == "referral_sheet"))} == {
            None
        }


def test_whoever_scans_the_old_letter_is_led_to_the_new_one_which_is_genuine(sent):
    replace(sent)
    sent.run()
    old, new = covers(sent)
    visitor = TestClient(create_app(house_of(sent.database, sent.home), sends=False))
    page = visitor.get(f"/v/{old.code}").text
    assert "Tidak berlaku lagi" in page
    assert f"diganti dengan surat nomor {SECOND} tanggal Rabu, 9 Juni 2021" in page
    assert f"/v/{new.code}" in page
    assert "Surat ini asli" in visitor.get(f"/v/{new.code}").text


def test_replaced_twice_every_old_letter_leads_to_the_newest(sent):
    for _ in range(2):
        replace(sent)
        sent.run()
    first, second, third = covers(sent)
    assert [first.superseded_by_id, second.superseded_by_id, third.superseded_by_id] == [third.id, third.id, None]
    assert third.number == THIRD
    assert close(f"menggantikan surat Nomor {SECOND}") in text(sent, third)
    with sent.database.read() as session:
        assert check_letter(session, sent.home, first.code).newer_code == third.code


def test_the_agency_gets_one_mail_without_a_name_for_each_replacement(sent):
    before = len(sent.mails())
    replace(sent)
    sent.run()
    sent.run()
    (mail,) = sent.mails()[before:]
    assert (mail.type, mail.body["letter"]) == ("Surat rujukan BTC-2021-0001 diganti surat baru", SECOND)
    assert "/r/" in str(mail.body)
    assert "Contoh" not in str(mail.body)


@pytest.mark.parametrize(
    ("officer", "refused"),
    [
        (OPERATOR, NoRight), (make_officer("verifier"), NoRight),
        (make_officer("approver", regencies=("36.02",)), OutsideRegion),
    ],
    ids=["operator", "verifier", "other regency"],
)  # fmt: skip
def test_only_a_signer_of_the_region_replaces_a_letter(sent, officer, refused):
    with pytest.raises(refused):
        replace(sent, officer)
    assert sent.batches()[0].letter_number == FIRST


def test_who_drafted_the_batch_does_not_replace_its_letter(sent):
    with sent.database.write() as session:
        batch = session.get_one(ReferralBatch, 1)
        batch.drafted_by = APPROVER.actor
        session.add(batch)
    with pytest.raises(MakerIsChecker):
        replace(sent)


def test_a_letter_that_has_not_gone_out_or_is_not_the_one_seen_is_not_replaced_and_takes_no_number(database, home):
    scene = make_scene(database, home)
    scene.run()
    with pytest.raises(NothingToReplace, match="belum dikirim"):
        replace(scene)
    scene.sign_all()
    with pytest.raises(NothingToReplace, match="belum dikirim"):
        replace(scene)
    scene.run()
    with pytest.raises(NothingToReplace, match="yang berlaku bernomor"):
        replace(scene, seen=SECOND)
    assert replace(scene) == SECOND
    with pytest.raises(NothingToReplace, match="masih dicetak"):
        replace(scene)


def test_a_batch_whose_referrals_were_all_taken_back_keeps_its_letter(sent):
    for one in sent.referrals():
        with sent.database.write() as session:
            withdraw_referral(session, OPERATOR, one, "MISTAKE", sent.told(OPERATOR.actor))
    with pytest.raises(NothingToReplace, match="surat baru tidak perlu"):
        replace(sent)


def test_of_two_who_replace_the_same_letter_at_once_one_is_told_and_one_number_is_taken(sent):
    start, taken = threading.Barrier(2), []

    def at_once(name: str) -> None:
        start.wait()
        with suppress(NotNow):
            taken.append(replace(sent, make_officer("approver", name), seen=FIRST))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(at_once, ("kepala", "sekretaris")))
    sent.run()
    assert taken == [SECOND]
    assert [letter.number for letter in covers(sent)] == [FIRST, SECOND]


def test_an_office_that_numbers_elsewhere_types_the_new_number_and_not_the_old_one(database, home):
    scene = make_scene(database, home, policy=CyclePolicy(referral=ReferralRules(number_is_typed=True)))
    scene.run()
    with database.write() as session:
        from service.handoff.decisions import sign_batch

        sign_batch(session, APPROVER, session.get_one(ReferralBatch, 1), scene.told(APPROVER.actor), number="SRIKANDI/7")
    scene.run()
    for wrong in (None, "SRIKANDI/7"):
        with pytest.raises(NumberRefused):
            replace(scene, number=wrong)
    assert replace(scene, number="SRIKANDI/8") == "SRIKANDI/8"
    scene.run()
    assert [letter.number for letter in covers(scene)] == ["SRIKANDI/7", "SRIKANDI/8"]


def test_a_run_that_ends_between_printing_and_writing_down_leaves_one_letter(sent, monkeypatch):
    """The files are there, the rows are not: the next run prints the same number again and keeps one."""
    from service.handoff import sending

    replace(sent)
    stored = sending._store_cover
    monkeypatch.setattr(sending, "_store_cover", lambda *_: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        sent.run()
    monkeypatch.setattr(sending, "_store_cover", stored)
    assert [letter.number for letter in covers(sent)] == [FIRST]
    sent.run()
    sent.run()
    assert [letter.number for letter in covers(sent)] == [FIRST, SECOND]
    assert len(list(Path(sent.home, "letters", "2021", "referral").glob("*.pdf"))) == 2


def test_a_sheet_renewed_afterwards_bears_the_new_letters_number(sent):
    from service.handoff.decisions import revise_referral

    row = sent.referrals()[0]
    sent.reply(row, "acknowledged", register_number="503/77")
    sent.reply(row, "declined", reason="MISSING_DOCUMENT")
    replace(sent)
    with sent.database.write() as session:
        revise_referral(session, OPERATOR, sent.referrals()[0], "KTP dilampirkan", sent.told(OPERATOR.actor))
    sent.run()
    with sent.database.read() as session:
        sheet = session.get_one(Letter, sent.referrals()[0].letter_id)
    assert sheet.number == SECOND
    assert [letter.number for letter in covers(sent)] == [FIRST, SECOND]
