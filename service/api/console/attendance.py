"""What do the papers and pages of a handover event say: when, where, who comes, with which code?"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from service import clock
from service.api.rendering import full_day
from service.clock import WIB
from service.db.tables import Cycle, HandoverEvent
from service.delivery.changing import hours_of
from service.delivery.codes import qr_text
from service.delivery.invitations import BRING, Occasion
from service.delivery.planning import venue_of
from service.delivery.queries import attending
from service.letters import letter_frame
from service.policy import CyclePolicy
from service.regions import name_of, regency_of
from service.trust.homes import House


def occasion_of(session: Session, event: HandoverEvent) -> Occasion:
    venue = venue_of(event, attending.point_of(session, event.district_code))
    return Occasion(full_day(event.held_on), hours_of(event), venue, name_of(event.district_code))


def as_given(event: HandoverEvent) -> dict[str, str]:
    """The event as the fields of the form that changes it."""
    return {
        "tanggal": event.held_on.isoformat(),
        "buka": f"{event.opens_at.astimezone(WIB):%H:%M}" if event.opens_at else "",
        "tutup": f"{event.closes_at.astimezone(WIB):%H:%M}" if event.closes_at else "",
        "tempat": event.place or "",
        "lintang": "" if event.latitude is None else str(event.latitude),
        "bujur": "" if event.longitude is None else str(event.longitude),
        "dari": "",
        "kepada": "",
    }


def printed_values(session: Session, house: House, event: HandoverEvent) -> dict[str, Any]:
    """What `attendance.typ` and `invitations.typ` are given; names and villages, no NIK, no phone."""
    cycle = session.get_one(Cycle, event.cycle_id)
    occasion = occasion_of(session, event)
    head = CyclePolicy.model_validate(cycle.policy).letterhead
    is_demo = clock.is_demo_home(house.home)
    return {
        **letter_frame(head, public_url=house.settings.address, home=house.home, synthetic=is_demo),
        "event": event.number, "dated_on": event.held_on, "hours": occasion.hours or "jam kerja", "place": occasion.place,
        "district": occasion.district, "regency": name_of(regency_of(event.district_code)), "cycle_year": cycle.year,
        "bring": BRING, "rows": [_row(row) for row in attending.attendance(session, event.id or 0)],
    }  # fmt: skip


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"], "village": name_of(row["village_code"]), "rt": row["rt"], "rw": row["rw"],
        "package": row["package"], "parcel": row["number"], "facilitator": row["facilitator_name"] or "–",
        "code": row["code"] or "", "qr": qr_text(row["code"]) if row["code"] else "",
    }  # fmt: skip
