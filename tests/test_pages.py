"""Do the pages show every state to whom it belongs, and change something only when asked to?"""

import re

import pytest
from factories import NOW, make_household
from page_scene import HTML, LETTER, Pages, token_on
from sqlmodel import func, select

from service.api.rendering import PAGES, STATIC
from service.db.history import Told, record_move
from service.db.tables import (
    AccessRecord,
    Case,
    InboundMessage,
    Move,
    Order,
    OutboundMessage,
    Parcel,
    Partner,
    Referral,
    UserSession,
)
from service.lifecycle import MOVES, STATUSES, Subject
from service.trust.rights import RIGHTS, ROLES

LISTS = ("/", "/siklus", "/registri", "/keluarga", "/pesanan", "/paket", "/acara", "/rujukan", "/proses", "/pesan")
WHOLE_PAGE = 100_000


@pytest.fixture
def pages(database, home):
    made = Pages(database, home)
    yield made
    made.app.state.prefect.close()


@pytest.fixture
def full(pages):
    return pages.with_things()


def _things(pages):
    return (
        "/siklus/2021", "/siklus/2021/menunggu", "/siklus/2021/sk", f"/keluarga/2021/{pages.household}",
        "/pesanan/PSN-2021-0001", "/paket/PKT-2021-00001", "/rujukan/RJK-2021-00001", "/batch/BTC-RJK-2021-00001",
        "/acara/ACR-PKT-2021-00001",
    )  # fmt: skip


HOUSEHOLDS = ("/keluarga", "/paket", "/rujukan", "/batch", "/instansi", "/acara", "/kunjungan", "/keberatan")


def _is_sound(answer):
    assert answer.status_code == 200, answer.text[:400]
    assert '<html lang="id">' in answer.text
    assert 'href="#isi"' in answer.text
    assert "Undefined" not in answer.text
    assert "style=" not in answer.text
    assert "<script" not in answer.text
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.content) + (STATIC / "estafet.css").stat().st_size < WHOLE_PAGE


def _is_sound_or_elsewhere(role, path, answer):
    """Who works in the field alone is at home on the phone's page, and sees neither lists of others' households nor theirs."""
    if (role, path) == ("facilitator", "/"):
        assert (answer.status_code, answer.headers["location"]) == (303, "/lapangan")
    elif role == "facilitator" and path.split("?")[0].startswith(HOUSEHOLDS) and path != "/keluarga":
        assert answer.status_code == 403, path
    else:
        _is_sound(answer)


def test_every_list_is_drawn_for_every_role_when_there_is_nothing(pages):
    for role in ROLES:
        browser = pages.officer(role)
        for path in LISTS:
            _is_sound_or_elsewhere(role, path, browser.get(path))


def test_every_page_is_drawn_for_every_role_when_there_is_something_and_looking_changes_nothing(full):
    before = _counts(full)
    for role in ROLES:
        browser = full.officer(role)
        for path in (*LISTS, *_things(full)):
            _is_sound_or_elsewhere(role, path, browser.get(path))
    assert _counts(full) == before


def test_a_stranger_is_sent_to_the_login_and_back_to_where_they_wanted(full):
    answer = full.stranger().get("/rujukan")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/masuk?lanjut=%2Frujukan"
    assert 'name="lanjut" value="/rujukan"' in full.stranger().get(answer.headers["location"]).text


@pytest.mark.parametrize("elsewhere", ["https://jahat.example/", "//jahat.example", "/\\jahat.example"])
def test_the_login_leads_nowhere_else(pages, elsewhere):
    assert 'name="lanjut" value="/"' in pages.stranger().get("/masuk", params={"lanjut": elsewhere}).text


def test_a_wrong_password_keeps_the_name_and_says_so_at_the_field(pages):
    answer = pages.stranger().post("/masuk", data={"login": "uji-operator", "sandi": "salah"})
    assert answer.status_code == 401
    assert 'value="uji-operator"' in answer.text
    assert answer.text.count("Nama masuk atau kata sandi salah.") == 2


def test_logging_out_ends_the_session(pages):
    browser = pages.officer("operator")
    token = token_on(browser.get("/"))
    assert browser.post("/keluar", data={"csrf": token}).headers["location"] == "/masuk"
    with pages.database.read() as session:
        ended = session.exec(select(func.count()).where(UserSession.revoked_at.is_not(None))).one()
    assert ended == 1


def test_a_form_without_its_token_changes_nothing(full):
    answer = full.officer("operator").post("/rujukan/RJK-2021-00001/tarik", data={"sebab": "MISTAKE"})
    assert answer.status_code == 403
    assert _status(full, Referral) == "sent"


def test_what_does_not_exist_is_said_on_a_page(full):
    for path in ("/keluarga/2021/999999", "/pesanan/PSN-2021-9999", "/siklus/1999", "/tidak-ada"):
        answer = full.officer("operator").get(path)
        assert answer.status_code == 404
        assert "<h1>Tidak ditemukan</h1>" in answer.text


def test_a_missing_right_is_said_on_a_page_and_the_button_is_not_shown(full):
    browser = full.officer("auditor")
    page = browser.get("/siklus/2021")
    assert "Jalankan tahap" not in page.text
    answer = browser.post("/siklus/2021/jalankan/selection", data={"csrf": token_on(page)})
    assert answer.status_code == 403
    assert "Tidak ada hak" in answer.text


def test_the_pages_say_clearly_that_prefect_is_away(full):
    browser = full.officer("operator")
    page = browser.get("/proses")
    assert "Prefect sedang tidak menjawab" in page.text
    answer = browser.post("/siklus/2021/jalankan/selection", data={"csrf": token_on(browser.get("/siklus/2021"))})
    assert answer.status_code == 503
    assert "Prefect tidak menjawab" in answer.text


def test_the_waiting_list_speaks_to_the_one_whose_turn_it_is(full):
    with full.database.write() as session:
        session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one().contact = "dinkop@contoh.invalid"
        order = session.exec(select(Order)).one()
        for event in ("confirmed", "shipped", "arrived"):
            record_move(session, Subject.ORDER, order.id, event, Told("partner:pemasok-a", NOW))
    mine, others = full.officer("operator").get("/").text, full.officer("approver").get("/").text
    assert "pesanan tiba, belum diperiksa" in mine.split("Di tangan pihak lain")[0]
    assert "Tidak ada yang menunggu Anda" in others


def test_a_long_list_is_paged_by_key_without_a_gap(full):
    full.more_cases(70)
    browser, seen, path = full.officer("operator"), [], "/keluarga?status=selected"
    while path:
        page = browser.get(path)
        seen += re.findall(r'href="/keluarga/2021/(\d+)"', page.text)
        more = re.search(r'href="([^"]+)" rel="next"', page.text)
        path = more.group(1).replace("&amp;", "&") if more else None
    assert len(seen) == len(set(seen)) == 70
    assert "70 keluarga cocok" in page.text


def test_numbers_are_masked_until_a_reason_is_given_and_who_looked_is_kept(full):
    browser, path = full.officer("operator"), f"/keluarga/2021/{full.household}"
    page = browser.get(path)
    assert re.search(r"3601\*{8}\d{4}", page.text)
    token = token_on(page)
    refused = browser.post(f"{path}/buka", data={"csrf": token, "bagian": "nik", "alasan": " "})
    assert refused.status_code == 422
    assert "Tuliskan alasannya" in refused.text
    shown = browser.post(f"{path}/buka", data={"csrf": token, "bagian": "nik", "alasan": "Pencocokan KTP di loket"})
    assert re.search(r"36010145068\d{5}", shown.text)
    with full.database.read() as session:
        kept = session.exec(select(AccessRecord)).one()
    assert (kept.household_id, kept.field, kept.reason) == (full.household, "nik", "Pencocokan KTP di loket")


def test_only_some_roles_may_reveal_a_number(full):
    browser, path = full.officer("approver"), f"/keluarga/2021/{full.household}"
    page = browser.get(path)
    assert "Tampilkan NIK" not in page.text
    answer = browser.post(f"{path}/buka", data={"csrf": token_on(page), "bagian": "nik", "alasan": "ingin tahu saja"})
    assert answer.status_code == 403


def test_a_household_story_tells_every_move_and_what_comes_next(full):
    text = full.officer("operator").get(f"/keluarga/2021/{full.household}").text
    for told in ("Ditetapkan dengan SK", "Penyerahan terbukti", "Rujukan: surat rujukan dikirim", "Instansi menjawab"):
        assert told in text
    assert "hari kerja" in text


def test_names_cannot_inject_anything(full):
    with full.database.write() as session:
        case = session.exec(select(Case)).first()
        make_household(session, name="<script>alert(1)</script>")
        household = session.get_one(type(make_household(session)), case.household_id)
        household.name = '"><img src=x onerror=alert(1)>'
        session.add(household)
    text = full.officer("operator").get("/keluarga").text
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text


def test_inspecting_an_order_names_the_package_without_a_number_and_keeps_the_rest(full):
    with full.database.write() as session:
        order = session.exec(select(Order)).one()
        for event in ("confirmed", "shipped", "arrived"):
            record_move(session, Subject.ORDER, order.id, event, Told("partner:pemasok-a", NOW))
    browser, path = full.officer("operator"), "/pesanan/PSN-2021-0001"
    page = browser.get(path)
    code = re.search(r'name="jumlah-([^"]+)"', page.text).group(1)
    answer = browser.post(f"{path}/periksa", data={"csrf": token_on(page), f"jumlah-{code}": "dua"})
    assert answer.status_code == 422
    assert f'href="#jumlah-{code}"' in answer.text
    assert 'value="dua"' in answer.text
    assert _status(full, Order) == "arrived"


def test_a_parcel_decision_needs_a_choice_and_a_reason(full):
    with full.database.write() as session:
        parcel = session.exec(select(Parcel)).one()
        record_move(session, Subject.PARCEL, parcel.id, "partial", Told("partner:fas-f01", NOW), doubts=["PHOTO_MISSING"])
        record_move(session, Subject.CASE, parcel.case_id, "delivered", Told("partner:fas-f01", NOW))
    browser, path = full.officer("verifier"), "/paket/PKT-2021-00001"
    page = browser.get(path)
    assert "Foto penyerahan tidak disertakan." in page.text
    token = token_on(page)
    assert "Pilih salah satu keputusan" in browser.post(f"{path}/putuskan", data={"csrf": token}).text
    no_reason = browser.post(f"{path}/putuskan", data={"csrf": token, "putusan": "terbukti"})
    assert no_reason.status_code == 422
    assert 'value="terbukti" checked' in no_reason.text
    done = browser.post(f"{path}/putuskan", data={"csrf": token, "putusan": "terbukti", "alasan": "Diperiksa di lapangan"})
    assert done.headers["location"] == f"{path}?sudah=terbukti"
    assert "Bukti penyerahan diterima." in browser.get(done.headers["location"]).text
    assert _status(full, Parcel) == "verified"


def test_a_dead_message_is_shown_and_sent_again_by_hand(full):
    with full.database.write() as session:
        session.add(
            OutboundMessage(kind="mail", address="a@contoh.invalid", subject_key="x", type="Surat", body={}, state="dead",
                            next_attempt_at=NOW, created_at=NOW)
        )  # fmt: skip
    browser = full.officer("operator")
    page = browser.get("/pesan")
    action = re.search(r'action="(/pesan/\d+/kirim-ulang)"', page.text).group(1)
    assert browser.post(action, data={"csrf": token_on(page)}).status_code == 303
    with full.database.read() as session:
        assert session.exec(select(OutboundMessage.state).where(OutboundMessage.type == "Surat")).one() == "waiting"


def test_a_letter_is_for_officers_of_its_region_and_for_its_agency(full):
    assert full.officer("operator").get(f"/surat/{LETTER}.pdf").content.startswith(b"%PDF")
    assert full.stranger().get(f"/surat/{LETTER}.pdf").status_code == 303
    assert full.stranger().get(f"/r/{full.links['agency']}/surat/{LETTER}.pdf").status_code == 403
    assert full.stranger().get(f"/r/{full.links['other']}/surat/{LETTER}.pdf").status_code == 404


def test_the_check_page_says_genuine_and_nothing_personal(full):
    page = full.stranger().get(f"/v/{LETTER}")
    _is_sound(page)
    assert "Surat ini asli" in page.text
    assert "Belum ditandatangani secara elektronik" in page.text
    assert "Warga Contoh" not in page.text
    (full.home / "letters" / "surat.pdf").write_bytes(b"diubah")
    assert "Perlu diperiksa" in full.stranger().get(f"/v/{LETTER}").text
    unknown = full.stranger().get("/v/tidakada")
    assert unknown.status_code == 404
    assert "Surat tidak dikenal" in unknown.text


def test_every_status_and_event_has_words_and_a_tone():
    from service.words import event_words, tone_of

    for subject, statuses in STATUSES.items():
        assert {tone_of(subject, status.name) for status in statuses} <= {"good", "go", "wait", "stop", "quiet"}
    silent = [(s, e) for s, moves in MOVES.items() for _, e in moves if event_words(s, e) == e]
    assert silent == []


def test_pages_have_no_style_and_no_script_of_their_own():
    phone = '<script type="module" src="/static/lapangan/app.js"></script>'  # camera and queue; nothing in the page itself
    for template in PAGES.rglob("*.html"):
        text = template.read_text().replace(phone, "")
        assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=|https?://|\|\s*safe", text), template.name


def test_every_act_on_a_page_is_one_of_the_table_of_rights():
    acts = {act for template in PAGES.rglob("*.html") for act in re.findall(r"may\(officer, .([a-z_.]+)", template.read_text())}
    assert acts <= set(RIGHTS)


def test_opening_a_partners_link_changes_nothing(full):
    before = _counts(full)
    for link in full.links.values():
        full.stranger().get(f"/r/{link}")
        full.stranger().get(f"/r/{link}?rujukan=RJK-2021-00001&aksi=acknowledged&semua=1")
        full.stranger().head(f"/r/{link}")
    assert _counts(full) == before


def _counts(pages):
    with pages.database.read() as session:
        return [session.exec(select(func.count()).select_from(t)).one() for t in (Move, InboundMessage, OutboundMessage)]


def _status(pages, table):
    with pages.database.read() as session:
        return session.exec(select(table.status)).one()


def test_a_program_still_gets_problem_json(full):
    answer = full.officer("operator").get("/keluarga/2021/999999", headers={**HTML, "accept": "application/json"})
    assert answer.headers["content-type"].startswith("application/problem+json")
