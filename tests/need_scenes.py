"""How does a test get a cycle whose households are decreed, its catalogue, and the officers who change and decide it?"""

from __future__ import annotations

from typing import Any

from factories import make_cycle, make_household, make_officer, make_partner, run_step, told_by, verify_decree_of, work_of
from sqlmodel import col, select

from service.db.tables import Case, Cycle, Parcel
from service.procurement.catalogue import Catalogue
from service.procurement.steps import STEPS
from service.selection.decisions import approve_decree
from service.selection.steps import STEPS as SELECTION

APPROVER, OPERATOR = make_officer("approver"), make_officer("operator")
PPK, FACILITATOR = make_officer("commitment_officer"), make_officer("facilitator")
HERE, THERE = "36.01.01.2001", "36.01.02.2001"


def catalogue(**changes: Any) -> Catalogue:
    """Two packages: P-A for two kinds of business, P-B for sewing; `A` and `B` change fields of theirs."""
    goods = [{"name": "Beras", "quantity": 10, "unit": "kg", "price": 15_000, "tax": 1_500}]
    tools = [
        {"name": "Mesin jahit", "quantity": 1, "unit": "unit", "price": 1_800_000, "test": True},
        {"name": "Kain", "quantity": 2, "unit": "gulung", "price": 100_000},
    ]
    first = {"code": "P-A", "name": "Paket warung", "kinds": ("warung_sembako", "minuman"), "items": goods}
    second = {"code": "P-B", "name": "Paket menjahit", "kinds": ("jahit",), "items": tools}
    return Catalogue.model_validate({"packages": [first | changes.get("A", {}), second | changes.get("B", {})]})


def dearer(price: int) -> dict[str, Any]:
    """A change of P-A's only item."""
    return {"items": [{"name": "Beras", "quantity": 10, "unit": "kg", "price": price, "tax": 1_500}]}


def decreed(database: Any, home: Any, households: list[dict[str, Any]], policy: Any = None, suppliers: int = 1) -> Any:
    """A cycle whose households are decreed, by the real way; returns procurement's work."""
    with database.write() as session:
        for number in range(suppliers):
            make_partner(session, "supplier", f"pms-{number + 1}")
        for fields in households:
            make_household(session, **fields)
        quota = {"36.01": sum(not one.get("regency_code") for one in households)}
        for fields in households:
            if code := fields.get("regency_code"):
                quota[code] = quota.get(code, 0) + 1
        cycle_id = make_cycle(session, quota=quota, policy=policy).id
    run_step(work_of(database, home, cycle_id, OPERATOR.actor), "selection", SELECTION, "freeze_registry", "place_households")
    run_step(work_of(database, home, cycle_id, OPERATOR.actor), "selection", SELECTION, "propose_decree")
    with database.write() as session:
        verify_decree_of(session, cycle_id)
        approve_decree(session, APPROVER, session.get(Cycle, cycle_id), told_by(APPROVER))
    return work_of(database, home, cycle_id, OPERATOR.actor)


def install(database: Any, work: Any, offered: Catalogue) -> Any:
    """Put in as the operator does."""
    from service.procurement.changing import change_catalogue

    with database.write() as session:
        return change_catalogue(session, OPERATOR, session.get(Cycle, work.cycle_id), offered, told_by(OPERATOR))


def assign(work: Any) -> Any:
    return run_step(work, "procurement", STEPS, "assign_packages")["assign_packages"]


def draft(work: Any) -> Any:
    return run_step(work, "procurement", STEPS, "assign_packages", "release_parcels", "draft_orders")["draft_orders"]


def rows(database: Any, table: Any) -> Any:
    with database.read() as session:
        return session.exec(select(table).order_by(col(table.id))).all()


def case_of(database: Any, business: str | None) -> Case:
    """The case of the first household with this business."""
    from service.db.tables import Household

    with database.read() as session:
        found = select(Case).join(Household, col(Household.id) == col(Case.household_id))
        return session.exec(found.where(col(Household.business_type) == business).order_by(col(Case.id))).first()


def package_codes(database: Any) -> list[tuple[str, int]]:
    """(code, version) of every parcel, by parcel."""
    from service.db.tables import Package

    with database.read() as session:
        found = select(Package.code, Package.version).join(Parcel, col(Parcel.package_id) == col(Package.id))
        return [tuple(row) for row in session.exec(found.order_by(col(Parcel.id)))]
