"""Can an office do its whole day on the page behind its link: narrow and wide, with the keyboard alone, in axe's eyes?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_site import CHROMIUM, opened, served
from handoff_scenes import let_its_month_come
from keyboard_only import choose, labelled, looked_at, pick_file, press, reach, tick, type_in
from page_scene import Pages
from playwright.sync_api import Browser, Page, sync_playwright
from sqlmodel import select

from service.api.agency_sheet import HEAD
from service.db.session import Database
from service.db.tables import Referral
from service.procurement.workbook import rows_of, workbook_of
from service.trust.accounts import officer_by_login
from service.trust.links import new_code_for

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM and not os.environ.get("ESTAFET_REQUIRE_ALL"), reason="no Chromium found"),
]


@pytest.fixture
def site(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Pages]:
    shutil.copy(migrated_sqlite, tmp_path / "estafet.db")
    pages = Pages(Database(f"sqlite:///{tmp_path / 'estafet.db'}"), tmp_path).with_things()
    pages.more_referrals(4)
    with served(pages):
        yield pages


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("width", ["laptop", "phone"])
def test_an_office_works_its_list_with_the_keyboard_alone(site: Pages, chromium: Browser, width: str) -> None:
    with site.database.write() as session:
        code = new_code_for(session, site.house.sealer, officer_by_login(session, "uji-operator"), "dinkop-a")
    page = opened(site, chromium, f"/r/{site.links['agency']}", width)
    faults = [*looked_at(page, width, "1-daftar")]
    press(page, "button", "Nyatakan semua 5 diterima")
    page.get_by_text("5 rujukan dinyatakan diterima.").wait_for()
    faults += looked_at(page, width, "2-putusan")

    press(page, "link", "RJK-2021-00001")
    press(page, "summary", "Buka alamat dan telepon dengan kode kantor")
    type_in(page, "Kode kantor, enam angka", code)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_text("Buka alamat dan telepon dengan kode kantor").count() == 0
    press(page, "summary", "Menunggu keluarga? Hentikan tenggat")
    type_in(page, "Apa yang ditunggu", "menunggu keluarga melengkapi berkas")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_text("Tenggat Anda sedang berhenti", exact=True).wait_for()
    faults += looked_at(page, width, "3-dijeda")
    press(page, "button", "Lanjutkan, tenggat berjalan lagi")
    page.get_by_text("Tenggat Anda berjalan lagi").wait_for()

    page.goto(page.url.split("?")[0] + "?rujukan=RJK-2021-00001")
    press(page, "button", "Tolak")
    faults += looked_at(page, width, "4-salah")
    press(page, "link", "Pilih alasannya")
    labelled(page, "Tidak dapat menerima karena")
    press(page, "button", "Sanggupi")
    page.get_by_text("1 rujukan disanggupi").wait_for()
    press(page, "link", "RJK-2021-00001")
    press(page, "button", "Layanan dimulai")
    page.get_by_text("Layanan untuk 1 rujukan tercatat dimulai.").wait_for()
    press(page, "link", "RJK-2021-00001")
    faults += looked_at(page, width, "5-hasil")
    choose(page, "Hasil layanan", "Tercapai")
    tick(page, "NIB terbit")
    press(page, "button", "Simpan hasil akhir")
    page.get_by_text("Hasil 1 rujukan tersimpan. Terima kasih.").wait_for()
    page.context.close()
    assert faults == []
    assert _statuses(site)["RJK-2021-00001"] == "concluded"


@pytest.mark.parametrize("width", ["laptop", "phone"])
def test_several_are_declined_with_a_reason_and_reported_on_with_the_keyboard_alone(
    site: Pages, chromium: Browser, width: str
) -> None:
    page = opened(site, chromium, f"/r/{site.links['agency']}", width)
    for number in ("RJK-2021-00001", "RJK-2021-00002", "RJK-2021-00003"):
        tick(page, number)
    press(page, "button", "Hanya yang dicentang")
    page.get_by_text("3 rujukan dinyatakan diterima.").wait_for()
    for number in ("RJK-2021-00001", "RJK-2021-00002"):
        tick(page, number)
    press(page, "summary", "Tidak dapat menerima yang dicentang")
    choose(page, "Alasan", "Alasan lain")
    press(page, "button", "Tolak yang dicentang")
    faults = looked_at(page, width, "7-tolak-salah")
    press(page, "link", "Jelaskan alasan lain dengan beberapa kata")
    page.keyboard.type("Balai latihan sedang dibangun ulang")
    press(page, "button", "Tolak yang dicentang")
    page.get_by_text("2 rujukan ditolak.").wait_for()

    tick(page, "RJK-2021-00003")
    press(page, "button", "Sanggupi yang dicentang")
    tick(page, "RJK-2021-00003")
    press(page, "button", "Layanan dimulai untuk yang dicentang")
    page.wait_for_url("**sudah=service_started**")
    let_its_month_come(site.database, site.home)
    press(page, "link", "RJK-2021-00003")
    choose(page, "Sampai sekarang", "Tercapai")
    choose(page, "Usaha masih berjalan?", "Ya")
    choose(page, "Omzet naik?", "Tidak")
    tick(page, "NIB terbit")
    press(page, "button", "Simpan laporan berkala")
    page.get_by_text("Laporan hasil 1 rujukan tersimpan").wait_for()
    press(page, "summary", "Tulis kepada Dinas Sosial")
    labelled(page, "Catatan")
    page.keyboard.type("Mohon kirim salinan KK keluarga ini")
    press(page, "button", "Kirim catatan")
    page.get_by_text("Mohon kirim salinan KK keluarga ini").wait_for()
    faults += looked_at(page, width, "8-laporan-catatan")
    page.context.close()
    assert faults == []
    assert sorted(_statuses(site).values()) == ["declined", "declined", "in_service", "sent", "sent"]


@pytest.mark.parametrize("width", ["laptop", "phone"])
def test_a_filled_table_comes_back_through_the_page(site: Pages, chromium: Browser, tmp_path: Path, width: str) -> None:
    page = opened(site, chromium, f"/r/{site.links['agency']}", width)
    lines = _lines(_downloaded(page, "Unduh daftar rujukan terbuka (XLSX)"))
    lines[0]["jawaban"], lines[1]["jawaban"] = "disanggupi", "ditolak"
    _save(tmp_path / "isi.xlsx", lines)
    pick_file(page, "Berkas XLSX yang sudah diisi", tmp_path / "isi.xlsx")
    press(page, "button", "Kirim berkas")
    assert page.get_by_text("kolom alasan").count()
    assert looked_at(page, width, "6-berkas") == []
    wrong = _downloaded(page, "Unduh baris yang perlu diperbaiki (XLSX)")
    ((_, told),) = rows_of(wrong.read_bytes(), "salah.xlsx", ["perlu_diperbaiki", *HEAD], ())
    assert "kolom alasan" in told["perlu_diperbaiki"].lower()
    assert set(_statuses(site).values()) == {"sent"}
    lines[1]["alasan"] = "NO_CAPACITY"
    _save(tmp_path / "isi.xlsx", lines)
    pick_file(page, "Berkas XLSX yang sudah diisi", tmp_path / "isi.xlsx")
    press(page, "button", "Kirim berkas")
    page.get_by_text("2 jawaban baru tersimpan").wait_for()
    page.context.close()
    assert sorted(_statuses(site).values()) == ["accepted", "declined", "sent", "sent", "sent"]


def test_a_double_click_shows_what_was_done(site: Pages, chromium: Browser) -> None:
    page = opened(site, chromium, f"/r/{site.links['agency']}?rujukan=RJK-2021-00001", "laptop")
    page.get_by_role("button", name="Nyatakan diterima").dblclick()
    page.get_by_text("1 rujukan dinyatakan diterima.").wait_for()
    page.get_by_role("link", name="RJK-2021-00001").click()
    page.get_by_role("button", name="Sanggupi").dblclick()
    page.get_by_text("1 rujukan disanggupi").wait_for()
    assert page.get_by_text("Belum tersimpan").count() == 0
    page.context.close()


def _downloaded(page: Page, words: str) -> Path:
    """The file behind a link, opened with the keyboard."""
    reach(page, "w => document.activeElement.tagName === 'A' && document.activeElement.innerText.trim() === w", words)
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    return Path(waiting.value.path())


def _lines(path: Path) -> list[dict[str, str]]:
    return [row for _, row in rows_of(path.read_bytes(), path.name, HEAD, ())]


def _save(path: Path, lines: list[dict[str, str]]) -> None:
    path.write_bytes(workbook_of("Rujukan", HEAD, [[line.get(name, "") for name in HEAD] for line in lines]))


def _statuses(site: Pages) -> dict[str, str]:
    with site.database.read() as session:
        return dict(session.exec(select(Referral.number, Referral.status)).all())
