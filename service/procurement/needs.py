"""Which package does each decreed household need, who needs none any more, and what does all of it come to?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from service.db.history import Told, record_beginnings, record_move, record_moves
from service.db.tables import Cycle
from service.lifecycle import Subject
from service.procurement import queries
from service.procurement.catalogue import read_catalogue
from service.procurement.changing import install_catalogue
from service.procurement.drafting import budgets_of
from service.procurement.queries import need as need_queries
from service.procurement.queries.proposals import accepted_packages, count_of, proposals
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


def overview_of(session: Session, cycle: Cycle, regencies: Sequence[str] = ()) -> dict[str, Any]:
    """For a program: packages needed, money, who waits without one, open proposals (the first page of them)."""
    assert cycle.id is not None
    needed = need_queries.needed_packages(session, cycle.id, regencies)
    return {
        "packages": [
            {"code": one.code, "name": one.name, "total": one.total, "waiting": one.waiting, "by_regency": one.by_regency}
            for one in needed
        ],
        "budgets": [
            {"account": one.account, "ceiling": one.ceiling, "need": one.need, "gap": one.gap, "sentence": one.sentence,
             "ways": [way.sentence for way in one.ways]}
            for one in budgets_of(session, cycle)
        ],
        "without": need_queries.count_without(session, cycle.id, regencies),
        "open": count_of(session, cycle.id, regencies=regencies),
        "proposals": [
            {"id": found.id, "household": case.household_id, "package": package.code, "reason": found.reason,
             "proposed_by": found.proposed_by}
            for found, package, case, _ in proposals(session, cycle.id, regencies=regencies)
        ],
    }  # fmt: skip
