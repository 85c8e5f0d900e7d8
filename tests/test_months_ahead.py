"""Can an agency settle a month that has not come yet, through any door?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from door_scene import SECRET, by_webhook, cells_of, on_page, on_sheet, read_sheet, send_sheet, sheet_of, site_of
from hypothesis import given
from hypothesis import strategies as st
from outsider import Outsider
from sqlmodel import col, select

from service import clock
from service.db.tables import OutcomeReport
from service.handoff.follow_up import MonthNotCome
from service.handoff.months import EARLY, months_after, opens_on

BEGAN = date(2021, 6, 2)
FIRST_DAY = date(2021, 8, 2)
PROOF = {"business_running": True, "turnover_up": True, "nib_issued": True}
SAID = {"outcome": "ACHIEVED", "indicators": PROOF}
FROM = "Laporan bulan ke-12 baru dapat diberikan mulai Senin, 2 Mei 2022."


@pytest.fixture
def site(database, home):
    with site_of(database, home, 3) as made:
        for row in made.scene.referrals():
            for event in ("accepted", "service_started"):
                made.scene.reply(row, event)
        yield made


def _kept(site):
    with site.scene.database.read() as session:
        chosen = select(OutcomeReport).where(col(OutcomeReport.reported_at).is_not(None))
        return sorted((one.referral_id, one.month) for one in session.exec(chosen))


@given(st.dates(date(2000, 1, 1), date(2200, 1, 1)))
def test_the_report_of_the_first_month_may_be_given_at_once(began):
    assert opens_on(months_after(began, 1)) <= began


@given(st.dates(date(2000, 1, 1), date(2200, 1, 1)), st.integers(2, 120))
def test_a_later_one_not_before_its_month(began, month):
    due = months_after(began, month)
    assert months_after(began, month - 2) < opens_on(due) == due - EARLY


def test_a_month_is_reported_from_a_month_before_it_falls_due_and_not_a_day_earlier(site):
    [row, *_] = site.scene.referrals()
    site.scene.at(FIRST_DAY - timedelta(days=1))
    with pytest.raises(MonthNotCome, match=r"bulan ke-3 baru dapat diberikan mulai Senin, 2 Agustus 2021\."):
        site.scene.reply(row, "outcome_reported", month=3, **SAID)
    assert _kept(site) == []
    site.scene.at(FIRST_DAY)
    site.scene.reply(row, "outcome_reported", month=3, **SAID)
    assert _kept(site) == [(row.id, 3)]


def test_every_door_refuses_a_month_ahead_beside_its_field_and_keeps_nothing(site):
    page, sheet, hook = site.scene.referrals()
    link, said = site.link(), {"month": 12, **SAID}
    form = {
        "aksi": "outcome_reported", "rujukan": page.number, "bulan": "12", "hasil": "ACHIEVED", "business_running": "ya",
        "turnover_up": "ya", "indikator": "nib_issued",
    }  # fmt: skip
    with site.browser() as browser:
        shown = browser.post(link, params={"rujukan": page.number}, data=form)
        rows = dict((row["nomor_rujukan"], row) for _, row in read_sheet(browser.get(f"{link}/rujukan.xlsx").content))
        rows[sheet.number] |= cells_of("outcome_reported", said)
        brought = send_sheet(browser, link, sheet_of(rows.values()))
    with site.browser(accept="application/json") as posts:
        answer = Outsider(posts, "dinkop", SECRET).tell("referral.outcome_reported", {"referral": hook.number, **said})
    assert (shown.status_code, brought.status_code, answer.status_code) == (422, 422, 422)
    assert FROM in shown.text
    assert 'href="#bulan"' in shown.text
    assert "kolom Laporan bulan: Laporan bulan ini baru dapat diberikan mulai Senin, 2 Mei 2022." in brought.text
    assert answer.json()["faults"] == [{"field": "data.month", "fault": "baru dapat diberikan mulai Senin, 2 Mei 2022"}]
    assert _kept(site) == []


def test_page_and_table_offer_only_what_may_be_given(site):
    [row, *_] = site.scene.referrals()
    link = site.link()
    with site.browser() as browser:
        early = browser.get(link, params={"rujukan": row.number}).text
        _, line = read_sheet(browser.get(f"{link}/rujukan.xlsx").content)[0]
        site.scene.at(FIRST_DAY)
        later = browser.get(link, params={"rujukan": row.number}).text
        _, in_time = read_sheet(browser.get(f"{link}/rujukan.xlsx").content)[0]
    assert 'value="outcome_reported"' not in early
    assert "Bulan ke-3: batas 2 Sep 2021" in early
    assert "dapat diisi mulai 2 Agu 2021" in early
    assert line["laporan_bulan"] == ""
    assert '<option value="3" selected>Bulan ke-3</option>' in later
    assert '<option value="6"' not in later
    assert in_time["laporan_bulan"] == "3"


def test_once_its_month_has_come_every_door_takes_it(site):
    page, sheet, hook = site.scene.referrals()
    site.scene.at(FIRST_DAY)
    link, said = site.link(), {"month": 3, **SAID}
    on_page(site, link, page.number, "outcome_reported", said)
    on_sheet(site, link, sheet.number, "outcome_reported", said)
    by_webhook(site, hook.number, "outcome_reported", said)
    assert _kept(site) == [(page.id, 3), (sheet.id, 3), (hook.id, 3)]
    assert clock.today(site.scene.home) == FIRST_DAY
