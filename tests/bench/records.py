"""How long do the records of 2,500 handovers take: numbered, printed with their photos, kept, written down?"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from factories import make_cycle, make_parcel_at_point, make_partner, work_of
from PIL import Image
from sqlmodel import Session, select

from service import clock
from service.db.history import Told, record_moves
from service.db.session import Database
from service.db.tables import HandoverEvent, Parcel, Partner
from service.delivery.photos import store_photo
from service.delivery.records import records_to_write, write_records
from service.lifecycle import Subject
from tests.bench.databases import NAMES, empty_database, peak_mb

RECORDS, BATCH = 2_500, 500
NOW = datetime(2021, 11, 17, 3, 0, tzinfo=UTC)


def measure() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in NAMES:
        with empty_database(name) as database, tempfile.TemporaryDirectory(prefix="estafet-bench-") as folder:
            seconds = _seconds(database, Path(folder))
            note = f"{seconds / RECORDS * 1000:.1f} ms each, peak {peak_mb():.0f} MB"
            what = f"{RECORDS:,} handover records as PDF"
            rows.append(
                {"what": what, "database": name, "measured": round(seconds, 1), "goal": 15.0, "unit": "s", "note": note}
            )
    return rows


def _seconds(database: Database, home: Path) -> float:
    (home / clock.HOME_FILE).write_text(json.dumps({"kind": "demo"}))
    with database.write() as session:
        cycle_id = _prepare(session)
    _photograph(database, home)
    work = work_of(database, home, cycle_id)
    began = time.perf_counter()
    with database.read() as session:
        due = records_to_write(session, work)
    moved = sum(write_records(work, due[start : start + BATCH]).moved for start in range(0, len(due), BATCH))
    assert moved == RECORDS, moved
    return time.perf_counter() - began


def _prepare(session: Session) -> int:
    """Proven handovers at one event."""
    cycle_id = make_cycle(session).id
    assert cycle_id is not None
    facilitator = make_partner(session, "facilitator", "fas-f01")
    event = HandoverEvent(
        number="ACR-2021-001", cycle_id=cycle_id, district_code="36.01.01", held_on=NOW.date(), parcels=RECORDS
    )  # fmt: skip
    session.add(event)
    session.flush()
    ids = [make_parcel_at_point(session, cycle_id).id for _ in range(RECORDS)]
    told = {
        "reported_at": NOW, "receiver": "self", "latitude": -6.3, "longitude": 106.1, "facilitator_id": facilitator.id,
        "event_id": event.id, "items": [{"name": "Beras 5 kg", "count": 10}, {"name": "Minyak goreng 1 l", "count": 24}],
    }  # fmt: skip
    record_moves(session, Subject.PARCEL, ids, "at_point", "handed_over", Told("partner:fas-f01", NOW), told)
    record_moves(session, Subject.PARCEL, ids, "handed_over", "verified", Told("flow:bench", NOW), {"verified_by": "rules"})
    return cycle_id


def _photograph(database: Database, home: Path) -> None:
    """Twenty photos of a phone's size, shared by all: what is measured is the record, not the camera."""
    with database.read() as session:
        facilitator = session.exec(select(Partner)).one()
    given = [store_photo(database, home, facilitator, _photo(seed), NOW) for seed in range(20)]
    with database.write() as session:
        for place, parcel in enumerate(session.exec(select(Parcel))):
            parcel.photo_sha256 = given[place % len(given)]


def _photo(seed: int) -> bytes:
    import random

    noise = Image.frombytes("RGB", (120, 90), random.Random(seed).randbytes(120 * 90 * 3))
    out = io.BytesIO()
    noise.resize((1600, 1200), Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return out.getvalue()
