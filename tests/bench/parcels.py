"""How fast are handover reports with evidence ids taken in, beside a bare endpoint that only inserts the message?

Both run in one process each, over HTTP on a loopback port, with the same senders, durable, on the same kind of database. Ours
believes the signature, keeps the message, moves parcel and case, writes two moves and owes one kick, in one transaction.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from factories import make_cycle, make_parcel_at_point
from outsider import add_outsider
from sqlmodel import update

from service.clock import wall
from service.db.session import Database
from service.db.tables import HandoverEvent, Parcel
from tests.bench import wire
from tests.bench.databases import NAMES, empty_database

REPORTS, SENDERS, ROUNDS = 400, 8, 3


def measure() -> list[dict[str, Any]]:
    return [_ratio(name) for name in NAMES]


def _ratio(name: str) -> dict[str, Any]:
    with empty_database(name) as database, tempfile.TemporaryDirectory(prefix="estafet-bench-") as home:
        numbers, secret = _prepare(database, REPORTS * (ROUNDS + 1))
        bodies = [_body(number) for number in numbers]
        with wire.served(wire.ours, database.address, home) as ours, wire.served(wire.bare, database.address, home) as bare:
            pairs = []
            for round_ in range(ROUNDS + 1):
                part = bodies[round_ * REPORTS : (round_ + 1) * REPORTS]
                pairs.append((_rate(ours, "/callbacks/fas-f01", part, secret), _rate(bare, "/message", part, secret)))
        told = sorted(pairs[1:], key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
        note = f"ours {told[0]:.0f}/s, bare {told[1]:.0f}/s, {SENDERS} senders"
        ratio = round(told[1] / told[0], 2)
        what = "parcel reports: bare insert endpoint / ours"
        return {"what": what, "database": name, "measured": ratio, "goal": 2.0, "unit": "ratio", "note": note}


def _prepare(database: Database, parcels: int) -> tuple[list[str], str]:
    with database.write() as session:
        cycle_id = make_cycle(session).id
        assert cycle_id is not None
        partner, secret = add_outsider(session, "facilitator", "fas-f01")
        event = HandoverEvent(
            number="ACR-2021-001", cycle_id=cycle_id, district_code="36.01.01", held_on=wall().date(), parcels=parcels
        )  # fmt: skip
        session.add(event)
        session.flush()
        numbers = [make_parcel_at_point(session, cycle_id).number for _ in range(parcels)]
        session.execute(update(Parcel).values(facilitator_id=partner.id, event_id=event.id))
    return numbers, secret


def _body(number: str) -> bytes:
    data = {
        "parcel": number, "at": wall().isoformat(), "receiver": "self", "function_tested": True, "photo": "ab" * 32,
        "latitude": -6.3, "longitude": 106.1,
        "items": [{"name": "Beras 5 kg", "count": 10}, {"name": "Minyak goreng 1 l", "count": 24}],
    }  # fmt: skip
    return wire.told("parcel.handed_over", data)


def _rate(port: int, path: str, bodies: list[bytes], secret: str) -> float:
    asked = [wire.signed(path, body, secret, place) for place, body in enumerate(bodies)]
    return wire.rate(port, asked, SENDERS, b"kept" if path == "/message" else b"applied")
