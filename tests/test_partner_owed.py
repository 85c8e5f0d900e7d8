"""What does an office read on its page when nothing new waits for it but its reports are asked for, or late?"""

from __future__ import annotations

import re
from datetime import date

import pytest
from door_scene import site_of

THANKS = "Tidak ada rujukan yang menunggu Anda"
GOOD = {"outcome": "ACHIEVED", "indicators": {"business_running": True, "turnover_up": True, "nib_issued": True}}


@pytest.fixture
def site(database, home):
    """Three households served to the end; reports of months 3, 6 and 12 are asked of them."""
    with site_of(database, home, 3) as made:
        for day, referral in enumerate(made.scene.referrals(), start=7):
            made.scene.at(date(2021, 6, day))
            for event, said in (("accepted", {}), ("service_started", {}), ("concluded", GOOD)):
                made.scene.reply(referral, event, **said)
        yield made


def _page(site) -> str:
    with site.browser() as browser:
        return browser.get(site.link()).text


def _rows(page: str) -> list[tuple[str, str]]:
    part = page.split('id="laporan"')[1].split("</section>")[0] if 'id="laporan"' in page else ""
    return re.findall(r"(RJK-2021-\d{5})</a>.*?Bulan ke-(\d+)", part)


def test_who_owes_nothing_yet_is_thanked(site):
    assert THANKS in _page(site)


def test_who_is_asked_for_reports_is_not_told_that_nothing_waits(site):
    site.scene.at(date(2021, 8, 25))
    page = _page(site)
    assert THANKS not in page
    assert "Laporan hasil di atas masih ditunggu" in page
    assert "/rujukan.xlsx" in page


def test_who_is_late_reads_how_much_and_sees_one_household_after_the_other(site):
    site.scene.at(date(2021, 9, 1))
    site.scene.reply(site.scene.referrals()[0], "outcome_reported", month=3, **GOOD)
    site.scene.at(date(2021, 12, 20))
    page = _page(site)
    assert THANKS not in page
    assert "5 laporan hasil sudah lewat batasnya" in page
    assert "/rujukan.xlsx" in page
    assert _rows(page) == [
        ("RJK-2021-00002", "3"), ("RJK-2021-00002", "6"), ("RJK-2021-00003", "3"), ("RJK-2021-00003", "6"),
        ("RJK-2021-00001", "6"),
    ]  # fmt: skip
