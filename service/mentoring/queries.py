"""What does the database know about newcomers, mentors, visits, and who moved up?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from service.clock import WIB
from service.db.tables import Case, Cycle, Household, Mentorship, Parcel, Partner, Visit
from service.mentoring.movement import Seen
from service.mentoring.pairing import Mentor, Newcomer, Pair

OUTSIDE_COHORT = ("ineligible", "unplaced")
HANDED_ON = ("ready", "referred", "in_service", "concluded")


def cases_without_mentor(session: Session, cycle_id: int) -> list[int]:
    """Verified cases nobody accompanies yet, ascending."""
    chosen = (
        select(col(Case.id))
        .outerjoin(Mentorship, col(Mentorship.case_id) == col(Case.id))
        .where(col(Case.cycle_id) == cycle_id, col(Case.status) == "verified", col(Mentorship.id).is_(None))
    )
    return [i for i in session.execute(chosen.order_by(col(Case.id))).scalars() if i is not None]


def visited_verified_cases(session: Session, cycle_id: int) -> list[int]:
    """Verified cases with at least one visit, ascending."""
    chosen = (
        select(col(Case.id))
        .join(Visit, col(Visit.case_id) == col(Case.id))
        .where(col(Case.cycle_id) == cycle_id, col(Case.status) == "verified")
        .distinct()
    )
    return [i for i in session.execute(chosen.order_by(col(Case.id))).scalars() if i is not None]


def newcomers_among(session: Session, case_ids: Collection[int]) -> list[Newcomer]:
    chosen = select(col(Case.id), col(Household.business_type), col(Household.village_code)).join(
        Household, col(Household.id) == col(Case.household_id)
    )
    return [
        Newcomer(case_id or 0, business, village)
        for part in _parts(case_ids)
        for case_id, business, village in session.execute(chosen.where(col(Case.id).in_(part)))
    ]


def mentors_with_room(session: Session, cycle_id: int, started_by: date, capacity: int) -> list[Mentor]:
    """Households long enough in business and outside the cycle's cohort, with the places they still have."""
    taken_by = (
        select(col(Mentorship.mentor_household_id).label("household_id"), func.count().label("taken"))
        .where(col(Mentorship.cycle_id) == cycle_id)
        .group_by(col(Mentorship.mentor_household_id))
        .subquery()
    )
    chosen = (
        select(
            col(Household.id), col(Household.business_type), col(Household.village_code), func.coalesce(taken_by.c.taken, 0)
        )
        .outerjoin(Case, (col(Case.household_id) == col(Household.id)) & (col(Case.cycle_id) == cycle_id))
        .outerjoin(taken_by, taken_by.c.household_id == col(Household.id))
        .where(col(Household.business_type).is_not(None), col(Household.business_since) <= started_by)
        .where(or_(col(Case.id).is_(None), col(Case.status).in_(OUTSIDE_COHORT)))
        .where(or_(col(Case.placement).is_(None), col(Case.placement) != "DUPLICATE_HOUSEHOLD"))
        .where(func.coalesce(taken_by.c.taken, 0) < capacity)
        .order_by(col(Household.id))
    )  # fmt: skip
    return [
        Mentor(household_id or 0, business, village, capacity - taken)
        for household_id, business, village, taken in session.execute(chosen)
    ]


def keep_pairs(session: Session, cycle_id: int, pairs: Sequence[Pair], at: datetime) -> None:
    if pairs:
        session.execute(
            insert(Mentorship), [{**vars(made), "cycle_id": cycle_id, "paired_at": at} for made in pairs]
        )  # fmt: skip


def visited_case(session: Session, parcel_number: str) -> Any:
    """case_id, status, cycle_id, year, facilitator_id and sender behind a parcel's number; None when there is none."""
    return session.connection().execute(_VISITED_CASE, {"number": parcel_number}).one_or_none()


# Built once: every told visit runs it twice.
_VISITED_CASE: Any = (
    select(
        col(Case.id).label("case_id"), col(Case.status), col(Case.cycle_id), col(Cycle.year),
        col(Parcel.facilitator_id), col(Partner.sender),
    )
    .join(Parcel, col(Parcel.case_id) == col(Case.id))
    .join(Cycle, col(Cycle.id) == col(Case.cycle_id))
    .outerjoin(Partner, col(Partner.id) == col(Parcel.facilitator_id))
    .where(col(Parcel.number) == bindparam("number"))
)  # fmt: skip


def keep_visit(session: Session, **visit: Any) -> None:
    """Insert the visit, or replace what was told for the same case and day."""
    connection = session.connection()
    connection.execute(_keep_visit(connection.dialect.name), visit)


@cache
def _keep_visit(dialect: str) -> Any:
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(Visit.__table__)  # type: ignore[attr-defined]
    told_again = {name: insert.excluded[name] for name in ("movement_seen", "indicators", "reported_by", "reported_at")}
    return insert.on_conflict_do_update(index_elements=["case_id", "visited_on"], set_=told_again)


def handed_on(session: Session, case_ids: Collection[int]) -> Mapping[int, tuple[date, bool]]:
    """By case: the day (WIB) its goods were handed over, and whether the household may be referred."""
    chosen = (
        select(col(Case.id), func.max(col(Parcel.reported_at)), col(Household.may_be_referred))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Parcel, col(Parcel.case_id) == col(Case.id))
        .where(col(Parcel.status) == "verified")
        .group_by(col(Case.id), col(Household.may_be_referred))
    )
    return {
        case_id or 0: (at.astimezone(WIB).date() if at else date.min, consent)
        for part in _parts(case_ids)
        for case_id, at, consent in session.execute(chosen.where(col(Case.id).in_(part)))
    }


def visits_seen(session: Session, case_ids: Collection[int]) -> Mapping[int, list[Seen]]:
    seen: dict[int, list[Seen]] = defaultdict(list)
    for part in _parts(case_ids):
        for visit in session.execute(select(Visit).where(col(Visit.case_id).in_(part))).scalars():
            seen[visit.case_id].append(Seen(visit.visited_on, visit.movement_seen, len(visit.indicators)))
    return seen


def visits_of(session: Session, case_id: int) -> list[Visit]:
    """A household's visits, oldest first."""
    chosen = select(Visit).where(col(Visit.case_id) == case_id).order_by(col(Visit.visited_on))
    return list(session.execute(chosen).scalars())


def mentor_of(session: Session, case_id: int) -> Mentorship | None:
    return session.execute(select(Mentorship).where(col(Mentorship.case_id) == case_id)).scalar_one_or_none()


def mentors_of_cycle(session: Session, cycle_id: int) -> list[dict[str, Any]]:
    """mentor_household_id, name of its head, village_code, business_type and how many newcomers it accompanies."""
    chosen = (
        select(
            col(Mentorship.mentor_household_id), col(Household.name), col(Household.village_code),
            col(Household.business_type), func.count().label("newcomers"),
        )
        .join(Household, col(Household.id) == col(Mentorship.mentor_household_id))
        .where(col(Mentorship.cycle_id) == cycle_id)
        .group_by(
            col(Mentorship.mentor_household_id), col(Household.name), col(Household.village_code),
            col(Household.business_type),
        )
        .order_by(col(Household.village_code), col(Mentorship.mentor_household_id))
    )  # fmt: skip
    return [dict(row) for row in session.execute(chosen).mappings()]


def movement_by_facilitator(session: Session, cycle_id: int) -> list[dict[str, Any]]:
    """How many of each facilitator's households moved up, with evidence.

    By facilitator: verified (goods proven), visited (at least once), moved (latest visit saw movement and names an
    indicator), handed_on (ready for an agency or further).
    """
    chosen = (
        select(col(Partner.sender), col(Case.id), col(Case.status))
        .select_from(Case)
        .join(Parcel, (col(Parcel.case_id) == col(Case.id)) & (col(Parcel.status) == "verified"))
        .join(Partner, col(Partner.id) == col(Parcel.facilitator_id))
        .where(col(Case.cycle_id) == cycle_id)
        .order_by(col(Partner.sender))
    )
    latest = _latest_visits(session, cycle_id)
    counts: dict[str, dict[str, Any]] = {}
    for sender, case_id, status in session.execute(chosen):
        row = counts.setdefault(sender, {"facilitator": sender, "verified": 0, "visited": 0, "moved": 0, "handed_on": 0})
        row["verified"] += 1
        row["visited"] += case_id in latest
        row["moved"] += bool(latest.get(case_id or 0))
        row["handed_on"] += status in HANDED_ON
    return list(counts.values())


def _latest_visits(session: Session, cycle_id: int) -> dict[int, bool]:
    """By visited case: did its latest visit see movement, with an indicator?"""
    chosen = select(Visit).where(col(Visit.cycle_id) == cycle_id).order_by(col(Visit.visited_on))
    return {visit.case_id: visit.movement_seen and bool(visit.indicators) for visit in session.execute(chosen).scalars()}


def _parts(ids: Collection[int], size: int = 500) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
