"""Which handovers were drawn by lot, how did the checks end, and who told of a parcel?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlmodel import Session, col

from service.db.tables import Case, HandoverConflict, Parcel, Partner, SampleCheck
from service.delivery.queries.pages import AT_HOUSEHOLD
from service.delivery.queries.work import dicts_of, parts_of
from service.delivery.sampling import Proven


def proven_parcels(session: Session, ids: Collection[int]) -> list[Proven]:
    """With who told: a colleague of the assigned facilitator, or that one."""
    teller = func.coalesce(col(Parcel.reporter_id), col(Parcel.facilitator_id))
    chosen = select(col(Parcel.id), col(Parcel.number), teller).where(teller.is_not(None))
    return [Proven(*row) for part in parts_of(ids) for row in session.execute(chosen.where(col(Parcel.id).in_(part)))]


def check_states(session: Session, parcel_ids: Collection[int]) -> dict[int, str]:
    """Parcel id -> state of its check, for those ever drawn."""
    chosen = select(col(SampleCheck.parcel_id), col(SampleCheck.state))
    return {
        row[0]: row[1]
        for part in parts_of(parcel_ids)
        for row in session.execute(chosen.where(col(SampleCheck.parcel_id).in_(part)))
    }


def failed_checks(session: Session, cycle_id: int) -> dict[int, int]:
    """How many checks of each facilitator failed this year."""
    chosen = select(col(SampleCheck.facilitator_id), func.count()).where(
        col(SampleCheck.cycle_id) == cycle_id, col(SampleCheck.state) == "failed"
    )
    return {row[0]: row[1] for row in session.execute(chosen.group_by(col(SampleCheck.facilitator_id)))}


def add_checks(
    session: Session, cycle_id: int, proven: Collection[Proven], drawn: Mapping[int, int], now: datetime
) -> None:  # fmt: skip
    session.add_all(
        SampleCheck(
            cycle_id=cycle_id, parcel_id=one.parcel_id, facilitator_id=one.facilitator_id,
            rate_percent=drawn[one.parcel_id], drawn_at=now,
        )
        for one in proven if one.parcel_id in drawn
    )  # fmt: skip
    session.flush()


def settle_check(session: Session, parcel_id: int, state: str, actor: str, now: datetime, note: str) -> None:
    """How the check of a parcel ended, where one waits."""
    waiting = (col(SampleCheck.parcel_id) == parcel_id, col(SampleCheck.state) == "waiting")
    values = {"state": state, "decided_by": actor, "decided_at": now, "note": note or None}
    session.execute(update(SampleCheck).where(*waiting).values(values))


def check_of(session: Session, parcel_id: int) -> SampleCheck | None:
    return session.execute(select(SampleCheck).where(col(SampleCheck.parcel_id) == parcel_id)).scalar_one_or_none()


def tellers_of(session: Session, parcel_id: int) -> set[str]:
    """Senders of everybody who told of a parcel or was to tell: none of them judges it."""
    told = select(col(HandoverConflict.told_by_id)).where(col(HandoverConflict.parcel_id) == parcel_id)
    chosen = (
        select(col(Partner.sender))
        .select_from(Parcel)
        .join(
            Partner,
            or_(
                col(Partner.id) == col(Parcel.facilitator_id), col(Partner.id) == col(Parcel.reporter_id),
                col(Partner.id).in_(told),
            ),
        )
        .where(col(Parcel.id) == parcel_id)
    )  # fmt: skip
    return set(session.execute(chosen).scalars())


def facilitator_rates(session: Session, cycle_id: int, within: Collection[str] = ()) -> list[dict[str, Any]]:
    """By facilitator: id, facilitator (sender), name, regency_code, parcels, handed_over (told, proven or not), verified,
    disputed, absent, sampled, waiting, failed; `within`: regencies of the households, all when empty."""

    def count(*statuses: str) -> Any:
        return func.sum(case((col(Parcel.status).in_(statuses), 1), else_=0))

    chosen = (
        select(
            col(Partner.id), col(Partner.sender).label("facilitator"), col(Partner.name), func.count().label("parcels"),
            func.min(col(Case.regency_code)).label("regency_code"), count(*AT_HOUSEHOLD).label("handed_over"),
            count("verified").label("verified"), count("disputed").label("disputed"), count("absent").label("absent"),
        )
        .select_from(Parcel)
        .join(Partner, col(Partner.id) == col(Parcel.facilitator_id))
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .where(col(Parcel.cycle_id) == cycle_id)
        .group_by(col(Partner.id), col(Partner.sender), col(Partner.name))
        .order_by(col(Partner.sender))
    )  # fmt: skip
    if within:
        chosen = chosen.where(col(Case.regency_code).in_(within))
    checks = _checks_by_facilitator(session, cycle_id)
    return [{**row, **checks[row["id"]]} for row in dicts_of(session, chosen)]


def _checks_by_facilitator(session: Session, cycle_id: int) -> dict[int, dict[str, int]]:
    counts: dict[int, dict[str, int]] = defaultdict(lambda: {"sampled": 0, "waiting": 0, "failed": 0})
    chosen = select(col(SampleCheck.facilitator_id), col(SampleCheck.state), func.count()).where(
        col(SampleCheck.cycle_id) == cycle_id
    )
    for facilitator_id, state, count in session.execute(
        chosen.group_by(col(SampleCheck.facilitator_id), col(SampleCheck.state))
    ):
        counts[facilitator_id]["sampled"] += count
        if state in ("waiting", "failed"):
            counts[facilitator_id][state] += count
    return counts
