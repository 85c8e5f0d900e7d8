"""Is a callback lost or doubled when the service is killed with kill -9 again and again while partners send?"""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import NOW
from killed_service import KilledService
from outsider import FLOW, placed_order
from sqlmodel import func, select

from service.clock import wall
from service.db.history import record_beginnings, record_moves
from service.db.tables import InboundMessage, Move, Order
from service.lifecycle import Subject
from service.messages.signatures import signed_headers
from service.trust.homes import House
from service.trust.partners import add_partner

ORDERS, KILLS = 240, 3


def die_now_and_then(service: KilledService, answered: Counter) -> None:
    """Killed when a share of the callbacks has been answered, then started again (by the thread it must not outlive)."""
    for turn in range(1, KILLS + 1):
        ends = time.monotonic() + 60
        while sum(answered.values()) < ORDERS * turn // (KILLS + 1):
            assert time.monotonic() < ends, answered
            time.sleep(0.01)
        service.kill()
        service.start()


def place_orders(house: House) -> str:
    """Orders of one supplier that wait for its confirmation; returns its secret."""
    with house.database.write() as session:
        supplier, secret = add_partner(session, house.sealer, "pemasok-a", "supplier", "Pemasok (contoh)", regency_code="36.01")
        first = placed_order(session, supplier)
        rows = [
            Order(number=f"PSN-2021-{n:04d}", cycle_id=first.cycle_id, supplier_id=supplier.id, district_code="36.01.01",
                  status_since=NOW, amount=1, contract_form="surat_pesanan", drafted_by="flow:test")
            for n in range(2, ORDERS + 1)
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]
        record_beginnings(session, Subject.ORDER, ids, first.cycle_id, FLOW)
        record_moves(session, Subject.ORDER, ids, "draft", "approved", FLOW)
        record_moves(session, Subject.ORDER, ids, "approved", "placed", FLOW)
    return secret


def confirm(port: int, secret: str, number: int) -> str:
    """Send one confirmation with its own message id until the service answers, as a partner's program does."""
    body = json.dumps({
        "type": "order.confirmed", "timestamp": wall().isoformat(), "data": {"order": f"PSN-2021-{number:04d}"}
    }).encode()  # fmt: skip
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", "/callbacks/pemasok-a", body, signed_headers(f"m-{number}", body, [secret], wall()))
            answer = connection.getresponse()
            if answer.status == 202:
                return json.loads(answer.read())["result"]
            assert answer.status >= 500, answer.read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    return "no answer"


@pytest.mark.timeout(240)
def test_every_callback_is_applied_once_though_the_service_dies_again_and_again(house):
    secret, service, answered = place_orders(house), KilledService(house), Counter()
    service.start()

    def tell(number: int) -> None:
        answered[confirm(service.at.port, secret, number)] += 1

    with ThreadPoolExecutor(6) as pool:
        telling = [pool.submit(tell, number) for number in range(1, ORDERS + 1)]
        die_now_and_then(service, answered)
        for one in telling:
            one.result()
    service.kill()

    assert set(answered) <= {"applied", "duplicate"}
    with house.database.read() as session:
        confirmed = session.exec(select(func.count()).select_from(Order).where(Order.status == "confirmed")).one()
        kept = session.exec(select(func.count()).select_from(InboundMessage)).one()
        moves = session.exec(select(func.count()).select_from(Move).where(Move.event == "confirmed")).one()
    assert (confirmed, kept, moves) == (ORDERS, ORDERS, ORDERS)
