"""Is what an agency's answer cannot mean refused, each fault at its own field and in plain words, whichever way it comes?"""

from __future__ import annotations

from datetime import date

import pytest
from door_scene import SECRET, on_sheet, read_sheet, send_sheet, sheet_of, site_of
from handoff_scenes import let_its_month_come
from outsider import Outsider
from sqlmodel import col, select

from service.db.tables import InboundMessage
from service.handoff.outcome import INDICATORS, OUTCOMES, WrongOutcome, check_outcome
from service.handoff.replies import WrongReply, read_reply

NUMBER = "RJK-2021-00001"
AGAINST = "bertentangan dengan buktinya: tidak satu pun indikator menyatakan ada yang tercapai"
KNOWN = "tidak dikenal; yang dikenal: " + ", ".join(INDICATORS)


@pytest.fixture
def site(database, home):
    with site_of(database, home, 2) as made:
        yield made


@pytest.fixture
def serving(site):
    for event in ("accepted", "service_started"):
        site.scene.reply(site.scene.referrals()[0], event)
    return site


def _tell(site, event, said):
    with site.browser(accept="application/json") as posts:
        return Outsider(posts, "dinkop", SECRET).tell(f"referral.{event}", {"referral": NUMBER, **said})


def _faults(site, event, said):
    answer = _tell(site, event, said)
    assert answer.status_code == 422, answer.text
    return {fault["field"]: fault["fault"] for fault in answer.json()["faults"]}


def _kept(site):
    with site.scene.database.read() as session:
        messages = session.exec(select(InboundMessage.id).order_by(col(InboundMessage.id))).all()
    return messages, [row.model_dump() for row in site.scene.referrals()]


@pytest.mark.parametrize("event", ["concluded", "outcome_reported"])
def test_an_indicator_nobody_knows_is_named_with_those_that_are(serving, event):
    before, month = _kept(serving), {"month": 3} if event == "outcome_reported" else {}
    told = _faults(serving, event, {**month, "outcome": "ACHIEVED", "indicators": {"foo": 1, "nib": True, "nib_issued": True}})
    assert told == {"data.indicators.foo": KNOWN, "data.indicators.nib": KNOWN}
    assert _kept(serving) == before


@pytest.mark.parametrize(
    "proofs",
    [
        {"nib_issued": False, "business_running": False}, {"credit_received": 0}, {"credit_received": -5},
        {"training_finished": "belum"}, {"training_finished": " "}, {"off_taker": 0.0},
    ],
)  # fmt: skip
def test_reached_without_one_proof_is_a_contradiction_and_not_reached_is_none(proofs):
    for outcome in ("ACHIEVED", "PARTIALLY_ACHIEVED"):
        with pytest.raises(WrongOutcome, match=AGAINST):
            check_outcome(outcome, proofs)
        with pytest.raises(WrongReply, match=f"outcome {OUTCOMES[outcome]} {AGAINST}"):
            read_reply("concluded", {"referral": NUMBER, "outcome": outcome, "indicators": proofs})
    assert check_outcome("NOT_ACHIEVED", proofs) == ("NOT_ACHIEVED", proofs)


@pytest.mark.parametrize(
    "proofs", [{"nib_issued": True, "turnover_up": False}, {"credit_received": 1}, {"off_taker": "dua toko"}]
)
def test_one_proof_is_enough(proofs):
    assert check_outcome("ACHIEVED", proofs) == ("ACHIEVED", proofs)


def test_the_webhook_refuses_a_contradiction_at_the_outcome_and_keeps_nothing(serving):
    before = _kept(serving)
    said = {"outcome": "ACHIEVED", "indicators": {"nib_issued": False, "business_running": False}}
    assert _faults(serving, "concluded", said) == {"data.outcome": f"Tercapai {AGAINST}"}
    assert _kept(serving) == before


def test_the_page_tells_the_contradiction_beside_the_outcome(serving):
    let_its_month_come(serving.scene.database, serving.scene.home)
    before = _kept(serving)
    forms = [
        ("concluded", {"hasil": "ACHIEVED", "pembiayaan": "0"}, "hasil"),
        ("outcome_reported", {"bulan": "3", "hasil": "ACHIEVED", "business_running": "tidak", "turnover_up": "tidak"},
         "hasil-bulan"),
    ]  # fmt: skip
    with serving.browser() as browser:
        for event, form, place in forms:
            told = browser.post(serving.link(), params={"rujukan": NUMBER}, data={"aksi": event, "rujukan": NUMBER, **form})
            assert told.status_code == 422
            assert f'<p class="fault" id="{place}-salah">Tercapai {AGAINST}</p>' in told.text
    assert _kept(serving) == before


def test_the_table_tells_it_at_the_cell(serving):
    before, link = _kept(serving), serving.link()
    with serving.browser() as browser:
        rows = {row["nomor_rujukan"]: row for _, row in read_sheet(browser.get(f"{link}/rujukan.xlsx").content)}
        rows[NUMBER] |= {"hasil": "Tercapai", "bukti_nib_issued": "tidak"}
        told = send_sheet(browser, link, sheet_of(rows.values()))
    assert told.status_code == 422
    assert f"Baris 2, kolom Hasil: Tercapai {AGAINST}." in told.text
    assert _kept(serving) == before
    on_sheet(serving, link, NUMBER, "concluded", {"outcome": "ACHIEVED", "indicators": {"nib_issued": True}})


def test_every_fault_of_a_message_has_a_field_of_its_own_and_no_english(serving):
    told = _faults(serving, "concluded", {"outcome": "BAGUS", "indicators": {"nib_issued": [1]}})
    assert told == {
        "data.outcome": "harus salah satu dari ACHIEVED, PARTIALLY_ACHIEVED, NOT_ACHIEVED",
        "data.indicators.nib_issued": "isi dengan true/false, angka, atau teks paling panjang 200 huruf",
    }
    assert _faults(serving, "concluded", {"outcome": "ACHIEVED", "indicators": {}}) == {
        "data.indicators": "wajib diisi, sedikitnya satu bukti hasil"
    }
    assert _faults(serving, "declined", {"reason": "OTHER"}) == {"data.note": "wajib dijelaskan bila alasannya OTHER"}
    wrong = _faults(serving, "declined", {"reason": "MALAS"})
    assert list(wrong) == ["data.reason"]
    assert wrong["data.reason"].endswith("'CANNOT_REACH' atau 'OTHER'")
    assert " or " not in wrong["data.reason"]


def test_a_report_by_month_is_refused_at_the_field_that_is_wrong(serving):
    good = {"business_running": True, "turnover_up": True}
    assert _faults(serving, "outcome_reported", {"month": 4, "outcome": "ACHIEVED", "indicators": good}) == {
        "data.month": "tidak diminta; yang diminta: 3, 6, 12"
    }
    assert _faults(serving, "outcome_reported", {"month": 3, "outcome": "ACHIEVED", "indicators": {"nib_issued": True}}) == {
        f"data.indicators.{name}": "wajib dijawab true atau false" for name in good
    }
    with serving.browser() as browser:
        form = {"bulan": "4", "hasil": "ACHIEVED", "business_running": "ya", "turnover_up": "ya"}
        data = {"aksi": "outcome_reported", "rujukan": NUMBER, **form}
        told = browser.post(serving.link(), params={"rujukan": NUMBER}, data=data)
    assert (told.status_code, "Laporan bulan ke-4 tidak diminta. Yang diminta: 3, 6, 12." in told.text) == (422, True)


def test_a_reply_is_refused_in_indonesian_also_inside(site):
    with pytest.raises(
        WrongReply, match=r"^Jawaban belum benar: register_number terlalu panjang .paling banyak 60 karakter."
    ) as told:
        read_reply("accepted", {"referral": NUMBER, "register_number": "9" * 5 + "x" * 60})
    assert told.value.details["faults"] == [
        {"field": "register_number", "fault": "terlalu panjang (paling banyak 60 karakter)"}
    ]


DAYS = [
    ("2021-06-01", "tanggal 01-06-2021 sudah lewat; tulis hari ini atau sesudahnya"),
    ("2023-06-04", "tanggal 04-06-2023 terlalu jauh; paling lambat 03-06-2023"),
    ("9999-12-31", "tanggal 31-12-9999 terlalu jauh; paling lambat 03-06-2023"),
]


@pytest.mark.parametrize(("until", "why"), DAYS)
def test_nobody_waits_until_a_day_that_has_passed_or_is_too_far(site, until, why):
    site.scene.reply(site.scene.referrals()[0], "acknowledged")
    before, link = _kept(site), site.link()
    assert _faults(site, "waitlisted", {"waitlist_until": until}) == {"data.waitlist_until": why}
    with site.browser() as browser:
        data = {"aksi": "waitlisted", "rujukan": NUMBER, "sampai": until}
        told = browser.post(link, params={"rujukan": NUMBER}, data=data)
        assert (told.status_code, f'<p class="fault" id="sampai-salah">T{why[1:]}</p>' in told.text) == (422, True)
        rows = {row["nomor_rujukan"]: row for _, row in read_sheet(browser.get(f"{link}/rujukan.xlsx").content)}
        rows[NUMBER] |= {"jawaban": "daftar tunggu", "tunggu_sampai": until}
        told = send_sheet(browser, link, sheet_of(rows.values()))
    assert (told.status_code, f"Baris 2, kolom Tunggu sampai: T{why[1:]}." in told.text) == (422, True)
    with pytest.raises(WrongReply, match="waitlist_until tanggal"):
        site.scene.reply(site.scene.referrals()[0], "waitlisted", waitlist_until=until)
    assert _kept(site) == before


@pytest.mark.parametrize("until", ["2021-06-02", "2023-06-03"])
def test_today_and_two_years_are_days_to_wait_for(site, until):
    site.scene.reply(site.scene.referrals()[0], "acknowledged")
    assert _tell(site, "waitlisted", {"waitlist_until": until}).json() == {"result": "applied"}


def test_a_promise_that_waited_for_its_turn_is_not_judged_anew(site):
    """It was a day to come when it was told."""
    assert _tell(site, "waitlisted", {"waitlist_until": "2021-06-03"}).json() == {"result": "parked"}
    site.scene.at(date(2021, 6, 8), hour=9)
    assert _tell(site, "acknowledged", {}).json() == {"result": "applied"}
    row = site.scene.referrals()[0]
    assert (row.status, row.waitlist_until) == ("waitlisted", date(2021, 6, 3))


def test_a_table_left_alone_says_nothing_after_the_day_promised_has_passed(site):
    site.scene.reply(site.scene.referrals()[0], "waitlisted", waitlist_until="2021-06-04")
    link = site.link()
    site.scene.at(date(2021, 6, 21), hour=9)
    with site.browser() as browser:
        rows = {row["nomor_rujukan"]: row for _, row in read_sheet(browser.get(f"{link}/rujukan.xlsx").content)}
        told = send_sheet(browser, link, sheet_of(rows.values()))
    assert told.headers["location"].endswith("sudah=sheet-known")
