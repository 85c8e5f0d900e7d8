"""How does a request leave the house without being led to a place it must not reach?

No redirects, no proxies, no kept connections; 5 s to connect, 20 s in all. The address is checked at the moment of
connecting, on what the name resolved to, so that a name cannot change between check and use.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2

from service.clock import wall
from service.errors import BadInput, TryAgainLater

CONNECT_SECONDS, ALL_SECONDS = 5.0, 20.0
_TRANSLATED = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))


class Unreachable(TryAgainLater):
    """No answer within the time, or no connection."""


class ForbiddenAddress(BadInput):
    """A private, loopback, link-local or otherwise not public address."""


@dataclass(frozen=True)
class Answer:
    """What the other side said; the body is never read."""

    status: int
    retry_after: timedelta | None = None


def is_public(address: str) -> bool:
    """May we send there? `is_global` alone lets translated, site-local and multicast addresses pass."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if ip.is_site_local or any(ip in net for net in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def check_url(url: str) -> None:
    """Raises ForbiddenAddress when it is no plain http(s) address."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise ForbiddenAddress("Alamat webhook harus berbentuk https://nama/jalur.")


def post(url: str, headers: Mapping[str, str], body: bytes, allow_private: bool) -> Answer:
    """Raises Unreachable, ForbiddenAddress."""
    check_url(url)
    timeouts = {"connect": CONNECT_SECONDS, "read": ALL_SECONDS, "write": ALL_SECONDS, "pool": CONNECT_SECONDS}
    try:
        with (
            _pool(allow_private) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body, extensions={"timeout": timeouts}) as answer,
        ):
            return Answer(answer.status, _retry_after(answer.headers))
    except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError) as error:
        raise Unreachable(f"Tujuan tidak menjawab ({type(error).__name__}).") from error


class GuardedBackend(httpcore2.SyncBackend):
    """Resolves once, refuses what is not public, connects to exactly what was checked."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:  # fmt: skip
        deadline = time.monotonic() + ALL_SECONDS
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{type(error).__name__}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise ForbiddenAddress("Alamat webhook menunjuk ke jaringan dalam; tidak dikirim.")
        return _Hurried(super().connect_tcp(addresses[0], port, timeout, local_address, socket_options), deadline)


class _Hurried(httpcore2.NetworkStream):
    """A stream with one deadline for everything, so that a receiver dripping bytes cannot hold us."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:  # fmt: skip
        return _Hurried(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("20 s")
        return min(timeout or left, left)


def _pool(allow_private: bool) -> httpcore2.ConnectionPool:
    return httpcore2.ConnectionPool(
        ssl_context=_tls(), max_connections=1, max_keepalive_connections=0, network_backend=GuardedBackend(allow_private)
    )  # fmt: skip


@lru_cache(maxsize=1)
def _tls() -> Any:
    return httpx2.create_ssl_context(trust_env=False)


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> timedelta | None:
    """Seconds or an HTTP date; nonsense is passed over."""
    text = next((value.decode("latin-1").strip() for name, value in headers if name.lower() == b"retry-after"), "")
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    wish: datetime = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return max(wish - wall(), timedelta(0))
