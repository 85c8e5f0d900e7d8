"""Is a webhook really from who it says, and how do we sign ours? (Standard Webhooks 1.0, HMAC `v1`)

Stricter than the published library: ASCII digits only, canonical base64 only, at most ten signatures, every one
compared in constant time. Works on raw bytes; times are wire time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
MOST_SIGNATURES = 10
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECONDS = re.compile(r"[1-9][0-9]{0,10}")


class Forged(Exception):
    """Not to be believed; `reason` is for our counter only, the stranger learns nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verified_id(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: datetime) -> str:
    """The message's id, once its signature by one of `secrets` and its age hold; work is the same for every fault.

    Raises:
        Forged
    """
    message_id, seconds = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    given = _signatures(headers.get(SIGNATURE, ""))
    fits = False
    for secret in secrets:
        expected = _digest(secret, message_id, seconds, body)
        for signature in given:
            fits |= hmac.compare_digest(signature, expected)
    if not _ID.fullmatch(message_id) or not _SECONDS.fullmatch(seconds):
        raise Forged("header")
    if not fits:
        raise Forged("signature")
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        raise Forged("time")
    return message_id


def signed_headers(message_id: str, body: bytes, secrets: Iterable[str], now: datetime) -> dict[str, str]:
    """The three headers; one signature for each secret that counts."""
    seconds = str(int(now.timestamp()))
    marks = [
        "v1," + base64.b64encode(_digest(secret, message_id, seconds, body)).decode() for secret in secrets
    ]  # fmt: skip
    return {ID: message_id, TIMESTAMP: seconds, SIGNATURE: " ".join(marks)}


def _digest(secret: str, message_id: str, seconds: str, body: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = message_id.encode("utf-8", "replace") + b"." + seconds.encode("utf-8", "replace") + b"." + body
    return hmac.new(key, signed, hashlib.sha256).digest()


def _signatures(header: str) -> list[bytes]:
    """The `v1` signatures of exactly 32 bytes; other versions and nonsense are passed over."""
    marks = header.split(" ")
    if len(marks) > MOST_SIGNATURES:
        return []
    return [raw for mark in marks if mark.startswith("v1,") and (raw := _decoded(mark[3:]))]


def _decoded(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == hashlib.sha256().digest_size and base64.b64encode(raw).decode() == text else None
