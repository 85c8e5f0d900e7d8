"""How does a person log in and out?"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.api.deps import (
    HouseOf,
    Open,
    clear_session_cookie,
    current_caller,
    needs,
    own_page,
    set_session_cookie,
)
from service.api.rendering import page, show_again
from service.errors import EstafetError
from service.trust import accounts

router = APIRouter()
_open = [Open("siapa pun boleh mencoba masuk")]


@router.get("/masuk", dependencies=_open)
def login_page(request: Request, lanjut: str = "/") -> Response:
    return _login_page(request, lanjut)


@router.post("/masuk", dependencies=[*_open, Depends(own_page)])
def log_in(
    request: Request, house: HouseOf, login: Annotated[str, Form()] = "", sandi: Annotated[str, Form()] = "",
    lanjut: Annotated[str, Form()] = "/",
) -> Response:  # fmt: skip
    """A wrong name or password shows the form again with the name kept."""
    show_again(request, lambda error, status: _login_page(request, lanjut, login, error, status))
    token = accounts.log_in(house.database, login.strip().lower(), sandi)
    response = RedirectResponse(_own_path(lanjut), status_code=303)
    set_session_cookie(response, house, token)
    return response


@router.post("/keluar", dependencies=[needs("cycle.look")])
def log_out(request: Request, house: HouseOf) -> Response:
    token = current_caller(request).session_token
    if token:
        with house.database.write() as session:
            accounts.log_out(session, token)
    response = RedirectResponse("/masuk", status_code=303)
    clear_session_cookie(response, house)
    return response


def _login_page(
    request: Request, onward: str, login: str = "", error: EstafetError | None = None, status: int = 200
) -> Response:
    faults = [{"field": "login", "fault": error.message}] if error else []
    return page(request, "masuk.html", {"onward": _own_path(onward), "login": login, "faults": faults}, status)


def _own_path(onward: str) -> str:
    """Only a path of our own; anything that could lead elsewhere becomes the front page."""
    parts = urlsplit(onward)
    safe = onward.startswith("/") and not onward.startswith(("//", "/\\")) and not parts.netloc and "\n" not in onward
    return onward if safe else "/"
