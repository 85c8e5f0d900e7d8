"""Which households does a facilitator accompany, and what did they agree to?"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlmodel import Session, col

from service.db.tables import Case, Consent, Cycle, Household, Parcel, Partner
from service.handoff.queries.work import chunks

OVER = ("closed", "cancelled")


def is_accompanied_by(session: Session, case_id: int, login: str) -> bool:
    chosen = select(col(Case.id)).join(Household, col(Household.id) == col(Case.household_id)).where(col(Case.id) == case_id)
    return session.execute(chosen.where(_theirs(login))).first() is not None


def accompanied(session: Session, login: str, regencies: Collection[str], most: int) -> list[tuple[Cycle, Case, Household]]:
    """In running cycles, by village and name."""
    chosen = (
        select(Cycle, Case, Household)
        .join(Case, col(Case.cycle_id) == col(Cycle.id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Cycle.status).not_in(OVER), _theirs(login))
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


def _theirs(login: str) -> Any:
    """Whose parcel was entrusted to the facilitator of this name; before that, whom the registry names with its code."""
    entrusted = exists().where(col(Parcel.case_id) == col(Case.id), col(Parcel.facilitator_id).is_not(None))
    mine = (
        select(col(Parcel.case_id))
        .join(Partner, col(Partner.id) == col(Parcel.facilitator_id))
        .where(col(Partner.sender) == login, col(Partner.kind) == "facilitator")
    )
    named = "fas-" + func.lower(col(Household.facilitator_code)) == login
    return or_(col(Case.id).in_(mine), and_(named, ~entrusted))
