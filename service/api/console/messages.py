"""Which messages failed, came too late, or still wait?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.api.console.showing import back_to, done_words
from service.api.deps import HouseOf, needs
from service.api.rendering import page, show_again
from service.db import listings
from service.errors import EstafetError
from service.messages.outbox import send_again
from service.trust.homes import House
from service.trust.rights import Officer

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Sender = Annotated[Officer, needs("message.resend")]


@router.get("/pesan")
def messages(request: Request, officer: Looker, house: HouseOf) -> Response:
    """Dead letters, late and parked reports; a quiet list is good news and says so."""
    return _messages_page(request, house)


@router.post("/pesan/{message_id}/kirim-ulang")
def resend(request: Request, message_id: int, officer: Sender, house: HouseOf) -> Response:
    show_again(request, lambda error, status: _messages_page(request, house, error, status))
    with house.database.write() as session:
        send_again(session, message_id)
    return back_to("/pesan", "dikirim-ulang")


def _messages_page(request: Request, house: House, error: EstafetError | None = None, status: int = 200) -> Response:
    with house.database.read() as session:
        values = {
            "dead": listings.messages_out(session, "dead"),
            "waiting": listings.messages_out(session, "waiting", 20),
            "late": listings.messages_in(session, "late"),
            "parked": listings.messages_in(session, "parked"),
            "counts": listings.message_counts(session),
        }
    return page(request, "messages.html", {**values, "error": error, "done": done_words(request)}, status)
