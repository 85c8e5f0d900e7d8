"""Does the facilitator's page work on a small phone in a real browser, with a camera and without a network?"""

from __future__ import annotations

import io
import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from field_scene import PASSWORD, POINT, FieldWork, field_work, jpeg, qr_picture, served
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlmodel import select

from service.db.session import Database
from service.db.tables import Case, EvidenceUpload, InboundMessage, Move, Parcel
from service.delivery.codes import qr_text
from service.delivery.storage import evidence_store
from service.trust.queries import revoke_everything

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
PHONE = {"width": 360, "height": 740}
FIRST_LOAD = 150_000
WORST = {"serious", "critical"}
pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM and not os.environ.get("ESTAFET_REQUIRE_ALL"), reason="no Chromium found"),
]


class Wire:
    """Between phone and service: counts what is sent to the phone, and can cut off an answer that had its effect."""

    def __init__(self, app: Any) -> None:
        self.app, self.sent, self.paths, self.lost = app, 0, Counter[str](), set[str]()
        self.lock = threading.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        cut = path in self.lost
        self.lost.discard(path)
        self.paths[path] += 1

        async def counted(message: Any) -> None:
            if message["type"] == "http.response.body":
                with self.lock:
                    self.sent += len(message.get("body", b""))
                if cut:
                    return
            await send(message)

        await self.app(scope, receive, counted)


@pytest.fixture
def field(migrated_sqlite: Path, tmp_path: Path) -> Iterator[FieldWork]:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_sqlite, home / "estafet.db")
    database = Database(f"sqlite:///{home / 'estafet.db'}")
    yield field_work(database, home)
    database.close()


@pytest.fixture
def wire(field: FieldWork) -> Iterator[tuple[Wire, str]]:
    made = Wire(field.app)
    with served(made) as address:
        yield made, address


@pytest.fixture
def chromium(field: FieldWork, tmp_path: Path) -> Iterator[Browser]:
    """With a camera that sees the QR of the first household's invitation."""
    film = tmp_path / "kamera.mjpeg"
    picture = qr_picture(qr_text(field.parcel(field.numbers[0]).code or ""))
    with film.open("wb") as file:
        for _ in range(5):
            picture.save(file, "JPEG", quality=90)
    arguments = [
        "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}",
    ]  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


def _phone(chromium: Browser, session: str = "", address: str = "") -> BrowserContext:
    context = chromium.new_context(
        viewport=PHONE, reduced_motion="reduce", has_touch=True, permissions=["camera", "geolocation"],
        geolocation={"latitude": POINT[0] + 0.001, "longitude": POINT[1], "accuracy": 14},
    )  # fmt: skip
    context.set_default_timeout(15_000)
    if session:
        context.add_cookies([{"name": "estafet", "value": session, "url": address}])
    return context


def _ready(page: Page, address: str) -> None:
    page.goto(f"{address}/lapangan")
    expect(page.get_by_text("Siap dipakai tanpa sinyal")).to_be_visible()
    expect(page.get_by_text("keluarga pada acara ini")).to_be_visible()


def _open_by_search(page: Page, number: str) -> None:
    page.get_by_label("Cari keluarga").fill(number)
    page.locator(".people a", has_text="Warga Contoh").first.click()
    expect(page.get_by_role("heading", name="Barang", exact=True)).to_be_visible()


def _take_photo(page: Page) -> None:
    page.get_by_role("button", name="Buka kamera").first.click()
    page.get_by_role("button", name="Jepret").first.click()
    expect(page.get_by_text("Foto siap")).to_be_visible()


def _sign(page: Page) -> None:
    pad = page.get_by_label("Tempat tanda tangan")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 70, steps=5)
    page.mouse.up()


def _barriers(page: Page) -> list[str]:
    seen = Axe().run(page).response
    assert len(seen["passes"]) > 8
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    small = page.evaluate(SMALL_TARGETS)
    return (
        [f"{v['id']} {v['nodes'][0]['html'][:140]}" for v in seen["violations"] if v["impact"] in WORST]
        + small
        + ([f"{over} px over"] if over > 0 else [])
    )


SMALL_TARGETS = """() => [...document.querySelectorAll('button, .button, input, select, summary, .people a')]
  .filter(e => e.offsetParent && !['checkbox', 'radio'].includes(e.type))
  .filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 90))"""


@pytest.mark.timeout(180)
def test_three_handovers_without_a_network_arrive_once_though_an_answer_is_lost(field, wire, chromium) -> None:
    made, address = wire
    first, second, third = field.numbers
    context = _phone(chromium)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(address)
    page.get_by_label("Nama masuk").fill("fas-f01")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    assert page.url.endswith("/lapangan")
    expect(page.get_by_text("Siap dipakai tanpa sinyal")).to_be_visible()

    page.get_by_role("link", name="Pindai QR undangan").click()
    page.wait_for_url(f"**/lapangan#/paket/{first}")
    _take_photo(page)
    _sign(page)
    page.get_by_label("Menyala", exact=True).check()
    page.get_by_label("Nomor seri").fill("SN-99")
    expect(page.get_by_text("Lokasi ditemukan, ketelitian 14 m.")).to_be_visible()
    context.set_offline(True)
    page.get_by_role("button", name="Simpan penyerahan").click()
    expect(page.get_by_text("Menunggu sinyal: diserahkan")).to_be_visible()

    page.reload()
    expect(page.get_by_text("Tanpa sinyal")).to_be_visible()
    expect(page.get_by_text("Menunggu sinyal: diserahkan")).to_be_visible()

    _open_by_search(page, second)
    page.get_by_role("button", name="Kurangi Beras 5 kg").click()
    page.locator("#foto").set_input_files([{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(5, (3200, 2400))}])
    expect(page.get_by_text("Foto siap")).to_be_visible()
    page.get_by_label("Tidak menyala").check()
    page.get_by_label("Diwakilkan").check()
    page.get_by_label("Cap jempol di daftar hadir").check()
    page.get_by_role("button", name="Simpan penyerahan").click()
    expect(page.get_by_text("Tulis nama wakil.")).to_be_visible()
    page.get_by_label("Nama wakil").fill("Wakil Contoh")
    page.get_by_label("Hubungan dengan penerima").fill("anak")
    page.get_by_role("button", name="Simpan penyerahan").click()
    expect(page.get_by_text("Surat kuasa belum difoto.")).to_be_visible()
    page.get_by_role("button", name="Simpan penyerahan").click()
    expect(page.get_by_text("Menunggu sinyal: sebagian")).to_be_visible()

    _open_by_search(page, third)
    page.get_by_text("Tidak hadir", exact=True).click()
    page.get_by_label("Sebab").first.select_option("Sakit")
    page.get_by_role("button", name="Simpan: tidak hadir").dblclick(force=True)
    expect(page.get_by_text("Menunggu sinyal: tidak hadir")).to_be_visible()

    made.lost = {"/lapangan/laporan"}
    context.set_offline(False)
    expect(page.get_by_text("Tanpa sinyal")).to_be_visible()
    page.get_by_role("link", name="Antrean").click()
    page.get_by_role("button", name="Kirim sekarang").click()
    expect(page.get_by_text("Terkirim")).to_have_count(3)
    assert made.paths["/lapangan/laporan"] == 4
    context.close()

    assert [text for text in complaints if "net::ERR" not in text] == []
    _all_rows_right(field, first, second, third)


def _all_rows_right(field: FieldWork, first: str, second: str, third: str) -> None:
    one, other, absent = (field.parcel(number) for number in (first, second, third))
    assert (one.status, other.status, absent.status) == ("handed_over", "partial", "absent")
    assert (one.receiver, one.mark, one.function_tested, one.accuracy_m) == ("self", "signature", True, 14)
    assert one.items[-1] == {"name": "Mixer", "count": 1, "serial": "SN-99"}
    assert (other.receiver, other.receiver_name, other.receiver_relation) == ("proxy", "Wakil Contoh", "anak")
    assert (other.mark, other.signature_sha256, other.function_tested) == ("thumbprint", None, False)
    assert other.items[0] == {"name": "Beras 5 kg", "count": 9}
    assert absent.note == "Sakit"
    with field.database.read() as session:
        uploads = {row.given_sha256: row.photo_sha256 for row in session.exec(select(EvidenceUpload))}
        messages = session.exec(select(InboundMessage).order_by(InboundMessage.id)).all()
        told = [
            (move.subject_id, move.event)
            for move in session.exec(select(Move).where(Move.subject == "parcel", Move.actor == "partner:fas-f01"))
        ]
        statuses = {session.get_one(Case, parcel.case_id).status for parcel in (one, other)}
    assert set(uploads) == {one.photo_sha256, one.signature_sha256, other.photo_sha256}
    assert all(evidence_store(field.home).exists(kept) for kept in uploads.values())
    with Image.open(io.BytesIO(evidence_store(field.home).read(uploads[other.photo_sha256]))) as kept_photo:
        assert kept_photo.size == (1600, 1200)
    assert sorted(told) == sorted([(one.id, "handed_over"), (other.id, "partial"), (absent.id, "absent")])
    assert [(message.result, message.copies) for message in messages] == [("applied", 1), ("applied", 0), ("applied", 0)]
    assert statuses == {"delivered"}


@pytest.mark.timeout(120)
def test_the_first_load_is_light_and_no_view_has_a_barrier_at_360_pixels(field, wire, chromium) -> None:
    made, address = wire
    context = _phone(chromium, field.sessions["fas-f01"], address)
    page = context.new_page()
    _ready(page, address)
    page.wait_for_load_state("networkidle")
    faults = context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {fault["errorId"] for fault in faults} <= {"in-incognito"}  # as every browser of a test is
    assert 30_000 < made.sent < FIRST_LOAD, f"{made.sent} bytes"
    print(f"first load: {made.sent} bytes")
    found = {"list": _barriers(page)}
    _open_by_search(page, field.numbers[0])
    page.get_by_label("Diwakilkan").check()
    page.get_by_text("Menolak barang", exact=True).click()
    found["form"] = _barriers(page)
    page.get_by_role("button", name="Simpan: menolak barang").click()
    page.get_by_role("link", name="Antrean").click()
    expect(page.get_by_text("Terkirim")).to_be_visible()
    found["queue"] = _barriers(page)
    page.goto(f"{address}/lapangan#/pindai")
    found["scan"] = _barriers(page)
    context.close()
    assert {view: faults for view, faults in found.items() if faults} == {}


@pytest.mark.timeout(120)
def test_a_phone_whose_login_ended_keeps_its_reports_until_its_owner_is_back(field, wire, chromium) -> None:
    _, address = wire
    context = _phone(chromium, field.sessions["fas-f01"], address)
    page = context.new_page()
    _ready(page, address)
    with field.database.write() as session:
        user_id = next(u.id for u in _users(session) if u.login == "fas-f01")
        revoke_everything(session, user_id, field.work.now)
    _open_by_search(page, field.numbers[0])
    page.get_by_text("Tidak hadir", exact=True).click()
    page.get_by_role("button", name="Simpan: tidak hadir").click()
    expect(page.get_by_text("Masuk lagi untuk mengirim laporan")).to_be_visible()
    page.get_by_role("link", name="Masuk").click()
    page.get_by_label("Nama masuk").fill("fas-f01")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_text("Terkirim: tidak hadir")).to_be_visible()
    context.close()
    assert field.parcel(field.numbers[0]).status == "absent"


@pytest.mark.timeout(120)
def test_a_refused_report_stays_on_the_phone_with_the_reason(field, wire, chromium) -> None:
    _, address = wire
    context = _phone(chromium, field.sessions["fas-f01"], address)
    page = context.new_page()
    _ready(page, address)
    with field.database.write() as session:
        for row in session.exec(select(Parcel)):
            row.facilitator_id = field.partner("fas-f02").id
            session.add(row)
    _open_by_search(page, field.numbers[0])
    page.get_by_text("Tidak hadir", exact=True).click()
    page.get_by_role("button", name="Simpan: tidak hadir").click()
    page.get_by_role("link", name="Antrean").click()
    expect(page.get_by_text("Data yang disebut milik pengirim lain.")).to_be_visible()
    expect(page.get_by_role("link", name="Perbaiki")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Ditolak", exact=True)).to_be_visible()
    context.close()
    assert field.parcel(field.numbers[0]).status == "at_point"


@pytest.mark.timeout(120)
def test_names_leave_the_phone_when_its_owner_logs_out(field, wire, chromium) -> None:
    _, address = wire
    context = _phone(chromium, field.sessions["fas-f01"], address)
    page = context.new_page()
    _ready(page, address)
    expect(page.get_by_text("Warga Contoh").first).to_be_visible()
    page.get_by_role("link", name="Antrean").click()
    page.get_by_role("button", name="Keluar dari telepon ini").click()
    page.wait_for_url("**/masuk?lanjut=/lapangan")
    page.goto(f"{address}/lapangan")
    expect(page.get_by_text("Masuk lagi untuk mengirim laporan")).to_be_visible()
    assert page.get_by_text("Warga Contoh").count() == 0
    page.goto(f"{address}/lapangan#/paket/{field.numbers[0]}")
    expect(page.get_by_text("Tidak ada di telepon ini")).to_be_visible()
    context.close()


def _users(session: Any) -> Any:
    from service.trust.queries import all_users

    return all_users(session)
