"""What happens when a facilitator tells us of a visit after the handover?

The visit is kept; whether the household is ready follows in the stage. The door's event only says when a visit counts:
one told before the handover is proven is parked, one told of a household already handed on is late and kept for a person.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field
from sqlmodel import Session

from service.db.history import Told
from service.errors import NotAllowed, NotFound
from service.lifecycle import Subject
from service.mentoring import queries
from service.messages.inbox import Door, Found
from service.messages.outbox import owe_kick

STAGE = "mentoring"
Indicator = int | float | bool | Annotated[str, Field(max_length=120)]


class VisitedParcelUnknown(NotFound):
    """No parcel has this number, so no household was visited."""


class NotYourHousehold(NotAllowed):
    """The household is accompanied by another facilitator."""


class VisitTold(BaseModel):
    """`visit.recorded`. `indicators`: what the judgement rests on, e.g. `{"monthly_turnover": 1200000}`."""

    parcel: str = Field(pattern=r"^PKT-\d{4}-\d{5,}$", max_length=30)
    visited_on: date
    movement_seen: bool
    indicators: dict[Annotated[str, Field(max_length=60)], Indicator] = Field(default_factory=dict, max_length=20)


def find_visited(session: Session, data: VisitTold) -> Found:
    """The case behind the parcel. Raises VisitedParcelUnknown."""
    row = queries.visited_case(session, data.parcel)
    if row is None:
        raise VisitedParcelUnknown(f"Paket {data.parcel} tidak dikenal.")
    return Found(row.case_id, row.status, row.facilitator_id)


def visit_recorded(session: Session, case_id: int, data: VisitTold, told: Told) -> None:
    """Told twice for one day, the later word stands."""
    row = queries.visited_case(session, data.parcel)
    if row is None or told.actor != f"partner:{row.sender}":
        raise NotYourHousehold("Rumah tangga ini bukan dampingan pendamping tersebut.")
    queries.keep_visit(
        session, case_id=case_id, cycle_id=row.cycle_id, visited_on=data.visited_on, movement_seen=data.movement_seen,
        indicators=data.indicators, reported_by=told.actor, reported_at=told.at,
    )  # fmt: skip
    owe_kick(session, STAGE, row.year, told.at)


DOORS: dict[str, Door] = {
    "visit.recorded": Door(Subject.CASE, "made_ready", ("facilitator",), VisitTold, find_visited, visit_recorded),
}
