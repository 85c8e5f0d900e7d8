"""Is a person's number refused in whatever two offices write to each other, whichever way it comes, and is nothing kept?"""

from __future__ import annotations

import re

import pytest
from door_scene import SECRET, read_sheet, send_sheet, sheet_of, site_of
from factories import make_officer
from handoff_scenes import let_its_month_come, make_agency, make_scene
from outsider import Outsider
from page_scene import token_on
from pydantic import ValidationError
from sqlmodel import select

from service.db.tables import InboundMessage, Move, OutboundMessage, OutcomeReport, ReferralNote
from service.handoff.decisions import reroute_referral, revise_referral
from service.handoff.replies import REPLIES
from service.handoff.written import WrongNote, without_number

NIK = "3601 0199 0680 9901"  # synthetic
NUMBER = "RJK-2021-00001"
REFUSED = "Jangan tulis NIK, nomor KK, atau nomor lain milik orang dalam catatan."
LIKE_NIK = "Ini nomor 16 angka seperti NIK, bukan nomor agenda."
WRITTEN = f"Ibu Warga, {NIK}, pindah"
OUTCOME = {"outcome": "ACHIEVED", "indicators": {"nib_issued": True}}
ANSWERS = [
    ("sent", "acknowledged", {"note": WRITTEN}, "note"),
    ("sent", "acknowledged", {"register_number": "3601019906809901"}, "register_number"),
    ("acknowledged", "accepted", {"note": WRITTEN}, "note"),
    ("acknowledged", "waitlisted", {"note": WRITTEN}, "note"),
    ("acknowledged", "declined", {"reason": "OTHER", "note": WRITTEN}, "note"),
    ("acknowledged", "returned", {"reason": "MISSING_DOCUMENT", "note": WRITTEN}, "note"),
    ("accepted", "service_started", {"note": WRITTEN}, "note"),
    ("in_service", "concluded", {**OUTCOME, "note": WRITTEN}, "note"),
    ("in_service", "concluded", {"outcome": "ACHIEVED", "indicators": {"nik": NIK}}, "indicators"),
    ("in_service", "concluded", {"outcome": "ACHIEVED", "indicators": {"credit_received": 3601019906809901}}, "indicators"),
    ("in_service", "concluded", {"outcome": "ACHIEVED", "indicators": {"3601019906809901": True}}, "indicators"),
    ("in_service", "outcome_reported", {"month": 3, **OUTCOME, "note": WRITTEN}, "note"),
    ("acknowledged", "paused", {"reason": WRITTEN}, "reason"),
    ("sent", "note", {"text": WRITTEN}, "text"),
]
WAY = {"sent": (), "acknowledged": ("acknowledged",), "accepted": ("acknowledged", "accepted"),
       "in_service": ("acknowledged", "accepted", "service_started")}  # fmt: skip
FORMS = [
    ("sent", "acknowledged", {"nomor": "3601019906809901"}, "nomor", LIKE_NIK),
    ("acknowledged", "accepted", {"nomor": "3601019906809901"}, "nomor-sanggup", LIKE_NIK),
    ("acknowledged", "declined", {"alasan": "OTHER", "catatan": WRITTEN}, "catatan", REFUSED),
    ("acknowledged", "returned", {"alasan": "MISSING_DOCUMENT", "catatan": WRITTEN}, "catatan", REFUSED),
    ("accepted", "service_started", {"catatan": WRITTEN}, "catatan", REFUSED),
    ("in_service", "concluded", {"hasil": "ACHIEVED", "indikator": "nib_issued", "catatan": WRITTEN}, "catatan", REFUSED),
    ("in_service", "concluded", {"hasil": "ACHIEVED", "pembiayaan": "3601019906809901"}, "pembiayaan", REFUSED),
    ("in_service", "outcome_reported", {
        "bulan": "3", "hasil": "ACHIEVED", "business_running": "ya", "turnover_up": "ya", "catatan": WRITTEN},
        "catatan-bulan", REFUSED),
    ("acknowledged", "paused", {"sebab": WRITTEN}, "sebab", REFUSED),
    ("sent", "note", {"pesan": WRITTEN}, "pesan", REFUSED),
]  # fmt: skip


@pytest.fixture
def site(database, home):
    with site_of(database, home, 2) as made:
        yield made


def _kept(scene):
    """All that an answer could leave behind."""
    with scene.database.read() as session:
        rows = [
            session.exec(select(table)).all() for table in (InboundMessage, Move, OutboundMessage, OutcomeReport, ReferralNote)
        ]
        return [[row.model_dump() for row in of] for of in rows], [row.model_dump() for row in scene.referrals()]


def _walk_to(scene, status):
    now = scene.referrals()[0].status
    for event in WAY[status][len(WAY[now]) :]:
        scene.reply(scene.referrals()[0], event)


@pytest.mark.parametrize("line", [WRITTEN, "3601019906809901", "KK 36.01.01.990680.9901", "telepon 0812-3456-7890"])
def test_numbers_of_people_are_found_however_they_are_written(line):
    with pytest.raises(WrongNote, match="Jangan tulis NIK"):
        without_number(line)


@pytest.mark.parametrize(
    "line",
    [
        "datang 02-06-2021 09.30 WIB",
        "pelatihan 2021-06-02 - 2021-06-05",
        "NIB: 9120001234567 terbit",
        "KUR Rp25.000.000",
        None,
        "",
    ],
)
def test_days_amounts_and_the_number_of_a_business_may_be_written(line):
    assert without_number(line) == line


def test_every_answer_that_can_hold_words_refuses_a_number_in_them():
    for event, says in REPLIES.items():
        asked = {"declined": {"reason": "OTHER"}, "returned": {"reason": "OTHER"}, "paused": {"reason": "menunggu"},
                 "note": {"text": "halo"}, "concluded": OUTCOME, "outcome_reported": {"month": 3, **OUTCOME}}  # fmt: skip
        given = {"referral": NUMBER, "note": "baik", "register_number": "518/77/Dinkop", **asked.get(event, {})}
        says.model_validate(given)
        words = [name for name, value in given.items() if isinstance(value, str)]
        for name in {*words, "note", "register_number"} - {"referral", "outcome"}:
            if given[name] == "OTHER":
                continue
            with pytest.raises(ValidationError, match="NIK"):
                says.model_validate(given | {name: NIK})


def test_the_webhook_names_the_field_and_keeps_nothing(site):
    with site.browser(accept="application/json") as posts:
        program = Outsider(posts, "dinkop", SECRET)
        for status, event, said, field in sorted(ANSWERS, key=lambda one: list(WAY).index(one[0])):
            _walk_to(site.scene, status)
            before = _kept(site.scene)
            answer = program.tell(f"referral.{event}", {"referral": NUMBER, **said})
            assert answer.status_code == 422, (event, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            assert [fault["field"] for fault in answer.json()["faults"]] == [f"data.{field}"]
            assert NIK not in answer.text
            assert "3601019906809901" not in answer.text
            assert _kept(site.scene) == before, event


def test_the_page_tells_it_beside_the_field_and_keeps_what_was_typed(site):
    link = site.link()
    with site.browser() as browser:
        for status, event, form, field, why in sorted(FORMS, key=lambda one: list(WAY).index(one[0])):
            _walk_to(site.scene, status)
            let_its_month_come(site.scene.database, site.scene.home)
            before = _kept(site.scene)
            answer = browser.post(link, params={"rujukan": NUMBER}, data={"aksi": event, "rujukan": NUMBER, **form})
            assert answer.status_code == 422, (event, answer.text)
            assert f'<p class="fault" id="{field}-salah">{why}</p>' in answer.text, event
            assert answer.text.count(why) == 2  # in the summary, and at its field only
            typed = list(form.values())[-1]
            assert answer.text.count(typed) == 1, event
            assert _kept(site.scene) == before, event


def test_of_many_that_were_ticked_none_is_answered(site):
    for row in site.scene.referrals():
        site.scene.reply(row, "acknowledged")
    before = _kept(site.scene)
    ticked = [row.number for row in site.scene.referrals()]
    with site.browser() as browser:
        form = {"aksi": "declined", "rujukan": ticked, "alasan": "OTHER", "catatan": WRITTEN}
        answer = browser.post(site.link(), data=form)
    assert answer.status_code == 422
    assert f'<p class="fault" id="catatan-salah">{REFUSED}</p>' in answer.text
    assert _kept(site.scene) == before


def test_the_table_names_the_cells_and_takes_no_row(site):
    link = site.link()
    with site.browser() as browser:
        rows = {row["nomor_rujukan"]: row for _, row in read_sheet(browser.get(f"{link}/rujukan.xlsx").content)}
        rows[NUMBER] |= {"jawaban": "ditolak", "alasan": "OTHER", "catatan": WRITTEN, "nomor_register": "3601019906809901"}
        rows["RJK-2021-00002"] |= {"jawaban": "diterima", "pesan": WRITTEN}
        before = _kept(site.scene)
        answer = send_sheet(browser, link, sheet_of(rows.values()))
        assert answer.status_code == 422
        for at, (row, column, why) in enumerate(
            ((2, "Catatan", REFUSED), (2, "Nomor agenda", LIKE_NIK), (3, "Pesan", REFUSED))
        ):
            assert f"Baris {row}, kolom {column}: {why}" in answer.text, at
        assert _kept(site.scene) == before
        rows[NUMBER] |= {"catatan": "Pindah rumah", "nomor_register": "518/77/Dinkop"}
        rows["RJK-2021-00002"] |= {"pesan": "Kami hubungi 07-06-2021 09.00"}
        assert send_sheet(browser, link, sheet_of(rows.values())).headers["location"].endswith("sudah=sheet&jumlah=3")
    assert [row.status for row in site.scene.referrals()] == ["declined", "acknowledged"]


def test_an_officer_who_sends_again_or_elsewhere_writes_no_number_either(site):
    scene = site.scene
    with scene.database.write() as session:
        make_agency(session, "dinkop-b")
    _walk_to(scene, "acknowledged")
    scene.reply(scene.referrals()[0], "returned", reason="MISSING_DOCUMENT")
    browser = site.pages.officer("operator")
    path = f"/rujukan/{NUMBER}"
    shown = browser.get(path)
    other = re.search(r'<option value="(\d+)">dinkop-b', shown.text)[1]
    before = _kept(scene)
    for action, form, field in (
        ("kirim-ulang", {"alasan": WRITTEN}, "alasan"),
        ("alihkan", {"alasan": WRITTEN, "instansi": other}, "alasan-alih"),
        ("catatan", {"catatan": WRITTEN}, "catatan"),
    ):
        answer = browser.post(f"{path}/{action}", data={"csrf": token_on(shown), **form})
        assert answer.status_code == 422, answer.text
        assert f'<p class="fault" id="{field}-salah">{REFUSED}</p>' in answer.text
        assert answer.text.count(WRITTEN) == 1
        assert _kept(scene) == before


def test_the_functions_behind_the_officers_forms_refuse_it_too(database, home):
    scene = make_scene(database, home, agencies=("dinkop", "dinkop-b"))
    scene.send_all()
    scene.reply(scene.referrals()[0], "acknowledged")
    scene.reply(scene.referrals()[0], "returned", reason="MISSING_DOCUMENT")
    before = _kept(scene)
    officer, other = make_officer("operator"), scene.agencies["dinkop-b"]
    with pytest.raises(WrongNote), database.write() as session:
        reroute_referral(session, officer, scene.referrals()[0], other, WRITTEN, scene.told(officer.actor))
    with pytest.raises(WrongNote), database.write() as session:
        revise_referral(session, officer, scene.referrals()[0], WRITTEN, scene.told(officer.actor))
    assert _kept(scene) == before
