"""How does a facilitator ask a household whether it may be referred, and write its answer down? (`/lapangan/persetujuan`)

Online only, without JavaScript: a consent is looked at before it is given. The answer ends in the functions the officer's
form ends in; the same tap twice is one answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service import clock
from service.api.console.consent_sides import SOURCES, consent_lines
from service.api.console.household_consents import day_from
from service.api.console.showing import back_to, done_words, id_of, today_of
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import page, show_again
from service.cohort import queries as cohort
from service.db.tables import Case, Consent, Household, Partner
from service.db.tables.trust import OFFICE
from service.delivery import field
from service.errors import BadInput, EstafetError, NotFound
from service.handoff.asking import meant_by, refuse_consent
from service.handoff.consents import (
    FIELDS,
    AlreadyWithdrawn,
    fields_for,
    record_consent,
    require_theirs,
    state_of,
    withdraw_consent,
)
from service.handoff.queries.accompanied import accompanied, consents_by_case, household_of_parcel
from service.policy import CyclePolicy, ReferralRules
from service.trust.homes import House
from service.trust.queries import partners
from service.trust.rights import Officer

router = APIRouter(prefix="/lapangan/persetujuan", include_in_schema=False)
Facilitator = Annotated[Officer, needs("field.report")]
Text = Annotated[str, Form(max_length=60)]
BASE = router.prefix
MOST = 500
ALOUD = {
    "name": "nama", "nik": "NIK, tetapi sebagian angkanya ditutup", "birth": "tempat dan tanggal lahir",
    "sex": "laki-laki atau perempuan", "address": "alamat rumah", "contact": "nomor telepon", "business": "jenis usaha",
    "product": "apa yang dibuat atau dijual", "capacity": "berapa banyak yang dapat dibuat sebulan",
    "package": "bantuan barang yang sudah diterima", "movement": "kemajuan usaha yang terlihat saat kunjungan",
}  # fmt: skip
"""The fields of a consent as one says them to somebody."""
assert set(ALOUD) == set(FIELDS)


class AnswerMissing(BadInput):
    """Neither yes nor no."""


@router.get("")
def mine(request: Request, officer: Facilitator, house: HouseOf, paket: str = "") -> Response:
    """The households the facilitator accompanies and how each stands; with a parcel's number: straight to its household."""
    now = clock.now(house.home)
    with house.database.read() as session:
        field.facilitator_of(session, officer)
        there = household_of_parcel(session, paket) if re.fullmatch(r"PKT-\d{4}-\d{5,12}", paket, re.ASCII) else None
        if there:
            return RedirectResponse(f"{BASE}/{there[0]}/{there[1]}", status_code=303)
        found = accompanied(session, officer.login, officer.regencies, MOST)
        consents = consents_by_case(session, [id_of(case) for _, case, _ in found])
        rows = [
            {"year": cycle.year, "person": person, "standing": _standing(consents.get(id_of(case), []), person, now)}
            for cycle, case, person in found
        ]
    return page(request, "field_consents.html", {"rows": rows, "most": MOST})


@router.get("/{year}/{household_id}")
def ask(request: Request, year: int, household_id: int, officer: Facilitator, house: HouseOf, penerima: str = "") -> Response:
    """What is recorded, what to read aloud, and the answer; `penerima` names one bank or company."""
    return _page(request, year, household_id, officer, house, penerima[:60])


@router.post("/{year}/{household_id}")
def answer(
    request: Request, year: int, household_id: int, officer: Facilitator, house: HouseOf,
    jawaban: Text = "", penerima: Text = "", asal: Text = "visit", tanggal: Text = "",
    terakhir: Annotated[int, Form(ge=0, le=2_000_000_000)] = 0,
) -> Response:  # fmt: skip
    """Yes or no. `terakhir`: the newest consent the page showed."""
    typed = {"jawaban": jawaban, "asal": asal, "tanggal": tanggal}
    show_again(
        request, lambda error, status: _page(request, year, household_id, officer, house, penerima, typed, error, status)
    )
    if jawaban not in ("ya", "tidak"):
        raise AnswerMissing("", faults=[{"field": "jawaban", "fault": "Pilih jawaban keluarga: setuju atau tidak setuju"}])
    day, told = day_from(tanggal), told_by(officer, house)
    with house.database.write() as session:
        case, rules = _asked(session, officer, year, household_id)
        named = _receiver(session, case, penerima)
        if jawaban == "ya":
            record_consent(session, officer, case, rules, told, receiver=named, source=asal, given_on=day, seen=terakhir)
            done = "persetujuan"
        else:
            taken = refuse_consent(session, officer, case, rules, told, receiver=named, seen=terakhir)
            done = "persetujuan-ditarik" if taken else "tidak-setuju"
    return back_to(f"{BASE}/{year}/{household_id}", done, penerima=penerima)


@router.post("/{year}/{household_id}/{consent_id}/tarik")
def withdraw(request: Request, year: int, household_id: int, consent_id: int, officer: Facilitator, house: HouseOf) -> Response:
    """The household takes one consent back; who taps twice is told that it is taken back."""
    show_again(request, lambda error, status: _page(request, year, household_id, officer, house, "", {}, error, status))
    with house.database.write() as session:
        case, _ = _asked(session, officer, year, household_id)
        found = session.get(Consent, consent_id)
        if found is None or found.case_id != case.id:
            raise NotFound(f"Persetujuan {consent_id} tidak ada pada keluarga ini.")
        with suppress(AlreadyWithdrawn):
            withdraw_consent(session, officer, found, told_by(officer, house))
    return back_to(f"{BASE}/{year}/{household_id}", "persetujuan-ditarik")


def _asked(session: Session, officer: Officer, year: int, household_id: int) -> tuple[Case, ReferralRules]:
    """Raises NoDevice, NotFound, OutsideRegion, NotYourHousehold."""
    field.facilitator_of(session, officer)
    case = cohort.case_of(session, year, household_id)
    require_theirs(session, officer, case)
    return case, CyclePolicy.model_validate(cohort.cycle_of(session, year).policy).referral


def _page(
    request: Request, year: int, household_id: int, officer: Officer, house: House, receiver: str,
    typed: Mapping[str, str] | None = None, error: EstafetError | None = None, status: int = 200,
) -> Response:  # fmt: skip
    today = today_of(request)
    with house.database.read() as session:
        case, rules = _asked(session, officer, year, household_id)
        person = session.get_one(Household, household_id)
        there, named = _there(session, case), _receiver(session, case, receiver)
        lines = consent_lines(session, id_of(case), clock.now(house.home))
        fields = fields_for(named) if named else tuple(FIELDS)
        values = {
            "person": person, "year": year, "here": f"{BASE}/{year}/{household_id}", "lines": lines, "named": named,
            "newest": max((int(line["id"]) for line in lines), default=0), "until": today + timedelta(rules.consent_valid_days),
            "fields": [ALOUD[name] for name in fields], "sources": SOURCES,
            "offices": [one.name for one in there if one.agency_kind == OFFICE],
            "others": [one for one in there if one.agency_kind != OFFICE],
            "registry_yes": bool(person.may_be_referred) and not any(line["is_registry"] for line in lines),
            "would_end": bool(meant_by(session, id_of(case), named)),
        }  # fmt: skip
    faults = list(error.details.get("faults", [])) if error else []
    values |= {"error": error, "faults": faults, "typed": typed or {}, "done": None if error else done_words(request)}
    return page(request, "field_consent.html", values, status)


def _there(session: Session, case: Case) -> list[Partner]:
    """Agencies that may get a household of this regency."""
    found = [one for one in partners(session, "agency") if one.active and not one.is_sandbox]
    return [one for one in found if one.regency_code in (None, case.regency_code)]


def _receiver(session: Session, case: Case, sender: str) -> Partner | None:
    """The agency asked for; none named: every office. Raises NotFound."""
    named = next((one for one in _there(session, case) if one.sender == sender), None)
    if sender and named is None:
        raise NotFound(f"Instansi '{sender}' tidak ada untuk keluarga ini.")
    return named


def _standing(consents: list[Consent], person: Household, now: datetime) -> tuple[str, str]:
    """One word and its tone for the list."""
    alive = [consent for consent in consents if state_of(consent, now) == "berlaku"]
    if alive:
        is_general = any(consent.receiver_id is None for consent in alive)
        return ("Setuju" if is_general else "Setuju untuk penerima tertentu"), "good"
    if any(consent.withdrawn_at for consent in consents):
        return "Tidak setuju atau ditarik", "quiet"
    if consents:
        return "Berakhir, tanyakan lagi", "wait"
    return ("Setuju menurut data awal", "quiet") if person.may_be_referred else ("Belum ditanya", "wait")
