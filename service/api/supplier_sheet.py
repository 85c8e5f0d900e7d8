"""How does a supplier take its orders as XLSX, and how does the filled list come back?

Every fault of the list is told and nothing of a faulty one is kept; each answer ends in the inbox, like the callback.
"""

from __future__ import annotations

import hashlib
import json

from sqlmodel import Session

from service import clock
from service.api.agency_answers import AnswerIncomplete, Taken
from service.db.tables import Partner
from service.doors import DOORS
from service.errors import NotNow
from service.messages.inbox import Telling, receive
from service.procurement.order_files import HEAD, TEXTS, Answer, lines_to_fill, read_list
from service.procurement.queries.order_files import orders_of_supplier
from service.procurement.workbook import rows_of, workbook_of
from service.trust.homes import House

MOST_SHOWN = 50
SHEET = "sheet"


class OvertakenByAnother(NotNow):
    """While the list was taken in, an order went on otherwise."""


def sheet_of(session: Session, partner: Partner) -> bytes:
    """What is still open, to be filled in."""
    assert partner.id is not None
    return workbook_of("Pesanan", HEAD, lines_to_fill(orders_of_supplier(session, partner.id)), TEXTS)


def take_sheet(house: House, partner: Partner, content: bytes, name: str) -> Taken:
    """The filled list; what is known already counts as said.

    Raises:
        UnreadableWorkbook
        AnswerIncomplete: names every faulty cell; nothing was kept.
        OvertakenByAnother: the rest is kept.
    """
    assert partner.id is not None
    rows = rows_of(content, name, HEAD, ("nomor", "kode_paket"), texts=TEXTS)
    with house.database.read() as session:
        orders = orders_of_supplier(session, partner.id)
    reading = read_list(rows, orders, clock.today(house.home))
    if reading.faults:
        faults = [{"field": "berkas", "fault": fault.sentence} for fault in reading.faults]
        more = len(faults) - MOST_SHOWN
        if more > 0:
            faults = [*faults[:MOST_SHOWN], {"field": "berkas", "fault": f"Dan {more} kesalahan lain."}]
        raise AnswerIncomplete("Berkas ditolak seluruhnya; tidak ada yang disimpan.", faults=faults)
    late = [number for answer in reading.answers if (number := _tell(house, partner, answer))]
    if late:
        raise OvertakenByAnother(
            f"Pesanan {', '.join(sorted(set(late)))} sudah tidak menunggu jawaban ini; selebihnya tersimpan."
        )
    return Taken(SHEET if reading.answers else f"{SHEET}-known", len(reading.answers))


def _tell(house: House, partner: Partner, answer: Answer) -> str:
    """The order's number when it could not follow; the same answer has the same id."""
    now, kind = clock.now(house.home), f"order.{answer.event}"
    digest = hashlib.sha256(json.dumps(answer.said, sort_keys=True).encode()).hexdigest()[:16]
    body = {"type": kind, "timestamp": now.isoformat(), "data": answer.said}
    number = str(answer.said["order"])
    telling = Telling(f"sheet-{number}-{answer.event}-{digest}", kind, now, DOORS[kind].data.model_validate(answer.said), body)
    return number if receive(house.database, DOORS, partner, telling, now) == "late" else ""
