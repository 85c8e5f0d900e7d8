"""When an office was told on to its head and does nothing all the same, does a person at Dinsos get it to do?"""

from __future__ import annotations

import re
from datetime import date

import pytest
from handoff_scenes import Scene, make_scene
from page_scene import Pages

from service import clock
from service.handoff.queries.stuck import stuck

GOOD = {"outcome": "ACHIEVED", "indicators": {"business_running": True, "turnover_up": True, "nib_issued": True}}
NEVER_BEGAN = "disanggupi dinkop (contoh), layanan belum dimulai sesudah eskalasi"
NO_REPORT = "laporan hasil dinkop (contoh) terlambat sesudah eskalasi"


@pytest.fixture
def pages(database, home):
    made = Pages(database, home)
    yield made
    made.app.state.prefect.close()


def _accepted(database, home, households=1) -> Scene:
    scene = make_scene(database, home, households)
    scene.send_all()
    for referral in scene.referrals():
        scene.reply(referral, "accepted")
    return scene


def _watch_until(scene: Scene, *days: date) -> None:
    for day in days:
        scene.at(day)
        scene.watch()


def _front(pages: Pages, role: str = "operator") -> str:
    page = pages.officer(role).get("/").text
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("Di tangan pihak lain")[0]).split())


def _links(pages: Pages) -> list[str]:
    return re.findall(r'href="([^"]+)"', pages.officer("operator").get("/").text)


def test_accepted_and_never_begun_is_a_persons_task_once_the_escalation_has_passed(database, home, pages):
    scene = _accepted(database, home)
    _watch_until(scene, date(2021, 7, 12), date(2021, 9, 1))
    assert "sesudah eskalasi" not in _front(pages)
    _watch_until(scene, date(2021, 9, 3))
    assert NEVER_BEGAN in _front(pages)
    assert f"/rujukan/{scene.referrals()[0].number}" in _links(pages)
    assert "sesudah eskalasi" not in _front(pages, "approver")
    assert scene.referrals()[0].status == "accepted"
    scene.reply(scene.referrals()[0], "service_started")
    assert "sesudah eskalasi" not in _front(pages)


def test_several_of_one_office_are_one_task_that_leads_to_its_page(database, home, pages):
    scene = _accepted(database, home, households=3)
    _watch_until(scene, date(2021, 9, 1), date(2021, 9, 3))
    assert f"3 rujukan {NEVER_BEGAN}" in _front(pages)
    assert "/instansi/dinkop?tahun=2021#mereka" in _links(pages)


def test_a_clock_that_stands_is_nobodys_task(database, home):
    scene = _accepted(database, home)
    _watch_until(scene, date(2021, 9, 1))
    scene.reply(scene.referrals()[0], "paused", reason="menunggu keluarga")
    scene.at(date(2021, 9, 3))
    assert _stuck(scene) == []


def test_a_report_that_is_late_after_its_escalation_is_a_task_until_it_is_made(database, home, pages):
    scene = _accepted(database, home)
    scene.reply(scene.referrals()[0], "service_started")
    _watch_until(scene, date(2021, 9, 6))
    assert _stuck(scene) == []
    _watch_until(scene, date(2021, 9, 8))
    assert f"1 {NO_REPORT}" in _front(pages)
    assert [(one.what, one.due_on) for one in _stuck(scene)] == [("report", date(2021, 9, 2))]
    scene.reply(scene.referrals()[0], "outcome_reported", month=3, **GOOD)
    assert _stuck(scene) == []


def test_who_made_every_report_and_never_concludes_is_a_task_too(database, home):
    scene = _accepted(database, home)
    scene.reply(scene.referrals()[0], "service_started")
    for month, day in ((3, date(2021, 9, 1)), (6, date(2021, 12, 1)), (12, date(2022, 6, 1))):
        scene.at(day)
        scene.reply(scene.referrals()[0], "outcome_reported", month=month, **GOOD)
    _watch_until(scene, date(2022, 12, 1), date(2022, 12, 5))
    assert [(one.what, one.count, one.first) for one in _stuck(scene)] == [("in_service", 1, "RJK-2021-00001")]


def _stuck(scene: Scene):
    with scene.database.read() as session:
        return stuck(session, scene.cycle_id, clock.now(scene.home))
