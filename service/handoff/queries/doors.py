"""What stands behind an agency's link: cover letters, what is open for its table, what each referral was told?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Case, Consent, Household, Letter, Move, OutcomeReport, Referral, ReferralBatch
from service.handoff.answers_sheet import Known
from service.handoff.queries.follow_up import ASKED_AT
from service.handoff.queries.pages import NOT_SENT
from service.handoff.queries.work import CHUNK, chunks
from service.lifecycle import Subject
from service.messages.turns import ROUND_STARTS

SOON = timedelta(days=31)
AT_AGENCY = ("sent", "no_response", "acknowledged", "waitlisted", "accepted", "in_service")


def covers(session: Session, agency_id: int, batch_id: int | None, limit: int = 10) -> Sequence[Letter]:
    """Cover letters to an agency, newest first; of one batch where the link names one."""
    chosen = select(Letter).join(ReferralBatch, col(ReferralBatch.letter_id) == col(Letter.id))
    chosen = chosen.where(col(ReferralBatch.agency_id) == agency_id)
    if batch_id:
        chosen = chosen.where(col(ReferralBatch.id) == batch_id)
    return session.execute(chosen.order_by(col(Letter.id).desc()).limit(limit)).scalars().all()


def owed_reports(session: Session, agency_id: int, batch_id: int | None, today: date, limit: int = 25) -> list[Any]:
    """(number, month, due_on) of reports by month that fall due within a month or are late, the earliest first."""
    chosen = (
        select(col(Referral.number), col(OutcomeReport.month), col(OutcomeReport.due_on))
        .join(Referral, col(Referral.id) == col(OutcomeReport.referral_id))
        .join(Consent, col(Consent.id) == col(Referral.consent_id), isouter=True)
        .where(
            col(Referral.agency_id) == agency_id, col(OutcomeReport.month) > 0, col(OutcomeReport.reported_at).is_(None),
            col(OutcomeReport.due_on) <= today + SOON, col(Referral.status).in_(ASKED_AT), col(Consent.withdrawn_at).is_(None),
        )
    )  # fmt: skip
    if batch_id:
        chosen = chosen.where(col(Referral.batch_id) == batch_id)
    return list(session.execute(chosen.order_by(col(OutcomeReport.due_on), col(OutcomeReport.id)).limit(limit)))


def known_of(session: Session, agency_id: int, batch_id: int | None, numbers: Sequence[str]) -> dict[str, Known]:
    """What each of these referrals was told in its present round; those that are not the agency's are left out."""
    found: dict[int, Referral] = {}
    for chunk in chunks_of(numbers):
        chosen = _sent_to(agency_id, batch_id).where(col(Referral.number).in_(chunk))
        found |= {row.id: row for row in session.execute(chosen).scalars() if row.id is not None}
    events = _events_this_round(session, list(found))
    return {row.number: _known(row, events.get(row_id, frozenset())) for row_id, row in found.items()}


def open_for_sheet(session: Session, agency_id: int, batch_id: int | None) -> list[tuple[Referral, Household, Known]]:
    """Every referral an agency still has to do something about, with what it said so far."""
    chosen = (
        _sent_to(agency_id, batch_id)
        .add_columns(Household)
        .join(Case, col(Case.id) == col(Referral.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Referral.status).in_(AT_AGENCY))
        .order_by(col(Referral.id))
    )
    rows = [(row[0], row[1]) for row in session.execute(chosen)]
    events = _events_this_round(session, [row.id or 0 for row, _ in rows])
    return [(row, home, _known(row, events.get(row.id or 0, frozenset()))) for row, home in rows]


def _sent_to(agency_id: int, batch_id: int | None) -> Any:
    chosen = select(Referral).where(col(Referral.agency_id) == agency_id, col(Referral.status).not_in(NOT_SENT))
    return chosen.where(col(Referral.batch_id) == batch_id) if batch_id else chosen


def _events_this_round(session: Session, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    events: dict[int, set[str]] = {}
    for chunk in chunks(ids):
        chosen = select(col(Move.subject_id), col(Move.event)).where(
            col(Move.subject) == str(Subject.REFERRAL), col(Move.subject_id).in_(chunk)
        )
        for referral_id, event in session.execute(chosen.order_by(col(Move.id))):
            if event in ROUND_STARTS:
                events[referral_id] = set()
            events.setdefault(referral_id, set()).add(event)
    return {referral_id: frozenset(told) for referral_id, told in events.items()}


def _known(row: Referral, events: frozenset[str]) -> Known:
    return Known(events, row.reason, row.outcome, row.register_number, row.note)


def chunks_of(numbers: Sequence[str]) -> list[Sequence[str]]:
    return [numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK)]
