"""Does the officer see who holds the baton at each agency, and are links, consents, needs and lines dealt with there?"""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from factories import NOW
from page_scene import token_on
from python_calamine import CalamineWorkbook
from sqlmodel import select

from service.api.console import agencies
from service.clock import wall
from service.db.history import Told, record_move
from service.db.tables import (
    Case,
    CaseNeed,
    Consent,
    Household,
    Move,
    OutcomeReport,
    Partner,
    PartnerLink,
    Referral,
    ReferralNote,
)
from service.handoff.pausing import pause
from service.lifecycle import Subject
from service.trust.accounts import add_user, make_session

FIRST, SECOND, THIRD = "RJK-2021-00001", "RJK-2021-00002", "RJK-2021-00003"


@pytest.fixture
def full(full, database):
    full.more_referrals(2)
    with database.write() as session:
        rows = {row.number: row for row in session.exec(select(Referral)).all()}
        told = Told("partner:dinkop-a", NOW + timedelta(days=1))
        record_move(session, Subject.REFERRAL, rows[SECOND].id, "acknowledged", told)
        record_move(session, Subject.REFERRAL, rows[SECOND].id, "declined", told)
        record_move(session, Subject.REFERRAL, rows[THIRD].id, "acknowledged", told)
        pause(session, rows[THIRD].id, "menunggu keluarga", Told("partner:dinkop-a", wall()))
    return full


def _text(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def _part(page, name):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.split(f'id="{name}"')[1].split("</section>")[0]).split())


def _write(full, **row):
    with full.database.write() as session:
        referral = session.exec(select(Referral).where(Referral.number == FIRST)).one()
        session.add(ReferralNote(referral_id=referral.id, at=NOW, **row))


def test_every_agency_says_whose_turn_it_is_since_when_and_what_is_due_first(full):
    page = full.officer("operator").get("/instansi")
    said = _text(page)
    assert "dinkop-a (contoh) 2 (1 dijeda) 1 0 0 1 Jun 2021 Menyatakan surat diterima lewat batas 4 Jun 2021" in said
    assert "dinkop-b" not in said


def test_a_count_that_does_not_fit_names_the_household(full):
    whole = _text(full.officer("operator").get("/instansi"))
    assert "Hitungan tidak seimbang" not in whole
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == FIRST)).one()
        row.status = "acknowledged"
        household = session.get_one(Case, row.case_id).household_id
    broken = _text(full.officer("operator").get("/instansi"))
    assert "Hitungan tidak seimbang" in broken
    assert f"{FIRST} , keluarga {household} , dinkop-a (contoh): status tidak sama" in broken


def test_one_agency_accounts_for_all_it_was_sent_and_names_whom_it_cannot(full):
    page = _part(full.officer("operator").get("/instansi/dinkop-a"), "hitungan")
    assert "Dikirim 3 = belum dijawab 1 + diterima 1 + ditolak 1 ." in page.replace("1.", "1 .")
    assert "tidak seimbang" not in page
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == FIRST)).one()
        row.status = "in_service"
        household = session.get_one(Case, row.case_id).household_id
    broken = _part(full.officer("operator").get("/instansi/dinkop-a"), "hitungan")
    assert f"{FIRST} , keluarga {household} : status tidak sama" in broken


def test_very_many_referrals_are_counted_through_on_demand_only(full, monkeypatch):
    monkeypatch.setattr(agencies, "CHECKED_UP_TO", 2)
    with full.database.write() as session:
        session.exec(select(Referral).where(Referral.number == FIRST)).one().status = "acknowledged"
    browser = full.officer("operator")
    page = browser.get("/instansi?tahun=2021")
    assert "Hitungan tidak seimbang" not in _text(page)
    assert "Yang dikirim ke setiap instansi sama" not in _text(page)
    check = re.search(r'href="([^"]+periksa=1[^"]*)"', page.text)[1].replace("&amp;", "&")
    assert "Hitungan tidak seimbang" in _text(browser.get(check))


def test_one_agency_shows_our_turn_and_theirs_and_the_clock_that_stands(full):
    page = full.officer("operator").get("/instansi/dinkop-a")
    ours, theirs = (_part(page, name) for name in ("kita", "mereka"))
    assert SECOND in ours
    assert "Petugas membaca alasan dan memutuskan lewat batas 7 Jun 2021" in ours
    assert FIRST in theirs
    assert "Dijeda sejak" in theirs
    assert "menunggu keluarga" in theirs


def test_a_list_longer_than_a_page_is_walked_to_its_end(full):
    with full.database.write() as session:
        first = session.exec(select(Referral).where(Referral.number == FIRST)).one()
        common = first.model_dump(exclude={"id"})
        session.add_all([Referral(**common | {"number": f"RJK-2021-1{n:04d}", "purpose": f"p{n}"}) for n in range(120)])
    browser, address, seen = full.officer("operator"), "/instansi/dinkop-a", set()
    while address:
        page = browser.get(address)
        part = page.text.split('id="mereka"')[1].split("</section>")[0]
        seen |= set(re.findall(r"RJK-2021-\d{5}", part))
        further = re.search(r'rel="next" href="([^"]+)"', part)
        address = further[1].replace("&amp;", "&") if further else ""
    assert len(seen) == 122


def test_an_officer_of_another_regency_sees_neither(full):
    with full.database.write() as session:
        user = add_user(session, "jauh", "Petugas jauh", ["operator"], ["36.74"])
        full.sessions["jauh"] = make_session(session, user.id)
    assert "dinkop-a" not in full.officer("jauh").get("/instansi").text
    assert full.officer("jauh").get("/instansi/dinkop-a").status_code == 403
    assert full.officer("operator").get("/instansi/tidak-ada").status_code == 404


def test_a_link_and_a_code_are_shown_once_and_a_link_is_closed(full):
    browser = full.officer("operator")
    token = token_on(browser.get("/instansi/dinkop-a"))
    made = browser.post("/instansi/dinkop-a/tautan", data={"csrf": token, "berkas": f"btc-{SECOND.lower()}"})
    link = re.search(r"/r/([\w-]{20,})", made.text)[1]
    assert made.headers["cache-control"] == "no-store"
    assert FIRST not in full.stranger().get(f"/r/{link}").text
    assert SECOND in full.stranger().get(f"/r/{link}").text
    code = re.search(r'<p class="number">(\d{6})</p>', browser.post("/instansi/dinkop-a/kode", data={"csrf": token}).text)[1]
    assert full.stranger().post(f"/r/{link}/kode", data={"kode": code, "rujukan": SECOND}).status_code == 303
    again = browser.get("/instansi/dinkop-a").text
    assert link not in again
    assert code not in again
    with full.database.read() as session:
        newest = session.exec(select(PartnerLink.id).order_by(PartnerLink.id.desc())).first()
    closed = browser.post(f"/instansi/dinkop-a/tautan/{newest}/tutup", data={"csrf": token})
    assert closed.status_code == 303
    assert full.stranger().get(f"/r/{link}").status_code == 404
    wrong = browser.post("/instansi/dinkop-a/tautan", data={"csrf": token, "berkas": "BTC-2021-9999"})
    assert wrong.status_code == 404
    assert "BTC-2021-9999" in wrong.text


def test_who_may_not_make_links_sees_no_form_and_is_refused(full):
    auditor = full.officer("auditor")
    page = auditor.get("/instansi/dinkop-a")
    assert "Tautan dan kode kantor" not in page.text
    csrf = token_on(full.officer("operator").get("/instansi/dinkop-a"))
    assert auditor.post("/instansi/dinkop-a/kode", data={"csrf": csrf}).status_code == 403


def test_an_agencys_line_is_a_task_until_somebody_has_read_it(full):
    _write(full, author="partner:dinkop-a", text="Keluarga pindah rumah")
    browser = full.officer("operator")
    assert "1 catatan instansi belum dibaca" in _text(browser.get("/"))
    assert "1 catatan dari instansi belum dibaca" in _text(browser.get("/instansi"))
    page = browser.get(f"/rujukan/{FIRST}")
    assert "Keluarga pindah rumah" in page.text
    assert browser.post(f"/rujukan/{FIRST}/catatan/dibaca", data={"csrf": token_on(page)}).status_code == 303
    assert "catatan instansi belum dibaca" not in _text(browser.get("/"))


def test_our_own_line_is_no_task(full):
    _write(full, author="officer:1", text="Mohon kabarnya")
    assert "belum dibaca" not in _text(full.officer("operator").get("/"))


def test_a_consent_is_recorded_for_an_office_by_name_and_taken_back(full):
    with full.database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        agency.agency_kind = "bank"
    browser, path = full.officer("operator"), f"/keluarga/2021/{full.household}"
    csrf = token_on(browser.get(path))
    wrong = browser.post(f"{path}/persetujuan", data={"csrf": csrf, "penerima": "dinkop-a", "tanggal": "kemarin"})
    assert wrong.status_code == 422
    assert 'href="#tanggal"' in wrong.text
    done = browser.post(f"{path}/persetujuan", data={"csrf": csrf, "penerima": "dinkop-a", "asal": "office"})
    assert done.status_code == 303
    page = _text(browser.get(path))
    assert "dinkop-a (contoh), di kantor" in page
    assert "Yang dilihat: nama, produk, kapasitas sebulan, telepon" in page.replace("telepon, produk", "produk")
    with full.database.write() as session:
        consent = session.exec(select(Consent)).one()
        referral = session.exec(select(Referral).where(Referral.number == FIRST)).one()
        referral.consent_id = consent.id
        number = consent.id
    assert browser.post(f"{path}/persetujuan/{number}/tarik", data={"csrf": csrf}).status_code == 303
    with full.database.read() as session:
        assert session.exec(select(Referral.status).where(Referral.number == FIRST)).one() == "withdrawn"
        assert (
            session.exec(select(Move.event).where(Move.subject_id == referral.id).order_by(Move.id.desc())).first()
            == "withdrawn"
        )
    after = _text(browser.get(path))
    assert "diminta menghapus, belum menyatakan sudah" in after
    assert "persetujuan ditarik, penghapusan data belum dinyatakan penerimanya" in _text(browser.get("/"))
    assert browser.post(f"{path}/persetujuan/{number}/tarik", data={"csrf": csrf}).status_code == 409
    assert browser.post(f"/keluarga/2021/{full.household}/persetujuan/999/tarik", data={"csrf": csrf}).status_code == 404


def test_a_service_asked_twice_is_once_and_an_unknown_one_is_refused(full):
    browser, path = full.officer("operator"), f"/keluarga/2021/{full.household}"
    csrf = token_on(browser.get(path))
    for _ in range(2):
        assert browser.post(f"{path}/layanan", data={"csrf": csrf, "layanan": "OFF_TAKER"}).status_code == 303
    assert "Pembeli tetap" in browser.get(path).text
    with full.database.read() as session:
        assert [need.service for need in session.exec(select(CaseNeed)).all()] == ["OFF_TAKER"]
    assert browser.post(f"{path}/layanan", data={"csrf": csrf, "layanan": "TERBANG"}).status_code == 422


def test_the_pages_show_no_personal_number(full):
    with full.database.write() as session:
        for home in session.exec(select(Household)).all():
            home.phone_sealed = full.house.sealer.seal("phone", "0812-9900-0009")
    browser = full.officer("operator")
    for path in ("/instansi", "/instansi/dinkop-a"):
        assert "0812-9900-0009" not in browser.get(path).text


def test_the_sheet_of_an_agency_holds_every_line_and_nobodys_name(full):
    sheet = full.officer("operator").get("/instansi/dinkop-a/rujukan.xlsx?tahun=2021")
    assert sheet.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert [(row[0], row[5]) for row in rows[1:]] == [
        (SECOND, "Giliran Dinas Sosial"), (FIRST, "Giliran instansi"), (THIRD, "Giliran instansi"),
    ]  # fmt: skip
    assert rows[3][9] == "menunggu keluarga"
    assert "Warga" not in str(rows)
    assert full.officer("approver").get("/instansi/dinkop-a/rujukan.xlsx").status_code == 403


def test_one_in_service_names_the_day_its_report_is_due(full):
    with full.database.write() as session:
        row = session.exec(select(Referral).where(Referral.number == FIRST)).one()
        for event in ("acknowledged", "accepted", "service_started"):
            record_move(session, Subject.REFERRAL, row.id, event, Told("partner:dinkop-a", NOW + timedelta(days=1)))
        session.add_all(
            OutcomeReport(referral_id=row.id, cycle_id=row.cycle_id, month=month, due_on=day, reported_at=made)
            for month, day, made in ((3, date(2021, 9, 2), NOW), (6, date(2021, 12, 2), None), (12, date(2022, 6, 2), None))
        )
    browser = full.officer("operator")
    assert "melaporkan hasil lewat batas 2 Des 2021" in _part(browser.get("/instansi/dinkop-a"), "mereka")
