"""Does somebody learn that a letter must be taken to an agency which no mail and no message reaches?"""

from __future__ import annotations

import pytest
from factories import make_officer
from handoff_scenes import make_scene
from page_scene import Pages

from service.api.console import note_tasks
from service.db.tables import Cycle, Partner
from service.policy import CyclePolicy

WORDS, TASK = "Surat ini harus diantar sendiri", "surat rujukan harus diantar sendiri: instansinya tidak punya alamat surel"
BATCH = "BTC-2021-0001"


@pytest.fixture
def scene(database, home):
    return make_scene(database, home)


def reach(scene, **fields):
    with scene.database.write() as session:
        agency = session.get_one(Partner, scene.agencies["dinkop"].id)
        for name, value in fields.items():
            setattr(agency, name, value)


def tasks(scene, role="operator", regencies=()):
    with scene.database.read() as session:
        cycle = session.get_one(Cycle, scene.cycle_id)
        today = scene.told("user:o").at.date()
        rows = note_tasks.rows_of(session, make_officer(role, "uji", regencies), cycle, today, CyclePolicy())
    return [(row.count, row.href) for row in rows if row.what == TASK]


def page(pages):
    return pages.officer("operator").get(f"/batch/{BATCH}").text


def test_a_letter_nobody_is_mailed_is_a_task_until_the_agency_has_it(scene):
    reach(scene, contact="")
    scene.run()
    assert tasks(scene) == []
    scene.sign_all()
    scene.run()
    assert [r.status for r in scene.referrals()] == ["sent"]
    assert scene.mails() == []
    assert tasks(scene) == [(1, f"/batch/{BATCH}")]
    assert tasks(scene, regencies=("36.02",)) == []
    assert tasks(scene, "auditor") == []
    pages = Pages(scene.database, scene.home)
    told = page(pages)
    assert WORDS in told
    assert f"/data/mitra/edit?pk={scene.agencies['dinkop'].id}" in told
    assert TASK in pages.officer("operator").get("/").text
    assert WORDS in pages.officer("approver").get(f"/batch/{BATCH}").text
    scene.reply(scene.referrals()[0], "acknowledged")
    assert tasks(scene) == []
    assert WORDS not in page(pages)


@pytest.mark.parametrize("fields", [{"contact": "a@contoh.invalid"}, {"contact": "", "webhook_url": "https://a.invalid/x"}])
def test_an_agency_that_is_told_otherwise_is_no_task(scene, fields):
    reach(scene, **fields)
    scene.send_all()
    assert tasks(scene) == []
    assert WORDS not in page(Pages(scene.database, scene.home))
