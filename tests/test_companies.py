"""Is a company never handed on to by the word for government offices, and shown the least, also put right afterwards?"""

from __future__ import annotations

from datetime import date

import pytest
from door_scene import read_sheet
from factories import SEALER
from handoff_scenes import OPERATOR, make_scene
from letter_samples import text_of
from page_scene import Pages, token_on
from sqlmodel import select

from service.db.tables import Consent, Household, Partner
from service.handoff.consents import NoConsent, record_consent
from service.handoff.kinds import take_back_uncovered
from service.handoff.steps import reroute_referral
from service.letters import letter_file
from service.policy import ReferralRules
from service.trust.master import WrongMaster, change_partner
from service.trust.partners import add_partner, make_link

STREET, PHONE, BIRTH, TRADE = "Kp. Rahasia 9", "0812-9900-0001", "Kota Lahir Contoh", "jahit keliling"


@pytest.fixture
def scene(database, home):
    """One household; an office, and a company of which it has not said a word."""
    made = make_scene(database, home)
    with database.write() as session:
        company, _ = add_partner(
            session, SEALER, "pt", "agency", "PT Jahit Nusantara", agency_kind="company", services=["OFF_TAKER"],
            regency_code="36.01", contact="pt@contoh.invalid",
        )  # fmt: skip
        made.agencies["pt"] = company
        home_ = session.exec(select(Household)).one()
        home_.address, home_.birth_place, home_.business_text, home_.business_type = STREET, BIRTH, TRADE, "jahit"
        home_.product, home_.monthly_capacity = "Rompi pelampung", 400
        home_.phone_sealed = SEALER.seal("phone", PHONE)
        session.add(home_)
    return made


def refuse(scene):
    """The office has declined; the household needs another agency."""
    scene.send_all()
    scene.reply(scene.referrals()[0], "declined", reason="OTHER", note="tutup")
    scene.run()


def name_the_company(scene):
    with scene.database.write() as session:
        company = session.get_one(Partner, scene.agencies["pt"].id)
        record_consent(
            session, OPERATOR, scene.case(), ReferralRules(), scene.told("user:o"), receiver=company, source="office"
        )


def reroute(scene):
    with scene.database.write() as session:
        company = session.get_one(Partner, scene.agencies["pt"].id)
        return reroute_referral(session, OPERATOR, scene.referrals()[0], company, "pembeli tetap", scene.told("user:o")).number


def test_neither_routing_nor_an_officer_hands_on_to_a_company_by_the_word_for_offices(scene):
    with scene.database.write() as session:
        office = session.get_one(Partner, scene.agencies["dinkop"].id)
        office.active = False
    assert list(scene.run()["draft_referrals"].set_aside.values()) == ["NO_AGENCY"]
    with scene.database.write() as session:
        session.get_one(Partner, scene.agencies["dinkop"].id).active = True
    refuse(scene)
    with pytest.raises(NoConsent, match="PT Jahit Nusantara"):
        reroute(scene)
    assert [r.status for r in scene.referrals()] == ["declined"]
    name_the_company(scene)
    reroute(scene)
    with scene.database.read() as session:
        consent = session.get_one(Consent, scene.referrals()[1].consent_id)
    assert consent.receiver_id == scene.agencies["pt"].id


def test_the_officers_form_refuses_it_in_a_sentence(scene):
    refuse(scene)
    browser = Pages(scene.database, scene.home).officer("operator")
    token = token_on(browser.get("/rujukan/RJK-2021-00001"))
    given = {"csrf": token, "instansi": str(scene.agencies["pt"].id), "alasan": "pembeli tetap untuk rompi"}
    told = browser.post("/rujukan/RJK-2021-00001/alihkan", data=given)
    assert told.status_code == 409, told.text
    assert "belum menyetujui datanya diberikan kepada PT Jahit Nusantara" in told.text
    assert len(scene.referrals()) == 1


def test_a_companys_page_table_letters_and_interface_show_the_least(scene):
    refuse(scene)
    name_the_company(scene)
    number = reroute(scene)
    scene.sign_all()
    scene.run()
    pages, link = _door(scene)
    with scene.database.write() as session:
        from service.trust.accounts import officer_by_login
        from service.trust.links import new_code_for

        code = new_code_for(session, pages.house.sealer, officer_by_login(session, "uji-operator"), "pt")
    browser = pages.stranger()
    assert browser.post(f"{link}/kode", data={"kode": code}).status_code == 303
    page = browser.get(link, params={"rujukan": number}).text
    assert "Rompi pelampung" in page
    assert PHONE in page
    table = " ".join(str(cell) for _, row in read_sheet(browser.get(f"{link}/rujukan.xlsx").content) for cell in row.values())
    assert "Rompi pelampung" in table
    task = browser.get(f"/fhir/Task/{number}", headers={"authorization": f"Bearer {link.removeprefix('/r/')}"}).text
    assert number in task
    printed = [text_of(path.read_bytes()) for path in _papers(scene, number)]
    assert len(printed) == 2
    nik = SEALER.unseal("nik", _household(scene).nik_sealed)
    for shown in (page, browser.get(link).text, table, task, *printed):
        for hidden in (STREET, BIRTH, TRADE, "Jahit", nik, "*" * 8 + nik[-4:], "NIK (disamarkan)", "Rp1.500.000"):
            assert hidden not in shown.replace("PT Jahit Nusantara", ""), hidden


def _door(scene):
    pages = Pages(scene.database, scene.home)
    with scene.database.write() as session:
        return pages, f"/r/{make_link(session, scene.agencies['pt'].id, date(2099, 1, 1))}"


def _household(scene):
    with scene.database.read() as session:
        return session.exec(select(Household)).one()


def _papers(scene, number):
    from service.db.tables import Letter

    with scene.database.read() as session:
        referral = next(one for one in scene.referrals() if one.number == number)
        batch = next(one for one in scene.batches() if one.id == referral.batch_id)
        codes = [session.get_one(Letter, one).code for one in (referral.letter_id, batch.letter_id)]
        return [letter_file(session, scene.home, code) for code in codes]


def become(scene, sender, kind):
    with scene.database.write() as session:
        agency = session.get_one(Partner, scene.agencies[sender].id)
        change_partner(
            session, OPERATOR, agency.id, {"name": "Baru", "regency_code": "36.01", "agency_kind": kind, "active": True}
        )
        return [hop.number for hop in take_back_uncovered(session, agency, scene.told("user:o"))]


@pytest.mark.parametrize("status", ["drafted", "signed", "sent", "accepted"])
def test_an_office_that_is_a_company_in_truth_loses_the_households_that_did_not_name_it(scene, status):
    scene.run()
    if status != "drafted":
        scene.sign_all()
    if status in ("sent", "accepted"):
        scene.run()
    if status == "accepted":
        scene.reply(scene.referrals()[0], "accepted")
    assert become(scene, "dinkop", "company") == ["RJK-2021-00001"]
    [taken] = scene.referrals()
    assert (taken.status, taken.reason, scene.case().status) == ("withdrawn", "WRONG_AGENCY", "ready")
    assert scene.is_in_balance()
    assert become(scene, "dinkop", "company") == []


def test_what_it_has_begun_stays_with_it(scene):
    scene.send_all()
    for event in ("accepted", "service_started"):
        scene.reply(scene.referrals()[0], event)
    assert become(scene, "dinkop", "company") == []
    assert [r.status for r in scene.referrals()] == ["in_service"]


def test_a_company_that_was_handed_households_never_becomes_an_office(scene):
    assert become(scene, "pt", "office") == []
    assert become(scene, "pt", "company") == []
    refuse(scene)
    name_the_company(scene)
    reroute(scene)
    with pytest.raises(WrongMaster, match="sebagai mitra baru"):
        become(scene, "pt", "office")
