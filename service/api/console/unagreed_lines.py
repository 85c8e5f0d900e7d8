"""Who is ready and is not referred because the household does not agree, in words for the officer?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlmodel import Session

from service.api.console.showing import id_of
from service.api.rendering import short_day
from service.clock import WIB
from service.cohort.queries import Waiting
from service.db.tables import Case, Cycle
from service.handoff.queries.unagreed import Unagreed, referable, unagreed, unagreed_case
from service.lifecycle import Subject
from service.trust.rights import Officer

WHY = "Keluarga tidak menyetujui rujukan"


def why_not_referred(session: Session, case: Case, today: date) -> str:
    """Empty where nothing of the kind holds the household."""
    found = unagreed_case(session, case, today)
    return f"{_why(found)}." if found else ""


def lines_of(session: Session, officer: Officer, cycle: Cycle, today: date) -> list[dict[str, Any]]:
    """Each household by number, with its region and why."""
    return [
        {"household": one.household_id, "regency": one.regency_code, "why": _why(one), "since": one.ready_since}
        for one in unagreed(session, id_of(cycle), today, officer.regencies)
    ]


def only_referable(session: Session, officer: Officer, cycle: Cycle, today: date, waiting: list[Waiting]) -> list[Waiting]:
    """What waits, with only those ready households that can be referred."""
    count, since = referable(session, id_of(cycle), today, officer.regencies)
    kept = [one for one in waiting if (one.subject, one.status) != (Subject.CASE, "ready")]
    ready = [one for one in waiting if one not in kept]
    return kept + [replace(one, count=count, oldest_since=since) for one in ready if since]


def _why(one: Unagreed) -> str:
    if one.withdrawn_at:
        return f"{WHY}: persetujuannya ditarik {short_day(one.withdrawn_at.astimezone(WIB))}"
    if one.expires_on:
        return f"{WHY} lagi: persetujuannya berakhir {short_day(one.expires_on)}"
    return WHY
