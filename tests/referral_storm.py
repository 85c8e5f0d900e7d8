"""Is a callback lost, doubled or believed when forged, while kill -9 ends the service again and again?

Every referral is answered from acknowledged to concluded, partly out of order; a share of the messages is sent again and a
share is forged in six ways. A sender repeats until it is answered, as a webhook's sender does.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from killed_service import KilledService
from outsider import sent_referral
from sqlmodel import Session, SQLModel, func, insert, select

from service.clock import wall
from service.db.tables import InboundMessage, Move, Partner, Referral
from service.messages.signatures import signed_headers
from service.trust.homes import House
from service.trust.partners import add_partner

STEPS = ("acknowledged", "accepted", "service_started", "concluded")
SENDERS, AGAIN, FORGED = 8, 0.15, 0.10
REPORT = {"outcome": "ACHIEVED", "indicators": {"nib_issued": True}}


@dataclass
class Storm:
    """One run: what was sent and how it was answered."""

    house: House
    seed: int
    secrets: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    wrong: list[str] = field(default_factory=list)


def prepare(house: House, referrals: int, seed: int) -> Storm:
    """So many referrals sent to one agency, and one that belongs to another."""
    storm = Storm(house, seed)
    with house.database.write() as session:
        agency, storm.secrets["dinkop-a"] = _agency(session, house, "dinkop-a")
        other, storm.secrets["dinkop-b"] = _agency(session, house, "dinkop-b")
        first = sent_referral(session, agency, number_of(0))
        sent_referral(session, other, "RJK-2021-99999")
        common = first.model_dump(exclude={"id"})
        rows = [common | {"number": number_of(n), "purpose": f"p{n}"} for n in range(1, referrals)]
        for start in range(0, len(rows), 5_000):
            session.execute(insert(Referral.__table__), rows[start : start + 5_000])
    return storm


def _agency(session: Session, house: House, sender: str) -> tuple[Partner, str]:
    named = (sender, "agency", f"{sender} (contoh)")
    return add_partner(session, house.sealer, *named, regency_code="36.01", agency_kind="office")


def number_of(place: int) -> str:
    return f"RJK-2021-{place:05d}"


def rage(storm: Storm, referrals: int, seconds_between_kills: float) -> None:
    """Send everything while the service is killed so often on average; when it ends, all were answered."""
    service = KilledService(storm.house)
    service.start()
    done = threading.Event()
    with ThreadPoolExecutor(SENDERS + 1) as pool:
        killing = pool.submit(_kill_now_and_then, storm, service, seconds_between_kills, done)
        sending = [pool.submit(_send_part, storm, service.at.port, part, referrals) for part in range(SENDERS)]
        try:
            for one in sending:
                one.result()
        finally:
            done.set()
            killing.result()
            service.kill()


def faults(storm: Storm, referrals: int) -> list[str]:
    """What the database says against it: lost, double or believed though forged; empty when all is well."""
    with storm.house.database.read() as session:
        forged = _count_of(session, Move, Move.subject == "referral", Move.event == "declined")
        concluded = _count_of(session, Referral, Referral.status == "concluded")
        kept, unsettled = (
            _count_of(session, InboundMessage),
            _count_of(session, InboundMessage, InboundMessage.result != "applied"),
        )
        others = session.exec(select(Referral.status).where(Referral.number == "RJK-2021-99999")).one()
        doubled = session.exec(
            select(Move.subject_id, Move.event).where(Move.subject == "referral", Move.actor == "partner:dinkop-a")
            .group_by(Move.subject_id, Move.event).having(func.count() > 1)
        ).all()  # fmt: skip
    found = list(storm.wrong)
    found += [f"{referrals - concluded} referrals not concluded"] if concluded != referrals else []
    found += [f"{kept} messages kept of {referrals * len(STEPS)}"] if kept != referrals * len(STEPS) else []
    found += [f"{unsettled} messages kept without effect"] if unsettled else []
    found += [f"moved twice: {doubled[:5]}"] if doubled else []
    found += [f"{forged} forged moves, another's referral is {others}"] if forged or others != "sent" else []
    return found


def _count_of(session: Session, table: type[SQLModel], *where: Any) -> int:
    return session.exec(select(func.count()).select_from(table).where(*where)).one()


def _kill_now_and_then(storm: Storm, service: KilledService, seconds: float, done: threading.Event) -> None:
    chance = random.Random(storm.seed)
    while not done.wait(chance.expovariate(1 / seconds)):
        service.kill()
        storm.kills += 1
        service.start()


def _send_part(storm: Storm, port: int, part: int, referrals: int) -> None:
    """The referrals of one sender: mostly in order, sometimes the later step first."""
    chance, wire = random.Random(f"{storm.seed}-{part}"), _Wire(port)
    try:
        _send_all(storm, wire, range(part, referrals, SENDERS), chance)
    finally:
        wire.close()


def _send_all(storm: Storm, wire: _Wire, places: range, chance: random.Random) -> None:
    for place in places:
        steps = list(STEPS)
        if chance.random() < 0.2:
            at = chance.randrange(len(steps) - 1)
            steps[at], steps[at + 1] = steps[at + 1], steps[at]
        for step in steps:
            _tell(storm, wire, place, step, chance)


def _tell(storm: Storm, wire: _Wire, place: int, step: str, chance: random.Random) -> None:
    name, body = f"m-{place}-{step}", _body(place, step)
    share = 1 / (1 - AGAIN - FORGED)
    again, forged = chance.random() < AGAIN * share, chance.random() < FORGED * share
    if forged and chance.random() < 0.5:
        _forge(storm, wire, place, chance)
        forged = False
    answer = wire.send("dinkop-a", body, lambda: signed_headers(name, body, [storm.secrets["dinkop-a"]], wall()))
    _count(storm, answer, {"applied", "parked", "duplicate"}, f"{name}: {answer}")
    if again:
        answer = wire.send("dinkop-a", body, lambda: signed_headers(name, body, [storm.secrets["dinkop-a"]], wall()))
        _count(storm, answer, {"duplicate"}, f"{name} again: {answer}")
    if forged:
        _forge(storm, wire, place, chance, name)


def _forge(storm: Storm, wire: _Wire, place: int, chance: random.Random, replayed: str = "") -> None:
    """A refusal nobody at the agency said."""
    ours, theirs = storm.secrets["dinkop-a"], storm.secrets["dinkop-b"]
    body, name = _body(place, "declined"), f"f-{place}-{chance.randrange(10**9)}"
    elsewhere = _body(99_999, "declined")
    ways: dict[str, tuple[bytes, Callable[[], dict[str, str]], str]] = {
        "another's key": (body, lambda: signed_headers(name, body, [theirs], wall()), "401"),
        "stale": (body, lambda: signed_headers(name, body, [ours], wall() - timedelta(minutes=6)), "401"),
        "altered": (body, lambda: signed_headers(name, body.replace(b"declined", b"accepted"), [ours], wall()), "401"),
        "unsigned": (body, lambda: {"webhook-id": name}, "401"),
        "another's referral": (elsewhere, lambda: signed_headers(name, elsewhere, [ours], wall()), "403"),
    }
    if replayed:
        ways["replayed id"] = (body, lambda: signed_headers(replayed, body, [ours], wall()), "duplicate")
    way = chance.choice(sorted(ways))
    content, headers, expected = ways[way]
    answer = wire.send("dinkop-a", content, headers)
    _count(storm, answer, {expected}, f"forged ({way}) {name}: {answer}", "forged")


def _count(storm: Storm, answer: str, fitting: set[str], said: str, as_: str = "") -> None:
    storm.answers[as_ or answer] += 1
    if answer not in fitting:
        storm.wrong.append(said)


def _body(place: int, step: str) -> bytes:
    data = {"referral": number_of(place)} | (REPORT if step == "concluded" else {})
    data |= {"reason": "NO_CAPACITY"} if step == "declined" else {}
    return json.dumps({"type": f"referral.{step}", "timestamp": wall().isoformat(), "data": data}).encode()


class _Wire:
    """One connection that is made anew whenever it breaks; a message is sent until somebody answers for good."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: http.client.HTTPConnection | None = None

    def close(self) -> None:
        if self._open:
            self._open.close()
        self._open = None

    def send(self, sender: str, body: bytes, headers: Callable[[], dict[str, str]]) -> str:
        """`result` of a 202, else the number of the refusal."""
        ends = time.monotonic() + 90
        while time.monotonic() < ends:
            try:
                self._open = self._open or http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
                self._open.request("POST", f"/callbacks/{sender}", body, headers())
                answer = self._open.getresponse()
                said = answer.read()
                if answer.status < 500:
                    return json.loads(said)["result"] if answer.status == 202 else str(answer.status)
            except (OSError, http.client.HTTPException):
                self.close()
            time.sleep(0.05)
        return "no answer"
