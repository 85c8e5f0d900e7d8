"""Is the letter I hold genuine, and where is its PDF for those who may read it?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from service.api.deps import HouseOf, Open, needs
from service.api.rendering import HEADERS, public_page
from service.db import listings
from service.errors import NotFound
from service.letters.checking import check_letter, identity_words, letter_file
from service.letters.reach import require_reach
from service.trust.homes import House
from service.trust.rights import Officer

router = APIRouter()
Seer = Annotated[Officer, needs("household.own")]


@router.get("/v/{code}", dependencies=[Open("siapa pun yang memegang surat boleh memeriksanya")])
def check(request: Request, code: str, house: HouseOf) -> Response:
    """Number, date, subject, signer and live status; nothing personal."""
    try:
        with house.database.read() as session:
            found = check_letter(session, house.home, code[:60])
    except NotFound as unknown:
        return public_page(request, "check_unknown.html", {"message": unknown.message}, 404)
    return public_page(request, "check.html", {"letter": found, "identity": identity_words(house.settings)})


@router.get("/surat/{code}.pdf")
def letter_pdf(code: str, house: HouseOf, officer: Seer) -> Response:
    """The kept file, electronically signed where it is, for officers of the region it is about."""
    return _file(code, house, officer)


@router.get("/surat/{code}/cetak.pdf")
def printed_pdf(code: str, house: HouseOf, officer: Seer) -> Response:
    """As it was printed, to be signed electronically by the office's own program."""
    return _file(code, house, officer, as_printed=True)


def _file(code: str, house: House, officer: Officer, as_printed: bool = False) -> Response:
    with house.database.read() as session:
        found = listings.letter_with_code(session, code)
        if found is None:
            raise NotFound("Tidak ada surat dengan kode ini.")
        require_reach(session, officer, found)
        path = letter_file(session, house.home, code, as_printed)
    return FileResponse(path, media_type="application/pdf", headers=HEADERS, filename=path.name)
