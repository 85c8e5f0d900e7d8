"""What does a facilitator take along on the phone, and who is the facilitator behind an account?"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from service.clock import WIB
from service.db.session import Database
from service.db.tables import HandoverEvent, Partner
from service.delivery import queries
from service.delivery.planning import venue_of
from service.delivery.queries import phone, telling
from service.delivery.reports import STAGE
from service.errors import NotAllowed
from service.lifecycle import Subject, label_of
from service.messages.outbox import owe_kick
from service.regions import name_of
from service.trust.rights import Officer, require, require_region

SHOWN_FOR = timedelta(days=14)
REASONS = {
    "absent": ("Tidak datang", "Sakit", "Pindah", "Bekerja di luar daerah", "Meninggal dunia"),
    "refused": ("Sudah tidak berusaha", "Barang tidak sesuai kebutuhan", "Sudah menerima bantuan lain", "Tidak bersedia"),
}


class NoDevice(NotAllowed):
    """The account is a facilitator's, but no active facilitator has its name as sender."""


def facilitator_of(session: Session, officer: Officer) -> Partner:
    """The partner whose sender is the account's login (`fas-<code>`). Raises NoRight, NoDevice."""
    require(officer, "field.report")
    partner = phone.facilitator_named(session, officer.login)
    if partner is None:
        raise NoDevice(f"Akun {officer.login} belum terhubung dengan pendamping. Hubungi admin di kantor Anda.")
    return partner


def take_along(session: Session, partner: Partner, today: date) -> dict[str, Any]:
    """Own events with everybody on them, so that a household is found though a colleague has it on the list."""
    events = phone.events_for(session, partner.id or 0, today - SHOWN_FOR)
    numbers = {event.id: event.number for event in events}
    rows = phone.households_at(session, [i for i in numbers if i])
    points = queries.points(session, {event.district_code for event in events})
    packages = phone.contents_of(session, {row["package_id"] for row in rows})
    return {
        "events": [_event(event, points.get(event.district_code)) for event in events],
        "parcels": [_parcel(row, numbers[row["event_id"]], partner.id or 0) for row in rows],
        "packages": packages,
        "reasons": REASONS,
    }


def check_region(session: Session, officer: Officer, parcel: str) -> None:
    """An account that works for some regencies reports parcels of these only. Raises OutsideRegion."""
    regency = phone.regency_of_parcel(session, parcel)
    if regency:
        require_region(officer, regency)


def photo_arrived(database: Database, sha256: str, at: datetime) -> None:
    """A report came before its photo: the rules look at it again."""
    with database.read() as session:
        year = telling.names_this_file(session, sha256)
    if year is not None:
        with database.write() as session:
            owe_kick(session, STAGE, year, at)


def _event(event: HandoverEvent, point: Any) -> dict[str, Any]:
    venue, hours = venue_of(event, point), (event.opens_at, event.closes_at)
    return {
        "number": event.number, "held_on": event.held_on.isoformat(), "round": event.round,
        "hours": "-".join(f"{hour.astimezone(WIB):%H.%M}" for hour in hours if hour), "district": name_of(event.district_code),
        "place": venue.name or f"Kantor Kecamatan {name_of(event.district_code)}",
    }  # fmt: skip


def _parcel(row: dict[str, Any], event: str, own_id: int) -> dict[str, Any]:
    return {
        "number": row["number"], "code": row["code"], "event": event, "name": row["name"],
        "village": name_of(row["village_code"]), "rt": row["rt"], "rw": row["rw"], "status": row["status"],
        "label": label_of(Subject.PARCEL, row["status"]), "mine": row["facilitator_id"] == own_id,
        "package": row["package_id"],
    }  # fmt: skip
