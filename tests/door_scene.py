"""How does a test answer referrals through each of the four doors, over real HTTP, each on households of its own?"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import xlsxwriter
import zxingcpp
from browser_site import served
from handoff_scenes import Scene, make_scene
from letter_samples import first_page
from outsider import Outsider
from page_scene import HTML, Pages
from sqlmodel import Session, col, select

from service import clock
from service.db.session import Database
from service.db.tables import Letter, OutboundMessage, Partner, ReferralBatch
from service.handoff.sheet_words import COLUMNS, LABELS
from service.procurement.workbook import rows_of
from service.trust.partners import make_link

SECRET = "whsec_Y29udG9o"
HEAD = [name for name, _ in COLUMNS]
FORM = {
    "reason": "alasan", "note": "catatan", "register_number": "nomor", "waitlist_until": "sampai", "outcome": "hasil",
    "month": "bulan", "text": "pesan",
}  # fmt: skip


@dataclass
class Site:
    """A service that answers at `address`, with referrals of one agency that were sent by letter."""

    scene: Scene
    pages: Pages
    address: str

    def browser(self, **headers: str) -> httpx2.Client:
        return httpx2.Client(base_url=self.address, headers={**HTML, **headers}, follow_redirects=False, timeout=30)

    def officer(self, role: str) -> httpx2.Client:
        return httpx2.Client(
            base_url=self.address, headers=HTML, cookies={"estafet": self.pages.sessions[role]}, follow_redirects=False
        )

    @contextmanager
    def program(self, sender: str = "dinkop") -> Iterator[Outsider]:
        with self.browser() as posts:
            yield Outsider(posts, sender, SECRET)  # type: ignore[arg-type]

    def link(self, batch_id: int | None = None, sender: str = "dinkop") -> str:
        """`/r/{token}`, made as an officer makes it."""
        with self.scene.database.write() as session:
            until = clock.today(self.scene.home).replace(year=2030)
            return f"/r/{make_link(session, self.scene.agencies[sender].id, until, batch_id)}"

    def letter_path(self) -> str:
        """`/v/{code}`, read from the QR code on the first page of the printed cover letter."""
        with self.scene.database.read() as session:
            batch = session.exec(select(ReferralBatch).order_by(col(ReferralBatch.id))).first()
            letter = session.get_one(Letter, batch.letter_id)
        [found] = zxingcpp.read_barcodes(first_page((self.scene.home / letter.file).read_bytes(), 200))
        return urlsplit(found.text).path

    def mailed(self) -> list[OutboundMessage]:
        """Mails with a link that was asked for."""
        with self.scene.database.read() as session:
            chosen = select(OutboundMessage).where(col(OutboundMessage.subject_key).like("link:%"))
            return list(session.exec(chosen.order_by(col(OutboundMessage.id))))


@contextmanager
def site_of(database: Database, home: Path, households: int, agencies: tuple[str, ...] = ("dinkop",)) -> Iterator[Site]:
    scene = make_scene(database, home, households, agencies)
    scene.send_all()
    with served(Pages(database, home)) as pages:
        yield Site(scene, pages, pages.address)
    pages.app.state.prefect.close()


def on_page(site: Site, link: str, number: str, event: str, said: dict[str, Any]) -> None:
    """What an office types on the page of one referral; every field must stand on it."""
    with site.browser() as browser:
        shown = browser.get(link, params={"rujukan": number})
        form: dict[str, Any] = {FORM[name]: str(value) for name, value in said.items() if name in FORM}
        if event == "paused":
            form = {"sebab": said["reason"]}
        for name, value in said.get("indicators", {}).items():
            if name == "credit_received":
                form["pembiayaan"] = f"{value:,}".replace(",", ".")
            elif event == "outcome_reported" and name in ("business_running", "turnover_up"):
                form[name] = "ya" if value else "tidak"
            elif value:
                form["indikator"] = [*form.get("indikator", []), name]
        missing = [name for name in form if f'name="{name}"' not in shown.text]
        assert missing == [], f"{event}: the page has no {missing}"
        assert f'value="{event}"' in shown.text, event
        done = browser.post(link, params={"rujukan": number}, data={"aksi": event, "rujukan": number, **form})
    assert done.status_code == 303, done.text


def on_sheet(site: Site, link: str, number: str, event: str, said: dict[str, Any]) -> None:
    """What an office fills into the row of one referral, in the table it was given."""
    with site.browser() as browser:
        rows = dict((row["nomor_rujukan"], row) for _, row in read_sheet(browser.get(f"{link}/rujukan.xlsx").content))
        rows[number] |= cells_of(event, said)
        done = send_sheet(browser, link, sheet_of(rows.values()))
    assert done.status_code == 303, done.text
    assert "sudah=sheet&jumlah=1" in done.headers["location"]


def cells_of(event: str, said: dict[str, Any]) -> dict[str, Any]:
    from service.handoff.next_steps import DECLINE_REASONS
    from service.handoff.outcome import OUTCOMES
    from service.handoff.sheet_words import WORD_OF

    cells: dict[str, Any] = {"jawaban": WORD_OF[event]} if event in WORD_OF else {}
    words = {"note": "catatan", "register_number": "nomor_register", "waitlist_until": "tunggu_sampai", "text": "pesan"}
    cells |= {words[name]: value for name, value in said.items() if name in words}
    if event in ("declined", "returned"):
        cells["alasan"] = DECLINE_REASONS[said["reason"]]
    if event == "service_started":
        cells["tanggal_layanan"] = clock.today(said["home"]) if "home" in said else None
    if "outcome" in said:
        monthly = event == "outcome_reported"
        cells["hasil_bulan" if monthly else "hasil"] = OUTCOMES[said["outcome"]]
        cells |= {"laporan_bulan": said["month"]} if monthly else {}
        marks = {True: "ya", False: "tidak"}
        cells |= {f"bukti_{name}": marks.get(value, value) for name, value in said["indicators"].items()}
    return cells


def by_webhook(site: Site, number: str, event: str, said: dict[str, Any]) -> None:
    with site.program() as program:
        answer = program.tell(f"referral.{event}", {"referral": number, **said})
    assert (answer.status_code, answer.json()) == (202, {"result": "applied"})


def by_letter(site: Site, contact: str) -> str:
    """The link that comes when the office that holds the letter asks for it: scanned, followed, mailed, opened."""
    with site.browser() as browser:
        path = site.letter_path()
        onward = re.search(r'href="(/v/[^"]+/penerima)"', browser.get(path).text)
        before = len(site.mailed())
        assert browser.post(onward[1], data={"bukti": contact}).status_code == 200
    [mail] = site.mailed()[before:]
    assert mail.address == contact
    return urlsplit(mail.body["link"]).path


def read_sheet(content: bytes) -> list[tuple[int, dict[str, str]]]:
    return rows_of(content, "rujukan.xlsx", HEAD, HEAD, LABELS)


def sheet_of(rows: Any) -> bytes:
    """A table as a spreadsheet program saves it: days as days, numbers as numbers."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy"}) as book:
        page = book.add_worksheet("Rujukan")
        page.write_row(0, 0, [label for _, label in COLUMNS])
        for at, row in enumerate(rows, start=1):
            page.write_row(at, 0, [row.get(name) or "" for name in HEAD])
    return file.getvalue()


def send_sheet(browser: httpx2.Client, link: str, content: bytes, name: str = "rujukan.xlsx") -> httpx2.Response:
    return browser.post(f"{link}/rujukan.xlsx", files={"berkas": (name, content)})


def partner_of(session: Session, sender: str) -> Partner:
    return session.exec(select(Partner).where(Partner.sender == sender)).one()
