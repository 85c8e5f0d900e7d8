"""An office answers a second time: is the same done already, a corrected number kept, and nothing else told as kept?"""

from __future__ import annotations

import re

import pytest
from door_scene import by_letter, by_webhook, on_sheet, read_sheet, send_sheet, sheet_of, site_of
from handoff_scenes import OPERATOR, let_its_month_come
from page_scene import token_on
from sqlmodel import col, select

from service.db.tables import InboundMessage, Move, Referral, ReferralNote
from service.handoff.decisions import revise_referral, withdraw_referral
from service.lifecycle import label_of

NUMBER = "RJK-2021-00001"
ON_THE_WAY = {
    "acknowledged": (), "accepted": ("acknowledged",), "waitlisted": ("acknowledged",), "declined": ("acknowledged",),
    "returned": ("acknowledged",), "service_started": ("acknowledged", "accepted"),
    "concluded": ("acknowledged", "accepted", "service_started"),
}  # fmt: skip
SAID = {
    "waitlisted": {"waitlist_until": "2021-09-01"}, "declined": {"reason": "OTHER", "note": "Gedung terbakar"},
    "returned": {"reason": "MISSING_DOCUMENT", "note": "KTP belum ada"},
    "concluded": {"outcome": "ACHIEVED", "indicators": {"nib_issued": True}, "note": "Selesai"},
    "service_started": {"note": "Pendampingan NIB"}, "accepted": {"note": "Mulai Senin"},
}  # fmt: skip
OTHERWISE = {
    "acknowledged": {"note": "Lain"}, "accepted": {"note": "Mulai Selasa"}, "waitlisted": {"waitlist_until": "2021-10-01"},
    "declined": {"reason": "OTHER", "note": "Penuh"}, "returned": {"reason": "NO_CAPACITY", "note": "KTP belum ada"},
    "service_started": {"note": "Pelatihan"},
    "concluded": {"outcome": "PARTIALLY_ACHIEVED", "indicators": {"nib_issued": True}, "note": "Selesai"},
}  # fmt: skip
FIELDS = {
    "register_number": "nomor", "note": "catatan", "reason": "alasan", "waitlist_until": "sampai", "outcome": "hasil",
}  # fmt: skip


@pytest.fixture
def site(database, home):
    with site_of(database, home, 4) as made:
        yield made


def _row(site, number=NUMBER):
    return next(row for row in site.scene.referrals() if row.number == number)


def _walk(site, event, number=NUMBER, **more):
    for earlier in ON_THE_WAY[event]:
        site.scene.reply(_row(site, number), earlier)
    site.scene.reply(_row(site, number), event, **SAID.get(event, {}), **more)


def _post(site, link, event, said, number=NUMBER, **more):
    form = {FIELDS[name]: value for name, value in said.items() if name in FIELDS}
    form |= {"indikator": list(said["indicators"])} if "indicators" in said else {}
    with site.browser() as browser:
        data = {"aksi": event, "rujukan": number, **form, **more}
        return browser.post(link, params={"rujukan": number}, data=data)


def _tell(site, event, said, number=NUMBER, sender="dinkop"):
    with site.program(sender) as program:
        answer = program.tell(f"referral.{event}", {"referral": number, **said})
    assert answer.status_code == 202, answer.text
    return answer.json()["result"]


def _trail(site):
    with site.scene.database.read() as session:
        moves = session.exec(select(Move.subject, Move.subject_id, Move.event).order_by(col(Move.id))).all()
        notes = session.exec(select(ReferralNote.author, ReferralNote.text).order_by(col(ReferralNote.id))).all()
    return (
        [tuple(move) for move in moves],
        [tuple(note) for note in notes],
        [row.model_dump() for row in site.scene.referrals()],
    )


def _results(site):
    with site.scene.database.read() as session:
        return list(session.exec(select(InboundMessage.result).order_by(col(InboundMessage.id))))


@pytest.mark.parametrize("event", [event for event in ON_THE_WAY if event != "concluded"])
def test_a_program_that_says_the_same_with_a_new_number_is_answered_duplicate_and_nobody_is_alarmed(site, event):
    _walk(site, event, register_number="518/77")
    before = _trail(site)
    for said in (SAID.get(event, {}), {**SAID.get(event, {}), "register_number": "518/77"}):
        assert _tell(site, event, said) == "duplicate"
    assert _trail(site) == before
    assert _results(site) == ["applied", "applied"]
    with site.officer("operator") as browser:
        assert "laporan mitra" not in browser.get("/").text


def test_a_message_that_was_a_repeat_is_a_copy_for_ever_also_when_the_referral_has_ended(site):
    _walk(site, "service_started")
    said = {"referral": NUMBER, **SAID["service_started"]}
    with site.program() as program:
        assert program.tell("referral.service_started", said, "m-again").json() == {"result": "duplicate"}
        site.scene.reply(_row(site), "concluded", **SAID["concluded"])
        assert program.tell("referral.service_started", said, "m-again").json() == {"result": "duplicate"}
        assert program.tell("referral.service_started", said).json() == {"result": "late"}  # the subject has ended


def test_a_whole_history_sent_once_more_is_known_word_by_word(site):
    """What a later answer wrote over an earlier one makes the earlier no new answer."""
    history = [("acknowledged", {"register_number": "8"}), ("accepted", {"register_number": "9", "note": "Mulai Senin"}),
               ("service_started", {"note": "Pendampingan NIB"})]  # fmt: skip
    for event, said in history:
        by_webhook(site, NUMBER, event, said)
    before = _trail(site)
    assert [_tell(site, event, said) for event, said in history] == ["duplicate"] * 3
    assert _trail(site) == before
    assert _tell(site, "acknowledged", {"register_number": "8a"}) == "late"  # not said before, and passed long ago
    assert _trail(site) == before


@pytest.mark.parametrize("event", list(ON_THE_WAY))
def test_other_words_are_never_told_to_be_kept(site, event):
    _walk(site, event)
    before, link = _trail(site), site.link()
    assert _tell(site, event, OTHERWISE[event]) == "late"
    refused = _post(site, link, event, OTHERWISE[event])
    assert refused.status_code == 409
    assert "Belum tersimpan" in refused.text
    for word in {"note": "catatan", "reason": "alasan", "waitlist_until": "tanggal tunggu", "outcome": "hasil"}.items():
        differs = OTHERWISE[event].get(word[0]) not in (None, SAID.get(event, {}).get(word[0]))
        assert (f"{word[1]} yang lain" in refused.text) == differs, word
    assert "Yang terakhir tercatat" in refused.text
    same = _post(site, link, event, SAID.get(event, {}))
    assert same.status_code == 303
    assert _trail(site) == before


def test_a_table_with_other_words_is_refused_at_the_cell(site):
    _walk(site, "accepted")
    link = site.link()
    with site.browser() as browser:
        rows = {row["nomor_rujukan"]: row for _, row in read_sheet(browser.get(f"{link}/rujukan.xlsx").content)}
        rows[NUMBER] |= {"catatan": "Mulai Selasa"}
        before = _trail(site)
        refused = send_sheet(browser, link, sheet_of(rows.values()))
    assert refused.status_code == 422
    assert "Baris 2, kolom Catatan:" in refused.text
    assert _trail(site) == before


@pytest.mark.parametrize("event", ["acknowledged", "accepted", "waitlisted", "service_started"])
def test_four_doors_add_the_number_that_was_not_known_yet(site, event):
    numbers = dict(zip(("page", "sheet", "webhook", "letter"), (row.number for row in site.scene.referrals()), strict=True))
    for number in numbers.values():
        _walk(site, event, number)
    said, contact = {"register_number": "518/99"}, site.scene.agencies["dinkop"].contact
    by_webhook(site, numbers["webhook"], event, said)
    on_sheet(site, site.link(), numbers["sheet"], "note", said)
    for door, link in (("page", site.link()), ("letter", by_letter(site, contact))):
        _save_number(site, link, numbers[door], "518/99")
    rows = site.scene.referrals()
    assert {row.register_number for row in rows} == {"518/99"}
    assert len({(row.status, row.version, row.note, row.reason) for row in rows}) == 1
    assert _trail(site)[1] == []


def _save_number(site, link, number, register):
    """The form of the page, as it stands there."""
    with site.browser() as browser:
        page = browser.get(link, params={"rujukan": number}).text
        form = next(part for part in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'name="hanya"' in part)
        data = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        event = re.search(r'name="aksi" value="(\w+)"', form)[1]
        done = browser.post(link, params={"rujukan": number}, data={**data, "aksi": event, "nomor": register})
        assert done.status_code == 303, done.text
        shown = browser.get(done.headers["location"]).text
    assert "Nomor agenda Anda tersimpan." in shown
    assert register in shown


@pytest.mark.parametrize("door", ["page", "webhook"])
def test_a_corrected_number_is_kept_and_the_old_one_stays_readable(site, door):
    _walk(site, "accepted", register_number="518/77")
    moves, version = _trail(site)[0], _row(site).version
    if door == "page":
        _save_number(site, site.link(), NUMBER, "B-77")
    else:
        assert _tell(site, "accepted", {"register_number": "B-77"}) == "applied"
    row = _row(site)
    assert (row.register_number, row.status, row.note) == ("B-77", "accepted", "Mulai Senin")
    assert row.version > version
    assert _trail(site)[0] == moves
    assert _trail(site)[1] == [("partner:dinkop", "Nomor agenda kami diperbaiki; sebelumnya 518/77.")]
    with site.officer("operator") as browser:
        assert "sebelumnya 518/77" in browser.get(f"/rujukan/{NUMBER}").text


def test_an_old_table_does_not_bring_an_old_number_back(site):
    _walk(site, "accepted", register_number="518/77")
    link = site.link()
    with site.browser() as browser:
        rows = {row["nomor_rujukan"]: row for _, row in read_sheet(browser.get(f"{link}/rujukan.xlsx").content)}
        _save_number(site, link, NUMBER, "B-77")
        refused = send_sheet(browser, link, sheet_of(rows.values()))
    assert refused.status_code == 422
    assert "tidak diubah lewat berkas; perbaiki pada halaman rujukannya" in refused.text
    assert _row(site).register_number == "B-77"


def test_a_page_opened_before_a_colleague_corrected_the_number_does_not_undo_it(site):
    _walk(site, "accepted", register_number="518/77")
    link, version = site.link(), _row(site).version
    _save_number(site, link, NUMBER, "B-77")
    stale = _post(site, link, "accepted", {"register_number": "C-1"}, hanya="nomor", versi=str(version))
    assert stale.status_code == 409
    assert "sudah berubah sejak Anda membukanya" in stale.text
    assert _row(site).register_number == "B-77"


def test_saving_no_number_is_not_told_as_saved(site):
    _walk(site, "service_started")
    refused = _post(site, site.link(), "service_started", {}, hanya="nomor")
    assert refused.status_code == 422
    assert '<p class="fault" id="nomor-salah">Tulis nomor agenda Anda</p>' in refused.text


@pytest.mark.parametrize(
    ("event", "form", "place", "limit"),
    [
        ("acknowledged", {"nomor": "9" * 10 + "/x" * 30}, "nomor", 60),
        ("accepted", {"nomor": "518/" * 75}, "nomor-sanggup", 60),
        ("declined", {"alasan": "OTHER", "catatan": "panjang " * 150}, "catatan", 1000),
        ("paused", {"sebab": "menunggu " * 30}, "sebab", 200),
        ("note", {"pesan": "halo " * 300}, "pesan", 1000),
    ],
)
def test_what_is_too_long_is_refused_at_its_field_with_the_limit_and_nothing_is_cut(site, event, form, place, limit):
    if event != "acknowledged":
        site.scene.reply(_row(site), "acknowledged")
    before = _trail(site)
    with site.browser() as browser:
        path = {"rujukan": NUMBER}
        refused = browser.post(site.link(), params=path, data={"aksi": event, "rujukan": NUMBER, **form})
    assert refused.status_code == 422
    name = {"catatan": "Catatan", "sebab": "Sebab", "pesan": "Pesan"}.get(place, "Nomor agenda")
    assert f'<p class="fault" id="{place}-salah">{name} terlalu panjang (paling banyak {limit} karakter)</p>' in refused.text
    assert _trail(site) == before
    with site.program() as program:
        said = {{"nomor": "register_number", "catatan": "note", "sebab": "reason", "pesan": "text", "alasan": "reason"}[name]:
                value for name, value in form.items()}  # fmt: skip
        told = program.tell(f"referral.{event}", {"referral": NUMBER, **said})
    assert told.status_code == 422
    assert f"paling banyak {limit} karakter" in told.text


def test_a_change_of_mind_is_no_repeat(site):
    """What was said before and no longer holds cannot be said with success."""
    for event in ("waitlisted", "accepted", "returned"):
        site.scene.reply(_row(site), event, **SAID.get(event, {}))
    before, link = _trail(site), site.link()
    for event in ("waitlisted", "accepted"):
        assert _tell(site, event, SAID[event]) == "late"
        assert _post(site, link, event, SAID[event]).status_code == 409
    assert _tell(site, "acknowledged", {}) == "duplicate"
    assert _trail(site) == before


def test_facts_said_again_are_done_already_and_other_ones_are_not(site):
    _walk(site, "service_started")
    let_its_month_come(site.scene.database, site.scene.home)
    report = {"month": 3, "outcome": "ACHIEVED", "note": "Ramai",
              "indicators": {"business_running": True, "turnover_up": True}}  # fmt: skip
    assert [_tell(site, "paused", {"reason": "menunggu keluarga"}) for _ in range(2)] == ["applied", "duplicate"]
    assert _tell(site, "paused", {"reason": "menunggu KTP"}) == "late"
    assert [_tell(site, "resumed", {}) for _ in range(2)] == ["applied", "duplicate"]
    assert [_tell(site, "outcome_reported", report) for _ in range(2)] == ["applied", "duplicate"]
    assert _tell(site, "outcome_reported", report | {"note": "Sepi"}) == "late"
    link = site.link()
    form = {"bulan": "3", "hasil": "ACHIEVED", "business_running": "ya", "turnover_up": "ya"}
    assert _post(site, link, "outcome_reported", {"note": "Ramai"}, **form).status_code == 303
    refused = _post(site, link, "outcome_reported", {"note": "Sepi"}, **form)
    assert (refused.status_code, "Laporan bulan ke-3 sudah diterima." in refused.text) == (409, True)


def test_what_was_answered_before_it_was_sent_again_is_no_answer_to_the_new_sending(site):
    _walk(site, "returned")
    with site.scene.database.write() as session:
        row = session.get_one(Referral, _row(site).id)
        revise_referral(session, OPERATOR, row, "KTP", site.scene.told("user:o"), version=row.version)
    assert _tell(site, "acknowledged", {}) == "applied"


def test_who_clicks_again_after_it_was_withdrawn_is_told_that(site):
    _walk(site, "accepted")
    with site.scene.database.write() as session:
        withdraw_referral(session, OPERATOR, _row(site), "MISTAKE", site.scene.told("user:o"))
    refused = _post(site, site.link(), "accepted", SAID["accepted"])
    assert refused.status_code == 409
    assert "ditarik" in refused.text
    assert label_of("referral", _row(site).status) in refused.text


def test_a_repeat_kept_as_late_can_be_driven_again_once_it_holds(site):
    _walk(site, "accepted")
    assert _tell(site, "accepted", {"note": "Mulai Selasa"}) == "late"
    with site.scene.database.write() as session:
        row = session.get_one(Referral, _row(site).id)
        row.note = "Mulai Selasa"
        session.add(row)
        kept = session.exec(select(InboundMessage)).one().id
    with site.officer("operator") as browser:
        csrf = token_on(browser.get(f"/pesan/masuk/{kept}"))
        done = browser.post(f"/pesan/masuk/{kept}/proses-ulang", data={"csrf": csrf})
        assert "isinya sudah tersimpan sebelumnya" in browser.get(done.headers["location"]).text
    assert _results(site) == ["applied"]
