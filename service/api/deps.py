"""Who is asking, may they, and was the form really ours?

Every route carries exactly one of two marks: `needs("act")` (an act of `service.trust.rights.RIGHTS`) or
`Open("why everybody may")`. A person is known by a session cookie or a Bearer token; a request with a cookie that
changes something must come from our own pages (`Sec-Fetch-Site`/`Origin`) and bring the form's token.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from service import clock
from service.db.history import Told
from service.errors import NotAllowed
from service.sandbox.ground import Practice
from service.trust import accounts
from service.trust.homes import House
from service.trust.rights import Officer, require

CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class NotLoggedIn(NotAllowed):
    """Nobody is logged in (401; a browser is sent to the login page)."""


class ForeignForm(NotAllowed):
    """A request with our cookie that did not come from our own page."""


@dataclass(frozen=True)
class Caller:
    """The officer, and the browser session's token when it is not a program."""

    officer: Officer
    session_token: str | None


def house_of(request: Request) -> House:
    house: House = request.app.state.house
    return house


def practice_of(request: Request) -> Practice:
    """Where partners for trying out are answered."""
    practice: Practice = request.app.state.practice
    return practice


HouseOf = Annotated[House, Depends(house_of)]


def cookie_name(house: House) -> str:
    """`__Host-` needs HTTPS; a laptop's demo has none."""
    return "__Host-estafet" if _is_https(house) else "estafet"


def set_session_cookie(response: Response, house: House, token: str) -> None:
    age = int(accounts.SESSION_LASTS.total_seconds())
    response.set_cookie(
        cookie_name(house), token, max_age=age, httponly=True, samesite="lax", path="/", secure=_is_https(house)
    )


def clear_session_cookie(response: Response, house: House) -> None:
    response.delete_cookie(cookie_name(house), path="/", secure=_is_https(house), httponly=True, samesite="lax")


def caller_or_none(request: Request) -> Caller | None:
    """By `Authorization: Bearer`, else by cookie; kept on the request so that it is looked up once."""
    if not hasattr(request.state, "caller"):
        request.state.caller = _look_up(request)
    caller: Caller | None = request.state.caller
    return caller


def current_caller(request: Request) -> Caller:
    """Raises NotLoggedIn."""
    caller = caller_or_none(request)
    if caller is None:
        raise NotLoggedIn("Silakan masuk dahulu, atau sertakan token yang berlaku.")
    return caller


def csrf_token(request: Request) -> str:
    """What a form puts into its hidden field `csrf`; bound to the browser session, empty when nobody is logged in."""
    caller = caller_or_none(request)
    return _csrf_for(house_of(request), caller.session_token) if caller and caller.session_token else ""


async def own_page(request: Request) -> None:
    """Refuse a changing request that another site made a browser send (for open forms such as the login).

    Raises:
        ForeignForm
    """
    if request.method not in SAFE_METHODS and not _is_same_site(request):
        raise ForeignForm("Permintaan ini tidak datang dari halaman Estafet. Muat ulang halaman dan coba lagi.")


async def own_form(request: Request, caller: Annotated[Caller, Depends(current_caller)]) -> AsyncIterator[None]:
    """For cookie callers that change something: our own page, with the token of their own session.

    The form is read here first, so here it is closed at the end, with the files in it.

    Raises:
        ForeignForm
    """
    try:
        if request.method not in SAFE_METHODS and caller.session_token is not None:
            await own_page(request)
            given = request.headers.get(CSRF_HEADER) or await _form_field(request, CSRF_FIELD)
            if not hmac.compare_digest(given.encode(), _csrf_for(house_of(request), caller.session_token).encode()):
                raise ForeignForm("Halaman sudah kedaluwarsa. Muat ulang halaman dan coba lagi.")
        yield
    finally:
        await request.close()


class Needs:
    """The mark of a route for officers; as a dependency it gives the officer."""

    def __init__(self, act: str) -> None:
        self.act = act

    def __call__(self, caller: Annotated[Caller, Depends(current_caller)], _: Annotated[None, Depends(own_form)]) -> Officer:
        require(caller.officer, self.act)
        return caller.officer


class OpenDoor:
    """The mark of a route that needs no login, with the reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __call__(self) -> None:
        return None


def needs(act: str) -> Any:
    """`officer: Annotated[Officer, needs("order.approve")]`, or in a route's `dependencies=[...]`."""
    return Depends(Needs(act))


def Open(reason: str) -> Any:
    """`dependencies=[Open("signed by the partner")]`."""
    return Depends(OpenDoor(reason))


def told_by(officer: Officer, house: House, reason: str | None = None) -> Told:
    """Who decides now, in business time."""
    return Told(officer.actor, clock.now(house.home), reason)


def _look_up(request: Request) -> Caller | None:
    house = house_of(request)
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        with house.database.read() as session:
            officer = accounts.officer_by_token(session, bearer.strip())
        return Caller(officer, None) if officer else None
    if not (cookie := request.cookies.get(cookie_name(house))):
        return None
    with house.database.read() as session:
        officer = accounts.officer_by_session(session, cookie)
    return Caller(officer, cookie) if officer else None


def _is_https(house: House) -> bool:
    return house.settings.address.startswith("https://")


def _is_same_site(request: Request) -> bool:
    if site := request.headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _csrf_for(house: House, session_token: str) -> str:
    return hmac.new(house.secret_key.encode(), f"csrf\0{session_token}".encode(), hashlib.sha256).hexdigest()


async def _form_field(request: Request, name: str) -> str:
    if not request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return ""
    value = (await request.form()).get(name)
    return value if isinstance(value, str) else ""
