"""Does the code on a letter lead its office to its page, and a stranger who holds the letter nowhere?"""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from door_scene import by_letter, site_of
from sqlmodel import SQLModel, col, select

from service import clock
from service.db.tables import Letter, PartnerLink, Referral
from service.messages.mail import text_of
from service.trust.accounts import officer_by_login
from service.trust.links import new_code_for

ASKED = "Permintaan diterima"


@pytest.fixture
def site(database, home):
    with site_of(database, home, 2) as made:
        yield made


def _ask(site, given, path=""):
    with site.browser() as browser:
        return browser.post(f"{path or site.letter_path()}/penerima", data={"bukti": given})


def _links(site):
    with site.scene.database.read() as session:
        return len(session.exec(select(PartnerLink)).all())


def test_the_printed_code_leads_the_office_to_its_page_of_that_batch(site):
    contact = site.scene.agencies["dinkop"].contact
    link = by_letter(site, contact)
    with site.browser() as browser:
        page = browser.get(link).text
    assert site.scene.batches()[0].number in page
    assert all(row.number in page for row in site.scene.referrals())
    [mail] = site.mailed()
    assert (mail.kind, mail.address, mail.state) == ("mail", contact, "waiting")
    assert {row.status for row in site.scene.referrals()} == {"sent"}


def test_the_mail_holds_the_link_and_nobodys_name(site):
    by_letter(site, site.scene.agencies["dinkop"].contact)
    [mail] = site.mailed()
    text = text_of(mail.body)
    assert mail.body["link"] in text
    assert "Warga" not in text


def test_a_household_sheet_leads_to_the_same_office(site):
    with site.scene.database.read() as session:
        code = session.exec(select(Letter.code).where(Letter.kind == "referral_sheet").order_by(col(Letter.id))).first()
    assert _ask(site, "DINKOP@contoh.invalid ", f"/v/{code}").status_code == 200
    assert [mail.address for mail in site.mailed()] == ["dinkop@contoh.invalid"]


def test_a_stranger_gets_the_same_answer_and_nothing_happens(site):
    path, before = site.letter_path(), _links(site)
    right = _ask(site, "dinkop@contoh.invalid", path)
    assert ASKED in right.text
    assert _links(site) == before + 1
    for given in ("orang@contoh.invalid", "", "   ", "kepala-dinkop@contoh.invalid", "0" * 200, "dinkop@contoh.invalid,a@b.c"):
        answer = _ask(site, given, path)
        assert (answer.status_code, answer.text) == (right.status_code, right.text), given
    assert len(site.mailed()) == 1
    assert _links(site) == before + 1


def test_the_offices_short_code_counts_for_nothing_here(site):
    """Six digits could be tried out by whoever holds a letter; on its own page they are counted."""
    path = site.letter_path()
    with site.scene.database.write() as session:
        code = new_code_for(session, site.pages.house.sealer, officer_by_login(session, "uji-operator"), "dinkop")
    assert ASKED in _ask(site, code, path).text
    assert site.mailed() == []
    with site.scene.database.read() as session:
        assert {link.wrong_codes for link in session.exec(select(PartnerLink)).all()} == {0}


def test_an_office_gets_at_most_one_mail_in_ten_minutes(site):
    path, start = site.letter_path(), clock.now(site.scene.home)
    for minutes, mails in ((0, 1), (1, 1), (9, 1), (11, 2), (20, 2), (22, 3)):
        clock.move_to(site.scene.home, start + timedelta(minutes=minutes))
        assert ASKED in _ask(site, "dinkop@contoh.invalid", path).text
        assert len(site.mailed()) == mails, minutes


def test_many_who_ask_at_the_same_moment_make_one_mail(site):
    path, start = site.letter_path(), threading.Barrier(6)
    answers = list[int]()

    def ask() -> None:
        start.wait()
        answers.append(_ask(site, "dinkop@contoh.invalid", path).status_code)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    assert len(site.mailed()) == 1


def test_an_office_that_is_closed_gets_no_link(site):
    path = site.letter_path()
    with site.scene.database.write() as session:
        agency = session.get_one(type(site.scene.agencies["dinkop"]), site.scene.agencies["dinkop"].id)
        agency.active = False
        session.add(agency)
    assert ASKED in _ask(site, "dinkop@contoh.invalid", path).text
    assert site.mailed() == []


def test_looking_changes_no_row(site):
    path, before = site.letter_path(), _everything(site)
    with site.browser() as browser:
        for address in (path, f"{path}/penerima", f"{path}/penerima?bukti=dinkop@contoh.invalid", "/v/tidak-ada/penerima"):
            for ask in (browser.get, browser.head):
                ask(address)
    assert _everything(site) == before


def test_only_a_letter_of_a_referral_leads_there(site):
    with site.browser() as browser:
        assert browser.get("/v/tidak-ada/penerima").status_code == 404
        assert browser.post("/v/tidak-ada/penerima", data={"bukti": "dinkop@contoh.invalid"}).status_code == 404
        assert browser.post(f"{site.letter_path()}/penerima", data={"bukti": "a" * 201}).status_code == 422
        with site.scene.database.write() as session:
            letter = session.exec(select(Letter).where(Letter.kind == "referral")).one()
            letter.kind, letter.subject_key = "decree", "decree:2021/1"
            session.add(letter)
            code = letter.code
        assert "penerima surat ini" not in browser.get(f"/v/{code}").text
        assert browser.get(f"/v/{code}/penerima").status_code == 404
    assert site.mailed() == []


def test_the_answer_names_no_household(site):
    with site.browser() as browser:
        shown = browser.get(f"{site.letter_path()}/penerima").text + _ask(site, "x").text
    with site.scene.database.read() as session:
        numbers = session.exec(select(Referral.number)).all()
    assert "Warga" not in shown
    assert "dinkop@" not in shown
    assert not [number for number in numbers if number in shown]


def _everything(site):
    with site.scene.database.read() as session:
        tables = SQLModel.metadata.sorted_tables
        return {t.name: sorted(map(repr, session.connection().execute(t.select()).all())) for t in tables}
