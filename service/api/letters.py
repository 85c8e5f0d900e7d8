"""Is the letter I hold genuine, and where is its PDF for those who may read it?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from service.api.deps import HouseOf, Open, needs
from service.api.rendering import HEADERS, public_page
from service.db import listings
from service.db.tables import Parcel, Partner, Referral, ReferralBatch
from service.errors import NotFound
from service.letters.checking import check_letter, letter_file
from service.regions import regency_of
from service.trust.rights import Officer, require_region

router = APIRouter()


@router.get("/v/{code}", dependencies=[Open("siapa pun yang memegang surat boleh memeriksanya")])
def check(request: Request, code: str, house: HouseOf) -> Response:
    """Number, date, subject, signer and live status; nothing personal."""
    try:
        with house.database.read() as session:
            found = check_letter(session, house.home, code[:60])
    except NotFound as unknown:
        return public_page(request, "check_unknown.html", {"message": unknown.message}, 404)
    return public_page(request, "check.html", {"letter": found})


@router.get("/surat/{code}.pdf")
def letter_pdf(code: str, house: HouseOf, officer: Annotated[Officer, needs("household.look")]) -> Response:
    """The kept file, for officers of the region it is about."""
    with house.database.read() as session:
        found = listings.letter_with_code(session, code)
        if found is None:
            raise NotFound("Tidak ada surat dengan kode ini.")
        kind, _, number = found.subject_key.partition(":")
        if kind == "referral":
            referral = listings.by_number(session, Referral, number)
            require_region(officer, listings.case_reading(session, referral.case_id)[0].regency_code)
        elif kind == "handover":
            require_region(officer, regency_of(listings.by_number(session, Parcel, number).district_code))
        elif kind == "batch":
            agency = session.get_one(Partner, listings.by_number(session, ReferralBatch, number).agency_id)
            require_region(officer, regency_of(agency.regency_code or ""))
        path = letter_file(session, house.home, code)
    return FileResponse(path, media_type="application/pdf", headers=HEADERS, filename=path.name)
