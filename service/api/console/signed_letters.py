"""How does a letter go out to be signed electronically, and come back?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, UploadFile

from service import clock
from service.api.console.showing import back_to, done_words, who
from service.api.deps import HouseOf, needs
from service.api.forms import FormOf
from service.api.rendering import page, show_again
from service.db.tables import Cycle, Letter
from service.errors import BadInput, EstafetError
from service.letters.checking import KINDS, identity_words, is_intact, letter_with, live_status
from service.letters.reach import require_reach
from service.letters.uploading import LARGEST, sign_here, take_signed
from service.policy import CyclePolicy
from service.trust.homes import House
from service.trust.rights import Officer, may

router = APIRouter()
Seer = Annotated[Officer, needs("household.own")]
Bringer = Annotated[Officer, needs("letter.upload")]
Signer = Annotated[Officer, needs("letter.sign")]


class NoFile(BadInput):
    """The form came without a file."""


@router.get("/surat/{code}")
def letter(request: Request, code: str, officer: Seer, house: HouseOf) -> Response:
    """One letter: what it is, who signed it, both files."""
    return _letter_page(request, code, officer, house)


@router.post("/surat/{code}/tte")
def bring_signed(request: Request, code: str, officer: Bringer, house: HouseOf, form: FormOf) -> Response:
    """The electronically signed PDF comes back."""
    show_again(request, lambda error, status: _letter_page(request, code, officer, house, error, status))
    _require_reach(code, officer, house)
    take_signed(house.database, house.home, house.settings, code, _content(form), officer, clock.now(house.home))
    return back_to(f"/surat/{code}", "bertanda-tangan")


@router.post("/surat/{code}/tandatangani")
def sign(request: Request, code: str, officer: Signer, house: HouseOf) -> Response:
    """With the certificate of this home, where there is one."""
    show_again(request, lambda error, status: _letter_page(request, code, officer, house, error, status))
    _require_reach(code, officer, house)
    sign_here(house.database, house.home, house.settings, code, _place(code, house), officer, clock.now(house.home))
    return back_to(f"/surat/{code}", "bertanda-tangan")


def _require_reach(code: str, officer: Officer, house: House) -> None:
    with house.database.read() as session:
        require_reach(session, officer, letter_with(session, code))


def _place(code: str, house: House) -> str:
    with house.database.read() as session:
        cycle = session.get_one(Cycle, letter_with(session, code).cycle_id)
    return CyclePolicy.model_validate(cycle.policy).letterhead.place


def _content(form: FormData) -> bytes:
    upload = form.get("berkas")
    if not isinstance(upload, UploadFile) or not upload.size:
        raise NoFile("Pilih berkas PDF yang sudah ditandatangani.", faults=[{"field": "berkas", "fault": "Pilih berkas PDF"}])
    return upload.file.read(LARGEST + 1)


def _letter_page(
    request: Request, code: str, officer: Officer, house: House, error: EstafetError | None = None, status: int = 200
) -> Response:
    with house.database.read() as session:
        found = letter_with(session, code)
        require_reach(session, officer, found)
        values: dict[str, Any] = {
            "letter": found, "kind": KINDS.get(found.kind, found.kind), "brought": who(session, found.uploaded_by)[0],
            "standing": live_status(session, found.subject_key), "cycle": session.get_one(Cycle, found.cycle_id),
            "newer": session.get_one(Letter, found.superseded_by_id) if found.superseded_by_id else None,
        }  # fmt: skip
    may_bring = found.superseded_by_id is None and may(officer, "letter.upload")
    may_sign = bool(house.settings.signing_certificate) and not found.signed_electronically and may(officer, "letter.sign")
    may_sign = may_sign and found.superseded_by_id is None
    values |= {
        "is_intact": is_intact(house.home, found), "may_bring": may_bring, "may_sign": may_sign, "error": error,
        "identity": identity_words(house.settings) if found.signed_electronically else "",
        "faults": list(error.details.get("faults", [])) if error else [], "done": done_words(request),
    }  # fmt: skip
    return page(request, "letter.html", values, status)
