"""How are two endpoints asked over a real socket, each in a process of its own: ours, and a bare one that only inserts?

The senders write finished bytes to a socket each, so that they cost next to nothing themselves. The bare endpoint is as
small as FastAPI can be: the raw body, one INSERT, one commit as durable as ours, on the same kind of database.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from outsider import house_of
from sqlalchemy import create_engine, text

from service.api.app import create_app
from service.clock import wall
from service.db.session import Database
from service.messages.signatures import signed_headers


def signed(path: str, body: bytes, secret: str, place: int) -> bytes:
    """One request as it goes over the wire."""
    headers = signed_headers(f"m-{time.time_ns()}-{place}", body, [secret], wall())
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}", *map(": ".join, headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def rate(port: int, asked: Sequence[bytes], senders: int, wanted: bytes) -> float:
    """Answers a second when so many send at once, each its own part in order."""
    began = time.perf_counter()
    send_all(port, asked, senders, wanted)
    return len(asked) / (time.perf_counter() - began)


def send_all(
    port: int, asked: Sequence[bytes], senders: int, wanted: bytes, until: threading.Event | None = None
) -> list[tuple[float, float]]:
    """(sent at, seconds) of every answer, which must hold `wanted`; ends early once `until` is set."""

    def send(mine: Sequence[bytes]) -> list[tuple[float, float]]:
        told = []
        with socket.create_connection(("127.0.0.1", port)) as wire, wire.makefile("rb") as answers:
            for one in mine:
                if until and until.is_set():
                    break
                began = time.perf_counter()
                wire.sendall(one)
                _read_answer(answers, wanted)
                told.append((began, time.perf_counter() - began))
        return told

    with ThreadPoolExecutor(senders) as pool:
        return [one for part in pool.map(send, [asked[place::senders] for place in range(senders)]) for one in part]


def _read_answer(answers: Any, wanted: bytes) -> None:
    status, length = answers.readline(), 0
    while (line := answers.readline()) != b"\r\n":
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    said = answers.read(length)
    assert b" 202 " in status, said
    assert wanted in said, said


def ours(address: str, home: str, port: int) -> None:
    database = Database(address)
    uvicorn.run(create_app(house_of(database, Path(home)), sends=False), port=port, log_level="error")


def bare(address: str, _home: str, port: int) -> None:
    engine, one_writer = _bare_engine(address)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS bare_message (body TEXT NOT NULL)"))
    app = FastAPI()
    statement = text("INSERT INTO bare_message (body) VALUES (:body)")

    def insert(body: str) -> None:
        with one_writer, engine.begin() as connection:
            connection.execute(statement, {"body": body})

    @app.post("/message", status_code=202)
    async def message(request: Request) -> dict[str, str]:
        body = (await request.body()).decode()
        await asyncio.get_running_loop().run_in_executor(None, insert, body)
        return {"result": "kept"}

    uvicorn.run(app, port=port, log_level="error")


def _bare_engine(address: str) -> tuple[Any, Any]:
    """SQLite as ours opens it, its writers one after another."""
    if address.startswith("sqlite"):
        return Database(address).engine.execution_options(estafet_write=True), threading.Lock()
    return create_engine(address, pool_size=20, max_overflow=20), nullcontext()


@contextmanager
def served(run: Callable[[str, str, int], None], address: str, home: str) -> Iterator[int]:
    """A server in a process of its own, ended afterwards; its port."""
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


def told(kind: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "timestamp": wall().isoformat(), "data": data}).encode()


def _wait(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server did not start")
