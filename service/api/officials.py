"""Which decisions can an official take by program, and what can be read? (JSON; Bearer token or session)

Every route calls the same function of the room that the console and the CLI call; rights, region and
"maker is not checker" are looked at there once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from service.api.deps import HouseOf, needs, told_by
from service.cohort import queries as cohort_queries
from service.cohort import steps as cohort
from service.db.listings import by_number
from service.db.tables import Cycle, Order, Parcel, ReferralBatch
from service.delivery.steps import verify_parcel
from service.errors import BadInput
from service.handoff.decisions import initial_batch, sign_batch
from service.handoff.replacing import replace_cover
from service.messages import outbox
from service.procurement import decisions as procurement
from service.procurement.inspection import Beside
from service.stages import STAGES
from service.trust.homes import House
from service.trust.rights import Officer

router = APIRouter(prefix="/api", tags=["officials"])
Looker = Annotated[Officer, needs("cycle.look")]
Commitment = Annotated[Officer, needs("order.approve")]
Inspector = Annotated[Officer, needs("order.inspect")]
Accepter = Annotated[Officer, needs("order.accept")]
Verifier = Annotated[Officer, needs("parcel.verify")]
Signer = Annotated[Officer, needs("referral.sign")]
Marker = Annotated[Officer, needs("referral.initial")]
Runner = Annotated[Officer, needs("stage.run")]
Resender = Annotated[Officer, needs("message.resend")]


class NoSuchStage(BadInput):
    """A stage nobody knows."""


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reason(_Wish):
    """Why; free text of the officer."""

    reason: str = Field(min_length=3, max_length=500)


Counts = dict[str, Annotated[int, Field(ge=0, le=100_000)]]


class Counted(_Wish):
    """What the inspection counted, by package code: `counts` passed; what is in none of the three is missing."""

    counts: Counts = Field(min_length=1, max_length=100)
    damaged: Counts = Field(default_factory=dict, max_length=100)
    wrong: Counts = Field(default_factory=dict, max_length=100)
    samples_opened: int | None = Field(default=None, ge=0, le=100_000)
    note: str = Field(default="", max_length=500)


class Judged(_Wish):
    """`accept` false disputes the handover; the reason may be left out only where nothing is doubted."""

    accept: bool
    reason: str = Field(default="", max_length=500)


class Numbered(_Wish):
    """The letter's number, where the office numbers its letters elsewhere."""

    letter_number: str | None = Field(default=None, max_length=200)


class Replaced(Numbered):
    """`replaces`: the number of the letter that is replaced, so that asking twice is one replacement."""

    replaces: str = Field(min_length=1, max_length=200)


@router.get("/cycles/{year}")
def cycle_summary(year: int, officer: Looker, house: HouseOf) -> dict[str, Any]:
    """The figures of a cycle, in all and by regency."""
    with house.database.read() as session:
        return cohort.summary(session, year)


@router.post("/cycles/{year}/orders/approve")
def approve_orders(year: int, officer: Commitment, house: HouseOf) -> dict[str, Any]:
    """Every draft of the officer's regencies; one that cannot be approved leaves all as they were."""
    with _decision(house) as session:
        approved = procurement.approve_orders(session, officer, _cycle(session, year), told_by(officer, house))
        return {"cycle": year, "approved": len(approved)}


@router.post("/orders/{number}/approve")
def approve_order(number: str, officer: Commitment, house: HouseOf) -> dict[str, Any]:
    with _decision(house) as session:
        procurement.approve_order(session, officer, by_number(session, Order, number), told_by(officer, house))
        return _status(session, Order, number)


@router.post("/orders/{number}/reject")
def reject_order(number: str, wish: Reason, officer: Commitment, house: HouseOf) -> dict[str, Any]:
    with _decision(house) as session:
        order = by_number(session, Order, number)
        procurement.reject_order(session, officer, order, wish.reason, told_by(officer, house))
        return _status(session, Order, number)


@router.post("/orders/{number}/cancel")
def cancel_order(number: str, wish: Reason, officer: Commitment, house: HouseOf) -> dict[str, Any]:
    """The supplier fails: what came stays, the rest is ordered elsewhere."""
    with _decision(house) as session:
        order = by_number(session, Order, number)
        procurement.cancel_order(session, officer, order, wish.reason, told_by(officer, house))
        return _status(session, Order, number)


@router.post("/orders/{number}/inspect")
def inspect_order(number: str, wish: Counted, officer: Inspector, house: HouseOf) -> dict[str, Any]:
    with _decision(house) as session:
        order = by_number(session, Order, number)
        beside = Beside(wish.damaged, wish.wrong, wish.samples_opened, wish.note)
        procurement.inspect_order(session, officer, order, wish.counts, told_by(officer, house), beside)
        return _status(session, Order, number)


@router.post("/orders/{number}/accept")
def accept_order(number: str, officer: Accepter, house: HouseOf) -> dict[str, Any]:
    with _decision(house) as session:
        procurement.accept_order(session, officer, by_number(session, Order, number), told_by(officer, house))
        return _status(session, Order, number)


@router.post("/parcels/{number}/verify")
def judge_parcel(number: str, wish: Judged, officer: Verifier, house: HouseOf) -> dict[str, Any]:
    with _decision(house) as session:
        parcel = by_number(session, Parcel, number)
        assert parcel.id is not None
        status = verify_parcel(session, officer, parcel.id, wish.accept, wish.reason, told_by(officer, house))
        return {"number": number, "status": status}


@router.post("/batches/{number}/initial")
def initial(number: str, officer: Marker, house: HouseOf) -> dict[str, Any]:
    with _decision(house) as session:
        batch = initial_batch(session, officer, by_number(session, ReferralBatch, number), told_by(officer, house))
        return {"number": number, "state": batch.state, "initials": len(batch.initials or ())}


@router.post("/batches/{number}/sign")
def sign(number: str, officer: Signer, house: HouseOf, wish: Numbered | None = None) -> dict[str, Any]:
    with _decision(house) as session:
        found, typed = by_number(session, ReferralBatch, number), wish.letter_number if wish else None
        batch = sign_batch(session, officer, found, told_by(officer, house), number=typed)
        return {"number": number, "state": batch.state, "letter_number": batch.letter_number}


@router.post("/batches/{number}/replace-letter")
def replace_letter(number: str, officer: Signer, house: HouseOf, wish: Replaced) -> dict[str, Any]:
    """A new cover letter in the place of the one that went out; the referrals stay as they are."""
    with _decision(house) as session:
        found = by_number(session, ReferralBatch, number)
        batch = replace_cover(session, officer, found, told_by(officer, house), wish.replaces, wish.letter_number)
        return {"number": number, "state": batch.state, "letter_number": batch.letter_number}


@router.post("/cycles/{year}/runs/{stage}", status_code=202)
def run_stage(year: int, stage: str, request: Request, officer: Runner, house: HouseOf) -> dict[str, Any]:
    """Asks Prefect for one run of the stage, in the officer's name; `Idempotency-Key` makes asking twice harmless."""
    if stage not in STAGES:
        raise NoSuchStage(f"Tahap '{stage}' tidak dikenal. Yang dikenal: {', '.join(STAGES)}.")
    with house.database.read() as session:
        _cycle(session, year)
    key = request.headers.get("idempotency-key", "")[:60]
    prefect = request.app.state.prefect
    run_id = prefect.start_stage(stage, year, officer.actor, f"api-{officer.login}-{stage}-{year}-{key}" if key else None)
    return {"run": run_id, "page": prefect.run_page(run_id)}


@router.post("/outbox/{message_id}/resend")
def resend(message_id: int, officer: Resender, house: HouseOf) -> dict[str, Any]:
    """A dead letter gets another round of attempts."""
    with _decision(house) as session:
        outbox.send_again(session, message_id)
    return {"message": message_id, "state": "waiting"}


@contextmanager
def _decision(house: House) -> Iterator[Session]:
    """One decision, one transaction."""
    with house.database.write() as session:
        yield session


def _cycle(session: Session, year: int) -> Cycle:
    return cohort_queries.cycle_of(session, year)


def _status(session: Session, table: type[Order] | type[Parcel], number: str) -> dict[str, Any]:
    session.expire_all()
    return {"number": number, "status": by_number(session, table, number).status}
