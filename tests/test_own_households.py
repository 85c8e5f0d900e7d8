"""Does a facilitator see, and speak for, only the households she accompanies?"""

from __future__ import annotations

import pytest
from page_scene import LETTER
from sqlmodel import select

from service.db.tables import CaseNeed, Household, Parcel, User

NUMBER = "RJK-2021-00001"


def _hers(full, code: str) -> None:
    """All households are named with this code, and no parcel is entrusted to anybody."""
    with full.database.write() as session:
        for row in session.exec(select(Household)):
            row.facilitator_code = code
        for parcel in session.exec(select(Parcel)):
            parcel.facilitator_id = None


@pytest.fixture
def pages(full):
    with full.database.read() as session:
        household = session.exec(select(Household.id)).first()
        parcel = session.exec(select(Parcel.number)).first()
    return [f"/keluarga/2021/{household}", f"/rujukan/{NUMBER}", f"/surat/{LETTER}", f"/paket/{parcel}"]


def test_the_household_of_a_colleague_is_refused_wherever_it_is_shown(full, pages):
    _hers(full, "ZZ-1")
    browser = full.officer("facilitator")
    assert {path: browser.get(path).status_code for path in pages} == dict.fromkeys(pages, 403)
    answer = browser.post(f"{pages[0]}/layanan", data={"layanan": "NIB"}, headers={"origin": "http://testserver"})
    assert answer.status_code in (403, 422)
    with full.database.read() as session:
        assert session.exec(select(CaseNeed)).all() == []
    assert "<tbody><tr>" not in browser.get("/keluarga").text.replace("\n", "")


def test_her_own_household_is_shown(full, pages):
    _hers(full, "F77")
    browser = full.officer("facilitator")
    with full.database.write() as session:
        session.exec(select(User).where(User.login == "uji-facilitator")).one().login = "fas-f77"
    assert {path: browser.get(path).status_code for path in pages} == dict.fromkeys(pages, 200)
    assert 'href="/keluarga/2021/1"' in browser.get("/keluarga").text


def test_lists_of_many_households_are_not_for_the_field(full):
    browser = full.officer("facilitator")
    for path in ("/rujukan", "/paket", "/kunjungan", "/instansi", "/batch/BTC-2021-0001", "/pesan/masuk/1"):
        assert browser.get(path).status_code == 403, path
    assert 'href="/rujukan"' not in browser.get("/keluarga").text


def test_whoever_works_in_the_office_too_sees_the_region(full, pages):
    _hers(full, "ZZ-1")
    browser = full.officer("operator")
    assert {path: browser.get(path).status_code for path in pages} == dict.fromkeys(pages, 200)
