"""Does a replacement cover letter list only who is still with that agency, and ask only for what is still open?"""

from __future__ import annotations

import json
from datetime import date

import pytest
from commands import caller
from conftest import KEYS
from factories import told_by
from handoff_scenes import APPROVER, OPERATOR, Scene, make_scene
from letter_samples import text_of
from sqlmodel import select

from service import clock
from service.db.tables import Consent, Letter, Partner, Referral, ReferralBatch
from service.handoff.consents import withdraw_consent
from service.handoff.decisions import reroute_referral, revise_referral
from service.handoff.replacing import NothingToReplace, replace_cover
from service.settings import current_settings

FIRST, SECOND = "400.9.14.6/0001-DINSOS/2021", "400.9.14.6/0002-DINSOS/2021"
BEFORE, LATE = date(2021, 6, 15), date(2021, 7, 20)


def close(words: str) -> str:
    """Without blanks, line ends and the hyphens a line may end with."""
    return "".join(words.split()).replace("-", "").replace("\u00ad", "").replace("\u2010", "")


@pytest.fixture
def sent(database, home) -> Scene:
    """Four households sent to `satu` on 2 June; `dua` is another office."""
    scene = make_scene(database, home, households=4, agencies=("satu", "dua"))
    with database.write() as session:
        session.get_one(Partner, scene.agencies["dua"].id).active = False
    scene.send_all()
    with database.write() as session:
        session.get_one(Partner, scene.agencies["dua"].id).active = True
    return scene


def decline_and_reroute(scene: Scene, which: int) -> None:
    row = scene.referrals()[which]
    scene.reply(row, "declined", reason="OTHER", note="bukan bidang kami")
    with scene.database.write() as session:
        told = scene.told(OPERATOR.actor)
        other = session.get_one(Partner, scene.agencies["dua"].id)
        reroute_referral(session, OPERATOR, session.get_one(Referral, row.id), other, "di sana ada", told)


def replaced(scene: Scene, day: date) -> str:
    """The words of the new letter, replaced and printed on a day."""
    scene.at(day, 9)
    with scene.database.write() as session:
        batch = session.get_one(ReferralBatch, 1)
        replace_cover(session, APPROVER, batch, told_by(APPROVER, clock.now(scene.home)), str(batch.letter_number))
    scene.run()
    with scene.database.read() as session:
        letter = session.get_one(Letter, session.get_one(ReferralBatch, 1).letter_id)
    return close(text_of((scene.home / letter.file).read_bytes()))


def test_who_went_to_another_office_is_not_listed_again_and_not_counted(sent):
    decline_and_reroute(sent, 1)
    words = replaced(sent, BEFORE)
    assert close("RJK-2021-00001") in words
    assert close("RJK-2021-00002") not in words
    assert close("rujukan sebanyak 3 (tiga) keluarga") in words
    assert close("Jumlah: 3 (tiga) keluarga") in words


def test_nor_is_who_took_its_word_back_after_the_service_ended(sent):
    row = sent.referrals()[2]
    for event, said in (
        ("acknowledged", {}), ("accepted", {}), ("service_started", {}),
        ("concluded", {"outcome": "ACHIEVED", "indicators": {"business_running": True, "turnover_up": True}}),
    ):  # fmt: skip
        sent.reply(row, event, **said)
    with sent.database.write() as session:
        consent = session.exec(select(Consent).where(Consent.case_id == row.case_id)).one()
        withdraw_consent(session, OPERATOR, consent, sent.told(OPERATOR.actor))
    assert sent.referrals()[2].status == "concluded"
    words = replaced(sent, BEFORE)
    assert close("RJK-2021-00003") not in words
    assert close("rujukan sebanyak 3 (tiga) keluarga") in words


def test_the_letter_names_the_numbers_that_stand_on_the_sheets(sent):
    assert close(f"Lembar rujukan yang menyebut Nomor {FIRST} tetap berlaku.") in replaced(sent, BEFORE)
    words = replaced(sent, BEFORE)
    assert close(f"menggantikan surat Nomor {SECOND}") in words
    assert close(f"Lembar rujukan yang menyebut Nomor {FIRST} tetap berlaku.") in words


def test_a_renewed_sheet_is_named_beside_the_others(sent):
    replaced(sent, BEFORE)
    row = sent.referrals()[0]
    sent.reply(row, "declined", reason="MISSING_DOCUMENT")
    with sent.database.write() as session:
        revise_referral(session, OPERATOR, session.get_one(Referral, row.id), "KTP ada", sent.told(OPERATOR.actor))
    sent.run()
    words = replaced(sent, BEFORE)
    assert close(f"Lembar rujukan yang menyebut Nomor {FIRST} atau Nomor {SECOND} tetap berlaku.") in words


def test_a_day_to_acknowledge_that_has_passed_is_not_asked_for_again(sent):
    words = replaced(sent, BEFORE)
    assert "tanggal7Juni2021" not in words
    assert close("menjawab setiap rujukan paling lambat tanggal 21 Juni 2021, sama seperti") in words


def test_after_the_day_to_answer_only_what_is_unanswered_is_asked_for(sent):
    for which in (0, 1):
        sent.reply(sent.referrals()[which], "acknowledged")
        sent.reply(sent.referrals()[which], "accepted")
    words = replaced(sent, LATE)
    assert "21Juni2021" not in words
    assert close("segera menjawab 2 (dua) rujukan dalam lampiran yang belum dijawab") in words


def test_where_all_have_answered_no_answer_is_asked_for(sent):
    for row in sent.referrals():
        sent.reply(row, "acknowledged")
        sent.reply(row, "accepted")
    words = replaced(sent, LATE)
    assert "belumdijawab" not in words
    assert "21Juni2021" not in words
    assert close("melaporkan pelayanan yang diberikan") in words


def test_where_nobody_is_left_there_is_nothing_to_replace_and_no_number_is_taken(sent):
    for which in range(4):
        decline_and_reroute(sent, which)
    with pytest.raises(NothingToReplace, match="Tidak ada lagi rujukan"):
        replaced(sent, BEFORE)
    assert sent.batches()[0].letter_number == FIRST


def test_by_command_the_letter_is_named_and_the_same_command_again_takes_no_second_number(house, monkeypatch, capsys):
    marks = (house.home / clock.HOME_FILE).read_text()
    scene = make_scene(house.database, house.home)
    scene.send_all()
    (house.home / clock.HOME_FILE).write_text(marks)
    (house.home / clock.CLOCK_FILE).unlink()
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url}
    for name, value in (KEYS | told).items():
        monkeypatch.setenv(name, value)
    call = caller(house, monkeypatch, capsys)
    command = ("referral", "replace-letter", "BTC-2021-0001")
    code, said, _ = call(*command, SECOND, "--json", by="approver")
    assert (code, json.loads(said)["refused"]) == (1, "not_now")
    code, said, _ = call(*command, FIRST, "--json", by="approver")
    assert (code, json.loads(said)["letter_number"]) == (0, scene.batches()[0].letter_number)
    taken = scene.batches()[0].letter_number
    code, said, _ = call(*command, FIRST, "--json", by="approver")
    assert (code, json.loads(said)["refused"]) == (1, "not_now")
    assert scene.batches()[0].letter_number == taken != FIRST
    current_settings.cache_clear()
