"""Which values do the letters of a referral print?

Pure: rows in, values out, as the templates `referral` and `referral_sheet` ask for them (`service.letters` lists them).
What is not known is left out; a template that needs it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from service.business import named
from service.clock import WIB
from service.db.tables import Letter
from service.db.tables.trust import OFFICE
from service.handoff.clocks import terms_of
from service.handoff.consents import fields_for
from service.handoff.needs import needs_of
from service.handoff.queries.letters import Sheet
from service.handoff.services import label_of_service
from service.letters.wording import day_as_written, grouped, long_date, rupiah
from service.policy import CyclePolicy
from service.regions import name_of
from service.trust.sealing import Sealer, masked
from service.working_days import add_working_days

HIDDEN_NIK = "*" * 16
PROVINCE_NAME = "Provinsi Banten"
MOVEMENT = "Ekonomi rumah tangga bergerak menurut kunjungan pendamping tanggal {day}."
UNKNOWN = "belum dicatat"
MONEY = ("omzet", "turnover", "laba", "profit", "pendapatan", "penghasilan", "income", "modal", "tabungan", "rupiah")
YES_NO = {True: "ya", False: "tidak"}

Values = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """What the letters of one run share. `day`: on which a draft is shown; without it letters bear the day of signing."""

    frame: Mapping[str, Any]
    policy: CyclePolicy
    year: int
    sealer: Sealer | None = None
    day: date | None = None


def cover_values(sheets: Sequence[Sheet], run: Frame, decree: Letter | None) -> Values:
    """The letter to one agency with the list of its households; `sheets` are those of one batch."""
    batch, agency = sheets[0].batch, sheets[0].agency
    row = _row if "package" in fields_for(agency) else _least_row
    signed = {"number": decree.number, "dated_on": decree.dated_on} if decree and decree.number else None
    return _known(
        {
            **_common(sheets[0], run), "code": batch.letter_code, "batch_number": batch.number,
            "agency_place": place_of(sheets[0]), "agency_head": "Kepala" if agency.agency_kind == OFFICE else "Pimpinan",
            "rows": [row(sheet) for sheet in sheets], "decree": signed if "package" in fields_for(agency) else None,
            "copies": list(dict.fromkeys([*(batch.copies or ()), *run.policy.referral.copies])),
        }
    )  # fmt: skip


def _row(sheet: Sheet) -> Values:
    home = sheet.household
    return {
        "number": sheet.referral.number, "name": home.name, "village": name_of(home.village_code),
        "district": name_of(home.district_code), "business": business_of(sheet), "needs": ", ".join(asked_of(sheet)),
    }  # fmt: skip


def _least_row(sheet: Sheet) -> Values:
    home = sheet.household
    return {
        "number": sheet.referral.number, "name": home.name, "product": home.product or UNKNOWN,
        "capacity": grouped(home.monthly_capacity) if home.monthly_capacity else UNKNOWN, "needs": ", ".join(asked_of(sheet)),
    }  # fmt: skip


def sheet_values(sheet: Sheet, run: Frame, code: str | None) -> Values:
    """One household's sheet, with what its agency may see; the NIK only masked, the phone in full because the agency must
    reach the household."""
    seen = frozenset(fields_for(sheet.agency))
    parts: dict[str, Callable[[], Values]] = {
        "nik": lambda: {"nik": _nik(sheet, run.sealer), "household": sheet.household.id},
        "birth": lambda: {"birth_place": sheet.household.birth_place, "birth_on": sheet.household.birth_on},
        "sex": lambda: {"sex": sheet.household.sex},
        "address": lambda: _address(sheet),
        "contact": lambda: {"phone": _phone(sheet, run.sealer)},
        "business": lambda: {"business": business_of(sheet), "business_since": sheet.household.business_since},
        "product": lambda: {"product": sheet.household.product},
        "capacity": lambda: {"monthly_capacity": sheet.household.monthly_capacity},
        "package": lambda: {"package": sheet.package, "handed_over_on": _handed_on(sheet)},
        "movement": lambda: {"movement": _movement(sheet), "indicators": indicators_of(sheet)},
    }
    values = {
        **_common(sheet, run), "code": code, "referral_number": sheet.referral.number, "hop": sheet.referral.hop,
        "name": sheet.household.name, "needs": list(asked_of(sheet)), "why_agency": sheet.referral.why_agency,
        "register_number": sheet.referral.register_number,
    }  # fmt: skip
    for field, part in parts.items():
        values |= part() if field in seen else {}
    return _known(values)


def asked_of(sheet: Sheet) -> tuple[str, ...]:
    """The services this referral asks for, in words; those of the business where none were noted."""
    codes = sheet.referral.services
    return tuple(map(label_of_service, codes)) if codes else needs_of(sheet.household.business_type)


def _nik(sheet: Sheet, sealer: Sealer | None) -> str:
    return masked(sealer.unseal("nik", sheet.household.nik_sealed)) if sealer else HIDDEN_NIK


def _phone(sheet: Sheet, sealer: Sealer | None) -> str | None:
    sealed = sheet.household.phone_sealed
    return sealer.unseal("phone", sealed) if sealer and sealed else None


def _address(sheet: Sheet) -> Values:
    home = sheet.household
    return {
        "address": home.address, "rt": home.rt, "rw": home.rw, "village": name_of(home.village_code),
        "district": name_of(home.district_code), "facilitator": home.facilitator_code,
    }  # fmt: skip


def _handed_on(sheet: Sheet) -> date | None:
    return sheet.handed_over_at.astimezone(WIB).date() if sheet.handed_over_at else None


def _movement(sheet: Sheet) -> str | None:
    return MOVEMENT.format(day=long_date(sheet.visit.visited_on)) if sheet.visit else None


def signed_on(sheet: Sheet) -> date:
    assert sheet.batch.signed_at is not None
    return sheet.batch.signed_at.astimezone(WIB).date()


@dataclass(frozen=True)
class Asked:
    """By when an agency is to acknowledge, and by when to decide at the latest; it decides `decide` days after the former."""

    acknowledge: int
    decide: int
    received_by: date
    answer_by: date


def asked_until(sheet: Sheet, policy: CyclePolicy, day: date | None = None) -> Asked:
    """Working days, by the agency's own terms where it has some. `day`: another's instead of the day it was sent."""
    terms, began = terms_of(policy.terms, sheet.agency.terms), day or _sent_on(sheet)
    first, both = terms.acknowledge, terms.acknowledge + terms.decide
    received, answered = (_day_after(began, days, policy.local_holidays) for days in (first, both))
    return Asked(first, terms.decide, received, answered)


def _sent_on(sheet: Sheet) -> date:
    """The day of signing; of a referral that was completed and is sent again, the day of that."""
    is_again = sheet.referral.status == "sent"
    return sheet.referral.status_since.astimezone(WIB).date() if is_again else signed_on(sheet)


@lru_cache(maxsize=64)
def _day_after(signed: date, days: int, local_holidays: tuple[date, ...]) -> date:
    return add_working_days(signed, days, local_holidays)


def place_of(sheet: Sheet) -> str:
    return name_of(sheet.agency.regency_code) if sheet.agency.regency_code else PROVINCE_NAME


def business_of(sheet: Sheet) -> str:
    return named(sheet.household.business_type, sheet.household.business_text) or "Usaha belum terinci"


def indicators_of(sheet: Sheet) -> list[dict[str, str]]:
    told = sheet.visit.indicators if sheet.visit else {}
    return [{"label": _label(name), "value": _written(name, value)} for name, value in told.items() if value is not None]


def _label(name: str) -> str:
    """What a facilitator's device called it, as people write it."""
    words = str(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _written(name: str, value: Any) -> str:
    """Yes or no, rupiah where the name is one of money, a day in words."""
    if isinstance(value, bool):
        return YES_NO[value]
    if isinstance(value, int) and any(word in name.lower() for word in MONEY):
        return rupiah(value)
    return grouped(value) if isinstance(value, int | float) else str(day_as_written(value))


def _common(sheet: Sheet, run: Frame) -> Values:
    """A draft has a day, but neither number nor code."""
    day = run.day or signed_on(sheet)
    until = asked_until(sheet, run.policy, run.day)
    return {
        **run.frame, "draft": run.day is not None, "number": None if run.day else sheet.batch.letter_number, "dated_on": day,
        "agency": sheet.agency.name, "regency": name_of(sheet.case.regency_code), "cycle_year": run.year,
        "receipt_days": until.acknowledge, "received_by": until.received_by,
        "answer_days": until.decide, "answer_by": until.answer_by,
        "shown": list(fields_for(sheet.agency)),
    }  # fmt: skip


def _known(values: Values) -> Values:
    """Without what is not known, so that a template may tell it from a blank."""
    return {name: value for name, value in values.items() if value is not None and value != "" and value != []}
