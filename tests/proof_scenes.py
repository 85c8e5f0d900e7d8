"""How does a test get a handover event with parcels, photos like a phone's, and reports through the signed door?"""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

from factories import make_cycle, make_officer, make_parcel_at_point, run_step, told_by, work_of
from fastapi.testclient import TestClient
from outsider import Outsider, add_outsider, house_of
from PIL import Image, ImageDraw
from sqlmodel import Session, select

from service import clock
from service.api.app import create_app
from service.clock import WIB
from service.db.session import Database
from service.db.tables import Case, DeliveryPoint, HandoverEvent, Parcel, Partner
from service.delivery.decisions import verify_parcel
from service.delivery.steps import STEPS
from service.policy import CyclePolicy
from service.stage import Work

MONDAY = datetime(2021, 11, 15, 9, 0, tzinfo=WIB)
POINT = (-6.30, 106.10)
FULL = [{"name": "Beras 5 kg", "count": 10}, {"name": "Minyak goreng 1 l", "count": 24}]
UNSAMPLED = CyclePolicy(sample_percent=0)


def picture(seed: int, size: tuple[int, int] = (800, 600)) -> Image.Image:
    """Light, shadow and things, different for each seed, as photos are."""
    chance = random.Random(seed)
    shadows = Image.frombytes("L", (12, 9), chance.randbytes(108)).resize(size, Image.Resampling.BICUBIC).convert("RGB")
    draw = ImageDraw.Draw(shadows)
    for _ in range(6):
        x, y, side = chance.randrange(size[0]), chance.randrange(size[1]), chance.randrange(20, 120)
        draw.rectangle((x, y, x + side, y + side), fill=tuple(chance.randbytes(3)))
    return shadows


def jpeg(image: Image.Image, quality: int = 85, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, **how)
    return out.getvalue()


def cut(image: Image.Image, pixels: int) -> Image.Image:
    """Without so many pixels at each side."""
    return image.crop((pixels, pixels, image.width - pixels, image.height - pixels))


@dataclass
class Counter:
    """A district's counter on the day of its event: a facilitator's program at the signed door, some parcels, the stage."""

    database: Database
    home: Path
    work: Work
    client: TestClient
    facilitator: Outsider
    numbers: list[str]

    def run(self, *names: str) -> dict[str, Any]:
        return run_step(self.work, "delivery", STEPS, *names)

    def photo(self, seed: int) -> str:
        return self.send(jpeg(picture(seed)))

    def send(self, content: bytes, by: Outsider | None = None) -> str:
        answer = (by or self.facilitator).post(content, path="evidence")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["photo"])

    def tell(self, index: int = 0, kind: str = "handed_over", by: Outsider | None = None, **changes: Any) -> str:
        """A good report of a parcel, changed; through the signed callback."""
        told = {
            "parcel": self.numbers[index], "at": clock.now(self.home).isoformat(), "receiver": "self", "items": FULL,
            "function_tested": True, "latitude": POINT[0] + 0.001, "longitude": POINT[1],
        } | changes  # fmt: skip
        if "photo" not in told:
            told["photo"] = self.photo(1000 + index)
        answer = (by or self.facilitator).tell(f"parcel.{kind}", told)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["result"])

    def parcel(self, index: int = 0) -> Parcel:
        with self.database.read() as session:
            return session.exec(select(Parcel).where(Parcel.number == self.numbers[index])).one()

    def case(self, index: int = 0) -> Case:
        with self.database.read() as session:
            return session.get_one(Case, self.parcel(index).case_id)

    def event(self) -> HandoverEvent:
        with self.database.read() as session:
            return session.exec(select(HandoverEvent).where(HandoverEvent.number == "ACR-2021-001")).one()

    def prove(self, index: int = 0) -> None:
        """A good handover, verified by the rules."""
        assert self.tell(index) == "applied"
        self.run("verify_handovers")
        assert self.parcel(index).status == "verified"

    def judge(self, index: int, accept: bool, login: str = "verifikator-a", reason: str = "diperiksa lewat telepon") -> str:
        officer = make_officer("verifier", login)
        with self.database.write() as session:
            return verify_parcel(session, officer, self.parcel(index).id, accept, reason, told_by(officer, self.work.now))


def counter_of(
    database: Database, home: Path, parcels: int = 1, policy: CyclePolicy = UNSAMPLED, seed: int = 7, **household: Any
) -> Counter:  # fmt: skip
    """The event is planned and it is ten o'clock of its day."""
    (home / clock.HOME_FILE).write_text(json.dumps({"kind": "demo"}))
    clock.move_to(home, MONDAY)
    with database.write() as session:
        cycle = make_cycle(session, policy=policy, seed=seed)
        _, secret = add_outsider(session, "facilitator", "fas-f01")
        session.add(DeliveryPoint(district_code="36.01.01", name="Kantor Camat", latitude=POINT[0], longitude=POINT[1]))
        numbers = [make_parcel_at_point(session, cycle.id, **household).number for _ in range(parcels)]
        cycle_id = cycle.id
    client = TestClient(create_app(house_of(database, home), sends=False))
    counter = Counter(database, home, work_of(database, home, cycle_id), client, Outsider(client, "fas-f01", secret), numbers)
    counter.run("plan_events")
    held_on = counter.event().held_on
    clock.move_to(home, datetime.combine(held_on, time(10), tzinfo=WIB))
    return counter


def colleague_of(counter: Counter, sender: str = "fas-f02") -> tuple[Partner, Outsider]:
    with counter.database.write() as session:
        partner, secret = add_outsider(session, "facilitator", sender)
    return partner, Outsider(counter.client, sender, secret)


def change(session: Session, table: Any, row_id: int | None, **columns: Any) -> None:
    """Set columns as another developer's door does."""
    row = session.get_one(table, row_id)
    for name, value in columns.items():
        setattr(row, name, value)
    session.add(row)
