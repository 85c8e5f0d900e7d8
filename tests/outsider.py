"""How does a test speak to the service as a partner: a home, subjects of that partner, signed requests?"""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from factories import NOW, SEALER, make_case, make_cycle, make_household, make_package
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from service.clock import wall
from service.db.history import Told, record_beginnings, record_move
from service.db.session import Database
from service.db.tables import HandoverEvent, Order, Parcel, Partner, Referral, ReferralBatch
from service.lifecycle import Subject
from service.messages.signatures import signed_headers
from service.settings import Settings
from service.trust.homes import House
from service.trust.partners import add_partner

FLOW = Told("flow:test", NOW)


def house_of(database: Database, home: Path, **settings: Any) -> House:
    """A home around a test's database."""
    chosen = Settings(home=home, database_url=database.address, **settings)
    return House(chosen, database, SEALER, home, "rahasia untuk pengujian")


class Outsider:
    """One partner's program: signs with its secret and posts."""

    def __init__(self, client: TestClient, sender: str, secret: str) -> None:
        self.client, self.sender, self.secret = client, sender, secret

    def tell(self, kind: str, data: dict[str, Any], message_id: str | None = None, at: datetime | None = None) -> Any:
        """At `at` (wire time, default now) the message is signed; the answer."""
        body = json.dumps({"type": kind, "timestamp": (at or wall()).isoformat(), "data": data}).encode()
        return self.post(body, message_id, at)

    def post(self, body: bytes, message_id: str | None = None, at: datetime | None = None, path: str = "callbacks") -> Any:
        headers = signed_headers(message_id or f"m-{uuid.uuid4().hex}", body, [self.secret], at or wall())
        return self.client.post(f"/{path}/{self.sender}", content=body, headers=headers)


def add_outsider(session: Session, kind: str, sender: str) -> tuple[Partner, str]:
    agency_kind = "office" if kind == "agency" else None
    return add_partner(session, SEALER, sender, kind, f"{sender} (contoh)", regency_code="36.01", agency_kind=agency_kind)


def placed_order(session: Session, supplier: Partner, number: str = "PSN-2021-0001") -> Order:
    """An order of the supplier, approved and placed, with one line of one package."""
    cycle_id = _cycle_id(session)
    order = Order(
        number=number, cycle_id=cycle_id, supplier_id=supplier.id, district_code="36.01.01", status_since=NOW,
        amount=2_500_000, contract_form="surat_pesanan", drafted_by="flow:test",
    )  # fmt: skip
    return _walked(session, Subject.ORDER, order, cycle_id, "approved", "placed")


def parcel_at_point(session: Session, facilitator: Partner, number: str = "PKT-2021-00001") -> Parcel:
    """A parcel at the delivery point, in an event of the facilitator; its case is ordered."""
    cycle_id = _cycle_id(session)
    case = make_case(session, cycle_id, make_household(session))
    event = HandoverEvent(number=f"ACR-{number}", cycle_id=cycle_id, district_code="36.01.01", held_on=NOW.date(), parcels=1)
    session.add(event)
    session.flush()
    parcel = Parcel(
        number=number, cycle_id=cycle_id, case_id=case.id, package_id=make_package(session, cycle_id).id,
        district_code="36.01.01", status_since=NOW, facilitator_id=facilitator.id, event_id=event.id,
    )  # fmt: skip
    return _walked(session, Subject.PARCEL, parcel, cycle_id, "arrived")


def sent_referral(session: Session, agency: Partner, number: str = "RJK-2021-00001", upto: str = "sent") -> Referral:
    """A referral sent to the agency; its case is referred."""
    cycle_id = _cycle_id(session)
    case = make_case(session, cycle_id, make_household(session))
    for event in ("delivered", "handover_verified", "made_ready", "referred"):
        record_move(session, Subject.CASE, case.id, event, FLOW)
    batch = ReferralBatch(
        number=f"BTC-{number}", cycle_id=cycle_id, agency_id=agency.id, drafted_by="flow:test", drafted_at=NOW
    )  # fmt: skip
    session.add(batch)
    session.flush()
    referral = Referral(
        number=number, cycle_id=cycle_id, case_id=case.id, agency_id=agency.id, batch_id=batch.id, why_agency="contoh",
        status_since=NOW,
    )  # fmt: skip
    return _walked(session, Subject.REFERRAL, referral, cycle_id, *(("signed", "sent") if upto == "sent" else ()))


def handover(parcel: str = "PKT-2021-00001", **changed: Any) -> dict[str, Any]:
    return {
        "parcel": parcel,
        "at": NOW.isoformat(),
        "receiver": "self",
        "items": [{"name": "Beras 5 kg", "count": 10}],
        **changed,
    }


def long_ago() -> datetime:
    return wall() - timedelta(minutes=6)


def _cycle_id(session: Session) -> int:
    from service.db.tables import Cycle

    cycle = session.exec(select(Cycle)).first() or make_cycle(session)
    session.flush()
    assert cycle.id is not None
    return cycle.id


def _walked(session: Session, subject: Subject, row: Any, cycle_id: int, *events: str) -> Any:
    session.add(row)
    session.flush()
    record_beginnings(session, subject, [row.id], cycle_id, FLOW)
    for event in events:
        record_move(session, subject, row.id, event, FLOW)
    session.refresh(row)
    return row
