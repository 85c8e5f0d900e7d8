"""What stands beside a referral's own fields: its clock, both yardsticks of the household, and what the two offices wrote?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from service.api.console.showing import referral_due, referral_stands, term_words
from service.api.rendering import short_day
from service.clock import WIB
from service.db import listings
from service.db.tables import Consent, Cycle, OutcomeReport, Referral
from service.handoff.follow_up import reckoned
from service.handoff.outcome import label_of_indicator
from service.handoff.queries.follow_up import Success, yardsticks
from service.handoff.queries.thread import notes_of
from service.handoff.services import labels_of
from service.lifecycle import Subject, status_of
from service.policy import CyclePolicy
from service.trust.rights import Officer, may
from service.words import actor_words, code_words


@dataclass(frozen=True)
class Line:
    """One line of the conversation; `is_new`: of the agency, and no officer has marked it as read."""

    who: str
    at: datetime
    text: str
    is_new: bool


@dataclass(frozen=True)
class ReportLine:
    """One report of an agency in words; `reckoned`: what its indicators say, whatever the agency calls it; `is_owed`: still
    asked."""

    agency: str
    what: str
    due_on: date
    made_on: datetime | None
    outcome: str
    indicators: str
    reckoned: str
    is_owed: bool
    is_late: bool


def sides_of(session: Session, officer: Officer, row: Referral, cycle: Cycle, today: date) -> dict[str, Any]:
    names, both = listings.actor_names(session), yardsticks(session, row.case_id)
    assert row.id is not None
    lines = [
        Line(actor_words(note.author, names), note.at, note.text, note.read_at is None and note.author.startswith("partner:"))
        for note in notes_of(session, row.id)
    ]
    consent = session.get(Consent, row.consent_id) if row.consent_id else None
    return {
        "asked": labels_of(row.services or ()), "consent": consent, "lines": lines,
        "movement": both.movement, "success": [_report(one, today) for one in both.success],
        "may_write": may(officer, "referral.write"), **_clock(session, row, CyclePolicy.model_validate(cycle.policy), today),
    }  # fmt: skip


def _clock(session: Session, row: Referral, policy: CyclePolicy, today: date) -> dict[str, str]:
    """By when the agency must move it, or since when and why its clock stands."""
    if status_of(Subject.REFERRAL, row.status).is_end:
        return {"term": "", "paused": ""}
    stands = referral_stands(session, row, policy, today) and row.paused_at is not None
    since = short_day(row.paused_at.astimezone(WIB)) if row.paused_at else ""
    term = term_words(today, referral_due(session, row, policy, today), policy)
    return {"term": term, "paused": f"Sejak {since}: {row.paused_reason}" if stands else ""}


def _report(one: Success, today: date) -> ReportLine:
    report = one.report
    is_owed = report.reported_at is None and one.is_asked
    return ReportLine(
        one.agency.name, f"Bulan ke-{report.month}" if report.month else "Laporan akhir", report.due_on, report.reported_at,
        code_words(report.outcome), _told(report), code_words(reckoned(report.indicators, one.referral.services)),
        is_owed, is_owed and report.due_on < today,
    )  # fmt: skip


def _told(report: OutcomeReport) -> str:
    return ", ".join(f"{label_of_indicator(name)}: {plain(value)}" for name, value in (report.indicators or {}).items())


def plain(value: Any) -> str:
    return {True: "ya", False: "tidak"}[value] if isinstance(value, bool) else str(value)
