"""How does a partner without a system answer, behind its link?

`GET` never changes anything; every answer ends in the same function as the webhook. The link is the only key: it is in the
address, so the address is told to nobody (no-referrer, no-store, noindex).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData

from service import clock
from service.api import agency_answers, agency_seen, supplier_answers
from service.api.agency_seen import TAKEN_BACK_WORDS, shut_of, why_shut
from service.api.deps import HouseOf, Open
from service.api.forms import FormOf
from service.api.link_cookie import are_details_open
from service.api.rendering import PUBLIC_HEADERS, public_page, query, show_again
from service.api.supplier_sheet import sheet_of
from service.db import listings
from service.db.tables import Partner, PartnerLink, Referral, ReferralBatch
from service.errors import EstafetError, NotAllowed, NotFound
from service.handoff.facts import FACTS
from service.handoff.links import open_link_for
from service.letters.checking import letter_file, letter_with
from service.trust.homes import House

router = APIRouter(dependencies=[Open("tautan bertanda milik mitra")])
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CodeNeeded(NotAllowed):
    """Personal details stay closed until the office's short code is entered."""


class TakenBack(NotAllowed):
    """The household is not this agency's any more, or one that the letter lists."""


@router.get("/r/{token}", name="partner_page")
def partner_page(request: Request, token: str, house: HouseOf) -> Response:
    """The partner's own referrals or orders; opening it changes nothing."""
    return page_of(request, token, house)


@router.post("/r/{token}")
def answer(request: Request, token: str, house: HouseOf, form: FormOf) -> Response:
    """One answer, for one or several of the partner's own things; sent twice it has effect once."""
    show_again(request, lambda error, status: page_of(request, token, house, form, error, status))
    with house.database.read() as session:
        partner, link = open_link_for(session, token, clock.today(house.home))
    if partner.kind == "supplier":
        done = supplier_answers.take(house, partner, form)
    else:
        done = agency_answers.take(house, partner, form, link)
    stays = request.query_params.get("rujukan", "") if done.event in (*FACTS, "number") else ""
    luput = ",".join(done.left_out[: agency_answers.MOST_NAMED])
    return RedirectResponse(
        query(f"/r/{token}", rujukan=stays, sudah=done.event, jumlah=done.count, luput=luput), status_code=303
    )


@router.get("/r/{token}/pesanan.xlsx")
def sheet(token: str, house: HouseOf) -> Response:
    """A supplier's open orders, to be filled in and sent back on its page."""
    with house.database.read() as session:
        partner, _ = open_link_for(session, token, clock.today(house.home))
        if partner.kind != "supplier":
            raise NotFound("Daftar pesanan hanya untuk penyedia.")
        content = sheet_of(session, partner)
    headers = {**PUBLIC_HEADERS, "content-disposition": 'attachment; filename="pesanan.xlsx"'}
    return Response(content, media_type=SPREADSHEET, headers=headers)


@router.get("/r/{token}/surat/{code}.pdf")
def letter(request: Request, token: str, code: str, house: HouseOf) -> Response:
    """A letter that was written to this partner, and no other; a household's sheet only once the short code was shown.

    What was taken back is closed here too, and so is a cover letter that lists it.
    """
    with house.database.read() as session:
        partner, link = open_link_for(session, token, clock.today(house.home))
        sheet_of_household = _sheet_if_theirs(session, partner, link, code)
        if sheet_of_household and shut_of(session, [sheet_of_household]):
            raise TakenBack(TAKEN_BACK_WORDS)
        if shut := why_shut(session, letter_with(session, code)):
            raise TakenBack(shut)
        if sheet_of_household and not are_details_open(request, house, link):
            raise CodeNeeded(
                "Lembar keluarga memuat alamat dan telepon. Buka rujukannya dan masukkan kode singkat lebih dahulu."
            )
        path = letter_file(session, house.home, code)
    return FileResponse(path, media_type="application/pdf", headers=PUBLIC_HEADERS, filename=path.name)


def page_of(
    request: Request, token: str, house: House,
    form: FormData | None = None, error: EstafetError | None = None, status: int = 200, wanted: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """`wanted`: which of the partner's things, where the address of this request doesn't say it."""
    wanted = wanted or request.query_params
    with house.database.read() as session:
        try:
            partner, link = open_link_for(session, token, clock.today(house.home))
        except NotFound as gone:
            return public_page(request, "gone.html", {"message": gone.message}, status if error else 404)
        if partner.is_sandbox:
            return public_page(request, "partner_sandbox.html", {"partner": partner}, status)
        answers: Any = supplier_answers if partner.kind == "supplier" else agency_answers
        template, values = answers.shown(session, partner, link, wanted, clock.now(house.home))
    values |= agency_seen.details(link, are_details_open(request, house, link), values, house.sealer)
    values |= {
        "partner": partner, "here": f"/r/{token}", "error": error, "form": form or FormData(),
        "faults": list(error.details.get("faults", [])) if error else [],
        "done": agency_answers.done_words(request.query_params),
    }  # fmt: skip
    return public_page(request, template, values, status)


def _sheet_if_theirs(session: Session, partner: Partner, link: PartnerLink, code: str) -> Referral | None:
    """The referral whose sheet this is, None for a letter about no single household; written to this partner, and in the one
    batch where the link names one. Raises NotFound."""
    found = listings.letter_with_code(session, code)
    kind, _, number = found.subject_key.partition(":") if found else ("", "", "")
    if kind == "referral":
        referral = listings.by_number(session, Referral, number)
        if referral.agency_id == partner.id and link.batch_id in (None, referral.batch_id):
            return referral
    if kind == "batch":
        batch = listings.by_number(session, ReferralBatch, number)
        if batch.agency_id == partner.id and link.batch_id in (None, batch.id):
            return None
    if kind in ("order", "receipt") and listings.is_order_of(session, number, partner.id or 0):
        return None
    raise NotFound("Surat ini bukan untuk instansi Anda.")
