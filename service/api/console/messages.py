"""Which messages failed, came too late, or still wait; and what exactly did a partner tell us?"""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from service import clock
from service.api.console.showing import back_to, done_words
from service.api.deps import HouseOf, needs
from service.api.rendering import page, query, show_again
from service.db import listings
from service.db.tables import InboundMessage, Partner
from service.errors import EstafetError, NotFound
from service.messages import queries
from service.messages.outbox import send_again, send_all_again
from service.messages.queries import log as log_queries
from service.messages.redriving import redrive
from service.trust.homes import House
from service.trust.rights import Officer
from service.words import RESULTS

router = APIRouter()
Looker = Annotated[Officer, needs("cycle.look")]
Reader = Annotated[Officer, needs("household.look")]
Sender = Annotated[Officer, needs("message.resend")]
AT_A_TIME = 50
PAGE_OF = {"referral": "/rujukan/", "order": "/pesanan/", "parcel": "/paket/"}


@router.get("/pesan")
def messages(request: Request, officer: Looker, house: HouseOf, setelah: int = 0) -> Response:
    """Dead letters, late and parked reports; a quiet list is good news and says so."""
    return _messages_page(request, house, after=setelah)


@router.post("/pesan/{message_id}/kirim-ulang")
def resend(request: Request, message_id: int, officer: Sender, house: HouseOf) -> Response:
    show_again(request, lambda error, status: _messages_page(request, house, error, status))
    with house.database.write() as session:
        send_again(session, message_id)
    return back_to("/pesan", "dikirim-ulang")


@router.post("/pesan/kirim-ulang-semua")
def resend_all(request: Request, officer: Sender, house: HouseOf) -> Response:
    """After an outage: every dead letter is tried again."""
    with house.database.write() as session:
        send_all_again(session)
    return back_to("/pesan", "dikirim-ulang")


@router.get("/pesan/masuk")
def inbound(
    request: Request, officer: Looker, house: HouseOf, hasil: str = "", mitra: int = 0, sebelum: int = 0
) -> Response:  # fmt: skip
    """Everything partners told us, the newest first, with what became of it."""
    result = hasil if hasil in RESULTS else None
    with house.database.read() as session:
        rows = log_queries.inbound_log(session, result, mitra or None, sebelum, AT_A_TIME)
        counts = queries.inbound_counts_of(session, mitra or None)
        chosen = session.get(Partner, mitra) if mitra else None
    kept = {"hasil": result, "mitra": mitra or None}
    values = {
        "rows": rows, "result": result, "total": sum(counts.values()),
        "only": chosen.name if chosen else "", "partner_id": mitra, "query": query,
        "choices": [
            {"href": query("/pesan/masuk", hasil=name, mitra=mitra or None), "word": word, "count": counts.get(name, 0),
             "here": name == result}
            for name, word in RESULTS.items()
        ],
        "more": query("/pesan/masuk", sebelum=rows[-1][0].id, **kept) if len(rows) == AT_A_TIME else "",
        "first": query("/pesan/masuk", **kept) if sebelum else "",
    }  # fmt: skip
    return page(request, "inbound.html", values)


@router.get("/pesan/masuk/{message_id}")
def one_inbound(request: Request, message_id: int, officer: Reader, house: HouseOf) -> Response:
    """One message as it was told, and what became of it."""
    return _inbound_page(request, message_id, house)


@router.post("/pesan/masuk/{message_id}/proses-ulang")
def redrive_one(request: Request, message_id: int, officer: Sender, house: HouseOf) -> Response:
    """Try a kept message once more; what it becomes is shown."""
    show_again(request, lambda error, status: _inbound_page(request, message_id, house, error, status))
    with house.database.write() as session:
        result = redrive(session, request.app.state.doors, officer, message_id, clock.now(house.home))
    return back_to(f"/pesan/masuk/{message_id}", f"proses-{result}")


def _inbound_page(
    request: Request, message_id: int, house: House, error: EstafetError | None = None, status: int = 200
) -> Response:  # fmt: skip
    with house.database.read() as session:
        message = session.get(InboundMessage, message_id)
        if message is None:
            raise NotFound(f"Laporan masuk {message_id} tidak ada.")
        partner = session.get_one(Partner, message.partner_id)
    about = str(message.body.get("data", {}).get(message.subject, ""))
    door = request.app.state.doors.get(message.type)
    unknown = [name for name in message.body.get("data", {}) if door and name not in door.data.model_fields]
    values: dict[str, Any] = {
        "message": message, "partner": partner, "told": json.dumps(message.body, indent=2, ensure_ascii=False),
        "unknown": ", ".join(unknown), "about": about, "about_href": PAGE_OF.get(message.subject, ""), "error": error,
        "done": done_words(request),
    }  # fmt: skip
    return page(request, "inbound_one.html", values, status)


def _messages_page(
    request: Request, house: House, error: EstafetError | None = None, status: int = 200, after: int = 0
) -> Response:  # fmt: skip
    with house.database.read() as session:
        dead = listings.messages_out(session, "dead", AT_A_TIME, after)
        values = {
            "dead": dead, "is_first": not after,
            "more": query("/pesan", setelah=dead[-1][0].id) if len(dead) == AT_A_TIME else "",
            "waiting": listings.messages_out(session, "waiting", 20),
            "late": listings.messages_in(session, "late", AT_A_TIME),
            "parked": listings.messages_in(session, "parked", AT_A_TIME),
            "counts": listings.message_counts(session), "refused": queries.refused_counts(session),
        }  # fmt: skip
    return page(request, "messages.html", {**values, "error": error, "done": done_words(request)}, status)
