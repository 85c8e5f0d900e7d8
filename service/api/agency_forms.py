"""Which answer does a form of the agency's page give, in the words of the webhook, and what is missing on it?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from service.errors import BadInput
from service.faults import faults_of
from service.handoff.follow_up import ESSENTIAL
from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import INDICATORS, OUTCOMES
from service.handoff.replies import REPLIES

REFUSALS = ("declined", "returned")
_FIELD = {
    "note": "catatan", "register_number": "nomor", "text": "pesan", "reason": "alasan", "waitlist_until": "sampai",
    "outcome": "hasil", "indicators": "pembiayaan", "month": "bulan",
}  # fmt: skip
_FIELD_OF = {
    "accepted": {"register_number": "nomor-sanggup"}, "paused": {"reason": "sebab"},
    "outcome_reported": {"note": "catatan-bulan", "indicators": "pembiayaan-bulan", "outcome": "hasil-bulan"},
}  # fmt: skip
"""Where on the page stands what the webhook calls so; it differs where a page has two such fields."""
_REASON_FIELD = {"declined": "alasan", "returned": "alasan", "paused": "sebab"}
_CALLED = {"register_number": "Nomor agenda", "note": "Catatan", "text": "Pesan", "reason": "Sebab"}
REPORTS = ("concluded", "outcome_reported")
PLACE = {"declined": "pilih-putusan", "accepted": "pilih-putusan", "service_started": "pilih-layanan"}


class AnswerIncomplete(BadInput):
    """Something is missing on the form; each fault names its field."""


def event_of(form: FormData) -> str:
    """Raises AnswerIncomplete."""
    event = str(form.get("aksi", ""))
    if event not in REPLIES:
        raise AnswerIncomplete("Pilih jawaban dengan salah satu tombol.")
    return event


def is_number_alone(form: FormData) -> bool:
    """Only the agency's own number of an answer it gave before is to be added or corrected."""
    return form.get("hanya") == "nomor"


def chosen(form: FormData, event: str, most: int) -> list[str]:
    """The numbers ticked. Raises AnswerIncomplete when there is none."""
    numbers = [str(number) for number in form.getlist("rujukan")]
    if not numbers:
        raise AnswerIncomplete("", faults=[_fault(PLACE.get(event, "pilih-baru"), "Centang sedikitnya satu rujukan")])
    return numbers[:most]


def said(event: str, form: FormData, today: date) -> dict[str, Any]:
    """The answer's fields in the words of the webhook. Raises AnswerIncomplete, naming every field."""
    told: dict[str, Any] = {"register_number": _text(form, "nomor") or None, "note": _text(form, "catatan") or None}
    if faults := list(_faults(event, form)):
        raise AnswerIncomplete("", faults=faults)
    told |= {"reason": _text(form, _REASON_FIELD[event])} if event in _REASON_FIELD else {}
    if event == "waitlisted" and _text(form, "sampai"):
        told["waitlist_until"] = _text(form, "sampai")
    if event in REPORTS:
        told |= {"outcome": _text(form, "hasil"), "indicators": _indicators(form)}
    if event == "outcome_reported":
        told["month"] = int(_text(form, "bulan"))
    if event == "note":
        told = {"text": _text(form, "pesan")}
    if (version := _text(form, "versi")[:12]).isdecimal():
        told["version"] = int(version)
    _require_readable(event, told, today)
    return told


def _require_readable(event: str, told: dict[str, Any], today: date) -> None:
    """What the webhook would refuse is refused beside its field, before any referral is touched. Raises AnswerIncomplete."""
    try:
        REPLIES[event].model_validate({**told, "referral": "-"}, context={"today": lambda: today})
    except ValidationError as error:
        places = _FIELD | _FIELD_OF.get(event, {})
        faults = [_fault(places.get(name, "aksi"), _named(name, why)) for name, why in _top(faults_of(error.errors()))]
        raise AnswerIncomplete("", faults=faults) from None


def _top(faults: Iterable[dict[str, str]]) -> Iterable[tuple[str, str]]:
    return ((one["field"].split(".")[0], one["fault"]) for one in faults)


def _named(name: str, why: str) -> str:
    """A sentence that can be read alone, in the list above the form."""
    sentence = f"{_CALLED[name]} {why}" if name in _CALLED and why.startswith("terlalu ") else why
    return sentence[0].upper() + sentence[1:]


def _faults(event: str, form: FormData) -> Iterable[dict[str, str]]:
    if is_number_alone(form) and not _text(form, "nomor"):
        yield _fault(_FIELD_OF.get(event, {}).get("register_number", "nomor"), "Tulis nomor agenda Anda")
    if event in REFUSALS:
        yield from _refusal_faults(form)
    if event == "waitlisted" and _text(form, "sampai") and not re.fullmatch(r"\d{4}-\d\d-\d\d", _text(form, "sampai")):
        yield _fault("sampai", "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2021-12-31")
    if event in REPORTS:
        yield from _report_faults(event, form)
    if event == "paused" and len(_text(form, "sebab")) < 3:
        yield _fault("sebab", "Tulis apa yang ditunggu, misalnya menunggu keluarga melengkapi berkas")
    if event == "note" and not _text(form, "pesan"):
        yield _fault("pesan", "Tulis pesannya")


def _refusal_faults(form: FormData) -> Iterable[dict[str, str]]:
    reason = _text(form, "alasan")
    if reason not in DECLINE_REASONS:
        yield _fault("alasan", "Pilih alasannya")
    if reason == "OTHER" and not _text(form, "catatan"):
        yield _fault("catatan", "Jelaskan alasan lain dengan beberapa kata")


def _report_faults(event: str, form: FormData) -> Iterable[dict[str, str]]:
    if event == "outcome_reported" and not re.fullmatch(r"[1-9]\d?", _text(form, "bulan"), re.ASCII):
        yield _fault("bulan", "Pilih laporan bulan ke berapa")
    if _text(form, "hasil") not in OUTCOMES:
        yield _fault("hasil-bulan" if event == "outcome_reported" else "hasil", "Pilih hasil layanan")
    if event == "outcome_reported":
        yield from (_fault(name, f"Jawab: {INDICATORS[name].lower()}?") for name in ESSENTIAL if not _text(form, name))
    elif not _indicators(form):
        yield _fault("indikator", "Isi sedikitnya satu bukti hasil")


def _indicators(form: FormData) -> dict[str, Any]:
    """Ticked ones are true; an amount is a whole number of rupiah; empty ones are left out."""
    ticked: dict[str, Any] = {str(name): True for name in form.getlist("indikator") if str(name) in INDICATORS}
    asked = {name: _text(form, name) for name in ESSENTIAL}
    ticked |= {name: answer == "ya" for name, answer in asked.items() if answer in ("ya", "tidak")}
    amount = re.sub(r"\D", "", _text(form, "pembiayaan")[:40])
    return ticked | ({"credit_received": int(amount)} if amount else {})


def _text(form: FormData, name: str) -> str:
    """Whole: what is too long is refused by name, never cut."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _fault(field: str, sentence: str) -> dict[str, str]:
    return {"field": field, "fault": sentence}
