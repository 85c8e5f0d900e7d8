"""Whose cases follow when parcels take goods that lay at their point?"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import Parcel


def cases_of_parcels(session: Session, parcel_ids: Sequence[int]) -> list[int]:
    found: list[int] = []
    for start in range(0, len(parcel_ids), 500):
        chunk = parcel_ids[start : start + 500]
        found += session.scalars(select(col(Parcel.case_id)).where(col(Parcel.id).in_(chunk)))
    return found
