"""What is in a letter to an agency, how will it look, who put a mark on it, and who signs it?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.api.console.showing import back_to, done_words, id_of, who
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import HEADERS, page, show_again
from service.db import listings
from service.db.tables import Cycle, Letter, Partner, ReferralBatch
from service.errors import EstafetError
from service.handoff import decisions
from service.handoff import queries as handoff
from service.handoff.papers import has_initialled, has_signed, place_of, standing_of
from service.handoff.previews import cover_draft, sheet_draft
from service.handoff.queries.by_hand import is_out_of_reach
from service.handoff.queries.closed import closed_on, still_listed
from service.handoff.queries.letters import lock_batch
from service.handoff.queries.work import hops_of_batch
from service.handoff.replacing import replace_cover
from service.letters import render
from service.policy import CyclePolicy
from service.trust.homes import House
from service.trust.queries import code_in_force
from service.trust.rights import Officer, may, require_region

router = APIRouter()
Seer = Annotated[Officer, needs("household.look")]
Marker = Annotated[Officer, needs("referral.initial")]
Signer = Annotated[Officer, needs("referral.sign")]
Seen = Annotated[int | None, Form()]
UNSEEN = ("drafted", "signed", "sent")


@router.get("/batch/{number}")
def batch(request: Request, number: str, officer: Seer, house: HouseOf) -> Response:
    return _batch_page(request, number, officer, house)


@router.get("/batch/{number}/konsep.pdf")
def draft(number: str, officer: Seer, house: HouseOf) -> Response:
    """The letter as it would be signed today; made anew, never kept."""
    with house.database.read() as session:
        found = _reached(session, number, officer)
        values = cover_draft(session, found, house.home, house.settings.address)
    return _pdf("referral", values, f"konsep-{number}.pdf")


@router.get("/batch/{number}/konsep/{referral}.pdf")
def draft_sheet(number: str, referral: str, officer: Seer, house: HouseOf) -> Response:
    """One household's sheet as it would be signed today."""
    with house.database.read() as session:
        found = _reached(session, number, officer)
        values = sheet_draft(session, found, referral, house.home, house.settings.address, house.sealer)
    return _pdf("referral_sheet", values, f"konsep-{referral}.pdf")


@router.post("/batch/{number}/paraf")
def initial(request: Request, number: str, officer: Marker, house: HouseOf, dilihat: Seen = None) -> Response:
    """One's mark before the signature."""
    show_again(request, lambda error, status: _batch_page(request, number, officer, house, error, status))
    with house.database.write() as session:
        found = lock_batch(session, id_of(listings.by_number(session, ReferralBatch, number)))
        if has_initialled(found, [hop.id for hop in hops_of_batch(session, id_of(found), "drafted")], officer):
            return back_to(f"/batch/{number}", "diparaf-sama")
        decisions.initial_batch(session, officer, found, told_by(officer, house), dilihat)
    return back_to(f"/batch/{number}", "diparaf")


@router.post("/batch/{number}/tandatangani")
def sign(
    request: Request, number: str, officer: Signer, house: HouseOf, dilihat: Seen = None, nomor: Annotated[str, Form()] = ""
) -> Response:
    """Sign all referrals of one letter; its number is taken from the book, or was typed, in the same transaction."""
    show_again(request, lambda error, status: _batch_page(request, number, officer, house, error, status, nomor))
    with house.database.write() as session:
        found = lock_batch(session, id_of(listings.by_number(session, ReferralBatch, number)))
        if has_signed(found, officer, nomor):
            return back_to(f"/batch/{number}", "ditandatangani-sama")
        decisions.sign_batch(session, officer, found, told_by(officer, house), dilihat, nomor or None)
    return back_to(f"/batch/{number}", "ditandatangani")


@router.post("/batch/{number}/ganti-surat")
def replace(
    request: Request, number: str, officer: Signer, house: HouseOf, surat: Annotated[str, Form()] = "",
    nomor: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """A new cover letter with a number of its own in the place of the one that went out (`surat`)."""
    show_again(request, lambda error, status: _batch_page(request, number, officer, house, error, status, nomor))
    with house.database.write() as session:
        found = listings.by_number(session, ReferralBatch, number)
        replace_cover(session, officer, found, told_by(officer, house), surat, nomor or None)
    return back_to(f"/batch/{number}", "surat-diganti")


def _pdf(template: str, values: dict[str, Any], name: str) -> Response:
    headers = {**HEADERS, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(render(template, values), media_type="application/pdf", headers=headers)


def _reached(session: Session, number: str, officer: Officer) -> ReferralBatch:
    found = listings.by_number(session, ReferralBatch, number)
    agency = session.get_one(Partner, found.agency_id)
    if agency.regency_code:
        require_region(officer, agency.regency_code)
    return found


def _batch_page(
    request: Request, number: str, officer: Officer, house: House, error: EstafetError | None = None, status: int = 200,
    typed: str = "",
) -> Response:  # fmt: skip
    with house.database.read() as session:
        found = _reached(session, number, officer)
        made, signed = who(session, found.drafted_by, found.signed_by)
        cycle = session.get_one(Cycle, found.cycle_id)
        values = {
            "batch": found, "agency": session.get_one(Partner, found.agency_id), "made": made, "signed": signed,
            "cycle": cycle, "rows": listings.referrals_of_batch(session, id_of(found)), "typed": typed,
            "letters": handoff.letters_of_batch(session, id_of(found)),
            "by_hand": _goes_by_hand(session, found),
            "has_code": code_in_force(session, found.agency_id) is not None, **_standing(session, found, cycle, officer),
        }  # fmt: skip
    faults = list(error.details.get("faults", [])) if error else []
    return page(request, "batch.html", {**values, "error": error, "faults": faults, "done": done_words(request)}, status)


def _goes_by_hand(session: Session, found: ReferralBatch) -> bool:
    """Nothing tells the agency of this letter, and it has not said that it has it."""
    rows = listings.referrals_of_batch(session, id_of(found))
    return is_out_of_reach(session.get_one(Partner, found.agency_id)) and any(row[0].status in UNSEEN for row in rows)


def _standing(session: Session, found: ReferralBatch, cycle: Cycle, officer: Officer) -> dict[str, Any]:
    """Where the letter is, whose marks it has, and what this officer may do with it."""
    policy = CyclePolicy.model_validate(cycle.policy)
    needed = policy.referral.initials_needed
    hops = [hop.id for hop in hops_of_batch(session, id_of(found), "drafted")]
    now = standing_of(found, hops, needed, officer)
    names = who(session, *(mark["by"] for mark in now.marks))
    cover = session.get(Letter, found.letter_id) if found.letter_id else None
    is_left = bool(still_listed(session, id_of(found)))
    may_replace = found.state == "sent" and is_left and not now.is_maker and may(officer, "referral.sign")
    return {
        "closed": closed_on(session, cover) if cover else [], "is_left": is_left,
        "place": place_of(found, hops, needed), "needed": needed, "is_maker": now.is_maker, "has_marked": now.has_marked,
        "marks": [(name, datetime.fromisoformat(mark["at"])) for name, mark in zip(names, now.marks, strict=True)],
        "may_initial": now.may_initial, "may_sign": now.may_sign, "may_replace": may_replace,
        "is_typed": policy.referral.number_is_typed, "copies": [*(found.copies or ()), *policy.referral.copies],
    }  # fmt: skip
