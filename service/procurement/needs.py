"""Which package does each decreed household need, and who needs none any more?"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from service.db.history import Told, record_beginnings, record_move, record_moves
from service.db.tables import Cycle
from service.lifecycle import Subject
from service.procurement import queries
from service.procurement.catalogue import read_catalogue
from service.procurement.changing import install_catalogue
from service.procurement.queries.proposals import accepted_packages
from service.stage import Done, Work


def cases_in_need(session: Session, work: Work) -> Sequence[int]:
    return queries.cases_without_parcel(session, work.cycle_id)


def assign_packages(work: Work, ids: list[int]) -> Done:
    """A parcel for every decreed case: the package that was accepted for it, else the one of its kind of business.

    A cycle without a catalogue gets the default one.
    """
    with work.database.write() as session:
        told = work.told()
        if not queries.packages(session, work.cycle_id):
            install_catalogue(session, session.get_one(Cycle, work.cycle_id), read_catalogue(), told)
        accepted, by_kind = accepted_packages(session, work.cycle_id), queries.package_by_kind(session, work.cycle_id)
        needs = queries.needs(session, work.cycle_id, ids)
        wanted = [(need, accepted.get(need.case_id) or by_kind.get(need.kind or "")) for need in needs]
        first = queries.parcels_numbered(session, work.cycle_id) + 1
        rows = [
            {
                "number": f"PKT-{work.cycle.year}-{number:05d}", "cycle_id": work.cycle_id, "case_id": need.case_id,
                "package_id": package, "district_code": need.district_code, "status": "planned",
                "status_since": told.at, "absences": 0,
            }
            for number, (need, package) in enumerate((one for one in wanted if one[1]), start=first)
        ]  # fmt: skip
        record_beginnings(session, Subject.PARCEL, queries.insert_parcels(session, rows), work.cycle_id, told)
    return Done(len(rows), {need.case_id: "NO_PACKAGE" for need, package in wanted if not package})


def parcels_left_behind(session: Session, work: Work) -> Sequence[int]:
    return queries.parcels_of_the_left(session, work.cycle_id)


def release_parcels(work: Work, ids: list[int]) -> Done:
    """Whoever left needs no parcel. An order not placed yet is cancelled and drafted anew without it, never edited."""
    told = work.told()
    with work.database.write() as session:
        for order_id in queries.orders_not_placed(session, ids):
            why = Told(told.actor, told.at, "HOUSEHOLD_LEFT")
            record_move(session, Subject.ORDER, order_id, "cancelled", why)
            queries.free_parcels(session, order_id, as_failed=False)
        return Done(len(record_moves(session, Subject.PARCEL, ids, "planned", "substituted", told)))
