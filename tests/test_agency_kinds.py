"""Is a company or bank entered as what it is: from the command line, and on the pages of master data?"""

from __future__ import annotations

import json
import re

import pytest
from commands import caller
from conftest import KEYS
from factories import SEALER
from handoff_scenes import make_agency, make_scene
from page_scene import Pages
from test_master import OUR_PAGE, token_of

from service.api.master import PATH
from service.db.tables import Partner
from service.handoff.services import BY_CODE
from service.settings import current_settings
from service.trust.partners import WrongPartner, add_partner
from service.trust.queries import partner_by_sender

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


def test_the_call_that_adds_partners_does_not_guess_either(database):
    with database.write() as session, pytest.raises(WrongPartner, match="jenis instansi"):
        add_partner(session, SEALER, "pt", "agency", "PT A")
