"""Where does every referral of a cycle stand, in its own row and in the table of moves?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from service.db.tables import Case, Move, Partner, Referral, ReferralBatch
from service.handoff.balance import AgencyBalance, Standing, balance


def balance_of(
    session: Session, cycle_id: int, regencies: Sequence[str] = (), agency_id: int | None = None
) -> list[AgencyBalance]:
    """The account of each agency in one cycle; of one agency only, or of these regencies' households, where named."""
    return balance(standings(session, cycle_id, regencies, agency_id))


def standings(session: Session, cycle_id: int, regencies: Sequence[str] = (), agency_id: int | None = None) -> list[Standing]:
    """One for every referral of the cycle, by id."""
    told, last, after = _told(cycle_id, agency_id), aliased(Move), _after(cycle_id)
    left = aliased(Move)
    chosen = (
        select(
            col(Referral.id), col(Referral.number), col(Case.household_id), col(Referral.agency_id), col(Partner.name),
            col(Referral.status), col(last.to_status), func.coalesce(told.c.sent, 0), col(left.from_status),
            col(ReferralBatch.agency_id), func.coalesce(after.c.hops, 0),
        )
        .join(Case, col(Case.id) == col(Referral.case_id))
        .join(Partner, col(Partner.id) == col(Referral.agency_id))
        .join(ReferralBatch, col(ReferralBatch.id) == col(Referral.batch_id))
        .join(told, told.c.referral_id == col(Referral.id), isouter=True)
        .join(last, col(last.id) == told.c.last_id, isouter=True)
        .join(left, col(left.id) == told.c.left_id, isouter=True)
        .join(after, after.c.previous_id == col(Referral.id), isouter=True)
        .where(col(Referral.cycle_id) == cycle_id)
        .order_by(col(Referral.id))
    )  # fmt: skip
    if regencies:
        chosen = chosen.where(col(Case.regency_code).in_(regencies))
    if agency_id is not None:
        chosen = chosen.where(col(Referral.agency_id) == agency_id)
    return [Standing(*row) for row in session.execute(chosen)]


def _told(cycle_id: int, agency_id: int | None) -> Any:
    """referral id -> how often it was sent, its last move, and the move that handed it on."""
    chosen: Any = (
        select(
            col(Move.subject_id).label("referral_id"),
            func.sum(case((col(Move.event) == "sent", 1), else_=0)).label("sent"),
            func.max(col(Move.id)).label("last_id"),
            func.max(case((col(Move.event) == "rerouted", col(Move.id)), else_=None)).label("left_id"),
        )
        .where(col(Move.cycle_id) == cycle_id, col(Move.subject) == "referral")
        .group_by(col(Move.subject_id))
    )
    if agency_id is not None:
        mine = select(col(Referral.id)).where(col(Referral.cycle_id) == cycle_id, col(Referral.agency_id) == agency_id)
        chosen = chosen.where(col(Move.subject_id).in_(mine))
    return chosen.subquery()


def _after(cycle_id: int) -> Any:
    """referral id -> how many referrals say they follow it."""
    return (
        select(col(Referral.previous_id).label("previous_id"), func.count().label("hops"))
        .where(col(Referral.cycle_id) == cycle_id, col(Referral.previous_id).is_not(None))
        .group_by(col(Referral.previous_id))
        .subquery()
    )
