"""Do the pages show why, who stands beside a household, and what another policy would change, without changing anything?"""

import re

import pytest
from factories import run_step, work_of
from page_scene import Pages, token_on
from selection_scenes import OPERATOR, cases, everything, small_cycle

from service.selection.steps import STEPS

HERE = "/siklus/2021/simulasi"


@pytest.fixture
def pages(database, home):
    made = Pages(database, home)
    made.cycle_id = small_cycle(database)
    yield made
    made.app.state.prefect.close()


@pytest.fixture
def placed(pages, database, home):
    run_step(work_of(database, home, pages.cycle_id, OPERATOR.actor), "selection", STEPS, "freeze_registry", "place_households")
    return pages


def tried(browser, text, **fields):
    form = {"csrf": token_on(browser.get(HERE)), "kebijakan": text}
    return browser.post(HERE, data=form, headers={"sec-fetch-site": "same-origin"}, **fields)


def test_the_page_of_a_household_shows_its_neighbours_and_the_hashes(placed, database):
    third = cases(database)[2]
    text = placed.officer("auditor").get(f"/keluarga/2021/{third.household_id}").text
    assert text.count("Tahun dalam program</th>") == 1
    assert text.count("(keluarga ini)") == 1
    assert text.count('data-label="Undian"') == 5
    assert "Cadangan ke-1" in text
    assert re.search(r'data-label="Nilai">\d\d? [A-Z][a-z]+ \d{4}<', text)
    assert not re.search(r'data-label="Nilai">\d{4}-\d\d-\d\d', text)
    assert "Dapat dihitung ulang" in text


def test_a_household_that_is_not_eligible_has_no_neighbours(pages, database, home):
    text = pages.officer("auditor").get("/siklus/2021").text
    run_step(work_of(database, home, pages.cycle_id), "selection", STEPS, "freeze_registry")
    page = pages.officer("auditor").get(f"/keluarga/2021/{cases(database)[0].household_id}").text
    assert "Undian" not in page
    assert "simulasi" not in text


def test_a_trial_shows_who_would_enter_and_leave_and_changes_nothing(placed, database):
    browser = placed.officer("auditor")
    assert "minimum_score: 40" in browser.get(HERE).text
    assert HERE in browser.get("/siklus/2021").text
    before = everything(database)
    answer = tried(browser, "eligibility:\n  minimum_score: 95\n")
    assert answer.status_code == 200
    assert "Nilai di bawah ambang" in answer.text
    assert "minimum_score: 95" in answer.text
    assert "Daftar yang terpilih tetap sama." in tried(browser, "unit_value: 2000000").text
    assert everything(database) == before


def test_a_trial_can_be_a_file_and_a_wrong_one_names_every_fault_and_keeps_the_text(placed):
    browser = placed.officer("operator")
    answer = tried(browser, "", files={"berkas": ("coba.yaml", b"reserve_percent: 0\neligibility: {minimum_score: 95}")})
    assert "Nilai di bawah ambang" in answer.text
    wrong = tried(browser, "umur: 5\nreserve_percent: 200\n")
    assert wrong.status_code == 422
    assert "umur: kunci tidak dikenal" in wrong.text
    assert "reserve_percent: paling banyak 100" in wrong.text
    assert "umur: 5" in wrong.text
    binary = tried(browser, "", files={"berkas": ("coba.yaml", b"\xff\xfe")})
    assert (binary.status_code, "bukan teks UTF-8" in binary.text) == (422, True)


def test_before_the_freeze_there_is_nothing_to_try(pages):
    browser = pages.officer("operator")
    text = browser.get(HERE).text
    assert "belum dibekukan" in text
    assert "<form" not in text.split("<main", 1)[1]
