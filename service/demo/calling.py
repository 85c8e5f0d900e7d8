"""How does a simulated partner or official speak to the service? As an outsider: over HTTP, signed or with a token.

Standard Webhooks 1.0 (HMAC `v1`) is written out here a second time on purpose: an outsider has not our code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import httpx2

from service.errors import NeedsPerson


class ServiceSaidNo(NeedsPerson):
    """The service refused something the demo's story needs; the story stops and says so."""


@dataclass(frozen=True)
class Cast:
    """One simulated partner: its name in the address and the secret it signs with."""

    sender: str
    secret: str
    name: str = ""
    regency_code: str | None = None


@dataclass
class Answers:
    """What the service answered to all callbacks so far, by result or HTTP number."""

    counts: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, word: str) -> None:
        with self.lock:
            self.counts[word] = self.counts.get(word, 0) + 1


class Caller:
    """A pool of connections to one service; used by many threads."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answers = Answers()
        self._http = httpx2.Client(
            base_url=address, timeout=60, trust_env=False,
            limits=httpx2.Limits(max_connections=16, max_keepalive_connections=16),
        )  # fmt: skip
        self._own, self._lines = threading.local(), list[HTTPConnection]()

    def close(self) -> None:
        self._http.close()
        for line in self._lines:
            line.close()

    def tell(
        self, cast: Cast, kind: str, content: dict[str, Any], at: str, message_id: str | None = None, secret: str | None = None
    ) -> str:
        """Send one signed callback; returns the service's word (`applied`, `duplicate`, ...) or the HTTP number."""
        body = json.dumps({"type": kind, "timestamp": at, "data": content}).encode()
        status, answer = self._signed(f"/callbacks/{cast.sender}", body, secret or cast.secret, message_id or _new_id())
        word = str(json.loads(answer)["result"]) if status == 202 else str(status)
        self.answers.add(word)
        return word

    def send_photo(self, cast: Cast, photo: bytes) -> str:
        """Upload evidence; returns the name callbacks use for it."""
        status, answer = self._signed(f"/evidence/{cast.sender}", photo, cast.secret, _new_id())
        if status != 201:
            raise ServiceSaidNo(f"Foto bukti ditolak: {answer.decode()[:200]}")
        return str(json.loads(answer)["photo"])

    def ask(self, method: str, path: str, token: str, body: dict[str, Any] | None = None) -> Any:
        """An official's call to the JSON API; a refusal brings the service's `answer` along."""
        response = self._http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
        if response.status_code >= 300:
            raise ServiceSaidNo(f"{method} {path}: {response.status_code} {response.text[:400]}", answer=response.text)
        return response.json() if response.content else None

    def file(self, path: str, token: str) -> bytes:
        """A file an official opens."""
        response = self._http.get(path, headers={"Authorization": f"Bearer {token}"})
        if response.status_code != 200:
            raise ServiceSaidNo(f"GET {path}: {response.status_code} {response.text[:400]}")
        return response.content

    def taken(self, path: str, token: str) -> bytes:
        """A file whose taking is itself an act of the official."""
        response = self._http.post(path, headers={"Authorization": f"Bearer {token}"})
        if response.status_code != 200:
            raise ServiceSaidNo(f"POST {path}: {response.status_code} {response.text[:400]}")
        return response.content

    def page(self, path: str) -> str:
        """Open a page as a browser without scripts would."""
        return self._http.get(path).text

    def submit(self, path: str, form: dict[str, Any]) -> int:
        """Send a page's form; returns the HTTP number."""
        headers = {"Origin": self.address, "Sec-Fetch-Site": "same-origin"}
        return self._http.post(path, data=form, headers=headers, follow_redirects=True).status_code

    def _signed(self, path: str, body: bytes, secret: str, message_id: str) -> tuple[int, bytes]:
        """HTTP number and body."""
        stamp = str(int(time.time()))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "webhook-id": message_id, "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(signed).decode(),
        }  # fmt: skip
        return self._post(path, body, headers)

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """On the thread's own line: thousands of small calls cost a third of what the comfortable client asks for them."""
        line = getattr(self._own, "line", None)
        if line is not None:
            try:
                return _exchange(line, path, body, headers)
            except (ConnectionError, HTTPException):  # the service hung up on an idle line; the same message goes on a new one
                line.close()
        self._own.line = HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        self._lines.append(self._own.line)
        return _exchange(self._own.line, path, body, headers)


def _exchange(line: HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    line.request("POST", path, body, headers)
    response = line.getresponse()
    return response.status, response.read()


def _new_id() -> str:
    return f"msg_{uuid.uuid4().hex}"
