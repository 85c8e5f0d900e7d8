"""Does a mistyped office code leave the officer where the code is asked, and does typing in vain stay bounded?"""

from __future__ import annotations

import pytest
from sqlmodel import select

from service.db.tables import PartnerLink
from service.trust.accounts import officer_by_login
from service.trust.links import new_code_for

NUMBER = "RJK-2021-00001"


@pytest.fixture
def code(full):
    with full.database.write() as session:
        return new_code_for(session, full.house.sealer, officer_by_login(session, "uji-operator"), "dinkop-a")


def _enter(full, code, browser=None):
    path = f"/r/{full.links['agency']}/kode"
    return (browser or full.stranger()).post(path, params={"rujukan": NUMBER}, data={"kode": code, "rujukan": NUMBER})


def _other(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def _wrong_tries(full):
    with full.database.read() as session:
        return max(link.wrong_codes for link in session.exec(select(PartnerLink)).all())


def _asks_again(shown):
    return f'Rujukan <span class="number">{NUMBER}</span>' in shown.text and 'id="kode"' in shown.text


def test_a_wrong_code_shows_the_same_referral_with_the_field_and_its_fault(full, code):
    shown = _enter(full, _other(code))
    assert shown.status_code == 422
    assert _asks_again(shown)
    assert '<p class="fault" id="kode-salah">Kode tidak cocok. Sisa 4 kali percobaan.</p>' in shown.text
    assert _other(code) not in shown.text


def test_a_form_of_an_older_page_without_the_number_in_its_address_is_answered_the_same(full, code):
    path = f"/r/{full.links['agency']}/kode"
    shown = full.stranger().post(path, data={"kode": _other(code), "rujukan": NUMBER})
    assert _asks_again(shown)


def test_loading_the_address_of_the_answer_again_opens_the_page_with_the_field(full, code):
    browser = full.stranger()
    path = f"/r/{full.links['agency']}"
    again = browser.get(f"{path}/kode", params={"rujukan": NUMBER})
    assert (again.status_code, again.headers["location"]) == (303, f"{path}?rujukan={NUMBER}")
    assert _asks_again(browser.get(again.headers["location"]))
    assert browser.get(f"{path}/kode").headers["location"] == path


@pytest.mark.parametrize("typed", ["", "  ", "abc", "12345", "1234567", "१२३४५६", "1" * 300])
def test_what_cannot_be_a_code_is_a_fault_of_the_field_and_no_try(full, code, typed):
    shown = _enter(full, typed)
    assert shown.status_code == 422
    assert _asks_again(shown)
    assert 'id="kode-salah">Isi 6 angka kode kantor Anda.' in shown.text
    assert _wrong_tries(full) == 0


def test_a_code_written_with_spaces_is_the_code(full, code):
    assert _enter(full, f" {code[:3]} {code[3:]} ").status_code == 303


def test_a_right_code_forgets_the_wrong_ones_before_it(full, code):
    for _ in range(4):
        _enter(full, _other(code))
    assert _wrong_tries(full) == 4
    assert _enter(full, code).status_code == 303
    assert _wrong_tries(full) == 0
    assert "Sisa 4 kali percobaan" in _enter(full, _other(code)).text


def test_nothing_but_a_right_code_forgets_wrong_ones_and_a_locked_link_stays_locked(full, code):
    for typed in (_other(code), "abc", _other(code), "", _other(code), "12", _other(code), _other(code)):
        _enter(full, typed)
    locked = _enter(full, code)
    assert locked.status_code == 422
    assert "Terlalu banyak kode yang salah" in locked.text
    assert 'href="#kode"' not in locked.text
    assert _wrong_tries(full) == 5
