"""How does a partner without a system answer, behind its link?

`GET` never changes anything; every answer ends in the same function as the webhook. The link is the only key: it is in the
address, so the address is told to nobody (no-referrer, no-store, noindex).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData

from service import clock
from service.api import agency_answers, supplier_answers
from service.api.deps import HouseOf, Open
from service.api.forms import FormOf
from service.api.rendering import PUBLIC_HEADERS, public_page, query, show_again
from service.api.supplier_sheet import sheet_of
from service.db import listings
from service.db.tables import Partner, PartnerLink, Referral, ReferralBatch
from service.errors import EstafetError, NotFound
from service.handoff.links import link_of, open_link
from service.letters.checking import letter_file
from service.trust.homes import House

router = APIRouter(dependencies=[Open("tautan bertanda milik mitra")])
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SEEN_FOR = timedelta(days=1)


@router.get("/r/{token}", name="partner_page")
def partner_page(request: Request, token: str, house: HouseOf) -> Response:
    """The partner's own referrals or orders; opening it changes nothing."""
    return _page(request, token, house)


@router.post("/r/{token}")
def answer(request: Request, token: str, house: HouseOf, form: FormOf) -> Response:
    """One answer, for one or several of the partner's own things; sent twice it has effect once."""
    show_again(request, lambda error, status: _page(request, token, house, form, error, status))
    with house.database.read() as session:
        partner = open_link(session, token, clock.today(house.home))
    answers: Any = supplier_answers if partner.kind == "supplier" else agency_answers
    done = answers.take(house, partner, form)
    return RedirectResponse(query(f"/r/{token}", sudah=done.event, jumlah=done.count), status_code=303)


@router.get("/r/{token}/pesanan.xlsx")
def sheet(token: str, house: HouseOf) -> Response:
    """A supplier's open orders, to be filled in and sent back on its page."""
    with house.database.read() as session:
        partner = open_link(session, token, clock.today(house.home))
        if partner.kind != "supplier":
            raise NotFound("Daftar pesanan hanya untuk penyedia.")
        content = sheet_of(session, partner)
    headers = {**PUBLIC_HEADERS, "content-disposition": 'attachment; filename="pesanan.xlsx"'}
    return Response(content, media_type=SPREADSHEET, headers=headers)


@router.get("/r/{token}/surat/{code}.pdf")
def letter(token: str, code: str, house: HouseOf) -> Response:
    """A letter that was written to this partner, and no other."""
    with house.database.read() as session:
        partner = open_link(session, token, clock.today(house.home))
        if not _is_theirs(session, partner, code):
            raise NotFound("Surat ini bukan untuk instansi Anda.")
        path = letter_file(session, house.home, code)
    return FileResponse(path, media_type="application/pdf", headers=PUBLIC_HEADERS, filename=path.name)


def _page(
    request: Request, token: str, house: House,
    form: FormData | None = None, error: EstafetError | None = None, status: int = 200,
) -> Response:  # fmt: skip
    with house.database.read() as session:
        try:
            partner, link = _opened(session, token, house)
        except NotFound as gone:
            return public_page(request, "gone.html", {"message": gone.message}, status if error else 404)
        answers: Any = supplier_answers if partner.kind == "supplier" else agency_answers
        template, values = answers.shown(session, partner, link, request.query_params, clock.now(house.home))
    values |= {
        "partner": partner, "here": f"/r/{token}", "error": error, "form": form or FormData(),
        "faults": list(error.details.get("faults", [])) if error else [],
        "done": agency_answers.done_words(request.query_params),
    }  # fmt: skip
    return public_page(request, template, values, status)


def _opened(session: Session, token: str, house: House) -> tuple[Partner, PartnerLink]:
    today = clock.today(house.home)
    return open_link(session, token, today), link_of(session, token, today)


def _is_theirs(session: Session, partner: Partner, code: str) -> bool:
    """A cover letter of its batch, a sheet of its referral, an order letter to it or the record of its handover."""
    found = listings.letter_with_code(session, code)
    if found is None:
        return False
    kind, _, number = found.subject_key.partition(":")
    tables: dict[str, Any] = {"referral": Referral, "batch": ReferralBatch}
    if kind in tables:
        return bool(listings.by_number(session, tables[kind], number).agency_id == partner.id)
    return kind in ("order", "receipt") and listings.is_order_of(session, number, partner.id or 0)
