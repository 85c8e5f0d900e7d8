"""Does an agency see of a household what its kind may, and nothing any more once it has it no longer?"""

from __future__ import annotations

from datetime import date

import pytest
from door_scene import read_sheet
from factories import NOW
from page_scene import LETTER
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import Consent, Household, Partner, Referral
from service.lifecycle import Subject
from service.trust.accounts import officer_by_login
from service.trust.links import new_code_for

NUMBER = "RJK-2021-00001"
PHONE, STREET, NAME = "0812-9900-0001", "Kp. Contoh Sintetis 7", "Warga Sintetis Kesembilan"


@pytest.fixture
def full(full, database):
    with full.database.write() as session:
        case_home = session.get_one(Household, full.household)
        case_home.name, case_home.address, case_home.product = NAME, STREET, "Keripik pisang"
        case_home.business_text, case_home.business_type, case_home.monthly_capacity = "warung sintetis", None, 120
        case_home.phone_sealed = full.house.sealer.seal("phone", PHONE)
        session.add(case_home)
    return full


@pytest.fixture
def opened(full):
    """A browser in which the office's code was given."""
    with full.database.write() as session:
        code = new_code_for(session, full.house.sealer, officer_by_login(session, "uji-operator"), "dinkop-a")
    browser = full.stranger()
    browser.post(_path(full) + "/kode", data={"kode": code})
    return browser


def _path(full):
    return f"/r/{full.links['agency']}"


def _one(full, browser):
    return browser.get(_path(full), params={"rujukan": NUMBER}).text


def _become(full, kind):
    with full.database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        agency.agency_kind = kind
        session.add(agency)


def _move(full, *events):
    with full.database.write() as session:
        row = session.exec(select(Referral)).one()
        for event in events:
            record_move(session, Subject.REFERRAL, row.id, event, Told("user:uji-operator", NOW))


def test_an_office_sees_address_phone_and_business(full, opened):
    page = _one(full, opened)
    for shown in (NAME, STREET, PHONE, "warung sintetis", "Keripik pisang", "120", "Sumur"):
        assert shown in page, shown


@pytest.mark.parametrize(("code", "text"), [("warung_sembako", "warung_sembako"), (None, "warung_sembako"), ("jahit", "x")])
def test_the_business_is_named_as_on_the_letters_and_never_by_its_code(full, opened, code, text):
    with full.database.write() as session:
        case_home = session.get_one(Household, full.household)
        case_home.business_type, case_home.business_text, case_home.product = code, text, None
        session.add(case_home)
    words = "Menjahit" if code == "jahit" else "Warung sembako"
    [(_, row)] = read_sheet(opened.get(_path(full) + "/rujukan.xlsx").content)
    assert row["usaha"] == words
    for page in (_one(full, opened), opened.get(_path(full)).text):
        assert words in page
        assert "warung_sembako" not in page


@pytest.mark.parametrize("kind", ["company", "bank"])
def test_a_company_or_bank_sees_name_product_capacity_and_phone_only(full, opened, kind):
    _become(full, kind)
    page, closed, listed = _one(full, opened), _one(full, full.stranger()), opened.get(_path(full)).text
    for shown in (NAME, PHONE, "Keripik pisang", "120"):
        assert shown in page, shown
    for hidden in (STREET, "warung sintetis", "Sumur", "Sumberjaya", "Kode pendamping"):
        assert hidden not in page + closed + listed, hidden
    assert PHONE not in closed + listed
    assert "Buka telepon dengan kode kantor" in closed
    assert "Buka alamat" not in closed


@pytest.mark.parametrize("events", [("withdrawn",), ("acknowledged", "declined", "rerouted")], ids=["withdrawn", "rerouted"])
def test_what_was_taken_back_shows_the_household_no_more(full, opened, events):
    assert opened.get(f"{_path(full)}/surat/{LETTER}.pdf").status_code == 200
    _move(full, *events)
    _shut(full, opened)


def test_a_household_that_took_its_word_back_is_shown_no_more_even_where_it_was_served(full, opened):
    _move(full, "acknowledged", "accepted", "service_started", "concluded")
    with full.database.write() as session:
        row = session.exec(select(Referral)).one()
        consent = Consent(
            case_id=row.case_id, purpose=row.purpose, fields=["name"], source="office", given_on=NOW.date(),
            expires_on=date(2099, 1, 1), recorded_by="user:uji-operator", recorded_at=NOW, withdrawn_at=None,
        )  # fmt: skip
        session.add(consent)
        session.flush()
        row.consent_id = consent.id
        session.add(row)
        consent_id = consent.id
    assert NAME in _one(full, opened)
    with full.database.write() as session:
        consent = session.get_one(Consent, consent_id)
        consent.withdrawn_at = NOW
        session.add(consent)
    _shut(full, opened)


def _shut(full, browser):
    page, listed = _one(full, browser), browser.get(_path(full)).text
    for hidden in (NAME, STREET, PHONE, "Keripik pisang", "warung sintetis", "Sumberjaya"):
        assert hidden not in page + listed, hidden
    assert "Data keluarganya ditutup" in page
    assert "Data ditutup" in listed
    assert "dengan kode kantor" not in page
    refused = browser.get(f"{_path(full)}/surat/{LETTER}.pdf")
    assert refused.status_code == 403
    assert "tidak ada lagi pada instansi Anda" in refused.text


def test_why_the_details_are_closed_is_said_without_opening_anything(full):
    page = _one(full, full.stranger())
    assert "Alamat dan telepon masih tertutup" in page
    assert page.index("Kode kantor Anda belum dibuat") < page.index("Perjalanan")
    assert "<summary>Buka alamat" not in page
