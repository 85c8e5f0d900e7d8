"""Does everybody see that a completed referral was sent again: the office by mail, the officer in its story and its sheets?"""

from __future__ import annotations

from datetime import date

import pytest
from fastapi.testclient import TestClient
from handoff_scenes import OPERATOR, Scene, make_scene
from outsider import house_of
from sqlmodel import select

from service.api.app import create_app
from service.api.console.story import moments_of
from service.db import listings
from service.db.tables import Letter, Referral
from service.handoff.decisions import revise_referral
from service.lifecycle import Subject
from service.trust.partners import make_link

WHY = "Foto usaha sudah dilengkapi"
DAY = date(2021, 6, 28)


@pytest.fixture
def completed(database, home) -> Scene:
    """One household, sent on 2 June, sent back for a paper that is there on Monday 28 June."""
    scene = make_scene(database, home)
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason="MISSING_DOCUMENT")
    scene.at(DAY, 9)
    with database.write() as session:
        row = session.get_one(Referral, scene.referrals()[0].id)
        revise_referral(session, OPERATOR, row, WHY, scene.told(OPERATOR.actor))
    return scene


def test_the_office_gets_one_mail_with_its_link_its_days_and_no_name(completed):
    before = len(completed.mails())
    for _ in range(3):
        completed.run()
    (mail,) = completed.mails()[before:]
    assert mail.address == "dinkop@contoh.invalid"
    assert mail.type == "Rujukan RJK-2021-00001 sudah dilengkapi dan dikirim lagi"
    assert "/r/" in mail.body["link"]
    assert (mail.body["received_by"], mail.body["answer_by"]) == ("2021-07-01", "2021-07-15")
    assert WHY not in str(mail.body)
    with completed.database.read() as session:
        name = listings.case_reading(session, completed.case().id)[1].name
    assert name not in str(mail.body)


def test_what_was_completed_stands_in_the_story_of_the_referral(completed):
    with completed.database.read() as session:
        told = moments_of(session, listings.moves_of(session, Subject.REFERRAL, completed.referrals()[0].id))
        assert told[-1].why == WHY


def test_the_renewed_sheet_bears_the_new_days_and_alone_is_shown_to_the_agency(completed):
    from letter_samples import close, text_of

    completed.run()
    row = completed.referrals()[0]
    with completed.database.write() as session:
        sheets = select(Letter).where(Letter.subject_key == f"referral:{row.number}").order_by(Letter.id)
        new = session.exec(sheets).all()[1]
        token = make_link(session, row.agency_id, date(2099, 1, 1))
    assert close("1 Juli 2021") in close(text_of((completed.home / new.file).read_bytes()))
    visitor = TestClient(create_app(house_of(completed.database, completed.home), sends=False), headers={"accept": "text/html"})
    page = visitor.get(f"/r/{token}?rujukan={row.number}").text
    assert page.count(new.about) == 1
    assert WHY in page


def test_the_officers_page_tells_the_older_sheet_from_the_newer(completed):
    from page_scene import Pages

    completed.run()
    pages = Pages(completed.database, completed.home)
    page = pages.officer("operator").get("/rujukan/RJK-2021-00001").text
    assert page.count("Lembar rujukan RJK-2021-00001 (PDF)") == 2
    assert page.count(">Diganti<") == 1
    assert page.index(">Diganti<") < page.rindex("Lembar rujukan RJK-2021-00001 (PDF)")
    pages.app.state.prefect.close()
