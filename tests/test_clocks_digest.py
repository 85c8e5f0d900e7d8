"""Does one mail a day say truly how much is late, a line for each kind, and only when offices are open?"""

from __future__ import annotations

from datetime import date

import pytest
from handoff_scenes import make_scene
from sqlmodel import col, select

from service.db.tables import Cycle, OutcomeReport
from service.messages.mail import text_of


def _late(database, home):
    """Two in service, one of them with two reports late; one not yet answered for."""
    scene = make_scene(database, home, households=3)
    scene.send_all()
    first, second, third = scene.referrals()
    for referral in (first, second):
        for event in ("accepted", "service_started"):
            scene.reply(referral, event)
    with database.write() as session:
        for report in session.exec(select(OutcomeReport).where(col(OutcomeReport.month) < 12)):
            if report.referral_id == first.id or report.month == 3:
                report.due_on = date(2021, 6, 7)
    return scene, [one.number for one in (first, second, third)]


@pytest.mark.parametrize(("day", "which"), [(date(2021, 6, 4), 0), (date(2021, 6, 9), 1)])
def test_reports_are_counted_as_reports_and_referrals_once(database, home, day, which):
    scene, numbers = _late(database, home)
    before = len(scene.mails())
    scene.at(day)
    scene.watch()
    said = text_of(scene.mails()[before + which].body)
    assert "3 rujukan" in said
    lines = [line for line in said.splitlines() if line.startswith("- ")]
    assert [line.split(". ")[0] for line in lines] == [
        "- Laporkan perkembangan sesudah layanan: 3 laporan", "- Konfirmasi penerimaan: 1 rujukan",
    ]  # fmt: skip
    assert f"Nomor: {', '.join(numbers)}\n" in said
    assert "dan lainnya" not in said


def test_a_mail_kept_from_before_can_still_be_sent():
    body = {
        "template": "referral_reminder.txt", "agency": "Dinkop", "day": "2021-06-09", "referrals": 1, "numbers": ["RJK-1"],
        "acts": [{"act": "Mulai layanan", "count": 1, "then": ""}], "office": "dinsos", "link": "https://contoh.invalid",
    }  # fmt: skip
    assert "- Mulai layanan: 1 rujukan\n\nNomor" in text_of(body)


def test_orders_that_are_late_stand_each_on_a_line_of_its_own():
    lines = [{"number": f"PO-{n}", "missing": 1, "due_on": "2021-06-09"} for n in (1, 2)]
    body = {"template": "order_reminder.txt", "supplier": "Toko", "day": "2021-06-10", "orders": 2, "lines": lines, "link": "x"}
    assert [line.split(":")[0] for line in text_of(body).splitlines() if line.startswith("- ")] == ["- PO-1", "- PO-2"]


@pytest.mark.parametrize("closed", [date(2021, 6, 12), date(2021, 6, 13)])
def test_nobody_is_reminded_escalated_or_given_up_on_when_offices_are_closed(database, home, closed):
    """The watch stood still until the weekend; on Monday it goes on."""
    scene = make_scene(database, home)
    scene.send_all()
    before = len(scene.mails())
    scene.at(closed)
    assert (scene.watch().moved, len(scene.mails())) == (0, before)
    scene.at(date(2021, 6, 14))
    assert (scene.watch().moved, len(scene.mails())) == (1, before + 2)


def test_a_local_holiday_is_no_working_day_either(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    with database.write() as session:
        cycle = session.get_one(Cycle, scene.cycle_id)
        cycle.policy = cycle.policy | {"local_holidays": ["2021-06-14"]}
    scene.at(date(2021, 6, 14))
    assert scene.watch().moved == 0
    scene.at(date(2021, 6, 15))
    assert scene.watch().moved == 1
