"""Which waiting parcel takes a package that lies at its point already, instead of being ordered again?

Only the same version of the same package, whole, at the same point. The goods were paid for once, so no order is charged.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from service.db import spares
from service.db.history import record_moves
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.procurement.queries.stock import cases_of_parcels
from service.stage import Done, Work


def parcels_served_by_stock(session: Session, work: Work) -> Sequence[int]:
    return spares.parcels_to_give(session, work.cycle_id)


def give_from_stock(work: Work, ids: list[int]) -> Done:
    """The parcel is at its point at once, and its household's goods count as ordered."""
    told = work.told("FROM_STOCK")
    with work.database.write() as session:
        given = spares.give(session, work.cycle_id, ids, told.at)
        moved = record_moves(session, Subject.PARCEL, given, "planned", "arrived", told)
        spares.take_back(session, set(given) - set(moved))
        record_moves(session, Subject.CASE, cases_of_parcels(session, moved), "decreed", "ordered", told)
        if moved:
            owe_kick(session, "delivery", work.cycle.year, told.at)
    return Done(len(moved))
