"""Who may tell of a parcel besides its facilitator, and what was told of it twice?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select
from sqlmodel import Session, col

from service.db.tables import Case, Cycle, HandoverConflict, Parcel, Partner

OPEN = "open"


class Colleagues:
    """Facilitators with parcels on the same event; looked up when somebody asks, which few reports need."""

    def __init__(self, session: Session, event_id: int | None) -> None:
        self._session, self._event_id = session, event_id

    def __contains__(self, partner_id: object) -> bool:
        given = {"event": self._event_id or 0, "partner": partner_id}
        return self._session.connection().execute(_AT_EVENT, given).first() is not None


def colleague_named(session: Session, event_id: int | None, sender: str) -> int | None:
    """The partner with this sender, when it has parcels on this event."""
    given = {"event": event_id or 0, "sender": sender}
    return session.connection().execute(_COLLEAGUE_NAMED, given).scalars().first()


def first_report(session: Session, parcel_id: int) -> Any:
    """What counts now: status, doubts, both possible tellers and their senders, cycle, year, regency, and the columns told."""
    own, colleague = _PARTNERS
    chosen: Any = (
        select(
            Parcel, own.c.sender.label("sender"), colleague.c.sender.label("reporter"), col(Cycle.year),
            col(Case.regency_code), own.c.id.label("own_id"),
        )
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Cycle, col(Cycle.id) == col(Parcel.cycle_id))
        .outerjoin(own, own.c.id == col(Parcel.facilitator_id))
        .outerjoin(colleague, colleague.c.id == col(Parcel.reporter_id))
        .where(col(Parcel.id) == parcel_id)
    )  # fmt: skip
    return session.execute(chosen).one()


def open_conflicts(session: Session, parcel_id: int) -> list[tuple[HandoverConflict, Partner]]:
    """Second reports about this parcel that nobody has decided, oldest first, with who told them."""
    chosen = (
        select(HandoverConflict, Partner)
        .join(Partner, col(Partner.id) == col(HandoverConflict.told_by_id))
        .where(col(HandoverConflict.parcel_id) == parcel_id, col(HandoverConflict.state) == OPEN)
        .order_by(col(HandoverConflict.id))
    )
    return [(conflict, partner) for conflict, partner in session.execute(chosen)]


def conflict_counts(session: Session, cycle_id: int, regencies: tuple[str, ...] = ()) -> int:
    """How many parcels of a cycle have a second report that waits for a person."""
    chosen: Any = (
        select(func.count(func.distinct(col(HandoverConflict.parcel_id))))
        .join(Parcel, col(Parcel.id) == col(HandoverConflict.parcel_id))
        .where(col(HandoverConflict.cycle_id) == cycle_id, col(HandoverConflict.state) == OPEN)
    )
    if regencies:
        chosen = chosen.where(func.substr(col(Parcel.district_code), 1, 5).in_(regencies))
    return int(session.execute(chosen).scalar_one())


def conflict_locked(session: Session, conflict_id: int) -> HandoverConflict | None:
    """The row is ours until the transaction ends: of two deciders one waits and finds it decided."""
    chosen = select(HandoverConflict).where(col(HandoverConflict.id) == conflict_id).with_for_update()
    return session.execute(chosen).scalar_one_or_none()


def names_this_file(session: Session, sha256: str) -> int | None:
    """The year of the cycle of a reported parcel that names this file and still waits for its proof."""
    return session.connection().execute(_NAMES_FILE, {"sha256": sha256}).scalars().first()


# Built once: every callback or photo runs them, and building costs more than running.
_PARTNERS = (Partner.__table__.alias("own"), Partner.__table__.alias("colleague"))  # type: ignore[attr-defined]
_AT_EVENT: Any = (
    select(col(Parcel.id))
    .where(col(Parcel.event_id) == bindparam("event"), col(Parcel.facilitator_id) == bindparam("partner"))
    .limit(1)
)
_COLLEAGUE_NAMED: Any = (
    select(col(Partner.id))
    .join(Parcel, col(Parcel.facilitator_id) == col(Partner.id))
    .where(col(Parcel.event_id) == bindparam("event"), col(Partner.sender) == bindparam("sender"))
    .limit(1)
)
_NAMES_FILE: Any = (
    select(col(Cycle.year))
    .join(Parcel, col(Parcel.cycle_id) == col(Cycle.id))
    .where(col(Parcel.photo_sha256) == bindparam("sha256"), col(Parcel.status).in_(("handed_over", "partial")))
    .limit(1)
)
