"""Do the pages work in a real browser, wide and narrow, light and dark, by keyboard, without JavaScript?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_site import CHROMIUM, context_of, opened, served
from factories import NOW, make_case, make_household
from page_scene import LETTER, Pages
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from service.db.history import Told, record_move
from service.db.session import Database
from service.db.tables import Cycle, Decree, DuplicatePair, Household, Order, Parcel, Referral
from service.lifecycle import Subject
from service.selection.decree import list_hash
from service.selection.objections import file_objection
from service.trust.accounts import officer_by_login

WORST = {"serious", "critical"}
pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM and not os.environ.get("ESTAFET_REQUIRE_ALL"), reason="no Chromium found"),
]


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The service on a port of its own, with one thing at each decision."""
    home = tmp_path_factory.mktemp("site")
    shutil.copy(migrated_sqlite, home / "estafet.db")
    pages = Pages(Database(f"sqlite:///{home / 'estafet.db'}"), home).with_things()
    _bring_to_decisions(pages)
    pages.proposed = _propose_a_list(pages)
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


def _paths(site: Pages) -> list[tuple[str, str]]:
    household = f"/keluarga/2021/{site.household}"
    return [
        ("operator", "/"), ("operator", "/siklus/2021"), ("operator", "/siklus/2021/menunggu"), ("approver", "/siklus/2021/sk"),
        ("verifier", "/siklus/2021/sk"), ("verifier", "/keberatan/1"), ("operator", "/keberatan/1"),
        ("operator", f"/keluarga/2021/{site.proposed[0]}"), ("operator", "/keluarga"), ("operator", household),
        ("operator", "/pesanan"), ("operator", "/pesanan/PSN-2021-0001"),
        ("operator", "/acara"), ("operator", "/acara/ACR-PKT-2021-00001"),
        ("operator", "/paket"), ("verifier", "/paket/PKT-2021-00001"), ("operator", "/rujukan"),
        ("operator", "/rujukan/RJK-2021-00001"), ("approver", "/batch/BTC-RJK-2021-00001"), ("operator", "/proses"),
        ("operator", "/ganda"), ("operator", "/ganda/1"), ("verifier", "/nik"), ("verifier", "/nik/1"),
        ("operator", "/pesan"), ("operator", "/pesan/masuk"), ("operator", "/instansi"), ("operator", "/instansi/dinkop-a"),
        ("operator", "/registri"), ("", "/masuk"), ("", f"/r/{site.links['agency']}"),
        ("", f"/r/{site.links['agency']}?rujukan=RJK-2021-00001"), ("", f"/r/{site.links['supplier']}?pesanan=PSN-2021-0001"),
        ("", f"/r/{site.links['expired']}"), ("", f"/v/{LETTER}"), ("", "/v/tidak-ada"),
    ]  # fmt: skip


def _browsers(site: Pages, chromium: Browser, width: str, colours: str, **options: bool) -> dict[str, BrowserContext]:
    """One for each role of the walk."""
    return {role: context_of(site, chromium, role, width, colours, **options) for role in {role for role, _ in _paths(site)}}


@pytest.mark.parametrize(("width", "colours"), [("laptop", "light"), ("phone", "dark")])
def test_no_page_has_a_serious_barrier_or_runs_over_its_edge(site: Pages, chromium: Browser, width: str, colours: str) -> None:
    found, browsers = [], _browsers(site, chromium, width, colours)
    for role, path in _paths(site):
        page = browsers[role].new_page()
        page.goto(site.address + path)
        seen = Axe().run(page).response
        assert len(seen["passes"]) > 10
        worst = [f"{v['id']} {v['nodes'][0]['html'][:120]}" for v in seen["violations"] if v["impact"] in WORST]
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        small = page.evaluate(SMALL_TARGETS)
        found += [(path, fault) for fault in worst] + ([(path, f"{over} px over")] if over > 0 else [])
        found += [(path, f"small target {html}") for html in small]
        page.close()
    for browser in browsers.values():
        browser.close()
    assert found == []


def test_the_pages_work_without_javascript_and_break_no_policy_of_their_own(site: Pages, chromium: Browser) -> None:
    complaints: list[str] = []
    browsers = _browsers(site, chromium, "laptop", "light", java_script_enabled=False)
    for role, path in _paths(site):
        page = browsers[role].new_page()
        page.on("console", lambda message: complaints.append(message.text) if "404" not in message.text else None)
        answer = page.goto(site.address + path)
        assert answer is not None
        assert answer.status in (200, 404)
        assert page.locator("h1").count() == 1
        page.close()
    for browser in browsers.values():
        browser.close()
    assert complaints == []


def test_a_household_is_found_from_the_cycle_by_following_links(site: Pages, chromium: Browser) -> None:
    page = opened(site, chromium, "/siklus/2021", "laptop", "operator")
    page.get_by_role("link", name="Dirujuk", exact=True).first.click()
    page.locator("tbody a").first.click()
    assert page.get_by_role("heading", name="Perjalanan", exact=True).is_visible()
    page.context.close()


def test_the_menu_opens_on_a_phone_and_the_keyboard_reaches_the_content_first(site: Pages, chromium: Browser) -> None:
    page = opened(site, chromium, "/", "phone", "operator")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#isi"
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("link", name="Rujukan", exact=True).click()
    assert page.url.endswith("/rujukan")
    page.context.close()


def test_an_officer_logs_in_with_name_and_password_and_out_again(site: Pages, chromium: Browser) -> None:
    from service.trust.accounts import add_user

    with site.database.write() as session:
        add_user(session, "siti", "Siti", ["operator"], password="kata-sandi-panjang")
    page = opened(site, chromium, "/rujukan", "phone")
    page.get_by_label("Nama masuk").fill("siti")
    page.get_by_label("Kata sandi").fill("kata-sandi-panjang")
    page.get_by_role("button", name="Masuk").click()
    assert page.url.endswith("/rujukan")
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("button", name="Keluar").click()
    assert page.url.endswith("/masuk")
    page.context.close()


def test_an_agency_answers_on_a_phone(site: Pages, chromium: Browser) -> None:
    page = opened(site, chromium, f"/r/{site.links['agency']}?rujukan=RJK-2021-00001", "phone")
    page.get_by_role("button", name="Tolak").click()
    page.get_by_role("link", name="Pilih alasannya").click()
    assert page.evaluate("location.hash") == "#alasan"
    page.locator("#nomor-sanggup").fill("518/1")
    page.get_by_role("button", name="Sanggupi").click()
    assert page.get_by_text("1 rujukan disanggupi").is_visible()
    page.context.close()


SMALL_TARGETS = """() => [...document.querySelectorAll('button, .button, input, select, summary, .filter a, .menu a')]
  .filter(e => e.offsetParent && e.type !== 'hidden' && !['checkbox', 'radio'].includes(e.type))
  .filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 80))"""


def _bring_to_decisions(pages: Pages) -> None:
    """Goods arrived, a doubted handover, an acknowledged referral; two households alike, one with a NIK not found."""
    with pages.database.write() as session:
        session.add(DuplicatePair(first_id=1, second_id=2, kind="likely", likeness=92, found_at=NOW))
        unmatched = session.get_one(Household, 1)
        unmatched.nik_check, unmatched.nik_checked_at = "not_found", NOW
        told = Told("flow:test", NOW + timedelta(days=1))
        order, parcel, referral = (session.get_one(table, 1) for table in (Order, Parcel, Referral))
        for event in ("confirmed", "shipped", "arrived"):
            record_move(session, Subject.ORDER, order.id, event, told)
        record_move(session, Subject.PARCEL, parcel.id, "partial", told, doubts=["PHOTO_MISSING"], absences=0)
        record_move(session, Subject.CASE, parcel.case_id, "delivered", told)
        record_move(session, Subject.REFERRAL, referral.id, "acknowledged", told)


def _propose_a_list(pages: Pages) -> list[int]:
    """A list that waits for its regency and its approver, with an objection; whose households are on it."""
    with pages.database.write() as session:
        cycle = session.get_one(Cycle, 1)
        cases = [make_case(session, cycle.id, make_household(session), upto="selected") for _ in range(3)]
        for event in ("frozen", "proposed"):
            record_move(session, Subject.CYCLE, cycle.id, event, Told("flow:selection", NOW))
        decree = Decree(
            cycle_id=cycle.id, version=1, list_hash=list_hash(case.household_id for case in cases), households=3,
            proposed_by="flow:selection", proposed_at=NOW, objections_until=date(2099, 1, 5),
        )  # fmt: skip
        session.add(decree)
        session.flush()
        for case in cases:
            case.decree_id = decree.id
        operator = officer_by_login(session, "uji-operator")
        file_objection(session, operator, cases[0].id, "leave", "Sudah punya dua toko", Told(operator.actor, NOW))
        return [case.household_id for case in cases]
