"""How does a test get orders placed with two suppliers who tell by signed callback, and officials who decide?"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from factories import make_cycle, make_household, make_officer, run_step, told_by, verify_decree_of, work_of
from fastapi.testclient import TestClient
from outsider import Outsider, add_outsider, house_of
from sqlmodel import col, select

from service.api.app import create_app
from service.db.session import Database
from service.db.tables import Cycle, InboundMessage, Order, OrderLine, Parcel, Shipment
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.procurement.decisions import accept_order, approve_orders, inspect_order, order_by_number
from service.procurement.inspection import Beside
from service.procurement.queries import order_story
from service.procurement.steps import STEPS
from service.selection.decisions import approve_decree
from service.selection.steps import STEPS as SELECTION
from service.trust.partners import make_link

APPROVER, OPERATOR = make_officer("approver"), make_officer("operator")
PPK, VERIFIER = make_officer("commitment_officer"), make_officer("verifier")
FIRST = "PSN-2021-0001"
FULL = {"P-JAHIT": 1, "P-WARUNG": 3}


class Orders:
    """One district with four parcels of two packages on one order, placed; a second supplier serves the regency too."""

    def __init__(self, database: Database, home: Path, **policy: Any) -> None:
        self.database, self.home = database, home
        self.app = create_app(house_of(database, home), sends=False)
        self.browser = TestClient(self.app, headers={"accept": "text/html"}, follow_redirects=False)
        with database.write() as session:
            made = [add_outsider(session, "supplier", f"pms-{n}") for n in (1, 2)]
            made[0][0].webhook_url = "https://pemasok.example/hook"
            self.partners = [partner.id for partner, _ in made]
            self.suppliers = [Outsider(TestClient(self.app), partner.sender, secret) for partner, secret in made]
            self.links = [f"/r/{make_link(session, partner, date(2099, 1, 1))}" for partner in self.partners]
            for kind in ("warung_sembako", "warung_sembako", "warung_sembako", "jahit"):
                make_household(session, business_type=kind)
            cycle_id = make_cycle(session, quota={"36.01": 4}, policy=CyclePolicy(**policy)).id
        self.work = work_of(database, home, cycle_id, OPERATOR.actor)
        run_step(self.work, "selection", SELECTION, "freeze_registry", "place_households")
        run_step(self.work, "selection", SELECTION, "propose_decree")
        with database.write() as session:
            verify_decree_of(session, cycle_id)
            approve_decree(session, APPROVER, session.get(Cycle, cycle_id), told_by(APPROVER))
        self.work = work_of(database, home, cycle_id, OPERATOR.actor)
        self.procure()

    def procure(self) -> None:
        """Drafted, approved, placed; letters printed."""
        run_step(self.work, "procurement", STEPS)
        with self.database.write() as session:
            if session.exec(select(Order).where(Order.status == "draft")).first():
                approve_orders(session, PPK, session.get(Cycle, self.work.cycle_id), told_by(PPK))
        run_step(self.work, "procurement", STEPS)

    def tell(self, kind: str, by: int = 0, message_id: str | None = None, **said: Any) -> str:
        """By signed callback: how it was taken, or the refusal's status."""
        if "items" in said:
            said["items"] = [{"package": code, "count": count} for code, count in said["items"].items()]
        answer = self.suppliers[by].tell(f"order.{kind}", {"order": FIRST, **said}, message_id)
        return answer.json().get("result") or str(answer.status_code)

    def ship(self, **said: Any) -> None:
        assert [self.tell("confirmed"), self.tell("shipped", **said)] == ["applied", "applied"]

    def inspect(self, passed: dict[str, int], number: str = FIRST, beside: Beside | None = None) -> None:
        with self.database.write() as session:
            found = beside or Beside(samples_opened=1)
            inspect_order(session, VERIFIER, order_by_number(session, number), passed, told_by(VERIFIER), found)

    def accept(self, number: str = FIRST) -> Any:
        with self.database.write() as session:
            return accept_order(session, PPK, order_by_number(session, number), told_by(PPK))

    def rows(self, table: Any) -> Any:
        with self.database.read() as session:
            return session.exec(select(table).order_by(col(table.id))).all()

    def status(self, number: str = FIRST) -> str:
        with self.database.read() as session:
            return order_by_number(session, number).status

    def arrived(self) -> dict[str, int | None]:
        with self.database.read() as session:
            return {line.package: line.arrived for line in order_story(session, FIRST).lines}

    def events(self, number: str = FIRST) -> list[str]:
        with self.database.read() as session:
            return [move.event for move in order_story(session, number).moves]

    def parcels(self) -> list[tuple[str, int | None, int | None]]:
        """(status, order, order that failed it)."""
        return [(one.status, one.order_id, one.former_order_id) for one in self.rows(Parcel)]

    def refs(self) -> list[str]:
        return [one.ref for one in self.rows(Shipment)]

    def results(self) -> list[str]:
        return [one.result for one in self.rows(InboundMessage)]


__all__ = ["FIRST", "FULL", "OPERATOR", "PPK", "VERIFIER", "OrderLine", "Orders", "Subject"]
