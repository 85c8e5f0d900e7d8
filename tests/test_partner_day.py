"""Can an office do its whole day on the page behind its link: narrow and wide, with the keyboard alone, in axe's eyes?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_site import CHROMIUM, opened, served
from page_scene import Pages
from playwright.sync_api import Browser, Page, sync_playwright
from sqlmodel import select

from service.api.agency_sheet import HEAD
from service.db.session import Database
from service.db.tables import Referral
from service.procurement.workbook import rows_of, workbook_of
from service.trust.accounts import officer_by_login
from service.trust.links import new_code_for

WORST = {"serious", "critical"}
PICTURES = os.environ.get("ESTAFET_PICTURES")
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
    faults = [*_looked_at(page, width, "1-daftar")]
    _press(page, "button", "Nyatakan semua 5 diterima")
    page.get_by_text("5 rujukan dinyatakan diterima.").wait_for()
    faults += _looked_at(page, width, "2-putusan")

    _press(page, "link", "RJK-2021-00001")
    _press(page, "summary", "Buka alamat dan telepon dengan kode kantor")
    _type(page, "Kode kantor, enam angka", code)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_text("Buka alamat dan telepon dengan kode kantor").count() == 0
    _press(page, "summary", "Menunggu keluarga? Hentikan tenggat")
    _type(page, "Apa yang ditunggu", "menunggu keluarga melengkapi berkas")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_text("Tenggat Anda sedang berhenti", exact=True).wait_for()
    faults += _looked_at(page, width, "3-dijeda")
    _press(page, "button", "Lanjutkan, tenggat berjalan lagi")
    page.get_by_text("Tenggat Anda berjalan lagi").wait_for()

    page.goto(page.url.split("?")[0] + "?rujukan=RJK-2021-00001")
    _press(page, "button", "Tolak")
    faults += _looked_at(page, width, "4-salah")
    _press(page, "link", "Pilih alasannya")
    _labelled(page, "Tidak dapat menerima karena")
    _press(page, "button", "Sanggupi")
    page.get_by_text("1 rujukan disanggupi").wait_for()
    _press(page, "link", "RJK-2021-00001")
    _press(page, "button", "Layanan dimulai")
    page.get_by_text("Layanan untuk 1 rujukan tercatat dimulai.").wait_for()
    _press(page, "link", "RJK-2021-00001")
    faults += _looked_at(page, width, "5-hasil")
    _choose(page, "Hasil layanan", "Tercapai")
    _tick(page, "NIB terbit")
    _press(page, "button", "Simpan hasil akhir")
    page.get_by_text("Hasil 1 rujukan tersimpan. Terima kasih.").wait_for()
    page.context.close()
    assert faults == []
    assert _statuses(site)["RJK-2021-00001"] == "concluded"


def test_a_filled_table_comes_back_through_the_page(site: Pages, chromium: Browser, tmp_path: Path) -> None:
    page = opened(site, chromium, f"/r/{site.links['agency']}", "phone")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Unduh daftar rujukan terbuka (XLSX)").click()
    lines = _lines(Path(waiting.value.path()))
    lines[0]["jawaban"], lines[1]["jawaban"] = "disanggupi", "ditolak"
    _save(tmp_path / "isi.xlsx", lines)
    page.get_by_label("Berkas XLSX yang sudah diisi").set_input_files(tmp_path / "isi.xlsx")
    page.get_by_role("button", name="Kirim berkas").click()
    assert page.get_by_text("Berkas ditolak seluruhnya").count() + page.get_by_text("kolom Alasan").count()
    assert _looked_at(page, "phone", "6-berkas") == []
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Unduh baris yang perlu diperbaiki (XLSX)").click()
    ((_, wrong),) = rows_of(Path(waiting.value.path()).read_bytes(), "salah.xlsx", ["perlu_diperbaiki", *HEAD], ())
    assert "kolom Alasan" in wrong["perlu_diperbaiki"]
    assert set(_statuses(site).values()) == {"sent"}
    lines[1]["alasan"] = "NO_CAPACITY"
    _save(tmp_path / "isi.xlsx", lines)
    page.get_by_label("Berkas XLSX yang sudah diisi").set_input_files(tmp_path / "isi.xlsx")
    page.get_by_role("button", name="Kirim berkas").click()
    page.get_by_text("2 jawaban baru tersimpan").wait_for()
    page.context.close()
    assert sorted(_statuses(site).values()) == ["accepted", "declined", "sent", "sent", "sent"]


def _lines(path: Path) -> list[dict[str, str]]:
    return [row for _, row in rows_of(path.read_bytes(), path.name, HEAD, ())]


def _save(path: Path, lines: list[dict[str, str]]) -> None:
    path.write_bytes(workbook_of("Rujukan", HEAD, [[line.get(name, "") for name in HEAD] for line in lines]))


def _looked_at(page: Page, width: str, name: str) -> list[str]:
    """What axe finds serious, and what runs over the edge, on the page as it is now."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/mitra-{width}-{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    worst = [f"{name}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in found if v["impact"] in WORST]
    return [*worst, *([f"{name}: {over} px over"] if over > 0 else [])]


def _reach(page: Page, script: str, words: str) -> None:
    """Tab on until what has the focus is what is meant; no mouse, no script that moves the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate(script, words):
            return
    raise AssertionError(f"the keyboard does not reach: {words}")


def _press(page: Page, kind: str, words: str) -> None:
    tag = {"button": "BUTTON", "link": "A", "summary": "SUMMARY"}[kind]
    _reach(page, f"w => document.activeElement.tagName === '{tag}' && document.activeElement.innerText.trim() === w", words)
    if kind == "summary":
        page.keyboard.press("Enter")
        return
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _labelled(page: Page, words: str) -> None:
    _reach(page, "w => [...(document.activeElement.labels || [])].some(l => l.innerText.trim() === w)", words)


def _type(page: Page, label: str, text: str) -> None:
    _labelled(page, label)
    page.keyboard.type(text)


def _choose(page: Page, label: str, words: str) -> None:
    _labelled(page, label)
    page.keyboard.type(words)


def _tick(page: Page, label: str) -> None:
    _labelled(page, label)
    page.keyboard.press("Space")


def _statuses(site: Pages) -> dict[str, str]:
    with site.database.read() as session:
        return dict(session.exec(select(Referral.number, Referral.status)).all())
