"""How does the office that holds a printed letter get to its page, from the QR code on it?

Whatever is given here, a new link goes to the registered contact only, and the answer is the same for everybody: a stranger
with a letter does not learn whether an address is known. The office's short code counts for nothing here: six digits asked
of anybody could be tried out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service import clock
from service.api.deps import HouseOf, Open
from service.api.rendering import public_page
from service.db import listings
from service.db.tables import Cycle, Partner, Referral, ReferralBatch
from service.errors import NotFound
from service.handoff.links import make_link
from service.handoff.queries.doors import was_mailed_since
from service.letters.checking import check_letter
from service.messages.outbox import owe_mail
from service.policy import CyclePolicy
from service.trust.homes import House

router = APIRouter(dependencies=[Open("siapa pun yang memegang surat boleh meminta tautannya; dikirim ke alamat resmi saja")])
FOR_RECEIVERS = ("referral", "batch")
AT_MOST_EVERY = timedelta(minutes=10)
TITLE = "Tautan untuk menjawab rujukan {batch}"
Text = Annotated[str, Form(max_length=200)]


@router.get("/v/{code}/penerima", include_in_schema=False)
def receiver(request: Request, code: str, house: HouseOf) -> Response:
    """`Kami instansi penerima`: where to ask for the link."""
    return _page(request, code, house, is_asked=False)


@router.post("/v/{code}/penerima", include_in_schema=False)
def ask_for_link(request: Request, code: str, house: HouseOf, bukti: Text = "") -> Response:
    """The registered address was given, or not: the answer is the same."""
    given = _compared(bukti)
    with house.database.write() as session:
        batch = _batch_of(session, code[:60])
        agency = session.get_one(Partner, batch.agency_id, with_for_update=True)  # of two at the same moment one waits
        if agency.active and given and given == _compared(agency.contact):
            _send_link(session, house, agency, batch)
    return _page(request, code, house, is_asked=True)


def _page(request: Request, code: str, house: House, is_asked: bool) -> Response:
    with house.database.read() as session:
        _batch_of(session, code[:60])
        letter = check_letter(session, house.home, code[:60])
    return public_page(request, "receiver.html", {"letter": letter, "code": letter.code, "is_asked": is_asked})


def _batch_of(session: Session, code: str) -> ReferralBatch:
    """The batch a letter of a referral belongs to. Raises NotFound for other letters."""
    found = listings.letter_with_code(session, code.strip().lower())
    kind, _, number = found.subject_key.partition(":") if found else ("", "", "")
    if kind not in FOR_RECEIVERS:
        raise NotFound("Kode ini bukan kode surat rujukan.")
    if kind == "batch":
        return listings.by_number(session, ReferralBatch, number)
    return session.get_one(ReferralBatch, listings.by_number(session, Referral, number).batch_id)


def _compared(address: str) -> str:
    return "".join(address.split()).lower()


def _send_link(session: Session, house: House, agency: Partner, batch: ReferralBatch) -> None:
    """One mail to an office in ten minutes, so that nobody's mailbox is filled by a stranger with letters."""
    assert agency.id is not None
    now, key = clock.now(house.home), f"link:{agency.id}"
    if was_mailed_since(session, key, now - AT_MOST_EVERY):
        return
    policy = CyclePolicy.model_validate(session.get_one(Cycle, batch.cycle_id).policy)
    token = make_link(session, agency.id, batch.id, policy, clock.today(house.home))
    body = {
        "template": "referral_link.txt", "agency": agency.name, "batch": batch.number,
        "link": f"{house.settings.address.rstrip('/')}/r/{token}",
    }  # fmt: skip
    owe_mail(session, agency.contact, key, TITLE.format(batch=batch.number), body, now)
