"""What may an officer decide about a referral that no rule moves on (send again, elsewhere, take back), or write about it?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from service.api.console.referrals import referral_again
from service.api.console.showing import back_to, reason_from
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import show_again
from service.db import listings
from service.db.tables import Partner, Referral
from service.errors import BadInput
from service.handoff import decisions
from service.handoff.thread import read_notes, write_note
from service.handoff.written import WrongNote
from service.trust.rights import Officer

router = APIRouter()
Decider = Annotated[Officer, needs("referral.decide")]
Writer = Annotated[Officer, needs("referral.write")]
Text = Annotated[str, Form()]
Version = Annotated[int | None, Form()]
"""Of the referral as its page showed it: who was overtaken decides nothing."""


@contextmanager
def beside(field: str) -> Iterator[None]:
    """What may not be written is told at the field it was written in."""
    try:
        yield
    except WrongNote as error:
        raise WrongNote(error.message, faults=[{"field": field, "fault": error.message}]) from None


class AgencyMissing(BadInput):
    """A re-route without an agency."""


@router.post("/rujukan/{number}/kirim-ulang")
def revise(
    request: Request, number: str, officer: Decider, house: HouseOf, alasan: Text = "", versi: Version = None
) -> Response:
    """What was missing is there; the same agency gets it again."""
    show_again(request, referral_again(request, number, officer, house, alasan=alasan))
    note = reason_from(alasan)
    with beside("alasan"), house.database.write() as session:
        found = listings.by_number(session, Referral, number)
        decisions.revise_referral(session, officer, found, note, told_by(officer, house), versi)
    return back_to(f"/rujukan/{number}", "dilengkapi")


@router.post("/rujukan/{number}/alihkan")
def reroute(
    request: Request, number: str, officer: Decider, house: HouseOf, instansi: Text = "", alasan: Text = "",
    versi: Version = None,
) -> Response:  # fmt: skip
    """An agency a person chose; the new referral is a draft that somebody else signs."""
    show_again(request, referral_again(request, number, officer, house, **{"alasan-alih": alasan, "instansi": instansi}))
    note = reason_from(alasan, "alasan-alih")
    with beside("alasan-alih"), house.database.write() as session:
        agency = session.get(Partner, int(instansi)) if instansi.isdigit() else None
        if agency is None:
            raise AgencyMissing("Pilih instansi.", faults=[{"field": "instansi", "fault": "Pilih instansi tujuan"}])
        found = listings.by_number(session, Referral, number)
        new = decisions.reroute_referral(session, officer, found, agency, note, told_by(officer, house), versi)
    return back_to(f"/rujukan/{new.number}", "dialihkan")


@router.post("/rujukan/{number}/tarik")
def withdraw(
    request: Request, number: str, officer: Decider, house: HouseOf, sebab: Text = "", dilihat: Text = "",
    versi: Version = None,
) -> Response:  # fmt: skip
    """Take it back; if the agency answered meanwhile, its answer stands and the page says so."""
    show_again(request, referral_again(request, number, officer, house))
    if sebab not in decisions.WITHDRAW_REASONS:
        raise BadInput("Pilih sebab penarikan.", faults=[{"field": "sebab", "fault": "Pilih sebab penarikan"}])
    with house.database.write() as session:
        found = listings.by_number(session, Referral, number)
        decisions.withdraw_referral(session, officer, found, sebab, told_by(officer, house), dilihat or None, versi)
    return back_to(f"/rujukan/{number}", "ditarik")


@router.post("/rujukan/{number}/catatan")
def write(request: Request, number: str, officer: Writer, house: HouseOf, catatan: Text = "") -> Response:
    """A line for the agency; it hears that there is one, never what it says."""
    show_again(request, referral_again(request, number, officer, house, catatan=catatan))
    with beside("catatan"), house.database.write() as session:
        found = listings.by_number(session, Referral, number)
        write_note(session, officer, found, catatan, told_by(officer, house))
    return back_to(f"/rujukan/{number}", "catatan-terkirim")


@router.post("/rujukan/{number}/catatan/dibaca")
def mark_read(request: Request, number: str, officer: Writer, house: HouseOf) -> Response:
    """What the agency wrote was seen."""
    show_again(request, referral_again(request, number, officer, house))
    with house.database.write() as session:
        read_notes(session, officer, listings.by_number(session, Referral, number), told_by(officer, house))
    return back_to(f"/rujukan/{number}", "catatan-dibaca")
