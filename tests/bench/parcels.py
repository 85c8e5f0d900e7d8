"""How fast are handover reports with evidence ids taken in, beside a bare endpoint that only inserts the message?

Both run in one process each, over HTTP on a loopback port, with the same senders, durable, on the same kind of database. Ours
believes the signature, keeps the message, moves parcel and case, writes two moves and owes one kick, in one transaction.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import uvicorn
from factories import make_cycle, make_parcel_at_point
from fastapi import FastAPI, Request
from outsider import add_outsider, house_of
from sqlalchemy import create_engine, text
from sqlmodel import update

from service.api.app import create_app
from service.clock import wall
from service.db.session import Database
from service.db.tables import HandoverEvent, Parcel
from service.messages.signatures import signed_headers
from tests.bench.databases import NAMES, empty_database

REPORTS, SENDERS, ROUNDS = 400, 8, 3


def measure() -> list[dict[str, Any]]:
    return [_ratio(name) for name in NAMES]


def _ratio(name: str) -> dict[str, Any]:
    with empty_database(name) as database, tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder:
        home = Path(folder)
        numbers, secret = _prepare(database, REPORTS * (ROUNDS + 1))
        bodies = [_body(number) for number in numbers]
        with _served(_ours, database.address, str(home)) as ours, _served(_bare, database.address, str(home)) as bare:
            pairs = []
            for round_ in range(ROUNDS + 1):
                part = bodies[round_ * REPORTS : (round_ + 1) * REPORTS]
                pairs.append((_rate(ours, "/callbacks/fas-f01", part, secret), _rate(bare, "/message", part, secret)))
        told = sorted(pairs[1:], key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
        note = f"ours {told[0]:.0f}/s, bare {told[1]:.0f}/s, {SENDERS} senders"
        ratio = round(told[1] / told[0], 2)
        what = "parcel reports: bare insert endpoint / ours"
        return {"what": what, "database": name, "measured": ratio, "goal": 2.0, "unit": "ratio", "note": note}


def _prepare(database: Database, parcels: int) -> tuple[list[str], str]:
    with database.write() as session:
        cycle_id = make_cycle(session).id
        assert cycle_id is not None
        partner, secret = add_outsider(session, "facilitator", "fas-f01")
        event = HandoverEvent(
            number="ACR-2021-001", cycle_id=cycle_id, district_code="36.01.01", held_on=wall().date(), parcels=parcels
        )  # fmt: skip
        session.add(event)
        session.flush()
        numbers = [make_parcel_at_point(session, cycle_id).number for _ in range(parcels)]
        session.execute(update(Parcel).values(facilitator_id=partner.id, event_id=event.id))
    return numbers, secret


def _body(number: str) -> bytes:
    data = {
        "parcel": number, "at": wall().isoformat(), "receiver": "self", "function_tested": True, "photo": "ab" * 32,
        "latitude": -6.3, "longitude": 106.1,
        "items": [{"name": "Beras 5 kg", "count": 10}, {"name": "Minyak goreng 1 l", "count": 24}],
    }  # fmt: skip
    return json.dumps({"type": "parcel.handed_over", "timestamp": wall().isoformat(), "data": data}).encode()


def _rate(port: int, path: str, bodies: list[bytes], secret: str) -> float:
    """Answers a second. The senders write finished bytes to a socket each, so that they cost next to nothing themselves."""
    asked = [_request(path, body, secret, place) for place, body in enumerate(bodies)]

    def send(mine: list[bytes]) -> None:
        with socket.create_connection(("127.0.0.1", port)) as wire, wire.makefile("rb") as answers:
            for one in mine:
                wire.sendall(one)
                _read_answer(answers)

    began = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send, [asked[place::SENDERS] for place in range(SENDERS)]))
    return len(bodies) / (time.perf_counter() - began)


def _request(path: str, body: bytes, secret: str, place: int) -> bytes:
    headers = signed_headers(f"m-{time.time_ns()}-{place}", body, [secret], wall())
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}", *map(": ".join, headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _read_answer(answers: Any) -> None:
    status, length = answers.readline(), 0
    while (line := answers.readline()) != b"\r\n":
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    said = answers.read(length)
    assert b" 202 " in status, said


def _ours(address: str, home: str, port: int) -> None:
    database = Database(address)
    uvicorn.run(create_app(house_of(database, Path(home)), sends=False), port=port, log_level="error")


def _bare(address: str, home: str, port: int) -> None:
    """As small as FastAPI can be: the raw body, one INSERT, one durable commit."""
    engine: Any = Database(address).engine if address.startswith("sqlite") else create_engine(address, pool_size=SENDERS)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS bare_message (body TEXT NOT NULL)"))
    app = FastAPI()
    statement = text("INSERT INTO bare_message (body) VALUES (:body)")

    def insert(body: str) -> None:
        with engine.begin() as connection:
            connection.execute(statement, {"body": body})

    @app.post("/message", status_code=202)
    async def message(request: Request) -> dict[str, str]:
        body = (await request.body()).decode()
        await asyncio.get_running_loop().run_in_executor(None, insert, body)
        return {"result": "kept"}

    uvicorn.run(app, port=port, log_level="error")


@contextmanager
def _served(run: Callable[[str, str, int], None], address: str, home: str) -> Iterator[int]:
    """A server in a process of its own, ended afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=run, args=(address, home, port), daemon=True)
    process.start()
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.join()


def _wait(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server did not start")
