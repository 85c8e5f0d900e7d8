"""What holds for every request: a largest size, security headers, HEAD as GET, and never a stack trace?"""

from __future__ import annotations

import secrets
import traceback
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problem import problem

log = structlog.get_logger("estafet.service")
STRICT = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
SERVER_ERROR, TOO_LARGE = 500, 413
LARGEST_REQUEST = 64 * 1024 * 1024


class Guard:
    """Outermost: a page may set its own policy, whatever says nothing gets the strictest; HEAD is GET without its body.

    Mail gateways ask so whether a link lives, and take away one that does not.
    """

    def __init__(self, app: ASGIApp, is_https: bool) -> None:
        self._app = app
        extra = {"strict-transport-security": "max-age=31536000"} if is_https else {}
        self._headers = [(name.encode(), value.encode()) for name, value in {**STRICT, **extra}.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, wants_body = False, scope["method"] != "HEAD"
        asked = scope if wants_body else {**scope, "method": "GET"}

        async def guarded_send(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.body" and not wants_body:
                message = {**message, "body": b""}
            if message["type"] == "http.response.start":
                begun = True
                said = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in self._headers if pair[0] not in said)]
            await send(message)

        try:
            await self._app(asked, _counted(receive, _declared(scope)), guarded_send)
        except Exception as error:
            code = told_to_log(error)
            if begun:
                return
            await _sorry(code)(asked, receive, guarded_send)


def _declared(scope: Scope) -> int:
    """The size a request says it has."""
    said = dict(scope["headers"]).get(b"content-length", b"0")
    return int(said) if said.isdigit() else 0


def _counted(receive: Receive, declared: int) -> Receive:
    """Whatever a route reads, it reads no more than the largest request, and nothing of one that says it is larger."""
    size = 0

    async def counted_receive() -> Message:
        nonlocal size
        if declared > LARGEST_REQUEST:
            raise HTTPException(TOO_LARGE)
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_REQUEST:
            raise HTTPException(TOO_LARGE)
        return message

    return counted_receive


def told_to_log(error: Exception) -> str:
    """Log where it happened, without the message (it may quote personal data); returns the code to quote."""
    code = secrets.token_hex(4).upper()
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]
    log.error("fault", code=code, error=type(error).__name__, places=places)
    return code


def _sorry(code: str) -> Any:
    detail = f"Terjadi kesalahan di sistem kami. Sebutkan kode {code} kepada pengelola Estafet."
    return problem(SERVER_ERROR, "Kesalahan sistem", "fault", detail=detail, code=code)
