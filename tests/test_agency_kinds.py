"""Is a company or bank entered as what it is, never handed on by the word for government offices, and shown the least?"""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from commands import caller
from conftest import KEYS
from door_scene import read_sheet
from factories import SEALER
from handoff_scenes import OPERATOR, make_agency, make_scene
from letter_samples import text_of
from page_scene import Pages, token_on
from sqlmodel import select
from test_master import OUR_PAGE, token_of

from service.api.master import PATH
from service.db.tables import Consent, Household, Partner
from service.handoff.consents import NoConsent, record_consent
from service.handoff.kinds import take_back_uncovered
from service.handoff.services import BY_CODE
from service.handoff.steps import reroute_referral
from service.letters import letter_file
from service.policy import ReferralRules
from service.settings import current_settings
from service.trust.master import WrongMaster, change_partner
from service.trust.partners import WrongPartner, add_partner, make_link
from service.trust.queries import partner_by_sender

STREET, PHONE, BIRTH, TRADE = "Kp. Rahasia 9", "0812-9900-0001", "Kota Lahir Contoh", "jahit keliling"
NEW = ("--regency", "36.01")


@pytest.fixture
def estafet(house, monkeypatch, capsys):
    """`estafet(*arguments)` as an admin -> (exit code, the JSON told)."""
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url}
    for name, value in (KEYS | told).items():
        monkeypatch.setenv(name, value)
    call = caller(house, monkeypatch, capsys)

    def run(*arguments):
        code, said, _ = call(*arguments, "--json", by="admin")
        return code, json.loads(said)

    run.said = lambda *arguments: call(*arguments, by="admin")[1]
    yield run
    current_settings.cache_clear()


def kept(house, sender):
    with house.database.read() as session:
        return partner_by_sender(session, sender)


# --- entered from the command line


def test_an_agency_is_only_added_when_somebody_says_what_it_is(estafet, house):
    add = ("partner", "add", "PT Jahit Nusantara", "--kind", "agency", *NEW)
    code, told = estafet(*add)
    assert code == 1
    for kind in ("office", "bank", "company"):
        assert kind in told["message"]
    assert estafet(*add, "--agency-kind", "kantor")[0] == 1
    assert kept(house, "pt-jahit-nusantara") is None
    code, told = estafet(*add, "--agency-kind", "company", "--service", "OFF_TAKER", "--contact", "beli@jahit.example")
    assert (code, told["agency_kind"]) == (0, "company")
    made = kept(house, "pt-jahit-nusantara")
    assert (made.agency_kind, made.services, made.contact) == ("company", ["OFF_TAKER"], "beli@jahit.example")
    [line] = estafet("partner", "list")[1]["partners"]
    assert (line["sender"], line["agency_kind"]) == ("pt-jahit-nusantara", "company")


def test_a_supplier_and_a_facilitator_have_no_kind_of_agency(estafet, house):
    assert estafet("partner", "add", "Toko A", "--kind", "supplier", *NEW)[0] == 0
    assert estafet("partner", "add", "Toko B", "--kind", "supplier", *NEW, "--agency-kind", "company")[0] == 1
    assert estafet("partner", "add", "Toko B", "--kind", "supplier", *NEW, "--service", "NIB")[0] == 1
    assert [one["agency_kind"] for one in estafet("partner", "list")[1]["partners"]] == [None]


def test_only_services_of_the_catalogue_which_its_kind_gives(estafet, house):
    def add(kind, code):
        return estafet("partner", "add", "PT A", "--kind", "agency", *NEW, "--agency-kind", kind, "--service", code)

    code, told = add("company", "NOPE")
    assert (code, set(BY_CODE) <= set(re.findall(r"\w+", told["message"]))) == (1, True)
    for kind, wrong, right in (("office", "OFF_TAKER", "NIB"), ("company", "KUR", "OFF_TAKER"), ("bank", "NIB", "KUR")):
        code, told = add(kind, wrong)
        assert (code, right in told["message"].split("Pilih dari")[1]) == (1, True)
    assert add("company", "business_development")[0] == 1
    assert kept(house, "pt-a") is None
    assert add("company", "OFF_TAKER")[0] == 0


@pytest.mark.parametrize("wrong", [("",), ("  ",), ("!!!",), ("PT A", "--contact", "bukan-email")])
def test_no_name_and_no_mail_address_are_refused(estafet, house, wrong):
    name, *more = wrong
    code, told = estafet("partner", "add", name, "--kind", "agency", *NEW, "--agency-kind", "company", *more)
    assert (code, told["refused"]) == (1, "bad_input")
    assert estafet("partner", "list")[1]["partners"] == []


def test_an_agency_of_the_whole_province_can_be_added(estafet, house):
    add = ("partner", "add", "Bank Banten", "--kind", "agency", "--agency-kind", "bank")
    assert estafet(*add, "--regency", "36")[0] == 0
    assert kept(house, "bank-banten").regency_code is None
    code, told = estafet(*add, "--regency", "99.99")
    assert (code, "36 untuk seluruh provinsi" in told["message"]) == (1, True)


def test_the_list_says_in_words_what_each_is(estafet):
    estafet("partner", "add", "Bank Banten", "--kind", "agency", "--agency-kind", "bank", "--regency", "36", "--service", "KUR")
    estafet("partner", "add", "Toko A", "--kind", "supplier", *NEW, "--contact", "toko@contoh.example")
    bank, shop = estafet.said("partner", "list").splitlines()
    assert bank.split(maxsplit=1)[1] == "Bank Banten; bank atau lembaga keuangan; seluruh provinsi; KUR; tanpa surel"
    assert shop.split(maxsplit=1)[1] == "Toko A; penyedia; Kabupaten Pandeglang; toko@contoh.example"


def test_one_for_trying_out_is_an_office_and_the_answer_says_so(estafet):
    add = ("partner", "add", "Uji Sistem", "--kind", "agency", *NEW, "--sandbox")
    assert estafet(*add)[1]["agency_kind"] == "office"
    assert estafet(*add, "--sender", "uji-2", "--agency-kind", "company")[1]["agency_kind"] == "company"


# --- on the master data pages


@pytest.fixture
def pages(database, home):
    made = Pages(database, home)
    with database.write() as session:
        made.ids = {
            "company": make_agency(session, "pt", services=["OFF_TAKER"], agency_kind="company").id,
            "office": make_agency(session, "dinkop").id,
        }
    yield made
    made.app.state.prefect.close()


def save(pages, which, **fields):
    browser, address = pages.officer("operator"), f"{PATH}/mitra/edit?pk={pages.ids[which]}"
    given = {"name": "Mitra Baru", "regency_code": "36.01", "active": "on", **fields}
    token = token_of(browser.get(address))
    return browser.post(address, data={"csrftoken": token, **given}, headers=OUR_PAGE)


def stored(pages, which):
    with pages.database.read() as session:
        return session.get_one(Partner, pages.ids[which])


def test_the_form_and_the_list_say_what_an_agency_is_and_the_form_changes_it(pages):
    browser = pages.officer("operator")
    form = browser.get(f"{PATH}/mitra/edit?pk={pages.ids['company']}").text
    assert re.search(r'value="company"\s+selected', form)
    for words in ("Kantor pemerintah", "Bank atau lembaga keuangan", "Perusahaan", "Pembeli tetap"):
        assert words in form, words
    listed = browser.get(f"{PATH}/mitra/list").text
    assert "Jenis instansi" in listed
    assert save(pages, "office", agency_kind="bank", services=["KUR"]).status_code == 303
    assert (stored(pages, "office").agency_kind, stored(pages, "office").services) == ("bank", ["KUR"])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Nyatakan jenis instansinya"),
        ({"agency_kind": "kantor"}, "tidak dikenal"),
        ({"agency_kind": "company", "services": ["NOPE"]}, "tidak dikenal"),
        ({"agency_kind": "company", "services": ["KUR"]}, "tidak diberikan instansi jenis ini"),
        ({"agency_kind": "company", "contact": "bukan-email"}, "bukan alamat surat elektronik"),
        ({"agency_kind": "company", "superior_contact": "0812"}, "bukan alamat surat elektronik"),
    ],
)
def test_what_cannot_be_is_told_on_the_form(pages, fields, sentence):
    told = save(pages, "company", **fields)
    assert (told.status_code, sentence in told.text) == (422, True)
    assert stored(pages, "company").name != "Mitra Baru"


def test_a_supplier_is_saved_without_a_kind_of_agency(database, pages):
    with database.write() as session:
        pages.ids["supplier"] = add_partner(session, SEALER, "toko", "supplier", "Toko")[0].id
    assert save(pages, "supplier").status_code == 303
    assert stored(pages, "supplier").name == "Mitra Baru"


def test_the_officers_page_of_an_agency_says_what_it_is(database, home):
    make_scene(database, home)
    with database.write() as session:
        make_agency(session, "pt", agency_kind="company")
    browser = Pages(database, home).officer("operator")
    assert "Perusahaan" in browser.get("/instansi/pt?tahun=2021").text
    assert "Kantor pemerintah" in browser.get("/instansi/dinkop?tahun=2021").text


# --- what its kind means for the households


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


# --- put right afterwards


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


def test_the_call_that_adds_partners_does_not_guess_either(database):
    with database.write() as session, pytest.raises(WrongPartner, match="jenis instansi"):
        add_partner(session, SEALER, "pt", "agency", "PT A")
