"""Do the two offices hear of each other's notes, without anything personal leaving the house?"""

from __future__ import annotations

from datetime import date

import pytest
from factories import make_officer
from handoff_scenes import OPERATOR, make_scene
from sqlmodel import col, select

from service.db.tables import OutboundMessage, Partner
from service.handoff.queries.thread import notes_of, unread
from service.handoff.thread import read_notes, write_note
from service.handoff.written import WrongNote, check_note
from service.messages.mail import text_of
from service.trust.rights import NoRight, OutsideRegion

TEXT = "Ibu Warga pindah ke rumah anaknya"


@pytest.mark.parametrize(
    "wrong", ["", "   ", "x" * 1001, "NIK 3601014506800001", "3601 0145 0680 0001", "hubungi 0812-3456-7890 12"]
)
def test_a_note_is_short_and_holds_no_personal_number(wrong):
    with pytest.raises(WrongNote):
        check_note(wrong)
    assert check_note("  besok pukul 9, register 12/UKM/2021 ") == "besok pukul 9, register 12/UKM/2021"


def test_an_officers_note_is_told_once_a_day_without_its_words(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    with database.write() as session:
        session.get_one(Partner, scene.agencies["dinkop"].id).webhook_url = "https://dinkop.example/masuk"
    before = len(scene.mails())
    for text in (TEXT, "Tolong segera"):
        with database.write() as session:
            write_note(session, OPERATOR, scene.referrals()[0], text, scene.told(OPERATOR.actor))
    [mail] = scene.mails()[before:]
    assert "RJK-2021-00001" in text_of(mail.body)
    assert "Warga" not in text_of(mail.body) + str(mail.body)
    with database.read() as session:
        hooks = session.exec(select(OutboundMessage).where(col(OutboundMessage.type) == "referral.note")).all()
        kept = notes_of(session, scene.referrals()[0].id)
    assert [hook.body for hook in hooks] == [{"referral": "RJK-2021-00001"}] * 2
    assert [(note.author, note.text) for note in kept] == [(OPERATOR.actor, TEXT), (OPERATOR.actor, "Tolong segera")]
    scene.at(date(2021, 6, 3))
    with database.write() as session:
        write_note(session, OPERATOR, scene.referrals()[0], "Lagi", scene.told(OPERATOR.actor))
    assert len(scene.mails()) == before + 2


def test_what_the_agency_writes_is_unread_until_an_officer_has_seen_it(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    assert scene.reply(scene.referrals()[0], "note", text=TEXT) == "sent"
    with database.write() as session:
        [(referral, lines)] = unread(session, scene.cycle_id, ["36.01"])
        assert (referral.number, lines, unread(session, scene.cycle_id, ["36.02"])) == ("RJK-2021-00001", 1, [])
        assert read_notes(session, OPERATOR, referral, scene.told(OPERATOR.actor)) == 1
        assert unread(session, scene.cycle_id) == []


def test_only_officers_of_the_region_write_and_read(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    referral = scene.referrals()[0]
    for officer, error in ((make_officer("auditor"), NoRight), (make_officer("operator", "lebak", ("36.02",)), OutsideRegion)):
        with pytest.raises(error), database.write() as session:
            write_note(session, officer, referral, "halo", scene.told(officer.actor))
        with pytest.raises(error), database.write() as session:
            read_notes(session, officer, referral, scene.told(officer.actor))
