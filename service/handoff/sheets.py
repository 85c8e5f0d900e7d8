"""Which values do the letters of a referral print?

Pure: rows in, values out, as the templates `referral` and `referral_sheet` ask for them (`service.letters` lists them).
What is not known is left out; a template that needs it refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from service.business import BY_CODE
from service.clock import WIB
from service.db.tables import Letter
from service.handoff.needs import needs_of
from service.handoff.queries.letters import Sheet
from service.policy import CyclePolicy
from service.regions import name_of
from service.trust.sealing import Sealer, masked
from service.working_days import add_working_days

HIDDEN_NIK = "*" * 16
PROVINCE_NAME = "Provinsi Banten"
MOVEMENT = "Ekonomi rumah tangga bergerak menurut kunjungan pendamping tanggal {day}."
YES_NO = {True: "ya", False: "tidak"}

Values = dict[str, Any]


def cover_values(
    sheets: Sequence[Sheet], frame: Mapping[str, Any], policy: CyclePolicy, year: int, decree: Letter | None
) -> Values:
    """The letter to one agency with the list of its households; `sheets` are those of one batch."""
    rows = [
        {
            "number": sheet.referral.number, "name": sheet.household.name, "village": name_of(sheet.household.village_code),
            "district": name_of(sheet.household.district_code), "business": business_of(sheet),
            "needs": ", ".join(needs_of(sheet.household.business_type)),
        }
        for sheet in sheets
    ]  # fmt: skip
    signed = {"number": decree.number, "dated_on": decree.dated_on} if decree and decree.number else None
    return _known(
        {
            **_common(sheets[0], frame, policy, year), "code": sheets[0].batch.letter_code,
            "batch_number": sheets[0].batch.number, "agency_place": place_of(sheets[0]), "rows": rows, "decree": signed,
        }
    )  # fmt: skip


def sheet_values(
    sheet: Sheet, frame: Mapping[str, Any], policy: CyclePolicy, year: int, code: str, sealer: Sealer | None
) -> Values:
    """One household's sheet; the NIK only masked, the phone in full because the agency must reach the household."""
    home = sheet.household
    nik = masked(sealer.unseal("nik", home.nik_sealed)) if sealer else HIDDEN_NIK
    phone = sealer.unseal("phone", home.phone_sealed) if sealer and home.phone_sealed else None
    return _known(
        {
            **_common(sheet, frame, policy, year), "code": code,
            "referral_number": sheet.referral.number, "household": home.id, "hop": sheet.referral.hop,
            "name": home.name, "nik": nik, "sex": home.sex, "birth_place": home.birth_place, "birth_on": home.birth_on,
            "address": home.address, "rt": home.rt, "rw": home.rw, "village": name_of(home.village_code),
            "district": name_of(home.district_code), "business": business_of(sheet), "business_since": home.business_since,
            "product": home.product, "monthly_capacity": home.monthly_capacity, "package": sheet.package,
            "handed_over_on": sheet.handed_over_at.astimezone(WIB).date() if sheet.handed_over_at else None,
            "movement": MOVEMENT.format(day=sheet.visit.visited_on.strftime("%d-%m-%Y")) if sheet.visit else None,
            "indicators": indicators_of(sheet), "needs": list(needs_of(home.business_type)),
            "why_agency": sheet.referral.why_agency, "facilitator": home.facilitator_code, "phone": phone,
        }
    )  # fmt: skip


def signed_on(sheet: Sheet) -> date:
    assert sheet.batch.signed_at is not None
    return sheet.batch.signed_at.astimezone(WIB).date()


def answer_by(signed: date, policy: CyclePolicy) -> date:
    """Acknowledging and deciding, one after the other."""
    return _day_after(signed, policy.terms.acknowledge + policy.terms.decide, policy.local_holidays)


@lru_cache(maxsize=64)
def _day_after(signed: date, days: int, local_holidays: tuple[date, ...]) -> date:
    return add_working_days(signed, days, local_holidays)


def place_of(sheet: Sheet) -> str:
    return name_of(sheet.agency.regency_code) if sheet.agency.regency_code else PROVINCE_NAME


def business_of(sheet: Sheet) -> str:
    kind = BY_CODE.get(sheet.household.business_type or "")
    return kind.name if kind else (sheet.household.business_text or "Usaha belum terinci")


def indicators_of(sheet: Sheet) -> list[dict[str, str]]:
    told = sheet.visit.indicators if sheet.visit else {}
    return [
        {"label": str(name).replace("_", " "), "value": _written(value)} for name, value in told.items() if value is not None
    ]


def _written(value: Any) -> str:
    return YES_NO[value] if isinstance(value, bool) else str(value)


def _common(sheet: Sheet, frame: Mapping[str, Any], policy: CyclePolicy, year: int) -> Values:
    days = policy.terms.acknowledge + policy.terms.decide
    return {
        **frame, "number": sheet.batch.letter_number, "dated_on": signed_on(sheet), "agency": sheet.agency.name,
        "regency": name_of(sheet.case.regency_code), "cycle_year": year, "answer_days": days,
        "answer_by": answer_by(signed_on(sheet), policy),
    }  # fmt: skip


def _known(values: Values) -> Values:
    """Without what is not known, so that a template may tell it from a blank."""
    return {name: value for name, value in values.items() if value is not None and value != "" and value != []}
