"""Is whoever sends a letter told what is still to be done for its receiver: the code to make, the signature to bring back?"""

from __future__ import annotations

import re

import pytest
from handoff_scenes import make_scene
from page_scene import LETTER, Pages

from service.trust.accounts import officer_by_login
from service.trust.links import new_code_for

TASK = "instansi menerima rujukan tetapi belum punya kode kantor"
BATCH = "/batch/BTC-2021-0001"


@pytest.fixture
def sent(database, home):
    scene = make_scene(database, home, households=2)
    scene.send_all()
    made = Pages(database, home)
    yield made
    made.app.state.prefect.close()


def _text(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_an_agency_without_a_code_is_a_task_until_it_has_one(sent):
    browser = sent.officer("operator")
    home = browser.get("/")
    assert f"1 {TASK}" in _text(home)
    [address] = re.findall(r'href="(/instansi/[^"]+#tautan)"', home.text.replace("&amp;", "&"))
    assert "Buat kode kantor baru" in browser.get(address.removesuffix("#tautan")).text
    with sent.database.write() as session:
        new_code_for(session, sent.house.sealer, officer_by_login(session, "uji-operator"), address.split("/")[2].split("?")[0])
    assert TASK not in _text(browser.get("/"))


def test_who_may_not_make_codes_is_not_asked_to(sent):
    assert TASK not in _text(sent.officer("auditor").get("/"))


def test_the_page_of_a_sent_letter_says_what_is_left_to_do(sent):
    page = _text(sent.officer("operator").get(BATCH))
    assert "Surat pengantar belum ditandatangani elektronik" in page
    assert "Instansi ini belum punya kode kantor" in page


@pytest.mark.parametrize("path", ["/r/{link}", "/v/{letter}", "/", "/masuk", "/entah", "/r/{link}/rujukan.xlsx"])
def test_a_mail_gateway_that_asks_with_head_sees_what_a_reader_would(full, path):
    address = path.format(link=full.links["agency"], letter=LETTER)
    read, asked = full.stranger().get(address), full.stranger().head(address)
    assert (asked.status_code, asked.content) == (read.status_code, b"")
    assert asked.headers.get("content-type") == read.headers.get("content-type")


@pytest.fixture
def full(database, home):
    made = Pages(database, home).with_things()
    yield made
    made.app.state.prefect.close()
