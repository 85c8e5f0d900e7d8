"""What do the handoff's steps need to know, and which set-based writes do they make?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlmodel import Session, col

from service.db.tables import (
    Case,
    Cycle,
    Household,
    Partner,
    Referral,
    ReferralBatch,
    Reminder,
    SetAside,
)
from service.handoff.routing import Agency
from service.lifecycle import ENDS, Subject

CHUNK = 500
OPEN = col(Referral.status).not_in(ENDS[Subject.REFERRAL])
_HAS_EVIDENCE = func.coalesce(col(Referral.note), "") != ""
CASE_ENDED = col(Case.status).in_(ENDS[Subject.CASE])


@dataclass(frozen=True)
class Hop:
    """One referral with what a decision about it needs. `regency_code` is where the household lives now.

    `has_evidence`: the agency said in words what it refers to.
    """

    id: int
    number: str
    case_id: int
    agency_id: int
    status: str
    reason: str | None
    hop: int
    purpose: str
    case_status: str
    regency_code: str
    needs_person: str | None
    has_evidence: bool
    consent_id: int | None


def locked_version(session: Session, referral_id: int) -> int:
    """The version now; on PostgreSQL the row is ours until the transaction ends."""
    session.flush()
    asked = select(col(Referral.version)).where(col(Referral.id) == referral_id).with_for_update()
    return int(session.execute(asked).scalar_one())


def lock_cycle(session: Session, cycle_id: int) -> int:
    """The cycle's year; on PostgreSQL a second drafter waits here, on SQLite there is one writer anyway."""
    return int(session.execute(select(col(Cycle.year)).where(col(Cycle.id) == cycle_id).with_for_update()).scalar_one())


def year_of(session: Session, cycle_id: int) -> int:
    return int(session.execute(select(col(Cycle.year)).where(col(Cycle.id) == cycle_id)).scalar_one())


def ready_cases(session: Session, cycle_id: int, purpose: str) -> list[int]:
    """Ready cases without an open referral for the purpose."""
    has_open = select(col(Referral.case_id)).where(col(Referral.cycle_id) == cycle_id, col(Referral.purpose) == purpose, OPEN)
    chosen = select(col(Case.id)).where(
        col(Case.cycle_id) == cycle_id, col(Case.status) == "ready", col(Case.id).not_in(has_open)
    )
    return list(session.execute(chosen.order_by(col(Case.id))).scalars())


def regencies_of(session: Session, case_ids: Collection[int]) -> dict[int, str]:
    """case id -> regency the household lives in."""
    found: dict[int, str] = {}
    for chunk in chunks(case_ids):
        rows = session.execute(
            select(col(Case.id), col(Household.regency_code))
            .join(Household, col(Household.id) == col(Case.household_id))
            .where(col(Case.id).in_(chunk))
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def earlier_hops(session: Session, case_ids: Collection[int], purpose: str) -> dict[int, list[tuple[int, int, int]]]:
    """case id -> [(hop, referral id, agency id)], oldest first."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for chunk in chunks(case_ids):
        rows = session.execute(
            select(col(Referral.case_id), col(Referral.hop), col(Referral.id), col(Referral.agency_id))
            .where(col(Referral.case_id).in_(chunk), col(Referral.purpose) == purpose)
            .order_by(col(Referral.id))
        )
        for case_id, hop, referral_id, agency_id in rows:
            found.setdefault(case_id, []).append((hop, referral_id, agency_id))
    return found


def agencies(session: Session) -> list[Partner]:
    """Every active agency that takes real households, by id: one for trying out never gets any."""
    rows = session.execute(
        select(Partner)
        .where(col(Partner.kind) == "agency", col(Partner.active).is_(True), col(Partner.is_sandbox).is_(False))
        .order_by(col(Partner.id))
    ).scalars()
    return list(rows)


def as_routed(partners: Iterable[Partner]) -> list[Agency]:
    """The same as routing sees them."""
    return [
        Agency(row.id, row.name, row.regency_code, frozenset(row.services), row.capacity, row.agency_kind)
        for row in partners
        if row.id is not None
    ]


def load_of_agencies(session: Session) -> dict[int, int]:
    """agency id -> open referrals it has, of all cycles."""
    counted = select(col(Referral.agency_id), func.count()).where(OPEN).group_by(col(Referral.agency_id))
    return {row[0]: row[1] for row in session.execute(counted)}


def referrals_numbered(session: Session, cycle_id: int) -> int:
    """How many referral numbers a cycle has given; none is ever deleted."""
    return int(session.execute(select(func.count()).where(col(Referral.cycle_id) == cycle_id)).scalar_one())


def batches_numbered(session: Session, cycle_id: int) -> int:
    return int(session.execute(select(func.count()).where(col(ReferralBatch.cycle_id) == cycle_id)).scalar_one())


def drafted_batches(session: Session, cycle_id: int, drafted_by: str) -> dict[int, ReferralBatch]:
    """agency id -> the batch still to be signed to which this drafter may add; locked until the transaction ends."""
    rows = session.execute(
        select(ReferralBatch)
        .where(
            col(ReferralBatch.cycle_id) == cycle_id,
            col(ReferralBatch.state) == "drafted",
            col(ReferralBatch.drafted_by) == drafted_by,
        )
        .order_by(col(ReferralBatch.id))
        .with_for_update()
    ).scalars()
    return {row.agency_id: row for row in rows}


def close_batch(session: Session, batch_id: int, state: str, to: str, **fields: Any) -> bool:
    """Move a batch on; False when somebody else did."""
    moved = session.execute(
        update(ReferralBatch)
        .where(col(ReferralBatch.id) == batch_id, col(ReferralBatch.state) == state)
        .values(state=to, **fields)
        .execution_options(synchronize_session=False)
    )
    return moved.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def hops(session: Session, chosen: Iterable[int]) -> list[Hop]:
    found: list[Hop] = []
    for chunk in chunks(chosen):
        found += [Hop(*row) for row in session.execute(_hops().where(col(Referral.id).in_(chunk)))]
    return sorted(found, key=lambda hop: hop.id)


def hops_of_batch(session: Session, batch_id: int, status: str) -> list[Hop]:
    rows = session.execute(_hops().where(col(Referral.batch_id) == batch_id, col(Referral.status) == status))
    return sorted((Hop(*row) for row in rows), key=lambda hop: hop.id)


def _hops() -> Any:
    return (
        select(
            col(Referral.id), col(Referral.number), col(Referral.case_id), col(Referral.agency_id), col(Referral.status),
            col(Referral.reason), col(Referral.hop), col(Referral.purpose), col(Case.status), col(Household.regency_code),
            col(Referral.needs_person), _HAS_EVIDENCE, col(Referral.consent_id),
        )
        .join(Case, col(Case.id) == col(Referral.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
    )  # fmt: skip


def to_send(session: Session, cycle_id: int) -> list[int]:
    """Signed referrals, and revised ones whose renewed sheet is still to be made."""
    revised = (col(Referral.status) == "sent") & col(Referral.letter_id).is_(None)
    chosen = select(col(Referral.id)).where(col(Referral.cycle_id) == cycle_id, or_(col(Referral.status) == "signed", revised))
    return list(session.execute(chosen.order_by(col(Referral.id))).scalars())


def to_continue(session: Session, cycle_id: int) -> list[int]:
    """Referrals whose answer, or silence, asks for a next step."""
    given_up = select(col(Reminder.subject_id)).where(
        col(Reminder.subject) == "referral",
        col(Reminder.level) == "give_up",
        col(Reminder.subject_id) == col(Referral.id),
        col(Reminder.status_since) == col(Referral.status_since),
    )
    waits = (col(Referral.status) == "waitlisted") & given_up.exists()
    chosen = select(col(Referral.id)).where(
        col(Referral.cycle_id) == cycle_id,
        or_(col(Referral.status).in_(("declined", "returned", "no_response")), waits),
    )
    return list(session.execute(chosen.order_by(col(Referral.id))).scalars())


def of_ended_cases(session: Session, cycle_id: int, statuses: Collection[str]) -> list[int]:
    """Open referrals of households that have left."""
    chosen = (
        select(col(Referral.id))
        .join(Case, col(Case.id) == col(Referral.case_id))
        .where(col(Referral.cycle_id) == cycle_id, col(Referral.status).in_(statuses), CASE_ENDED)
    )
    return list(session.execute(chosen.order_by(col(Referral.id))).scalars())


def partners_by_id(session: Session, ids: Collection[int]) -> dict[int, Partner]:
    rows = session.execute(select(Partner).where(col(Partner.id).in_(ids))).scalars()
    return {row.id: row for row in rows if row.id is not None}


def mark(session: Session, codes: Mapping[int, str | None]) -> None:
    """Write `needs_person` of many referrals."""
    by_code: dict[str | None, list[int]] = {}
    for referral_id, code in codes.items():
        by_code.setdefault(code, []).append(referral_id)
    for code, ids in by_code.items():
        for chunk in chunks(ids):
            session.execute(
                update(Referral)
                .where(col(Referral.id).in_(chunk))
                .values(needs_person=code)
                .execution_options(synchronize_session=False)
            )


def forget_set_aside(session: Session, *referral_ids: int) -> None:
    """A person or the agency moved it: it is not waiting any more."""
    session.flush()
    session.connection().execute(_FORGET_SET_ASIDE, {"_ids": referral_ids})


_FORGET_SET_ASIDE: Any = delete(SetAside.__table__).where(  # type: ignore[attr-defined]
    col(SetAside.subject) == "referral", col(SetAside.subject_id).in_(bindparam("_ids", expanding=True))
)


def chunks(ids: Iterable[int]) -> list[Sequence[int]]:
    ordered = sorted(set(ids))
    return [ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK)]
