"""Which lines were written about a referral, and which has no officer read yet?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from service.db.tables import Case, Referral, ReferralNote

FROM_AGENCY = col(ReferralNote.author).like("partner:%")


def notes_of(session: Session, referral_id: int) -> list[ReferralNote]:
    """Oldest first."""
    chosen = select(ReferralNote).where(col(ReferralNote.referral_id) == referral_id).order_by(col(ReferralNote.id))
    return list(session.execute(chosen).scalars())


def last_note(session: Session, referral_id: int) -> ReferralNote | None:
    chosen = select(ReferralNote).where(col(ReferralNote.referral_id) == referral_id).order_by(col(ReferralNote.id).desc())
    return session.execute(chosen.limit(1)).scalars().first()


def mark_read(session: Session, referral_id: int, at: datetime) -> int:
    """What the agency wrote is read; how many lines were new."""
    same = (col(ReferralNote.referral_id) == referral_id, col(ReferralNote.read_at).is_(None), FROM_AGENCY)
    done = session.execute(update(ReferralNote).where(*same).values(read_at=at).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def oldest_unread(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> tuple[int, datetime | None]:
    """How many lines of agencies nobody has read, and when the first of them was written."""
    chosen = (
        select(func.count(col(ReferralNote.id)), func.min(col(ReferralNote.at)))
        .join(Referral, col(Referral.id) == col(ReferralNote.referral_id))
        .where(col(Referral.cycle_id) == cycle_id, col(ReferralNote.read_at).is_(None), FROM_AGENCY)
    )
    if regencies:
        chosen = chosen.join(Case, col(Case.id) == col(Referral.case_id)).where(col(Case.regency_code).in_(regencies))
    count, first = session.execute(chosen).one()
    return count, first


def unread(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[tuple[Referral, int]]:
    """Referrals with lines of the agency nobody has read, and how many; the longest waiting first."""
    chosen = (
        select(Referral, func.count(col(ReferralNote.id)))
        .join(ReferralNote, col(ReferralNote.referral_id) == col(Referral.id))
        .where(col(Referral.cycle_id) == cycle_id, col(ReferralNote.read_at).is_(None), FROM_AGENCY)
        .group_by(col(Referral.id))
        .order_by(func.min(col(ReferralNote.id)))
    )
    if regencies:
        chosen = chosen.join(Case, col(Case.id) == col(Referral.case_id)).where(col(Case.regency_code).in_(regencies))
    return [(row[0], row[1]) for row in session.execute(chosen)]
