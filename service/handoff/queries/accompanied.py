"""Which households does a facilitator accompany, and what did they agree to?"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.accompanied import accompanied_by
from service.db.tables import Case, Consent, Cycle, Household, Parcel
from service.handoff.queries.work import chunks

OVER = ("closed", "cancelled")


def accompanied(session: Session, login: str, regencies: Collection[str], most: int) -> list[tuple[Cycle, Case, Household]]:
    """In running cycles, by village and name."""
    chosen = (
        select(Cycle, Case, Household)
        .join(Case, col(Case.cycle_id) == col(Cycle.id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Cycle.status).not_in(OVER), accompanied_by(login))
        .order_by(col(Cycle.year).desc(), col(Household.village_code), col(Household.name), col(Case.id))
    )
    if regencies:
        chosen = chosen.where(col(Case.regency_code).in_(regencies))
    return [(row[0], row[1], row[2]) for row in session.execute(chosen.limit(most))]


def household_of_parcel(session: Session, number: str) -> tuple[int, int] | None:
    """(year, household) of a parcel."""
    chosen = (
        select(col(Cycle.year), col(Case.household_id))
        .join(Case, col(Case.cycle_id) == col(Cycle.id))
        .join(Parcel, col(Parcel.case_id) == col(Case.id))
        .where(col(Parcel.number) == number)
    )
    row = session.execute(chosen).first()
    return (row[0], row[1]) if row else None


def consents_by_case(session: Session, case_ids: Collection[int]) -> dict[int, list[Consent]]:
    """All of them, also those taken back."""
    found: dict[int, list[Consent]] = {}
    for chunk in chunks(case_ids):
        for consent in session.execute(select(Consent).where(col(Consent.case_id).in_(chunk))).scalars():
            found.setdefault(consent.case_id, []).append(consent)
    return found
