"""Can officials take a letter from draft to its successor on the pages: wide and narrow, each wrong file with one sentence?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_site import CHROMIUM, opened, served
from certificates import signed_elsewhere
from handoff_scenes import make_scene
from letter_samples import referral, text_of
from page_scene import Pages
from playwright.sync_api import Browser, Page, sync_playwright
from sqlmodel import select

from service.db.session import Database
from service.db.tables import Letter
from service.letters import render
from service.policy import CyclePolicy, ReferralRules

WORST = {"serious", "critical"}
PICTURES = os.environ.get("ESTAFET_PICTURES")
HEAD = "Drs. Contoh Kepala, M.Si."
BATCH = "/batch/BTC-2021-0001"
TYPED = CyclePolicy(referral=ReferralRules(initials_needed=1, number_is_typed=True, copies=("Gubernur Banten",)))
pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM and not os.environ.get("ESTAFET_REQUIRE_ALL"), reason="no Chromium found"),
]


@pytest.fixture
def site(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Pages]:
    """Three households in a batch that waits for a mark."""
    shutil.copy(migrated_sqlite, tmp_path / "estafet.db")
    database = Database(f"sqlite:///{tmp_path / 'estafet.db'}")
    scene = make_scene(database, tmp_path, households=3, policy=TYPED)
    scene.run()
    pages = Pages(database, tmp_path)
    pages.scene = scene
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
def test_a_letter_is_marked_signed_brought_back_and_replaced(site: Pages, chromium: Browser, width: str) -> None:
    faults = _marked(site, chromium, width)
    faults += _signed_with_a_typed_number(site, chromium, width)
    site.scene.run()
    faults += _brought_back(site, chromium, width)
    faults += _replaced(site, chromium, width)
    assert not faults


def _marked(site: Pages, chromium: Browser, width: str) -> list[str]:
    page = opened(site, chromium, BATCH, width, "verifier")
    faults = _looked_at(page, width, "1-paraf")
    draft = page.request.get(site.address + BATCH + "/konsep.pdf")
    assert "KONSEP" in text_of(draft.body())
    page.get_by_role("button", name="Paraf 3 rujukan").click()
    page.get_by_text("Paraf Anda tersimpan.").wait_for()
    return faults + _looked_at(page, width, "2-diparaf")


def _signed_with_a_typed_number(site: Pages, chromium: Browser, width: str) -> list[str]:
    page = opened(site, chromium, BATCH, width, "approver")
    page.get_by_label("Nomor surat").fill("1234567890123456")
    page.get_by_role("button", name="Tandatangani 3 rujukan").click()
    page.get_by_text("Ini nomor 16 angka seperti NIK").first.wait_for()
    assert page.get_by_label("Nomor surat").input_value() == "1234567890123456"
    faults = _looked_at(page, width, "3-nomor-salah")
    page.get_by_label("Nomor surat").fill("SRIKANDI/400.9/1973")
    page.get_by_role("button", name="Tandatangani 3 rujukan").click()
    page.get_by_text("Surat ditandatangani dan akan dikirim").wait_for()
    return faults + _looked_at(page, width, "4-ditandatangani")


def _brought_back(site: Pages, chromium: Browser, width: str) -> list[str]:
    page = opened(site, chromium, BATCH, width, "operator")
    page.get_by_role("link", name="SRIKANDI/400.9/1973").first.click()
    faults = _looked_at(page, width, "5-surat")
    printed = page.request.get(f"{page.url}.pdf").body()
    wrong = {
        "Berkas ini bukan PDF.": b"PK bukan surat",
        "PDF ini belum ditandatangani secara elektronik.": printed,
        "Isi berkas ini berbeda dari surat yang kami cetak": _signed(render("referral", referral(2))),
        "ada yang ditambahkan sesudahnya": _signed(printed) + b"\n% tambahan",
    }
    for sentence, content in wrong.items():
        _bring(page, content)
        page.get_by_text(sentence).first.wait_for()
    faults += _looked_at(page, width, "6-berkas-salah")
    _bring(page, _signed(printed))
    page.get_by_text("Surat bertanda tangan elektronik tersimpan.").wait_for()
    page.get_by_text(HEAD).first.wait_for()
    return faults + _looked_at(page, width, "7-tersimpan")


def _replaced(site: Pages, chromium: Browser, width: str) -> list[str]:
    page = opened(site, chromium, BATCH, width, "approver")
    faults = _looked_at(page, width, "8-ganti")
    page.get_by_label("Nomor surat baru").fill("SRIKANDI/400.9/1974")
    page.get_by_role("button", name="Ganti surat pengantar").click()
    page.get_by_text("Surat pengganti ditandatangani").wait_for()
    faults += _looked_at(page, width, "9-dicetak")
    site.scene.run()
    page.goto(site.address + BATCH)
    faults += _looked_at(page, width, "10-diganti")
    with site.database.read() as session:
        old, new = session.exec(select(Letter).where(Letter.kind == "referral").order_by(Letter.id)).all()
    visitor = opened(site, chromium, f"/v/{old.code}", width)
    visitor.get_by_text("Tidak berlaku lagi").wait_for()
    faults += _looked_at(visitor, width, "11-lama")
    visitor.get_by_role("link", name="Periksa surat penggantinya").click()
    visitor.get_by_text("Surat ini asli").wait_for()
    assert visitor.url.endswith(new.code)
    return faults + _looked_at(visitor, width, "12-baru")


def _signed(pdf: bytes) -> bytes:
    """In a thread of its own: playwright's loop runs in this one, and pyHanko wants to start another."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(signed_elsewhere, pdf, HEAD).result()


def _bring(page: Page, content: bytes) -> None:
    page.get_by_label("PDF bertanda tangan").set_input_files(
        {"name": "surat.pdf", "mimeType": "application/pdf", "buffer": content}
    )
    page.get_by_role("button", name="Periksa dan simpan").click()
    page.wait_for_load_state()


def _looked_at(page: Page, width: str, step: str) -> list[str]:
    """axe's serious findings, and anything wider than the screen."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{PICTURES}/surat-{width}-{step}.png", full_page=True)
    found = [f"{step}: {one['id']}" for one in Axe().run(page).response["violations"] if one["impact"] in WORST]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"{step}: {wide} px too wide"] if wide > 0 else [])
