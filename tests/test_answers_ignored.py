"""Does a partner learn which of its fields nobody knows, and does a late report leave the front page again?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from door_scene import SECRET, site_of
from handoff_scenes import OPERATOR
from outsider import Outsider
from sqlmodel import col, select

from service import clock
from service.api.console.waiting import LATE_DAYS
from service.db.tables import InboundMessage
from service.handoff.decisions import withdraw_referral

NUMBER = "RJK-2021-00001"
NIK = "3601 0199 0680 9901"  # synthetic


@pytest.fixture
def site(database, home):
    with site_of(database, home, 1) as made:
        yield made


def _tell(site, event, said, message_id=None):
    with site.browser(accept="application/json") as posts:
        return Outsider(posts, "dinkop", SECRET).tell(f"referral.{event}", {"referral": NUMBER, **said}, message_id)


def _messages(site):
    with site.scene.database.read() as session:
        return list(session.exec(select(InboundMessage).order_by(col(InboundMessage.id))))


def test_a_mistyped_field_is_named_in_the_answer_of_what_was_taken(site):
    told = _tell(site, "acknowledged", {"register_nummer": "8", "petugas": {"nama": "x"}}, "m-1")
    assert (told.status_code, told.json()) == (202, {"result": "applied", "ignored": ["data.register_nummer", "data.petugas"]})
    assert _tell(site, "acknowledged", {"register_nummer": "8"}, "m-1").json()["result"] == "duplicate"
    parked = _tell(site, "service_started", {"catatan": "mulai"})
    assert parked.json() == {"result": "parked", "ignored": ["data.catatan"]}
    assert _tell(site, "waitlisted", {"waitlist_until": "2021-09-01", "version": None}).json() == {"result": "applied"}
    kept = _messages(site)[0].id
    with site.officer("operator") as browser:
        assert "register_nummer, petugas" in browser.get(f"/pesan/masuk/{kept}").text
        assert "Kolom yang tidak dikenal" not in browser.get(f"/pesan/masuk/{_messages(site)[-1].id}").text


def test_a_long_or_endless_list_of_unknown_fields_is_told_in_part(site):
    said = _tell(site, "acknowledged", {f"{n}" + "x" * 200: 1 for n in range(200)}).json()
    assert len(said["ignored"]) == 20
    assert max(map(len, said["ignored"])) == len("data.") + 60


@pytest.mark.parametrize(
    "field", [{"nik": NIK}, {"nik": 3601019906809901}, {"orang": {"ktp": [NIK]}}, {"k3601019906809901": "ya"}]
)
def test_a_persons_number_in_a_field_nobody_knows_is_refused_and_not_kept(site, field):
    told = _tell(site, "acknowledged", field)
    assert told.status_code == 422
    [fault] = told.json()["faults"]
    assert fault["field"] == f"data.{next(iter(field))}".replace("3601019906809901", "…")
    assert fault["fault"] == "memuat 16 angka seperti NIK; jangan kirim nomor milik orang"
    assert NIK not in told.text
    assert "3601019906809901" not in told.text
    assert _messages(site) == []


def test_a_late_report_is_on_the_front_page_for_some_days_and_then_in_its_list_only(site):
    with site.scene.database.write() as session:
        withdraw_referral(session, OPERATOR, site.scene.referrals()[0], "MISTAKE", site.scene.told("user:o"))
    assert _tell(site, "acknowledged", {}).json() == {"result": "late"}
    today, words = clock.today(site.scene.home), "1 laporan mitra datang terlambat dalam 14 hari terakhir"
    with site.officer("operator") as browser:
        assert words in browser.get("/").text
        site.scene.at(today + timedelta(days=LATE_DAYS), hour=9)
        assert words in browser.get("/").text
        site.scene.at(today + timedelta(days=LATE_DAYS + 1), hour=9)
        assert "laporan mitra datang terlambat" not in browser.get("/").text
        assert NUMBER in browser.get("/pesan").text
