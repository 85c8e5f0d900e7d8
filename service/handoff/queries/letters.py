"""What stands on a referral's letters?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from service.db.tables import Case, Decree, Household, Letter, Package, Parcel, Partner, Referral, ReferralBatch, Visit
from service.handoff.queries.work import chunks


@dataclass(frozen=True)
class Sheet:
    """One household's referral with all its sheet says. Rows as read; nothing here is written back."""

    referral: Referral
    case: Case
    household: Household
    batch: ReferralBatch
    agency: Partner
    package: str | None
    handed_over_at: datetime | None
    visit: Visit | None


def sheets(session: Session, ids: Collection[int]) -> list[Sheet]:
    """By referral id."""
    found: list[Sheet] = []
    for chunk in chunks(ids):
        statement = (
            select(Referral, Case, Household, ReferralBatch, Partner)
            .join(Case, col(Case.id) == col(Referral.case_id))
            .join(Household, col(Household.id) == col(Case.household_id))
            .join(ReferralBatch, col(ReferralBatch.id) == col(Referral.batch_id))
            .join(Partner, col(Partner.id) == col(Referral.agency_id))
            .where(col(Referral.id).in_(chunk))
            .order_by(col(Referral.id))
        )
        rows = session.execute(statement).all()
        cases = [row[1].id for row in rows]
        packages, visits = _packages(session, cases), _visits(session, cases)
        for referral, case, household, batch, agency in rows:
            package, at = packages.get(case.id, (None, None))
            found.append(Sheet(referral, case, household, batch, agency, package, at, visits.get(case.id)))
    return found


def _packages(session: Session, case_ids: Collection[int]) -> dict[int, tuple[str, datetime | None]]:
    """case id -> (name of the package proven to be there, when it was reported)."""
    rows = session.execute(
        select(col(Parcel.case_id), col(Package.name), col(Parcel.reported_at))
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .where(col(Parcel.case_id).in_(case_ids), col(Parcel.status) == "verified")
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _visits(session: Session, case_ids: Collection[int]) -> dict[int, Visit]:
    """The last visit at which movement was seen, by case."""
    rows = session.execute(
        select(Visit)
        .where(col(Visit.case_id).in_(case_ids), col(Visit.movement_seen).is_(True))
        .order_by(col(Visit.visited_on))
    ).scalars()
    return {row.case_id: row for row in rows}


def signed_left(session: Session, batch_id: int) -> int:
    chosen = select(func.count()).where(col(Referral.batch_id) == batch_id, col(Referral.status) == "signed")
    return int(session.execute(chosen).scalar_one())


def lock_batch(session: Session, batch_id: int) -> ReferralBatch:
    row: ReferralBatch = session.execute(
        select(ReferralBatch)
        .where(col(ReferralBatch.id) == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    return row


def is_number_used(session: Session, number: str) -> bool:
    """Does any letter of this home, printed or about to be, carry it? (Every book.)"""
    batch = select(col(ReferralBatch.id)).where(col(ReferralBatch.letter_number) == number)
    letter = select(col(Letter.id)).where(col(Letter.number) == number)
    return any(session.execute(chosen.limit(1)).first() for chosen in (batch, letter))


def sheets_missing(session: Session, ids: Collection[int]) -> set[int]:
    """Of revised referrals, those whose renewed sheet is still not there; locked until the transaction ends."""
    chosen = select(col(Referral.id)).where(
        col(Referral.id).in_(ids), col(Referral.status) == "sent", col(Referral.letter_id).is_(None)
    )
    return set(session.execute(chosen.with_for_update()).scalars())


def keep_sheets(session: Session, letters: Mapping[int, int]) -> None:
    """referral id -> its current sheet."""
    if letters:
        rows: list[dict[str, Any]] = [{"id": referral, "letter_id": letter} for referral, letter in letters.items()]
        session.execute(update(Referral), rows)


def supersede_earlier(session: Session, kind: str, subject_key: str, newest_id: int) -> int:
    """Every earlier letter about the same subject leads to the newest; how many there are."""
    done = session.execute(
        update(Letter)
        .where(col(Letter.subject_key) == subject_key, col(Letter.kind) == kind, col(Letter.id) != newest_id)
        .values(superseded_by_id=newest_id)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def decree_letters(session: Session, case_ids: Collection[int]) -> dict[int, Letter]:
    """case id -> the letter of the decree it stands in, where there is one."""
    found: dict[int, Letter] = {}
    for chunk in chunks(case_ids):
        rows = session.execute(
            select(col(Case.id), Letter)
            .join(Decree, col(Decree.id) == col(Case.decree_id))
            .join(Letter, col(Letter.id) == col(Decree.letter_id))
            .where(col(Case.id).in_(chunk))
        )
        found |= {row[0]: row[1] for row in rows}
    return found
