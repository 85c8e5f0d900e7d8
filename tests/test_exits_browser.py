"""Do the pages of home visits and exit lists work in a real browser, wide and narrow, without a barrier?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_site import context_of, served
from playwright.sync_api import Browser, Page
from test_browser import SMALL_TARGETS, WORST, chromium, pytestmark  # noqa: F401
from test_exits_pages import Scene

from service.db.session import Database
from service.db.tables import Case, ExitList
from service.exits import files


@pytest.fixture
def site(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Scene]:
    """The service on a port of its own: two proven, one nobody found."""
    home = tmp_path / "site"
    home.mkdir()
    shutil.copy(migrated_sqlite, home / "estafet.db")
    scene = Scene(Database(f"sqlite:///{home / 'estafet.db'}"), home)
    with served(scene):
        yield scene


def barriers(page: Page) -> list[str]:
    seen = Axe().run(page).response
    assert len(seen["passes"]) > 10
    worst = [f"{v['id']} {v['nodes'][0]['html'][:120]}" for v in seen["violations"] if v["impact"] in WORST]
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    small = [f"small target {html}" for html in page.evaluate(SMALL_TARGETS)]
    return worst + ([f"{over} px over"] if over > 0 else []) + small


@pytest.mark.parametrize(("width", "colours"), [("laptop", "light"), ("phone", "dark")])
def test_a_list_is_made_taken_and_closed_and_a_place_given_away_in_a_browser(site, chromium: Browser, width, colours):  # noqa: F811
    context = context_of(site, chromium, "operator", width, colours)
    page, found = context.new_page(), []
    page.goto(f"{site.address}/daftar-keluar")
    found += barriers(page)
    page.get_by_role("button", name="Buat daftar keluar (2 keluarga)").click()
    page.wait_for_url("**/daftar-keluar/KLR-2021-01*")
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV (yang bersidik)").click()
    digest = files.hash_of(Path(taken.value.path()).read_bytes())
    assert (taken.value.suggested_filename, digest) == ("KLR-2021-01.csv", site.one(ExitList).sha256)
    page.reload()
    found += barriers(page)
    page.get_by_label("Sidik berkas menurut penerima").fill(digest)
    page.get_by_label("Diterima oleh").fill("Ibu Contoh")
    page.get_by_role("button", name="Catat diterima").click()
    page.get_by_text("Tercatat: program bantuan tunai menerima daftar ini.").wait_for()
    found += barriers(page)
    page.goto(f"{site.address}/keluarga/2021/{site.one(Case).household_id}")
    found += barriers(page)
    context.close()
    context = context_of(site, chromium, "verifier", width, colours)
    page = context.new_page()
    page.goto(f"{site.address}/kunjungan")
    found += barriers(page)
    site.past_the_deadline()
    page.goto(f"{site.address}/")
    page.get_by_role("link", name=re.compile("^Putuskan.*tidak ditemui sampai batas")).click()
    found += barriers(page)
    page.get_by_role("checkbox").check()
    page.get_by_label("Alasan").fill("tiga kali dikunjungi")
    page.get_by_role("button", name="Ganti yang dicentang").click()
    page.get_by_text("Tidak dapat ditemui").wait_for()
    found += barriers(page)
    context.close()
    assert found == []
