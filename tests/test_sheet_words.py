"""Are amounts, days and names on a household's sheet written as people write them?"""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from handoff_scenes import make_scene
from letter_samples import text_of
from sqlmodel import select

from service.db.tables import Letter, Visit
from service.handoff.sheets import indicators_of
from service.letters import letter_file
from service.letters.wording import day_as_written


@pytest.mark.parametrize(
    ("name", "value", "label", "shown"),
    [
        ("omzet_bulanan", 800_000, "Omzet bulanan", "Rp800.000"),
        ("usaha_berjalan", True, "Usaha berjalan", "ya"),
        ("omzet_naik", False, "Omzet naik", "tidak"),
        ("pelanggan_sehari", 1200, "Pelanggan sehari", "1.200"),
        ("kenaikan", 12.5, "Kenaikan", "12,5"),
        ("mulai_jualan", "2022-03-03", "Mulai jualan", "3 Maret 2022"),
        ("catatan", "2022-99-99", "Catatan", "2022-99-99"),
        ("NIB", "sudah", "NIB", "sudah"),
    ],
)
def test_an_indicator_is_written_as_people_write_it(name, value, label, shown):
    sheet = SimpleNamespace(visit=SimpleNamespace(indicators={name: value, "kosong": None}))
    assert indicators_of(sheet) == [{"label": label, "value": shown}]


def test_a_stored_day_is_said_in_words_and_nothing_else_is_touched():
    assert day_as_written("2020-10-31") == "31 Oktober 2020"
    for other in (None, 7, "36.01", "JAMSOSRATU", "2020-13-31", "0123456789"):
        assert day_as_written(other) == other


def test_the_printed_sheet_says_rupiah_the_day_and_capital_letters(database, home):
    scene = make_scene(database, home)
    with database.write() as session:
        visit = session.exec(select(Visit)).one()
        visit.visited_on, visit.indicators = date(2021, 3, 3), {"usaha_berjalan": True, "omzet_bulanan": 800_000}
        session.add(visit)
    scene.send_all()
    with database.read() as session:
        letter = session.get_one(Letter, scene.referrals()[0].letter_id)
        text = " ".join(text_of(letter_file(session, home, letter.code).read_bytes()).split())
    for shown in ("Rp800.000", "kunjungan pendamping tanggal 3 Maret 2021", "Omzet bulanan", "Usaha berjalan"):
        assert shown in text, shown
    assert "03-03-2021" not in text
