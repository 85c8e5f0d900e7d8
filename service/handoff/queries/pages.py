"""What do people look up about referrals: an agency's list, batches, letters, hops, what is overdue?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from service.db.tables import Case, Cycle, Household, Letter, Partner, Referral, ReferralBatch
from service.errors import NotFound
from service.handoff.clocks import TERM_OF
from service.handoff.queries.clock import clock_of
from service.handoff.queries.covers import covers_of
from service.handoff.queries.due import deadlines
from service.lifecycle import ENDS, Subject
from service.policy import CyclePolicy

NOT_SENT = ("drafted", "signed")


class NoSuchReferral(NotFound):
    """No referral has that number."""


def referral_by_number(session: Session, number: str) -> Referral:
    """Raises NoSuchReferral."""
    found: Referral | None = session.execute(select(Referral).where(col(Referral.number) == number)).scalar_one_or_none()
    if found is None:
        raise NoSuchReferral(f"Rujukan {number} tidak ada.")
    return found


def batch_by_number(session: Session, number: str) -> ReferralBatch:
    """Raises NotFound."""
    found: ReferralBatch | None = session.execute(
        select(ReferralBatch).where(col(ReferralBatch.number) == number)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(f"Berkas rujukan {number} tidak ada.")
    return found


def referrals_of_agency(
    session: Session, agency_id: int, batch_id: int | None = None, statuses: Sequence[str] = (),
    after_id: int = 0, limit: int = 50,
) -> list[tuple[Referral, Case, Household]]:  # fmt: skip
    """A page of what was sent to one agency, by id (stable while others move)."""
    chosen = (
        select(Referral, Case, Household)
        .join(Case, col(Case.id) == col(Referral.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Referral.agency_id) == agency_id, col(Referral.status).not_in(NOT_SENT), col(Referral.id) > after_id)
        .order_by(col(Referral.id))
        .limit(limit)
    )
    if batch_id is not None:
        chosen = chosen.where(col(Referral.batch_id) == batch_id)
    if statuses:
        chosen = chosen.where(col(Referral.status).in_(statuses))
    return [(row[0], row[1], row[2]) for row in session.execute(chosen)]


@dataclass(frozen=True)
class BatchLine:
    """One batch with its agency and how many referrals are in it."""

    batch: ReferralBatch
    agency: Partner
    referrals: int


def batches(session: Session, cycle_id: int, state: str | None = None) -> list[BatchLine]:
    """Newest first."""
    chosen = (
        select(ReferralBatch, Partner, func.count(col(Referral.id)))
        .join(Partner, col(Partner.id) == col(ReferralBatch.agency_id))
        .join(
            Referral,
            (col(Referral.batch_id) == col(ReferralBatch.id)) & (col(Referral.status) != "withdrawn"),
            isouter=True,
        )
        .where(col(ReferralBatch.cycle_id) == cycle_id)
        .group_by(col(ReferralBatch.id), col(Partner.id))
        .order_by(col(ReferralBatch.id).desc())
    )
    if state:
        chosen = chosen.where(col(ReferralBatch.state) == state)
    return [BatchLine(row[0], row[1], row[2]) for row in session.execute(chosen)]


def batches_awaiting_signature(session: Session, cycle_id: int) -> list[BatchLine]:
    """Those with something to sign."""
    return [line for line in batches(session, cycle_id, "drafted") if line.referrals]


def letters_of_batch(session: Session, batch_id: int) -> list[Letter]:
    """The cover letter in force, then those it replaced, newest first, then the current sheet of each household."""
    sheet_ids = select(col(Referral.letter_id)).where(col(Referral.batch_id) == batch_id)
    number = session.execute(select(col(ReferralBatch.number)).where(col(ReferralBatch.id) == batch_id)).scalar_one()
    sheets = session.execute(select(Letter).where(col(Letter.id).in_(sheet_ids)).order_by(col(Letter.id))).scalars()
    return [*reversed(covers_of(session, number)), *sheets]


def counts_by_agency(session: Session, cycle_id: int) -> dict[int, dict[str, int]]:
    """agency id -> status -> referrals."""
    rows = session.execute(
        select(col(Referral.agency_id), col(Referral.status), func.count())
        .where(col(Referral.cycle_id) == cycle_id)
        .group_by(col(Referral.agency_id), col(Referral.status))
    )
    found: dict[int, dict[str, int]] = {}
    for agency_id, status, count in rows:
        found.setdefault(agency_id, {})[status] = count
    return found


def hops_of(session: Session, case_id: int) -> list[tuple[Referral, Partner]]:
    """Every hop of a case with its agency, oldest first."""
    rows = session.execute(
        select(Referral, Partner)
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .where(col(Referral.case_id) == case_id)
        .order_by(col(Referral.id))
    )
    return [(row[0], row[1]) for row in rows]


def needing_person(session: Session, cycle_id: int, regencies: Sequence[str] = (), limit: int = 200) -> list[Referral]:
    """What no rule decides, longest waiting first; `regencies` empty means all."""
    chosen = select(Referral).where(
        col(Referral.cycle_id) == cycle_id,
        col(Referral.needs_person).is_not(None),
        col(Referral.status).not_in(ENDS[Subject.REFERRAL]),
    )
    if regencies:
        chosen = chosen.join(Case, col(Case.id) == col(Referral.case_id)).where(col(Case.regency_code).in_(regencies))
    return list(session.execute(chosen.order_by(col(Referral.status_since), col(Referral.id)).limit(limit)).scalars())


@dataclass(frozen=True)
class Overdue:
    """A referral whose term is over: who has the baton, and since when it should have moved."""

    referral: Referral
    agency: Partner
    due_at: datetime


def overdue(session: Session, cycle: Cycle, now: datetime, limit: int = 200) -> list[Overdue]:
    """Referrals an agency should have moved by now, the longest overdue first; a clock that stands is not overdue."""
    clock = clock_of(session, CyclePolicy.model_validate(cycle.policy), now)
    rows = [
        (row[0], row[1])
        for row in session.execute(
            select(Referral, Partner)
            .join(Partner, col(Partner.id) == col(Referral.agency_id))
            .where(col(Referral.cycle_id) == cycle.id, col(Referral.status).in_(TERM_OF))
            .order_by(col(Referral.status_since))
        )
    ]
    ends = deadlines(session, clock, [referral for referral, _ in rows])
    late = [
        Overdue(referral, agency, moment)
        for referral, agency in rows
        if (moment := ends[referral.id or 0]) is not None and moment <= now
    ]
    return sorted(late, key=lambda line: line.due_at)[:limit]
