"""How does an officer write down what a household agreed to or needs, and take its consent back for it?"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from service.api.console.households import household_again
from service.api.console.showing import back_to
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import show_again
from service.cohort import queries as cohort
from service.db.tables import Consent, Partner
from service.errors import BadInput, NotFound
from service.handoff.consents import record_consent, withdraw_consent
from service.handoff.needs import note_need
from service.policy import CyclePolicy
from service.trust.queries import partner_by_sender
from service.trust.rights import Officer

router = APIRouter()
Keeper = Annotated[Officer, needs("consent.record")]
Noter = Annotated[Officer, needs("need.note")]
Text = Annotated[str, Form(max_length=60)]


class NotADay(BadInput):
    """The field holds no date."""


@router.post("/keluarga/{year}/{household_id}/persetujuan")
def record(
    request: Request, year: int, household_id: int, officer: Keeper, house: HouseOf,
    penerima: Text = "", asal: Text = "visit", tanggal: Text = "",
) -> Response:  # fmt: skip
    """The household agreed; no receiver named: every public office."""
    show_again(request, household_again(request, year, household_id, officer, house))
    given_on = day_from(tanggal)
    with house.database.write() as session:
        case = cohort.case_of(session, year, household_id)
        rules = CyclePolicy.model_validate(cohort.cycle_of(session, year).policy).referral
        named = _receiver(session, penerima) if penerima else None
        record_consent(session, officer, case, rules, told_by(officer, house), receiver=named, source=asal, given_on=given_on)
    return back_to(f"/keluarga/{year}/{household_id}", "persetujuan")


@router.post("/keluarga/{year}/{household_id}/persetujuan/{consent_id}/tarik")
def withdraw(
    request: Request, year: int, household_id: int, consent_id: int, officer: Keeper, house: HouseOf
) -> Response:  # fmt: skip
    """The household takes its word back: what rests on it is withdrawn now, the receivers are told."""
    show_again(request, household_again(request, year, household_id, officer, house))
    with house.database.write() as session:
        case, found = cohort.case_of(session, year, household_id), session.get(Consent, consent_id)
        if found is None or found.case_id != case.id:
            raise NotFound(f"Persetujuan {consent_id} tidak ada pada keluarga ini.")
        withdraw_consent(session, officer, found, told_by(officer, house))
    return back_to(f"/keluarga/{year}/{household_id}", "persetujuan-ditarik")


@router.post("/keluarga/{year}/{household_id}/layanan")
def ask(request: Request, year: int, household_id: int, officer: Noter, house: HouseOf, layanan: Text = "") -> Response:
    """The household needs a service that its kind of business does not imply; twice is once."""
    show_again(request, household_again(request, year, household_id, officer, house))
    with house.database.write() as session:
        note_need(session, officer, cohort.case_of(session, year, household_id), layanan, told_by(officer, house))
    return back_to(f"/keluarga/{year}/{household_id}", "layanan")


def _receiver(session: Session, sender: str) -> Partner:
    found = partner_by_sender(session, sender)
    if found is None:
        raise NotFound(f"Instansi '{sender}' tidak ada.")
    return found


def day_from(text: str) -> date | None:
    """None where nothing was written. Raises NotADay."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fault = "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2021-12-31"
        raise NotADay(fault, faults=[{"field": "tanggal", "fault": fault}]) from None
