"""What does an office see that clicked twice, or answered what had moved on meanwhile?"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from factories import NOW
from handoff_scenes import let_its_month_come
from sqlmodel import col, select

from service.db.history import Told, record_move
from service.db.tables import Move, OutcomeReport, Referral
from service.lifecycle import Subject

FIRST, SECOND, THIRD = (f"RJK-2021-0000{n}" for n in (1, 2, 3))


@pytest.fixture
def full(full):
    full.more_referrals(2)
    return full


class Office:
    """A browser behind the agency's link, which sends a form as the page of one referral gives it."""

    def __init__(self, full):
        self.full, self.browser, self.path = full, full.stranger(), f"/r/{full.links['agency']}"

    def version(self, number=FIRST):
        return re.search(r'name="versi" value="(\d+)"', self.one(number)).group(1)

    def one(self, number=FIRST):
        return self.browser.get(self.path, params={"rujukan": number}).text

    def say(self, event, version="", number=FIRST, **more):
        data = {"aksi": event, "rujukan": number, "versi": version, **more}
        return self.browser.post(self.path, params={"rujukan": number}, data=data)


@pytest.fixture
def office(full):
    return Office(full)


def _withdraw(full, number):
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == number)).one()
        record_move(session, Subject.REFERRAL, row.id, "withdrawn", Told("user:uji-operator", NOW, "CASE_ENDED"))


def _told(full, event):
    with full.database.read() as session:
        chosen = select(Move.id).where(Move.subject == "referral", Move.event == event)
        return len(session.exec(chosen).all())


CLICKS = [
    ("acknowledged", {}, ()),
    ("accepted", {"nomor": "518/1"}, ("acknowledged",)),
    ("waitlisted", {"sampai": f"{date.today() + timedelta(days=60)}"}, ("acknowledged",)),
    ("declined", {"alasan": "NO_CAPACITY"}, ("acknowledged",)),
    ("returned", {"alasan": "MISSING_DOCUMENT"}, ("acknowledged",)),
    ("service_started", {"catatan": "Pendampingan NIB"}, ("acknowledged", "accepted")),
    ("concluded", {"hasil": "ACHIEVED", "indikator": "nib_issued"}, ("accepted", "service_started")),
]


@pytest.mark.parametrize(("event", "more", "before"), CLICKS, ids=[click[0] for click in CLICKS])
def test_a_second_click_on_the_same_page_says_that_it_is_done(full, office, event, more, before):
    for earlier in before:
        office.say(earlier)
    version = office.version()
    first, second = (office.say(event, version, **more) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert "Belum tersimpan" not in office.browser.get(second.headers["location"]).text
    assert _told(full, event) == 1


def test_a_second_click_on_a_pause_its_end_and_a_report_has_effect_once(full, office):
    for earlier in ("accepted", "service_started"):
        office.say(earlier)
    report = {"bulan": "3", "hasil": "ACHIEVED", "business_running": "ya", "turnover_up": "ya", "indikator": "nib_issued"}
    let_its_month_come(full.database, full.house.home)
    for event, more in (("paused", {"sebab": "menunggu keluarga"}), ("resumed", {}), ("outcome_reported", report)):
        answers = [office.say(event, **more) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303], event
    with full.database.read() as session:
        row = session.exec(select(Referral).where(Referral.number == FIRST)).one()
        kept = session.exec(select(OutcomeReport).where(col(OutcomeReport.reported_at).is_not(None))).all()
    assert (row.paused_at, row.paused_reason, row.paused_days) == (None, None, 0)
    assert [(one.month, one.outcome) for one in kept] == [(3, "ACHIEVED")]


def test_who_is_overtaken_by_a_withdrawal_is_told_what_happened(full, office):
    version = office.version()
    _withdraw(full, FIRST)
    late = office.say("accepted", version)
    assert late.status_code == 409
    assert "sudah berubah sejak Anda membukanya" in late.text
    assert "rujukan ditarik (Keluarga sudah berhenti)" in late.text
    assert "Sanggupi" not in late.text
    plain = office.say("accepted")
    assert plain.status_code == 409
    assert "sudah tidak menunggu jawaban ini. Yang terakhir tercatat: rujukan ditarik" in plain.text


@pytest.mark.parametrize(
    ("event", "more", "told"),
    [
        ("note", {"pesan": "Keluarga pindah ke desa sebelah"}, "ada catatan baru"),
        ("paused", {"sebab": "menunggu keluarga"}, "tenggat dihentikan"),
    ],
)
def test_who_is_overtaken_by_a_colleague_reads_it_before_deciding(office, event, more, told):
    office.say("acknowledged")
    version = office.version()
    assert office.say(event, **more).status_code == 303
    late = office.say("accepted", version)
    assert late.status_code == 409
    assert told in late.text
    assert next(iter(more.values())) in late.text
    assert office.say("accepted", office.version()).status_code == 303


def test_a_colleague_who_decided_otherwise_wins_and_the_second_is_told(full, office):
    office.say("acknowledged")
    version = office.version()
    assert office.say("declined", version, alasan="NO_CAPACITY").status_code == 303
    late = office.say("accepted", version)
    assert late.status_code == 409
    assert "ditolak instansi (Daya tampung penuh)" in late.text


def test_what_could_not_follow_in_bulk_is_named_with_what_became_of_it(full, office):
    office.browser.post(office.path, data={"aksi": "acknowledged", "semua": "1"})
    _withdraw(full, SECOND)
    done = office.browser.post(office.path, data={"aksi": "accepted", "rujukan": [FIRST, SECOND, THIRD]})
    assert done.status_code == 303
    page = office.browser.get(done.headers["location"]).text
    assert "2 rujukan disanggupi" in page
    notice = re.search(r"1 rujukan yang Anda pilih tidak ikut.*?</ul>", page, re.DOTALL).group(0)
    assert SECOND in notice
    assert "Ditarik" in notice
    assert FIRST not in notice


def test_when_nothing_could_follow_all_are_named(full, office):
    for number in (FIRST, SECOND):
        _withdraw(full, number)
    refused = office.browser.post(office.path, data={"aksi": "accepted", "rujukan": [FIRST, SECOND]})
    assert refused.status_code == 409
    assert f"Begitu juga {SECOND}." in refused.text


def test_the_address_names_nothing_that_is_not_behind_the_link(full, office):
    other = full.stranger().get(f"/r/{full.links['other']}", params={"luput": f"{FIRST},RJK-2021-99999,<b>"})
    assert other.status_code == 200
    assert "tidak ikut" not in other.text
    assert "<b>" not in other.text


@pytest.mark.parametrize("place", ["²", "9" * 30, "-1", "1e9"])
def test_a_place_in_the_list_that_is_none_shows_the_beginning(full, office, place):
    answer = office.browser.get(office.path, params={"bagian": "baru", "setelah": place})
    assert answer.status_code == 200
    assert FIRST in answer.text
