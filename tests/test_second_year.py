"""Does everything of the year that still runs stay in sight when the next year's cycle is opened?"""

from __future__ import annotations

import re

import pytest
from factories import make_cycle
from page_scene import Pages
from sqlmodel import select

from service.db.history import Told, record_move
from service.db.tables import Cycle, Referral
from service.lifecycle import Subject


@pytest.fixture
def second_year(database, home):
    """A referral of 2021 was declined; then 2022 begins."""
    made = Pages(database, home).with_things()
    with database.write() as session:
        referral = session.exec(select(Referral)).one()
        told = Told("partner:dinkop-a", referral.status_since)
        record_move(session, Subject.REFERRAL, referral.id, "acknowledged", told)
        record_move(session, Subject.REFERRAL, referral.id, "declined", told)
        make_cycle(session, 2022)
    yield made
    made.app.state.prefect.close()


def _text(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_what_waits_of_the_year_before_is_still_a_task(second_year):
    home = second_year.officer("operator").get("/")
    assert "1 rujukan ditolak instansi (siklus 2021)" in _text(home)
    assert 'href="/rujukan?tahun=2021&amp;status=declined"' in home.text
    assert "Siklus 2022" in _text(home)
    for year in (2021, 2022):
        assert f'href="/siklus/{year}/menunggu"' in home.text


def test_a_closed_year_gives_no_tasks(second_year):
    with second_year.database.write() as session:
        session.exec(select(Cycle).where(Cycle.year == 2021)).one().status = "closed"
    assert "siklus 2021" not in _text(second_year.officer("operator").get("/")).lower()


@pytest.mark.parametrize(
    "path", ["/rujukan", "/instansi", "/instansi/dinkop-a", "/keluarga", "/pesanan", "/paket", "/kunjungan", "/stok"]
)
def test_every_list_leads_to_the_same_list_of_the_other_year(second_year, path):
    browser = second_year.officer("operator")
    newest = browser.get(path)
    assert newest.status_code == 200
    assert f'<a href="{path}?tahun=2021">Siklus 2021</a>' in newest.text
    assert f'<a href="{path}?tahun=2022" aria-current="page">Siklus 2022</a>' in newest.text
    assert f'<a href="{path}?tahun=2021" aria-current="page">' in browser.get(f"{path}?tahun=2021").text


def test_with_one_year_there_is_nothing_to_choose(database, home):
    made = Pages(database, home).with_things()
    assert 'aria-label="Siklus"' not in made.officer("operator").get("/rujukan").text
    made.app.state.prefect.close()
