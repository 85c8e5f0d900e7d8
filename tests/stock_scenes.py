"""How does a test get a year's goods at one point, and everything that can happen to them, through the real functions?"""

from __future__ import annotations

import itertools
from datetime import datetime
from pathlib import Path
from typing import Any

from factories import (
    make_case,
    make_cycle,
    make_household,
    make_officer,
    make_package,
    make_partner,
    run_step,
    told_by,
    work_of,
)
from sqlmodel import col, select

from service.clock import WIB
from service.db.history import Told, record_move
from service.db.session import Database
from service.db.tables import BusinessType, Case, Cycle, Order, Parcel, Partner, SparePackage
from service.delivery.answers import DOORS
from service.delivery.leaving import return_parcel
from service.delivery.reports import Handover, NoHandover
from service.delivery.steps import STEPS as DELIVERY
from service.delivery.steps import verify_parcel
from service.delivery.stock import StockLine, stock_of, write_off_spare
from service.errors import EstafetError
from service.lifecycle import Subject
from service.procurement.answers import DOORS as DOORS_OF_ORDERS
from service.procurement.answers import OrderArrived
from service.procurement.decisions import accept_order, approve_orders, inspect_order, order_by_number
from service.procurement.queries import lines_of
from service.procurement.steps import STEPS as PROCUREMENT

PPK, VERIFIER = make_officer("commitment_officer"), make_officer("verifier")
SECOND = make_officer("verifier", "verifikator-kedua")
AT = datetime(2021, 11, 15, 9, tzinfo=WIB)
ORDERING = ("assign_packages", "release_parcels", "give_from_stock", "draft_orders", "place_orders")
LEAVING = ("release_parcels", "return_refused", "take_into_stock", "raise_claims", "plan_events", "plan_second_events")
_years = itertools.count(2031)


class Point:
    """One cycle of its own: households of two packages at one point, a supplier, a facilitator."""

    def __init__(self, database: Database, home: Path, households: int = 4) -> None:
        self.database, self.home = database, home
        with database.write() as session:
            if session.exec(select(Partner).where(Partner.kind == "supplier")).first() is None:
                make_partner(session, "supplier", webhook_url="https://pemasok.example/hook")
                make_partner(session, "facilitator", "fas-f01")
            self.cycle_id = int(make_cycle(session, year=next(_years)).id or 0)
            session.get_one(Cycle, self.cycle_id).status = "decreed"
            for kind, code in (("warung_sembako", "WRG"), ("jahit", "JHT")):
                package = make_package(session, self.cycle_id, code)
                session.add(
                    BusinessType(cycle_id=self.cycle_id, code=kind, name=kind, family="trade", package_id=package.id or 0)
                )
        for place in range(households):
            self.newcomer(place)

    @property
    def work(self) -> Any:
        return work_of(self.database, self.home, self.cycle_id)

    def newcomer(self, place: int) -> None:
        """A household on a decree (a substitute, say) whose goods nobody ordered yet."""
        kind = "warung_sembako" if place % 2 else "jahit"
        with self.database.write() as session:
            make_case(session, self.cycle_id, make_household(session, business_type=kind), upto="decreed")

    def order(self, _: int = 0) -> None:
        run_step(self.work, "procurement", PROCUREMENT, *ORDERING)
        with self.database.write() as session:
            if session.exec(select(Order).where(Order.cycle_id == self.cycle_id, Order.status == "draft")).first():
                approve_orders(session, PPK, session.get_one(Cycle, self.cycle_id), told_by(PPK))
        run_step(self.work, "procurement", PROCUREMENT, *ORDERING)

    def bring(self, place: int) -> None:
        """The oldest placed order arrives, one package short when `place` is odd, and is inspected and accepted."""
        with self.database.write() as session:
            chosen = select(Order).where(Order.cycle_id == self.cycle_id, Order.status == "placed").order_by(col(Order.id))
            order = session.exec(chosen).first()
            if order is None:
                return
            told = Told("partner:uji", AT)
            record_move(session, Subject.ORDER, order.id or 0, "confirmed", told)
            record_move(session, Subject.ORDER, order.id or 0, "shipped", told)
            counts = self._counts(session, order.id or 0, short=place % 2)
            DOORS_OF_ORDERS["order.arrived"].apply(session, order.id or 0, arrived(order.number, counts), told)
            inspect_order(session, VERIFIER, order_by_number(session, order.number), counts, told_by(VERIFIER))
            if any(counts.values()):
                accept_order(session, PPK, order_by_number(session, order.number), told_by(PPK))

    def _counts(self, session: Any, order_id: int, short: int) -> dict[str, int]:
        counts = {line.package: line.quantity for line in lines_of(session, order_id)}
        first = min(counts)
        counts[first] = max(counts[first] - short, 0)
        return counts

    def tell(self, kind: str, place: int) -> None:
        """The facilitator reports one of the parcels that lie at the point."""
        run_step(self.work, "delivery", DELIVERY, "plan_events")
        with self.database.write() as session:
            parcel = self._pick(session, place, "at_point", "absent")
            if parcel is None or parcel.event_id is None:
                return
            short = {"parcel": parcel.number, "at": AT}
            said = Handover(**short) if kind in ("handed_over", "partial") else NoHandover(**short, reason="uji")
            DOORS[f"parcel.{kind}"].apply(session, parcel.id or 0, said, Told("partner:fas-f01", AT))

    def leave(self, place: int) -> None:
        """A household withdraws, wherever it is."""
        with self.database.write() as session:
            chosen = select(Case).where(Case.cycle_id == self.cycle_id, col(Case.status).in_(("decreed", "ordered")))
            cases = session.exec(chosen.order_by(col(Case.id))).all()
            if cases:
                record_move(session, Subject.CASE, cases[place % len(cases)].id or 0, "withdrew", Told("user:op", AT, "UJI"))

    def judge(self, place: int, accept: bool) -> None:
        with self.database.write() as session:
            parcel = self._pick(session, place, "handed_over", "partial", "disputed")
            if parcel is not None and not (parcel.status == "disputed" and not accept):
                verify_parcel(session, VERIFIER, parcel.id or 0, accept, "diperiksa lewat telepon", told_by(VERIFIER))

    def give_back(self, place: int) -> None:
        with self.database.write() as session:
            parcel = self._pick(session, place, "disputed", "absent", "refused")
            if parcel is not None:
                return_parcel(session, VERIFIER, parcel.id or 0, "barang kembali ke kantor", told_by(VERIFIER))

    def write_off(self, place: int) -> None:
        with self.database.write() as session:
            chosen = select(SparePackage).where(SparePackage.cycle_id == self.cycle_id, SparePackage.state == "spare")
            spares = session.exec(chosen.order_by(col(SparePackage.id))).all()
            if spares:
                write_off_spare(session, SECOND, spares[place % len(spares)].id or 0, "rusak kena air", told_by(SECOND))

    def settle(self, _: int = 0) -> None:
        """What the stage does by itself."""
        run_step(self.work, "delivery", DELIVERY, *LEAVING)

    def lines(self) -> list[StockLine]:
        with self.database.read() as session:
            return stock_of(session, self.cycle_id)

    def sums(self) -> dict[str, int]:
        names = ("arrived", "with_households", "at_point", "free", "written_off", "difference")
        return {name: sum(getattr(line, name) for line in self.lines()) for name in names}

    def spares(self) -> list[SparePackage]:
        with self.database.read() as session:
            chosen = select(SparePackage).where(SparePackage.cycle_id == self.cycle_id).order_by(col(SparePackage.id))
            return list(session.exec(chosen).all())

    def _pick(self, session: Any, place: int, *statuses: str) -> Parcel | None:
        chosen = select(Parcel).where(Parcel.cycle_id == self.cycle_id, col(Parcel.status).in_(statuses))
        found = session.exec(chosen.order_by(col(Parcel.id))).all()
        return found[place % len(found)] if found else None


def arrived(number: str, counts: dict[str, int]) -> Any:
    items = [{"package": code, "count": count} for code, count in counts.items()]
    return OrderArrived.model_validate({"order": number, "items": items})


def tried(act: Any, *arguments: Any) -> None:
    """An act the rules refuse changes nothing; that is what is looked at afterwards."""
    try:
        act(*arguments)
    except EstafetError:
        return


__all__ = ["PPK", "SECOND", "VERIFIER", "Point", "tried"]
