"""How does an agency say on its page that it deleted what it got of a household that took its word back?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from service import clock
from service.api.agency_answers import own_referral
from service.api.deps import HouseOf, Open
from service.api.partner_pages import page_of
from service.api.rendering import query, show_again
from service.db.history import Told
from service.handoff.deletion import confirm_deletion
from service.handoff.links import open_link_for

router = APIRouter(dependencies=[Open("tautan bertanda milik mitra")])


@router.post("/r/{token}/dihapus")
def deleted(request: Request, token: str, house: HouseOf, rujukan: Annotated[str, Form(max_length=30)] = "") -> Response:
    """Kept as a line of the conversation; said twice is said once."""
    show_again(request, lambda error, status: page_of(request, token, house, None, error, status))
    with house.database.write() as session:
        partner, link = open_link_for(session, token, clock.today(house.home))
        referral = own_referral(session, partner, link, rujukan)
        confirm_deletion(session, referral, Told(f"partner:{partner.sender}", clock.now(house.home)))
    return RedirectResponse(query(f"/r/{token}", rujukan=rujukan, sudah="deleted"), status_code=303)
