"""Does a link open what it is for and no more, and does the office's code open address and phone here, today, and only then?"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from page_scene import LETTER
from sqlmodel import SQLModel, select
from structlog.testing import capture_logs

from service import clock
from service.api import link_cookie
from service.db.tables import Household, OutcomeReport, Partner, PartnerLink, Referral, ReferralNote
from service.errors import NotFound
from service.trust.accounts import officer_by_login
from service.trust.links import NoLinkYet, close_link, new_code_for, new_link, open_links_of
from service.trust.partners import make_link
from service.trust.rights import NoRight

NUMBER, SECOND = "RJK-2021-00001", "RJK-2021-00002"
FAR = date(2099, 1, 1)


@pytest.fixture
def full(full):
    full.more_referrals(1)
    return full


def _officer(full, role="operator"):
    with full.database.read() as session:
        return officer_by_login(session, f"uji-{role}")


def _code(full):
    with full.database.write() as session:
        return new_code_for(session, full.house.sealer, _officer(full), "dinkop-a")


def _one(full, link=None, browser=None):
    return (browser or full.stranger()).get(f"/r/{link or full.links['agency']}", params={"rujukan": NUMBER})


def _enter(full, browser, code, link=None):
    return browser.post(f"/r/{link or full.links['agency']}/kode", data={"kode": code, "rujukan": NUMBER})


def _seal_phone(full, text):
    with full.database.write() as session:
        for home in session.exec(select(Household)).all():
            home.phone_sealed, home.address = full.house.sealer.seal("phone", text), "Kp. Contoh Sintetis 7"
            session.add(home)


def test_address_phone_and_sheet_open_with_the_code_only(full):
    _seal_phone(full, "0812-9900-0001")
    browser = full.stranger()
    before = _one(full, browser=browser)
    assert "Kp. Contoh Sintetis 7" not in before.text
    assert "0812-9900-0001" not in before.text
    assert "Kode kantor Anda belum dibuat" in before.text
    code = _code(full)
    assert "Kode kantor, enam angka" in _one(full, browser=browser).text
    assert _enter(full, browser, code).status_code == 303
    opened = _one(full, browser=browser).text
    assert "Kp. Contoh Sintetis 7" in opened
    assert "0812-9900-0001" in opened
    assert browser.get(f"/r/{full.links['agency']}/surat/{LETTER}.pdf").content.startswith(b"%PDF")
    assert "Kp. Contoh Sintetis 7" not in _one(full).text
    assert full.stranger().get(f"/r/{full.links['agency']}/surat/{LETTER}.pdf").status_code == 403


def test_the_code_opens_one_link_in_one_browser_for_a_day(full, monkeypatch):
    with full.database.write() as session:
        agency = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        second = make_link(session, agency.id, FAR)
    code, browser = _code(full), full.stranger()
    _enter(full, browser, code)
    assert "Kode kantor, enam angka" not in _one(full, browser=browser).text
    assert "Kode kantor, enam angka" in _one(full, second, browser).text
    now = clock.wall()
    monkeypatch.setattr(link_cookie.clock, "wall", lambda: now + timedelta(hours=24, minutes=1))
    assert "Kode kantor, enam angka" in _one(full, browser=browser).text


def test_a_cookie_made_up_or_of_another_link_opens_nothing(full):
    code, browser = _code(full), full.stranger()
    _enter(full, browser, code)
    ((name, value),) = [(c.name, c.value) for c in browser.cookies.jar]
    expires, _, mark = value.partition(".")
    for forged in (f"{int(expires) + 1}.{mark}", f"{expires}.{'0' * 64}", "", "9" * 40, f"{expires}."):
        other = full.stranger()
        other.cookies.set(name, forged)
        assert "Kode kantor, enam angka" in _one(full, browser=other).text, forged


def test_five_wrong_codes_close_the_details_and_a_new_code_opens_them_again(full):
    code, browser = _code(full), full.stranger()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for left in (4, 3, 2, 1):
        refused = _enter(full, browser, wrong)
        assert refused.status_code == 422
        assert f"Sisa {left} kali percobaan" in refused.text
    assert "Terlalu banyak kode yang salah" in _enter(full, browser, wrong).text
    assert "Terlalu banyak kode yang salah" in _enter(full, browser, code).text
    assert _enter(full, browser, _code(full)).status_code == 303


def test_the_log_keeps_who_opened_details_and_who_tried_but_no_code(full):
    code = _code(full)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    with capture_logs() as lines:
        _enter(full, full.stranger(), wrong)
        _enter(full, full.stranger(), code)
    kept = [line for line in lines if line["event"] in ("wrong_code", "details_opened")]
    assert [line["event"] for line in kept] == ["wrong_code", "details_opened"]
    assert kept[0]["partner"] == kept[1]["partner"]
    assert not {code, wrong, full.links["agency"]} & set(re.findall(r"[\w-]+", repr(kept)))


def test_a_new_code_ends_what_the_old_one_opened(full):
    browser = full.stranger()
    _enter(full, browser, _code(full))
    _code(full)
    assert "Kode kantor, enam angka" in _one(full, browser=browser).text


def test_a_link_made_later_takes_the_offices_code_over(full):
    code = _code(full)
    with full.database.write() as session:
        link = new_link(session, _officer(full), "dinkop-a", FAR)
    assert _enter(full, full.stranger(), code, link).status_code == 303


def test_a_link_for_one_batch_shows_and_answers_that_batch_only(full):
    with full.database.write() as session:
        link = new_link(session, _officer(full), "dinkop-a", FAR, f"BTC-{SECOND}")
    browser, path = full.stranger(), f"/r/{link}"
    page = browser.get(path).text
    assert SECOND in page
    assert NUMBER not in page
    assert f"BTC-{SECOND}" in page
    assert browser.get(path, params={"rujukan": NUMBER}).status_code == 404
    assert browser.get(f"{path}/surat/{LETTER}.pdf").status_code == 404
    assert browser.post(path, data={"aksi": "acknowledged", "rujukan": NUMBER}).status_code == 404
    assert browser.post(path, data={"aksi": "acknowledged", "semua": "1"}).status_code == 303
    with full.database.read() as session:
        at = dict(session.exec(select(Referral.number, Referral.status)).all())
    assert at == {NUMBER: "sent", SECOND: "acknowledged"}


def test_links_are_listed_and_closed_by_who_may(full):
    operator, auditor = _officer(full), _officer(full, "auditor")
    with full.database.write() as session:
        link = new_link(session, operator, "dinkop-a", FAR, f"BTC-{SECOND}")
        found = open_links_of(session, operator, "dinkop-a", date(2021, 6, 1))
        with pytest.raises(NoRight):
            new_link(session, auditor, "dinkop-a", FAR)
        with pytest.raises(NoRight):
            new_code_for(session, full.house.sealer, auditor, "dinkop-a")
        with pytest.raises(NotFound, match="bukan untuk"):
            new_link(session, operator, "dinkop-b", FAR, f"BTC-{SECOND}")
    assert found[0].batch == f"BTC-{SECOND}"
    assert found[0].details == "belum dibuat"
    with full.database.write() as session:
        with pytest.raises(NotFound):
            close_link(session, operator, "dinkop-b", found[0].id, clock.wall())
        close_link(session, operator, "dinkop-a", found[0].id, clock.wall())
        with pytest.raises(NotFound):
            close_link(session, operator, "dinkop-a", found[0].id, clock.wall())
    gone = full.stranger().get(f"/r/{link}")
    assert gone.status_code == 404
    assert "tidak berlaku lagi" in gone.text


def test_a_code_needs_a_link(full):
    with full.database.write() as session:
        for one in session.exec(select(PartnerLink)).all():
            session.delete(one)
    with full.database.write() as session, pytest.raises(NoLinkYet):
        new_code_for(session, full.house.sealer, _officer(full), "dinkop-a")


def test_no_get_and_no_head_behind_a_link_or_a_letter_changes_any_row(full):
    code = _code(full)
    before = _everything(full)
    path = f"/r/{full.links['agency']}"
    for address in (
        path, f"{path}?aksi=acknowledged&semua=1", f"{path}?rujukan={NUMBER}&aksi=accepted", f"{path}/kode?kode={code}",
        f"{path}/rujukan.xlsx", f"{path}/surat/{LETTER}.pdf", f"{path}/salah/{'a' * 64}.xlsx", f"/v/{LETTER}",
        f"/v/{LETTER}/penerima", f"/v/{LETTER}/penerima?bukti={code}",
    ):  # fmt: skip
        full.stranger().get(address)
        full.stranger().head(address)
    assert _everything(full) == before


def _everything(full):
    with full.database.read() as session:
        tables = SQLModel.metadata.sorted_tables
        return {t.name: sorted(map(repr, session.connection().execute(t.select()).all())) for t in tables}


def test_a_pause_stops_the_clock_and_is_ended_by_the_agency(full):
    browser, path = full.stranger(), f"/r/{full.links['agency']}"
    assert browser.post(path, data={"aksi": "acknowledged", "rujukan": NUMBER}).status_code == 303
    empty = browser.post(f"{path}?rujukan={NUMBER}", data={"aksi": "paused", "rujukan": NUMBER, "sebab": ""})
    assert empty.status_code == 422
    assert 'href="#sebab"' in empty.text
    said = {"aksi": "paused", "rujukan": NUMBER, "sebab": "menunggu keluarga melengkapi berkas"}
    assert browser.post(path, data=said).status_code == 303
    assert "Tenggat Anda sedang berhenti" in _one(full).text
    assert "Dijeda" in browser.get(path).text
    assert browser.post(path, data=said).status_code == 303
    other = browser.post(path, data={**said, "sebab": "menunggu modal"})
    assert other.status_code == 409
    assert "sudah dijeda" in other.text
    assert "menunggu keluarga melengkapi berkas" in _one(full).text
    assert browser.post(path, data={"aksi": "resumed", "rujukan": NUMBER}).status_code == 303
    assert "Tenggat Anda sedang berhenti" not in _one(full).text


def test_a_note_clicked_twice_is_one_line_and_personal_numbers_are_refused(full):
    browser, path = full.stranger(), f"/r/{full.links['agency']}"
    for _ in range(2):
        said = {"aksi": "note", "rujukan": NUMBER, "pesan": "Keluarga diminta datang Senin"}
        assert browser.post(path, data=said).status_code == 303
    with full.database.read() as session:
        assert [n.text for n in session.exec(select(ReferralNote)).all()] == ["Keluarga diminta datang Senin"]
    refused = browser.post(path, data={"aksi": "note", "rujukan": NUMBER, "pesan": "NIK 3601019900990001"})
    assert refused.status_code == 422
    assert "Jangan tulis NIK" in refused.text
    assert "Keluarga diminta datang Senin" in _one(full).text


def test_an_answer_to_an_older_state_is_told_that_it_changed(full):
    browser, path = full.stranger(), f"/r/{full.links['agency']}"
    browser.post(path, data={"aksi": "acknowledged", "rujukan": NUMBER, "versi": "3"})
    with full.database.read() as session:
        version = session.exec(select(Referral.version).where(Referral.number == NUMBER)).one()
    late = browser.post(path, data={"aksi": "accepted", "rujukan": NUMBER, "versi": str(version - 1)})
    assert late.status_code == 409
    assert "berubah" in late.text
    assert browser.post(path, data={"aksi": "accepted", "rujukan": NUMBER, "versi": str(version)}).status_code == 303


def _bring_report_near(full):
    with full.database.write() as session:
        for report in session.exec(select(OutcomeReport).where(OutcomeReport.month == 3)).all():
            report.due_on = date(2021, 6, 20)
            session.add(report)


def test_month_reports_are_asked_answered_once_and_shown(full):
    browser, path = full.stranger(), f"/r/{full.links['agency']}"
    for event in ("accepted", "service_started"):
        browser.post(path, data={"aksi": event, "rujukan": NUMBER})
    page = _one(full).text
    assert "Bulan ke-3" in page
    _bring_report_near(full)
    asked = re.search(r"Laporan hasil yang diminta \(1\).*?</table>", browser.get(path).text, re.DOTALL).group(0)
    assert NUMBER in asked
    assert "Warga Contoh" in asked
    partly = browser.post(path, data={"aksi": "outcome_reported", "rujukan": NUMBER, "bulan": "3", "hasil": "ACHIEVED"})
    assert partly.status_code == 422
    assert "usaha masih berjalan" in partly.text
    said = {
        "aksi": "outcome_reported", "rujukan": NUMBER, "bulan": "3", "hasil": "PARTIALLY_ACHIEVED", "business_running": "ya",
        "turnover_up": "tidak",
    }  # fmt: skip
    assert browser.post(path, data=said).status_code == 303
    assert "Bulan ke-3: Tercapai sebagian" in _one(full).text
    assert browser.post(path, data=said).status_code == 303
    other = browser.post(path, data={**said, "hasil": "ACHIEVED"})
    assert other.status_code == 409
    assert "sudah diterima" in other.text
    assert "Bulan ke-3: Tercapai sebagian" in _one(full).text
