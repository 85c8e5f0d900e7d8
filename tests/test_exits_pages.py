"""Can an officer make, hand out and close an exit list on a page, and see whom to look for at home?"""

import json
import re
from datetime import date, datetime
from io import BytesIO

import pytest
from factories import NOW, make_cycle, make_parcel_at_point, make_partner
from fastapi.testclient import TestClient
from page_scene import HTML, Pages, token_on
from python_calamine import CalamineWorkbook
from sqlmodel import select

from service import clock
from service.api.rendering import query
from service.clock import WIB
from service.db.history import Told, record_move
from service.db.tables import AccessRecord, Case, Cycle, ExitList, Parcel
from service.exits import files
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.stage import Work, run_locally
from service.stages import STAGES
from service.trust.accounts import add_user, make_session

FLOW = Told("flow:test", NOW)
DUE = date(2021, 12, 15)


class Scene(Pages):
    """Two households proven, one absent at both events, in a year whose handovers end on 15 December."""

    def __init__(self, database, home) -> None:
        (home / clock.HOME_FILE).write_text(json.dumps({"kind": "demo"}))
        clock.move_to(home, datetime(2021, 12, 1, 9, 0, tzinfo=WIB))
        super().__init__(database, home)
        with database.write() as session:
            self.year = make_cycle(session, policy=CyclePolicy(handover_due_on=DUE)).id
            facilitator = make_partner(session, "facilitator", "fas-f01")
            for _ in range(2):
                parcel = make_parcel_at_point(session, self.year)
                record_move(session, Subject.PARCEL, parcel.id, "handed_over", FLOW, reported_at=NOW)
                record_move(session, Subject.PARCEL, parcel.id, "verified", FLOW, record_number="400.9.14.5/0001-DINSOS/2021")
                for event in ("delivered", "handover_verified"):
                    record_move(session, Subject.CASE, parcel.case_id, event, FLOW)
            absent = make_parcel_at_point(session, self.year)
            absent.facilitator_id = facilitator.id
            session.add(absent)
            record_move(session, Subject.PARCEL, absent.id, "absent", FLOW, absences=2, note="rumah kosong")
            self.absent = absent.number

    def officer_of(self, role: str, regency: str) -> TestClient:
        with self.database.write() as session:
            user = add_user(session, f"uji-{role}-{regency}", f"Uji {role}", [role], [regency])
            cookie = make_session(session, user.id)
        return TestClient(self.app, headers=HTML, cookies={"estafet": cookie}, follow_redirects=False)

    def past_the_deadline(self) -> None:
        clock.move_to(self.home, datetime(2021, 12, 16, 9, 0, tzinfo=WIB))
        with self.database.read() as session:
            cycle = session.get_one(Cycle, self.year)
        work = Work(self.database, self.home, "http://estafet.test", cycle, "clock:watch")
        list(run_locally(work, "watch", STAGES["watch"]))

    def one(self, table):
        with self.database.read() as session:
            return session.exec(select(table)).first()


@pytest.fixture
def scene(database, home) -> Scene:
    return Scene(database, home)


def post(browser, path: str, on: str, **given):
    return browser.post(path, data={"csrf": token_on(browser.get(on)), **given})


def made_by(browser) -> str:
    answer = post(browser, "/daftar-keluar/buat", "/daftar-keluar", tahun="2021")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_an_address_that_asks_something_already_asks_more_with_an_ampersand():
    assert query("/pesanan?tahun=2021", sudah="disetujui", wilayah=None) == "/pesanan?tahun=2021&sudah=disetujui"
    assert (query("/pesanan", tahun=2021), query("/pesanan")) == ("/pesanan?tahun=2021", "/pesanan")


# -- exit lists -----------------------------------------------------------------------------------------------------


def test_a_list_is_made_taken_and_acknowledged_on_its_page(scene):
    operator = scene.officer("operator")
    assert "2 keluarga menunggu daftar" in operator.get("/daftar-keluar").text
    assert made_by(operator) == "/daftar-keluar/KLR-2021-01?sudah=daftar-dibuat"
    shown = operator.get("/daftar-keluar/KLR-2021-01")
    assert "Belum diambil" in shown.text
    assert "Catat diterima" not in shown.text
    assert re.search(r"\d{16}", shown.text) is None
    taken = post(operator, "/daftar-keluar/KLR-2021-01/ambil", "/daftar-keluar/KLR-2021-01", bentuk="csv")
    assert taken.headers["content-disposition"] == 'attachment; filename="KLR-2021-01.csv"'
    assert len(set(re.findall(r"\b3601\d{12}\b", taken.text))) == 4
    digest = files.hash_of(taken.content)
    assert digest == scene.one(ExitList).sha256
    given = {"oleh": "Ibu Contoh, Linjamsos", "catatan": "lengkap"}
    refused = post(operator, "/daftar-keluar/KLR-2021-01/diterima", "/daftar-keluar/KLR-2021-01", sidik="0" * 64, **given)
    assert refused.status_code == 422
    assert "Sidik berkas tidak sama" in refused.text
    assert "Ibu Contoh, Linjamsos" in refused.text
    assert scene.one(ExitList).state == "sent"
    done = post(operator, "/daftar-keluar/KLR-2021-01/diterima", "/daftar-keluar/KLR-2021-01", sidik=digest[:12], **given)
    assert done.status_code == 303
    page = operator.get(done.headers["location"]).text
    assert "Tercatat: program bantuan tunai menerima daftar ini." in page
    assert "dinyatakan diterima: lengkap" in page
    assert "Diterima program tunai" in operator.get("/daftar-keluar").text


def test_making_again_says_that_nobody_waits(scene):
    operator = scene.officer("operator")
    shown = operator.get("/daftar-keluar")
    made_by(operator)
    again = operator.post("/daftar-keluar/buat", data={"csrf": token_on(shown), "tahun": "2021"})
    assert again.status_code == 409
    assert "Tidak ada keluarga siklus 2021 yang menunggu daftar keluar." in again.text


def test_the_spreadsheet_is_taken_with_the_same_log(scene):
    operator = scene.officer("operator")
    made_by(operator)
    taken = post(operator, "/daftar-keluar/KLR-2021-01/ambil", "/daftar-keluar/KLR-2021-01", bentuk="xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(taken.content)).get_sheet_by_index(0).to_python()
    assert [len(row[2]) for row in rows[1:]] == [16, 16]
    with scene.database.read() as session:
        assert len(session.exec(select(AccessRecord)).all()) == 2


def test_a_household_is_recorded_as_returned_and_only_if_it_is_on_the_list(scene):
    operator = scene.officer("operator")
    made_by(operator)
    post(operator, "/daftar-keluar/KLR-2021-01/ambil", "/daftar-keluar/KLR-2021-01")
    on, path = "/daftar-keluar/KLR-2021-01", "/daftar-keluar/KLR-2021-01/kembali"
    assert post(operator, path, on, keluarga="99999", alasan="sudah keluar").status_code == 404
    assert post(operator, path, on, keluarga="satu", alasan="sudah keluar").status_code == 404
    household = scene.one(Case).household_id
    refused = post(operator, path, on, keluarga=str(household), alasan="")
    assert (refused.status_code, "Tuliskan alasannya" in refused.text) == (422, True)
    assert post(operator, path, on, keluarga=str(household), alasan="sudah keluar 2020").status_code == 303
    assert f"keluarga {household} dikembalikan program tunai: sudah keluar 2020" in operator.get(on).text


def test_who_works_for_one_regency_or_has_another_role_looks_and_changes_nothing(scene):
    made_by(scene.officer("operator"))
    regional = scene.officer_of("operator", "36.01")
    for browser in (regional, scene.officer("verifier")):
        page = browser.get("/daftar-keluar/KLR-2021-01")
        assert (page.status_code, "Ambil berkas" in page.text) == (200, False)
        assert "Buat daftar keluar" not in browser.get("/daftar-keluar").text
        csrf = token_on(browser.get("/"))
        for path, given in (("ambil", {}), ("diterima", {"sidik": "a" * 64, "oleh": "x"}), ("kembali", {"keluarga": "1"})):
            answer = browser.post(f"/daftar-keluar/KLR-2021-01/{path}", data={"csrf": csrf, **given})
            assert answer.status_code == 403, path
        assert browser.post("/daftar-keluar/buat", data={"csrf": csrf, "tahun": "2021"}).status_code == 403
    assert scene.one(ExitList).state == "made"
    stranger_region = scene.officer_of("operator", "36.02").get("/daftar-keluar/KLR-2021-01").text
    assert "Warga Contoh" not in stranger_region
    assert "Tidak ada keluarga dari wilayah ini" in stranger_region


def test_the_household_shows_its_goods_its_list_and_the_ledger(scene):
    operator = scene.officer("operator")
    made_by(operator)
    household = scene.one(Case).household_id
    page = operator.get(f"/keluarga/2021/{household}").text
    for words in (
        "400.9.14.5/0001-DINSOS/2021", "/daftar-keluar/KLR-2021-01", "Belum diambil",
        "UEP 2021, provinsi: Paket WRG, Rp2.500.000, diterima 1 Jun 2021",
    ):  # fmt: skip
        assert words in page


def test_the_memo_is_checked_by_its_qr(scene):
    operator = scene.officer("operator")
    made_by(operator)
    code = re.search(r"/surat/([a-z2-7]+)\.pdf", operator.get("/daftar-keluar/KLR-2021-01").text).group(1)
    assert operator.get(f"/surat/{code}.pdf").content.startswith(b"%PDF")
    check = scene.stranger().get(f"/v/{code}").text
    assert "Nota dinas daftar keluar" in check
    assert "Dibuat" in check


# -- home visits ----------------------------------------------------------------------------------------------------


def test_the_visit_page_says_whom_to_look_for_where_and_until_when(scene):
    verifier = scene.officer("verifier")
    page = verifier.get("/kunjungan").text
    for words in (
        "dikunjungi pendampingnya sampai Rabu, 15 Desember 2021", "Perlu dikunjungi", "Kp. Contoh, RT 001/RW 002",
        "rumah kosong", "2 kali", "fas-f01 (contoh)", scene.absent,
    ):  # fmt: skip
        assert words in page
    assert "Ganti yang dicentang" not in page
    assert "Lewat batas" not in page
    sheet = verifier.get("/kunjungan/daftar.xlsx?tahun=2021")
    _, row = CalamineWorkbook.from_filelike(BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert "********" in row[6]
    assert scene.officer_of("verifier", "36.02").get("/kunjungan").text.count(scene.absent) == 0
    assert scene.officer("facilitator").get("/kunjungan/daftar.xlsx?tahun=2021").status_code == 403


def test_past_the_deadline_a_verifier_replaces_those_ticked(scene):
    verifier = scene.officer("verifier")
    scene.past_the_deadline()
    page = verifier.get("/kunjungan").text
    assert "Batas itu sudah lewat." in page
    assert "Tidak ada cadangan yang tersisa, jadi tempatnya tetap kosong." in page
    path, on = "/kunjungan/putuskan", "/kunjungan?bagian=lewat"
    refused = post(verifier, path, on, tahun="2021", alasan="tiga kali dikunjungi")
    assert (refused.status_code, "Centang sedikitnya satu keluarga" in refused.text) == (422, True)
    refused = post(verifier, path, on, tahun="2021", paket=scene.absent)
    assert (refused.status_code, "checked" in refused.text) == (422, True)
    done = post(verifier, path, on, tahun="2021", paket=scene.absent, alasan="tiga kali dikunjungi")
    assert done.status_code == 303
    page = verifier.get(done.headers["location"]).text
    assert "Tidak dapat ditemui" in page
    with scene.database.read() as session:
        parcel = session.exec(select(Parcel).where(Parcel.number == scene.absent)).one()
        assert (parcel.status, session.get_one(Case, parcel.case_id).status) == ("returned", "substituted")
    operator = scene.officer("operator")
    assert operator.post(path, data={"csrf": token_on(operator.get("/")), "tahun": "2021"}).status_code == 403


# -- what waits for whom --------------------------------------------------------------------------------------------


def test_tasks_say_what_waits_for_whom(scene):
    def waits(role: str) -> str:
        return scene.officer(role).get("/").text.split("Di tangan pihak lain")[0]

    assert scene.officer("facilitator").get("/").headers["location"] == "/lapangan"
    assert "keluarga perlu dikunjungi di rumah" in scene.officer("operator").get("/").text
    assert "keluarga terbukti belum ada pada daftar keluar" in waits("operator")
    assert "daftar keluar" not in waits("verifier")
    assert "tidak ditemui sampai batas" not in waits("verifier")
    made_by(scene.officer("operator"))
    assert "daftar keluar belum dinyatakan diterima program tunai" in waits("operator")
    assert "keluarga terbukti belum ada pada daftar keluar" not in waits("operator")
    assert "batas 6 Des 2021, 3 hari kerja lagi" in waits("operator")
    scene.past_the_deadline()
    assert "lewat 8 hari kerja (batas 6 Des 2021)" in waits("operator")
    assert "keluarga tidak ditemui sampai batas penyerahan" in waits("verifier")
    assert "keluarga perlu dikunjungi" not in scene.officer("operator").get("/").text


def test_pages_of_a_home_without_a_cycle_and_of_an_empty_one(database, home):
    pages = Pages(database, home)
    operator = pages.officer("operator")
    assert operator.get("/daftar-keluar").status_code == operator.get("/kunjungan").status_code == 200
    with database.write() as session:
        make_cycle(session)
    assert "Belum ada keluarga yang terbukti" in operator.get("/daftar-keluar").text
    assert "Tidak ada" in operator.get("/kunjungan?bagian=nonsense").text
    assert "Belum ada barang yang ditolak" in operator.get("/kunjungan?bagian=kembali").text
    assert operator.get("/daftar-keluar/KLR-2021-07").status_code == 404
