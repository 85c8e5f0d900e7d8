"""How long until a decree of 2,500 or 100,000 households is planned, checked against the money, and drafted as orders?

`python -m tests.bench.orders` (`--small` leaves the 100,000 out). Measured is the stage as it runs: every household gets its
parcel, the budget of each account is summed, orders and their lines are written, with every row of the table of moves.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from factories import NOW, SEALER, household_row, make_cycle, make_officer, make_partner, run_step, told_by, work_of
from sqlalchemy import func, insert, select
from sqlmodel import Session

from service.db.history import record_all_beginnings, record_moves
from service.db.session import Database
from service.db.tables import Case, Cycle, Household, Order, OrderLine, Parcel, RegistryFile
from service.lifecycle import Subject
from service.policy import BudgetAccount, CyclePolicy
from service.procurement.catalogue import Catalogue, read_catalogue
from service.procurement.changing import install_catalogue
from service.procurement.steps import STEPS
from service.regions import districts, regencies
from tests.bench.databases import NAMES, empty_database
from tests.bench.showing import show

GOALS = {2_500: 1.0, 100_000: 30.0}
ACCOUNT, SUPPLIERS = "5.2.02", 3
OFFICER = make_officer("operator")


def measure(small: bool = False) -> list[dict[str, Any]]:
    """Rows `{what, database, measured, goal, unit, note}`."""
    sizes = [2_500] if small else list(GOALS)
    return [_drafted(name, households) for households in sizes for name in NAMES]


def _drafted(name: str, households: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder, empty_database(name) as database:
        work = work_of(database, Path(folder), decreed(database, households), OFFICER.actor)
        told: dict[str, float] = {}
        for step in ("assign_packages", "release_parcels", "draft_orders"):
            began = time.perf_counter()
            done = run_step(work, "procurement", STEPS, step)[step]
            told[step] = time.perf_counter() - began
            if step != "release_parcels" and (done.moved, done.set_aside) != (households, {}):
                raise AssertionError(f"{step}: {done.moved} of {households}, {len(done.set_aside)} set aside")
        orders = _checked(database, households)
    note = f"parcels {told['assign_packages']:.2f}, money and orders {told['draft_orders']:.2f}; {orders:,} orders"
    return {
        "what": f"{households:,} households planned, checked, drafted", "database": name,
        "measured": round(sum(told.values()), 2), "goal": GOALS[households], "unit": "s", "note": note,
    }  # fmt: skip


def _checked(database: Database, households: int) -> int:
    """How many orders there are; every household is on one, and each order's amount is the sum of its lines."""
    with database.read() as session:
        on_order = session.scalars(select(func.count()).where(Parcel.order_id.is_not(None))).one()
        amounts = session.scalars(select(func.sum(Order.amount))).one()
        lines = session.scalars(select(func.sum(OrderLine.quantity * OrderLine.price))).one()
        if on_order != households or amounts != lines:
            raise AssertionError(f"{on_order} on orders, {amounts} and {lines} rupiah")
        return int(session.scalars(select(func.count()).select_from(Order)).one())


def _catalogue() -> Catalogue:
    """The default one, every fourth package from an account of its own."""
    packages = read_catalogue().packages
    return Catalogue(
        packages=tuple(one.model_copy(update={"account": ACCOUNT if at % 4 == 0 else None}) for at, one in enumerate(packages))
    )


def decreed(database: Database, households: int, year: int = 2021) -> int:
    """A cycle with that many decreed households in all districts, suppliers in every regency; its id.

    Another year of the same database selects the same households again.
    """
    policy = CyclePolicy(
        budget_ceiling=2_500_000 * households, other_accounts=(BudgetAccount(code=ACCOUNT, ceiling=2_500_000 * households),)
    )
    with database.write() as session:
        if session.scalars(select(func.count()).select_from(Household)).one() == 0:
            _register(session, households)
        cycle: Cycle = make_cycle(session, year, dict.fromkeys(regencies(), households), policy)
        assert cycle.id is not None
        install_catalogue(session, cycle, _catalogue(), told_by(OFFICER))
        kept = session.execute(select(Household.id, Household.regency_code, Household.district_code)).all()
        session.execute(insert(Case), [_case(cycle.id, at, *row) for at, row in enumerate(kept)])
        ids = session.scalars(select(Case.id).where(Case.cycle_id == cycle.id)).all()
        record_all_beginnings(session, Subject.CASE, cycle.id, told_by(OFFICER))
        record_moves(session, Subject.CASE, ids, "proposed", "placed_within_quota", told_by(OFFICER))
        record_moves(session, Subject.CASE, ids, "selected", "decree_approved", told_by(OFFICER))
        return cycle.id


def _register(session: Session, households: int) -> None:
    places = [district for code in regencies() for district in districts(code)]
    kinds = [kind for package in read_catalogue().packages for kind in package.kinds]
    file = RegistryFile(
        sha256="0" * 64, name="bench.csv", rows=0, added=0, updated=0, unchanged=0, rejected=0, duplicates=0,
        imported_by="user:bench", imported_at=NOW,
    )  # fmt: skip
    session.add(file)
    for code in regencies():
        for number in range(SUPPLIERS):
            make_partner(session, "supplier", f"pms-{code}-{number}", code)
    session.flush()
    plain = household_row(1, file.id).model_dump(exclude={"id"})
    session.execute(insert(Household), [plain | _own(at, places, kinds) for at in range(households)])


def _own(at: int, places: list[str], kinds: list[str]) -> dict[str, Any]:
    district = places[at % len(places)]
    return {
        "nik_lookup": SEALER.lookup("nik", f"{at:016d}"), "kk_lookup": SEALER.lookup("kk", f"{at:016d}"),
        "content_hash": str(at),
        "regency_code": district[:5], "district_code": district, "village_code": f"{district}.2001",
        "business_type": kinds[at % len(kinds)],
    }  # fmt: skip


def _case(cycle_id: int, at: int, household_id: int, regency: str, district: str) -> dict[str, Any]:
    return {
        "cycle_id": cycle_id, "household_id": household_id, "regency_code": regency, "district_code": district,
        "status": "proposed", "status_since": NOW, "score": at % 100,
    }  # fmt: skip


if __name__ == "__main__":
    show(measure("--small" in sys.argv[1:]))
