"""How does a test get a facilitator with a phone: accounts, an event with households, a service on a port?"""

from __future__ import annotations

import io
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import segno
import uvicorn
from factories import make_cycle, make_package, make_parcel_at_point, make_partner, run_step, work_of
from fastapi.testclient import TestClient
from outsider import house_of
from PIL import Image
from sqlmodel import select

from service.api.app import create_app
from service.db.session import Database
from service.db.tables import DeliveryPoint, HandoverEvent, PackageItem, Parcel, Partner
from service.delivery.steps import STEPS
from service.stage import Work
from service.trust.accounts import add_user, make_session

PASSWORD = "kata-sandi-contoh"
POINT = (-6.30, 106.10)
JSON = {"content-type": "application/json"}


@dataclass
class FieldWork:
    """One district's event: `fas-f01` with parcels, `fas-f02` beside, `fas-f09` of nowhere near; sessions by login."""

    database: Database
    home: Path
    work: Work
    numbers: list[str]
    colleagues: list[str]
    app: Any
    house: Any
    sessions: dict[str, str] = field(default_factory=dict)

    def phone(self, login: str = "fas-f01") -> Phone:
        return Phone(TestClient(self.app, cookies={"estafet": self.sessions[login]}, follow_redirects=False))

    def parcel(self, number: str) -> Parcel:
        with self.database.read() as session:
            return session.exec(select(Parcel).where(Parcel.number == number)).one()

    def event(self) -> HandoverEvent:
        with self.database.read() as session:
            return session.get_one(HandoverEvent, self.parcel(self.numbers[0]).event_id)

    def partner(self, sender: str) -> Partner:
        with self.database.read() as session:
            return session.exec(select(Partner).where(Partner.sender == sender)).one()


class Phone:
    """A facilitator's browser, as its requests look."""

    def __init__(self, browser: TestClient) -> None:
        self.browser = browser

    def key(self) -> dict[str, str]:
        return {"x-csrf-token": self.browser.get("/lapangan/kunci").json()["csrf"]}

    def bring(self, content: bytes) -> Any:
        return self.browser.post("/lapangan/berkas", content=content, headers={"content-type": "image/jpeg", **self.key()})

    def report(self, kind: str, number: str, report_id: str, at: str = "2021-11-18T03:00:00Z", **data: Any) -> Any:
        body = {"id": report_id, "type": f"parcel.{kind}", "data": {"parcel": number, "at": at, **data}}
        return self.browser.post("/lapangan/laporan", json=body, headers=self.key())


def field_work(database: Database, home: Path, mine: int = 3, beside: int = 2) -> FieldWork:
    with database.write() as session:
        cycle = make_cycle(session)
        session.add(DeliveryPoint(district_code="36.01.01", name="Kantor Camat Sumur", latitude=POINT[0], longitude=POINT[1]))
        for sender in ("fas-f01", "fas-f02", "fas-f09"):
            regency = "36.02" if sender == "fas-f09" else "36.01"
            make_partner(session, "facilitator", sender, regency, webhook_url=f"https://{sender}.example")
        package = make_package(session, cycle.id)
        session.add(
            PackageItem(package_id=package.id, name="Mixer", quantity=1, unit="buah", price=300_000, needs_function_test=True)
        )
        numbers = [make_parcel_at_point(session, cycle.id).number for _ in range(mine)]
        colleagues = [make_parcel_at_point(session, cycle.id, facilitator_code="F02").number for _ in range(beside)]
        cycle_id = cycle.id
    house = house_of(database, home, prefect_port=1)
    work = work_of(database, home, cycle_id)
    run_step(work, "delivery", STEPS, "plan_events")
    made = FieldWork(database, home, work, numbers, colleagues, create_app(house, sends=False), house)
    with database.write() as session:
        for login in ("fas-f01", "fas-f02", "fas-f09"):
            user = add_user(session, login, f"Pendamping {login} (contoh)", ["facilitator"], password=PASSWORD)
            made.sessions[login] = make_session(session, user.id)
        for role in ("operator", "verifier", "auditor"):
            made.sessions[role] = make_session(session, add_user(session, f"uji-{role}", f"Uji {role}", [role]).id)
    return made


def jpeg(seed: int = 1, size: tuple[int, int] = (320, 240)) -> bytes:
    """A picture that looks like no other."""
    out = io.BytesIO()
    blocks = Image.frombytes("RGB", (8, 6), random.Random(seed).randbytes(8 * 6 * 3))
    blocks.resize(size, Image.Resampling.NEAREST).save(out, "JPEG")
    return out.getvalue()


def qr_picture(text: str, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A QR on a grey table, as a camera sees it."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=9, border=4)
    picture = Image.new("RGB", size, (150, 150, 140))
    code = Image.open(drawn).convert("RGB")
    picture.paste(code, ((size[0] - code.width) // 2, (size[1] - code.height) // 2))
    return picture


def qr_jpeg(text: str) -> bytes:
    out = io.BytesIO()
    qr_picture(text).save(out, "JPEG", quality=80)
    return out.getvalue()


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The app on a port of its own; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
