"""What happens when the goods of an order come in several shipments, or only some of them come at all?

A shipment is named by its supplier (`ref`); told twice under one name it is one. Without a name an order comes whole, as
one arrival that counts everything. What came is never lost: a supplier who gives up on the way leaves what it brought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from service.db.history import Told, record_move
from service.db.tables import Shipment
from service.errors import NotNow
from service.lifecycle import Subject
from service.procurement import queries
from service.procurement.counting import CountsDontFit, require_known, require_packages
from service.procurement.queries import shipments as kept


class ToldAlready(NotNow):
    """The whole order was told so before; only a shipment with a name of its own can add to it."""


@dataclass(frozen=True)
class Arrival:
    """What is told of goods at the point. `counts` by package code; `is_all`: nothing else is to be waited for."""

    counts: Mapping[str, int]
    ref: str | None = None
    is_all: bool = False
    day: date | None = None
    note: str | None = None


def goods_shipped(
    session: Session, order_id: int, told: Told, ref: str | None, counts: Mapping[str, int], day: date | None, note: str | None
) -> None:
    """Raises ToldAlready, CountsDontFit."""
    require_known([line.package for line in queries.lines_of(session, order_id)], counts)
    if ref is None:
        if kept.order_now(session, order_id).status == "shipped":
            raise ToldAlready("Pengiriman pesanan ini sudah diberitahukan. Sebut nomor kiriman untuk kiriman berikutnya.")
    elif kept.shipment_named(session, order_id, ref):
        return
    else:
        session.add(
            Shipment(order_id=order_id, ref=ref, shipped_on=day, items=dict(counts) or None, told_at=told.at, note=note)
        )
    record_move(session, Subject.ORDER, order_id, "shipped", told, **({"note": note} if note else {}))


def goods_arrived(session: Session, order_id: int, told: Told, arrival: Arrival) -> None:
    """Count what came; the order has arrived when everything came or nothing else is to come.

    Raises:
        ToldAlready, CountsDontFit
    """
    if arrival.ref is None:
        _came_whole(session, order_id, told, arrival)
    else:
        _shipment_came(session, order_id, told, arrival, arrival.ref)


def give_up(session: Session, order_id: int, told: Told, **fields: Any) -> int:
    """The order is cancelled; where something came already it has arrived with that. Returns how many parcels wait again."""
    came = {line.package_id: line.arrived or 0 for line in queries.lines_of(session, order_id)}
    is_on_its_way = kept.order_now(session, order_id).status == "shipped"
    if not (is_on_its_way and any(came.values())):
        record_move(session, Subject.ORDER, order_id, "cancelled", told, **fields)
        return queries.free_parcels(session, order_id)
    record_move(session, Subject.ORDER, order_id, "arrived", told, **fields)
    planned = queries.planned_parcels(session, order_id)
    rest = [parcel for package, parcels in planned.items() for parcel in parcels[came.get(package, 0) :]]
    return kept.leave_behind(session, order_id, rest)


def _came_whole(session: Session, order_id: int, told: Told, arrival: Arrival) -> None:
    """All packages of the order are counted at once; never fewer than its shipments brought already."""
    if kept.order_now(session, order_id).status == "arrived":
        raise ToldAlready("Kedatangan pesanan ini sudah diberitahukan. Sebut nomor kiriman untuk kiriman berikutnya.")
    require_packages(session, order_id, arrival.counts)
    less = [line.package for line in queries.lines_of(session, order_id) if arrival.counts[line.package] < (line.arrived or 0)]
    if less:
        faults = [{"field": "items", "fault": f"paket {code} sudah tiba lebih banyak"} for code in less]
        raise CountsDontFit(f"Hitungan lebih kecil dari yang sudah tiba: {', '.join(less)}.", faults=faults)
    record_move(session, Subject.ORDER, order_id, "arrived", told, **_note(arrival))
    queries.write_counts(session, order_id, "arrived", arrival.counts)


def _shipment_came(session: Session, order_id: int, told: Told, arrival: Arrival, ref: str) -> None:
    lines = queries.lines_of(session, order_id)
    require_known([line.package for line in lines], arrival.counts)
    shipment = kept.shipment_named(session, order_id, ref) or Shipment(order_id=order_id, ref=ref, told_at=told.at)
    if shipment.arrived is not None:
        return
    shipment.arrived, shipment.arrived_on = dict(arrival.counts), arrival.day
    shipment.note = arrival.note or shipment.note
    session.add(shipment)
    totals = {line.package: (line.arrived or 0) + arrival.counts.get(line.package, 0) for line in lines}
    is_over = kept.order_now(session, order_id).status == "arrived"
    is_all = arrival.is_all or is_over or all(totals[line.package] >= line.quantity for line in lines)
    record_move(session, Subject.ORDER, order_id, "arrived" if is_all else "arrived_partly", told, **_note(arrival))
    queries.write_counts(session, order_id, "arrived", totals)


def _note(arrival: Arrival) -> dict[str, str]:
    return {"note": arrival.note} if arrival.note else {}
