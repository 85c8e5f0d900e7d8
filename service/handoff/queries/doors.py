"""What stands behind an agency's link: cover letters, what is open for its table, what each referral was told?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import (
    Case,
    Consent,
    Household,
    Letter,
    Move,
    OutboundMessage,
    OutcomeReport,
    Referral,
    ReferralBatch,
    ReferralNote,
)
from service.handoff.months import EARLY, opens_on
from service.handoff.queries.closed import RESTS_ON
from service.handoff.queries.follow_up import IS_OWED
from service.handoff.queries.pages import NOT_SENT
from service.handoff.queries.work import CHUNK, chunks
from service.handoff.sheet_known import Known
from service.lifecycle import Subject
from service.messages.turns import ROUND_STARTS

AT_AGENCY = ("sent", "no_response", "acknowledged", "waitlisted", "accepted", "in_service")


def covers(session: Session, agency_id: int, batch_id: int | None, limit: int = 10) -> Sequence[Letter]:
    """Cover letters to an agency, newest first; of one batch where the link names one."""
    chosen = select(Letter).join(ReferralBatch, col(ReferralBatch.letter_id) == col(Letter.id))
    chosen = chosen.where(col(ReferralBatch.agency_id) == agency_id)
    if batch_id:
        chosen = chosen.where(col(ReferralBatch.id) == batch_id)
    return session.execute(chosen.order_by(col(Letter.id).desc()).limit(limit)).scalars().all()


def owed_reports(session: Session, agency_id: int, batch_id: int | None, today: date, limit: int = 25) -> list[Any]:
    """(number, month, due_on) of reports by month that fall due within a month or are late.

    Those of one household stand together, who is late longest on top.
    """
    chosen = _owed(agency_id, today, col(Referral.number), col(OutcomeReport.month), col(OutcomeReport.due_on))
    if batch_id:
        chosen = chosen.where(col(Referral.batch_id) == batch_id)
    rows = list(session.execute(chosen.order_by(col(OutcomeReport.due_on), col(OutcomeReport.id)).limit(limit)))
    first = {number: due_on for number, _, due_on in reversed(rows)}
    return sorted(rows, key=lambda one: (first[one.number], one.number, one.due_on))


def _owed(agency_id: int, today: date, *columns: Any) -> Any:
    return (
        select(*columns)
        .join(OutcomeReport, col(OutcomeReport.referral_id) == col(Referral.id))
        .join(Consent, RESTS_ON, isouter=True)
        .where(col(Referral.agency_id) == agency_id, col(OutcomeReport.month) > 0)
        .where(col(OutcomeReport.due_on) <= today + EARLY, IS_OWED)
    )


def was_mailed_since(session: Session, key: str, since: datetime) -> bool:
    """Was a mail of this key owed after an instant (business time)?"""
    same = (col(OutboundMessage.kind) == "mail", col(OutboundMessage.subject_key) == key)
    return (
        session.execute(select(col(OutboundMessage.id)).where(*same, col(OutboundMessage.created_at) > since)).first()
        is not None
    )


def known_of(session: Session, agency_id: int, batch_id: int | None, numbers: Sequence[str]) -> dict[str, Known]:
    """What each of these referrals was told in its present round; those that are not the agency's are left out.

    They stay ours until the transaction ends: what another door says meanwhile waits.
    """
    found = list[Referral]()
    for chunk in chunks_of(sorted(set(numbers))):
        chosen = _sent_to(agency_id, batch_id).where(col(Referral.number).in_(chunk)).order_by(col(Referral.id))
        found += session.execute(chosen.with_for_update()).scalars()
    return {row.number: known for row, known in _told(session, found)}


def open_for_sheet(
    session: Session, agency_id: int, batch_id: int | None, today: date
) -> list[tuple[Referral, Household, Known]]:
    """Every referral an agency still has to do something about, with what it said so far; reports asked of what is
    concluded as well."""
    chosen = (
        _sent_to(agency_id, batch_id)
        .add_columns(Household)
        .join(Case, col(Case.id) == col(Referral.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Referral.status).in_(AT_AGENCY) | col(Referral.id).in_(_owed(agency_id, today, col(Referral.id))))
        .order_by(col(Referral.id))
    )
    rows = [(row[0], row[1]) for row in session.execute(chosen)]
    told = _told(session, [row for row, _ in rows])
    return [(row, home, known) for (row, home), (_, known) in zip(rows, told, strict=True)]


def _sent_to(agency_id: int, batch_id: int | None) -> Any:
    chosen = select(Referral).where(col(Referral.agency_id) == agency_id, col(Referral.status).not_in(NOT_SENT))
    return chosen.where(col(Referral.batch_id) == batch_id) if batch_id else chosen


def _this_round(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, frozenset[str]]]:
    """How often it was sent, and what happened since."""
    events, rounds = {referral_id: set[str]() for referral_id in ids}, Counter[int]()
    for chunk in chunks(ids):
        chosen = select(col(Move.subject_id), col(Move.event)).where(
            col(Move.subject) == str(Subject.REFERRAL), col(Move.subject_id).in_(chunk)
        )
        for referral_id, event in session.execute(chosen.order_by(col(Move.id))):
            if event in ROUND_STARTS:
                events[referral_id] = set()
                rounds[referral_id] += 1
            events[referral_id].add(event)
    return {referral_id: (rounds[referral_id], frozenset(told)) for referral_id, told in events.items()}


def _told(session: Session, rows: Sequence[Referral]) -> list[tuple[Referral, Known]]:
    ids = [row.id or 0 for row in rows]
    rounds, reports, lines = _this_round(session, ids), _by(session, OutcomeReport, ids), _by(session, ReferralNote, ids)
    return [(row, _known(row, *rounds[at], reports[at], lines[at])) for at, row in zip(ids, rows, strict=True)]


def _by(session: Session, table: Any, ids: Sequence[int]) -> dict[int, list[Any]]:
    """Rows of a table that hangs on referrals, by referral; every id has a list."""
    found = dict[int, list[Any]]((referral_id, []) for referral_id in ids)
    for chunk in chunks(ids):
        for row in session.execute(select(table).where(table.referral_id.in_(chunk)).order_by(table.id)).scalars():
            found[row.referral_id].append(row)
    return found


def _known(row: Referral, rounds: int, events: frozenset[str], reports: Sequence[Any], notes: Sequence[Any]) -> Known:
    monthly = [report for report in reports if report.month]
    return Known(
        status=row.status, events=events, round=rounds, reason=row.reason, outcome=row.outcome,
        indicators=row.outcome_indicators or {}, register_number=row.register_number, note=row.note,
        waitlist_until=row.waitlist_until,
        reports={r.month: (r.outcome, r.indicators or {}) if r.reported_at else None for r in monthly},
        opens={r.month: opens_on(r.due_on) for r in monthly},
        remarks=frozenset(r.note for r in monthly if r.note),
        lines=frozenset(note.text for note in notes if note.author.startswith("partner:")),
    )  # fmt: skip


def chunks_of(numbers: Sequence[str]) -> list[Sequence[str]]:
    return [numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK)]
