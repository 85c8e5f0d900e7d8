"""How does another system read one referral as a FHIR Task? (`GET /fhir/Task/{number}`, read only)

For an officer (session or Bearer token) of the region, and for the agency it was sent to, with the token of its link (the
last part of `/r/...`) as Bearer. Everybody else learns nothing, in FHIR's own words.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service import clock
from service.api.agency_answers import own_referral
from service.api.deps import HouseOf, Open, caller_or_none, practice_of
from service.db import listings
from service.db.tables import Cycle, Move, Partner, Referral
from service.errors import EstafetError, NotFound
from service.handoff.fhir import Described, Resource, capability_of, refused, task_of
from service.handoff.links import open_link_for
from service.handoff.queries.clock import clock_of
from service.handoff.queries.due import deadlines
from service.handoff.terms import is_paused
from service.lifecycle import Subject
from service.messages.turns import ROUND_STARTS
from service.policy import CyclePolicy
from service.trust.homes import House
from service.trust.reach import require_case
from service.trust.rights import Officer, require

router = APIRouter(tags=["fhir"])
FHIR_JSON = "application/fhir+json"
UNKNOWN, NOBODY, FORBIDDEN = 404, 401, 403
_WHO = Open("petugas dengan tokennya, atau instansi penerima dengan token tautannya")
_FOR_ALL = Open("apa yang dapat dibaca; tanpa data")
SAID: dict[int | str, dict[str, Any]] = {
    200: {"description": "FHIR R4 Task", "content": {FHIR_JSON: {}}},
    **{code: {"description": "FHIR R4 OperationOutcome", "content": {FHIR_JSON: {}}} for code in (NOBODY, FORBIDDEN, UNKNOWN)},
}


class Nobody(EstafetError):
    """Neither an officer nor an agency."""


@router.get("/fhir/metadata", dependencies=[_FOR_ALL], response_class=Response, responses={200: {"content": {FHIR_JSON: {}}}})
def capability(request: Request, house: HouseOf) -> Response:
    """What a FHIR program can read here (CapabilityStatement)."""
    return _answer(200, capability_of(house.settings.address, request.app.version, clock.now(house.home)))


@router.get("/fhir/Task/{number}", dependencies=[_WHO], responses=SAID, response_class=Response)
def task(request: Request, number: str, house: HouseOf) -> Response:
    """One referral as a FHIR R4 Task (shape of SDOH Clinical Care), without personal data."""
    try:
        return _answer(200, task_of(_read(request, number, house), house.settings.address))
    except Nobody as nobody:
        answer = _answer(NOBODY, refused("login", nobody.message))
        answer.headers["www-authenticate"] = "Bearer"
        return answer
    except NotFound as unknown:
        return _answer(UNKNOWN, refused("not-found", unknown.message))
    except EstafetError as refusal:
        return _answer(FORBIDDEN, refused("forbidden", refusal.message))


def _read(request: Request, number: str, house: House) -> Described:
    """Raises Nobody, NotFound, NotAllowed."""
    if caller := caller_or_none(request):
        with house.database.read() as session:
            return _described(session, _for_officer(session, caller.officer, number), house)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Nobody("Sertakan token petugas atau token tautan instansi (Authorization: Bearer ...).")
    with house.database.read() as session:
        try:
            partner, link = open_link_for(session, token.strip(), clock.today(house.home))
        except NotFound:
            raise Nobody("Token tidak berlaku.") from None
        if not partner.is_sandbox:
            return _described(session, own_referral(session, partner, link, number), house)
    with practice_of(request).database_for(partner).read() as session:
        return _described(session, own_referral(session, partner, link, number), house)


def _for_officer(session: Session, officer: Officer, number: str) -> Referral:
    require(officer, "household.own")
    row = listings.by_number(session, Referral, number)
    require_case(session, officer, listings.case_reading(session, row.case_id)[0])
    return row


def _described(session: Session, row: Referral, house: House) -> Described:
    agency = session.get_one(Partner, row.agency_id)
    policy = CyclePolicy.model_validate(session.get_one(Cycle, row.cycle_id).policy)
    moves = listings.moves_of(session, Subject.REFERRAL, row.id or 0)
    previous = session.get(Referral, row.previous_id) if row.previous_id else None
    running = clock_of(session, policy, clock.now(house.home))
    return Described(
        number=row.number, version=row.version, status=row.status, status_since=row.status_since, drafted_at=moves[0].at,
        sent_at=next((move.at for move in moves if move.event == "sent"), None), began_at=_began(moves),
        office=f"{policy.letterhead.office} {policy.letterhead.government}", agency=(agency.sender, agency.name),
        services=tuple(row.services or ()), is_paused=is_paused(running, row),
        answer_by=deadlines(session, running, [row])[row.id or 0], previous=previous.number if previous else None,
        register_number=row.register_number, reason=row.reason, outcome=row.outcome, indicators=row.outcome_indicators,
    )  # fmt: skip


def _began(moves: Any) -> Any:
    """When the service began, in the present round."""
    began = None
    move: Move
    for move in moves:
        if move.event in ROUND_STARTS:
            began = None
        elif move.event == "service_started":
            began = move.at
    return began


def _answer(status: int, resource: Resource) -> Response:
    return Response(json.dumps(resource, ensure_ascii=False), status, media_type=FHIR_JSON)
