"""Is a handover lost or doubled when the service is killed with kill -9 between its photo and its report?"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import make_cycle, make_parcel_at_point, make_partner, run_step, work_of
from field_scene import jpeg
from killed_service import KilledService
from sqlmodel import func, select

from service.db.tables import Case, EvidenceUpload, InboundMessage, Move, Parcel
from service.delivery.steps import STEPS
from service.delivery.storage import evidence_store
from service.trust.accounts import add_user, make_session
from service.trust.homes import House

PARCELS, KILLS = 24, 3


class PhoneLine:
    """One phone that sends until the service answers, as the page's queue does."""

    def __init__(self, port: int, session: str) -> None:
        self.port, self.headers = port, {"cookie": f"estafet={session}", "sec-fetch-site": "same-origin"}

    def send(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> dict[str, str]:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                connection.request(method, path, body, {**self.headers, "content-type": kind})
                answer = connection.getresponse()
                content = answer.read()
                if answer.status < 400:
                    return json.loads(content)
                assert answer.status >= 500, content
            except (OSError, http.client.HTTPException, ValueError):
                pass
            finally:
                connection.close()
            time.sleep(0.05)
        raise AssertionError(f"no answer from {path}")

    def hand_over(self, number: str, colour: int) -> str:
        self.headers["x-csrf-token"] = self.send("GET", "/lapangan/kunci")["csrf"]
        photo = jpeg(colour)
        sha256 = self.send("POST", "/lapangan/berkas", photo, "image/jpeg")["sha256"]
        assert sha256 == hashlib.sha256(photo).hexdigest()
        told = {"parcel": number, "at": "2021-11-18T03:00:00Z", "receiver": "self", "photo": sha256}
        body = {"id": f"report-number-{colour:04d}", "type": "parcel.handed_over", "data": told}
        return self.send("POST", "/lapangan/laporan", json.dumps(body).encode())["result"]


def _bring_parcels(house: House) -> tuple[list[str], str]:
    with house.database.write() as session:
        cycle = make_cycle(session)
        make_partner(session, "facilitator", "fas-f01")
        numbers = [make_parcel_at_point(session, cycle.id).number for _ in range(PARCELS)]
        session_token = make_session(session, add_user(session, "fas-f01", "Pendamping (contoh)", ["facilitator"]).id)
        cycle_id = cycle.id
    run_step(work_of(house.database, house.home, cycle_id), "delivery", STEPS, "plan_events")
    return numbers, session_token


@pytest.mark.timeout(240)
def test_every_handover_and_its_photo_arrive_once_though_the_service_dies_between_them(house):
    numbers, session_token = _bring_parcels(house)
    service, answered = KilledService(house), Counter()
    service.start()

    def tell(place: int) -> None:
        line = PhoneLine(service.at.port, session_token)
        answered[line.hand_over(numbers[place], place + 1)] += 1

    with ThreadPoolExecutor(4) as pool:
        telling = [pool.submit(tell, place) for place in range(PARCELS)]
        for turn in range(1, KILLS + 1):
            ends = time.monotonic() + 60
            while _photos(house) < PARCELS * turn // (KILLS + 1):  # a photo was kept a moment ago: now
                assert time.monotonic() < ends, answered
                time.sleep(0.005)
            service.kill()
            service.start()
        for one in telling:
            one.result()
    service.kill()

    assert set(answered) <= {"applied", "duplicate"}
    with house.database.read() as session:
        parcels = session.exec(select(Parcel)).all()
        kept = session.exec(select(func.count()).select_from(InboundMessage)).one()
        moves = session.exec(select(func.count()).select_from(Move).where(Move.event == "handed_over")).one()
        uploads = {row.given_sha256: row.photo_sha256 for row in session.exec(select(EvidenceUpload))}
        cases = Counter(session.exec(select(Case.status)).all())
    assert Counter(parcel.status for parcel in parcels) == {"handed_over": PARCELS}
    assert (kept, moves, cases) == (PARCELS, PARCELS, Counter({"delivered": PARCELS}))
    assert {parcel.photo_sha256 for parcel in parcels} == set(uploads)
    assert all(evidence_store(house.home).exists(photo) for photo in uploads.values())


def _photos(house: House) -> int:
    with house.database.read() as session:
        return session.exec(select(func.count()).select_from(EvidenceUpload)).one()
