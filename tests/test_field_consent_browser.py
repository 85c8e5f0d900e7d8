"""Can a facilitator ask a household for its consent on a small phone, and take it back, in a real browser?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from field_scene import FieldWork, field_work, served
from handoff_scenes import make_agency
from playwright.sync_api import Page, expect, sync_playwright
from sqlmodel import select

from service.db.session import Database
from service.db.tables import Consent, Household

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
PHONE = {"width": 360, "height": 740}
WORST = {"serious", "critical"}
SHOTS = os.environ.get("ESTAFET_SHOTS")
pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM and not os.environ.get("ESTAFET_REQUIRE_ALL"), reason="no Chromium found"),
]
TARGETS = "main button, main .button, main select, main summary, main .filter a, main .pick"
SMALL = f"""() => [...document.querySelectorAll('{TARGETS}')]
  .filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 90))"""


@pytest.fixture
def field(migrated_sqlite: Path, tmp_path: Path) -> Iterator[FieldWork]:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_sqlite, home / "estafet.db")
    database = Database(f"sqlite:///{home / 'estafet.db'}")
    made = field_work(database, home)
    with database.write() as session:
        make_agency(session, "dinkop-36-01").name = "Dinas Koperasi dan UKM Kab. Pandeglang (contoh)"
        make_agency(session, "bank-contoh", None, agency_kind="bank").name = "Bank Contoh Cabang Pandeglang"
        for household in session.exec(select(Household)):
            household.may_be_referred = False
    yield made
    database.close()


def _check(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    seen = Axe().run(page).response
    assert len(seen["passes"]) > 8
    assert [(v["id"], v["nodes"][0]["html"][:140]) for v in seen["violations"] if v["impact"] in WORST] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.evaluate(SMALL) == []


@pytest.mark.timeout(120)
def test_a_household_is_asked_agrees_and_takes_it_back_on_a_phone(field) -> None:
    with served(field.app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport=PHONE, reduced_motion="reduce", has_touch=True)
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "estafet", "value": field.sessions["fas-f01"], "url": address}])
        page = context.new_page()
        page.goto(f"{address}/lapangan")
        link = page.get_by_role("link", name="Persetujuan rujukan")
        expect(link).to_be_visible()
        _check(page, "lapangan")
        link.click()
        expect(page.get_by_text("Belum ditanya")).to_have_count(len(field.numbers))
        _check(page, "daftar")
        page.locator("main tbody a").first.click()
        expect(page.get_by_text("Belum ada persetujuan.")).to_be_visible()
        _check(page, "tanya")
        page.get_by_role("button", name="Simpan jawaban keluarga").click()
        expect(page.get_by_role("alert")).to_contain_text("Pilih jawaban keluarga")
        _check(page, "salah")
        page.get_by_label("Ya, setuju").check()
        page.get_by_role("button", name="Simpan jawaban keluarga").dblclick()
        expect(page.get_by_text("Persetujuan tercatat.")).to_be_visible()
        _check(page, "setuju")
        page.get_by_role("link", name="Bank Contoh").click()
        expect(page.locator("#bacakan")).to_contain_text("Bank Contoh Cabang Pandeglang")
        _check(page, "bank")
        page.get_by_text("Keluarga menarik persetujuan ini").click()
        page.get_by_role("button", name="Tarik persetujuan").click()
        expect(page.get_by_text("Persetujuan ditarik.")).to_be_visible()
        _check(page, "ditarik")
        browser.close()
    with field.database.read() as session:
        [kept] = session.exec(select(Consent)).all()
    assert (kept.recorded_by, kept.withdrawn_by) == ("user:fas-f01", "user:fas-f01")
