"""How does an office show the short code that was sent apart from its link?"""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from service import clock
from service.api.deps import HouseOf, Open
from service.api.link_cookie import open_details
from service.api.partner_pages import page_of
from service.api.rendering import query, show_again
from service.errors import BadInput
from service.handoff.links import open_link_for
from service.trust.codes import NO_CODE, take_code, why_closed

log = structlog.get_logger("estafet.service")
router = APIRouter(dependencies=[Open("tautan bertanda milik mitra")])
Text = Annotated[str, Form()]


class WrongCode(BadInput):
    """The code does not open this link's details; the sentence says why."""


@router.get("/r/{token}/kode")
def code_page(token: str, rujukan: str = "") -> RedirectResponse:
    """The address a wrong code leaves in the browser: opened again, it is the page with the field."""
    return RedirectResponse(query(f"/r/{token}", rujukan=rujukan), status_code=303)


@router.post("/r/{token}/kode")
def enter_code(request: Request, token: str, house: HouseOf, kode: Text = "", rujukan: Text = "") -> Response:
    """The short code opens address and phone for a day; a wrong one is counted. The log keeps which link, never the code."""
    one = {"rujukan": rujukan}
    show_again(request, lambda error, status: page_of(request, token, house, None, error, status, one))
    with house.database.write() as session:
        _, link = open_link_for(session, token, clock.today(house.home))
        assert link.id is not None
        why = take_code(session, house.sealer, link.id, kode)
        session.refresh(link)
    if why != NO_CODE:
        name = "details_opened" if why is None else "wrong_code"
        log.info(name, link=link.id, partner=link.partner_id, wrong=link.wrong_codes)
    if why:
        raise WrongCode(why, faults=[] if why_closed(link) or not rujukan else [{"field": "kode", "fault": why}])
    back = RedirectResponse(query(f"/r/{token}", rujukan=rujukan), status_code=303)
    open_details(back, house, link)
    return back
