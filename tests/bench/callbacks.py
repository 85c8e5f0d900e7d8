"""How fast are agencies' answers about referrals taken in, durable, beside a bare endpoint that only inserts the message?

Each referral is acknowledged and then accepted, by several agencies at once. Ours believes the signature, keeps the message,
moves the referral and writes the move down, all committed before the answer. The second figure is the slowest answer of a
hundred while procurement runs over 2,500 households in another process, on the same database.
"""

from __future__ import annotations

import gc
import multiprocessing
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from factories import run_step, work_of
from outsider import add_outsider, sent_referral
from sqlalchemy import insert
from sqlmodel import Session

from service.db.session import Database
from service.db.tables import Referral
from service.procurement.steps import STEPS
from tests.bench import orders, wire
from tests.bench.databases import NAMES, empty_database
from tests.bench.showing import show

REFERRALS, ROUNDS, AGENCIES, HOUSEHOLDS = 400, 3, 8, 2_500
SENDERS = (8, 32)
YEARS = tuple(range(2021, 2033))
RATIO_GOAL, SLOWEST_GOAL = 2.0, 100.0


def measure() -> list[dict[str, Any]]:
    return [row for name in NAMES for row in _measured(name)]


def _measured(name: str) -> list[dict[str, Any]]:
    with empty_database(name) as database, tempfile.TemporaryDirectory(prefix="estafet-bench-") as home:
        cycles = [orders.decreed(database, HOUSEHOLDS, year) for year in YEARS]
        agencies = _agencies(database, REFERRALS * ((ROUNDS + 1) * len(SENDERS) + 8))
        with wire.served(wire.ours, database.address, home) as ours:
            with wire.served(wire.bare, database.address, home) as bare:
                rows = [_ratio(name, ours, bare, agencies, senders) for senders in SENDERS]
            return [*rows, _beside_a_stage(name, database, home, ours, agencies, cycles)]


class Agency:
    """One agency's program: what it has not answered yet."""

    def __init__(self, sender: str, secret: str, numbers: list[str]) -> None:
        self.path, self.secret, self.numbers = f"/callbacks/{sender}", secret, numbers

    def answers(self, count: int) -> list[bytes]:
        taken, self.numbers = self.numbers[:count], self.numbers[count:]
        return [one for number in taken for one in (self._say("acknowledged", number), self._say("accepted", number))]

    def _say(self, event: str, number: str) -> bytes:
        data = {"referral": number, "register_number": f"503/{number}"}
        if event == "accepted":
            data["note"] = "Diterima, pelaku usaha dihubungi pekan depan."
        return wire.signed(self.path, wire.told(f"referral.{event}", data), self.secret, int(number.rpartition("-")[2]))


def _agencies(database: Database, referrals: int) -> list[Agency]:
    with database.write() as session:
        return [_agency(session, place, referrals // AGENCIES) for place in range(AGENCIES)]


def _agency(session: Session, place: int, referrals: int) -> Agency:
    """Its referrals are copies of one that was sent, each of another purpose so that the database lets them be."""
    partner, secret = add_outsider(session, "agency", f"dinas-{place}")
    first = sent_referral(session, partner, f"RJK-2021-{place}00000").model_dump(exclude={"id"})
    numbers = [f"RJK-2021-{place}{at:05}" for at in range(1, referrals + 1)]
    session.execute(insert(Referral), [first | {"number": number, "purpose": number} for number in numbers])
    return Agency(partner.sender, secret, numbers)


def _asked(agencies: list[Agency], referrals: int, senders: int) -> list[bytes]:
    """Requests laid out so that sender n of `senders` gets both answers about a referral, in their order."""
    told = [agency.answers(referrals // len(agencies)) for agency in agencies]
    pairs = [agency[at : at + 2] for at in range(0, len(told[0]), 2) for agency in told]
    rows = [pairs[at : at + senders] for at in range(0, len(pairs), senders)]
    return [pair[turn] for row in rows if len(row) == senders for turn in (0, 1) for pair in row]


def _ratio(name: str, ours: int, bare: int, agencies: list[Agency], senders: int) -> dict[str, Any]:
    pairs = []
    for _ in range(ROUNDS + 1):
        asked = _asked(agencies, REFERRALS, senders)
        mine = wire.rate(ours, asked, senders, b"applied")
        pairs.append((mine, wire.rate(bare, [_to_bare(one) for one in asked], senders, b"kept")))
    told = sorted(pairs[1:], key=lambda pair: pair[1] / pair[0])[ROUNDS // 2]
    return {
        "what": f"referral callbacks, {senders} senders: bare insert endpoint / ours", "database": name,
        "measured": round(told[1] / told[0], 2), "goal": RATIO_GOAL, "unit": "ratio",
        "note": f"ours {told[0]:.0f}/s, bare {told[1]:.0f}/s",
    }  # fmt: skip


def _to_bare(request: bytes) -> bytes:
    _, _, rest = request.partition(b"\r\n")
    return b"POST /message HTTP/1.1\r\n" + rest


def _beside_a_stage(
    name: str, database: Database, home: str, port: int, agencies: list[Agency], cycles: list[int]
) -> dict[str, Any]:
    """Only answers asked for while the stage ran count."""
    asked, over, told = _asked(agencies, REFERRALS * 8, 8), threading.Event(), list[tuple[float, float]]()
    sending = threading.Thread(target=lambda: told.extend(wire.send_all(port, asked, 8, b"applied", over)))
    spawn = multiprocessing.get_context("spawn")
    ready, times = spawn.Event(), spawn.Queue()
    stage = spawn.Process(target=_run_stage, args=(database.address, home, cycles, ready, times))
    stage.start()
    ready.wait()
    sending.start()
    spans = [times.get(timeout=120) for _ in cycles]
    over.set()
    sending.join()
    stage.join()
    took = sorted(seconds for at, seconds in told if any(began <= at <= ended for began, ended in spans))
    ran = sum(ended - began for began, ended in spans)
    median, slowest, worst = (took[min(int(len(took) * part), len(took) - 1)] * 1000 for part in (0.5, 0.99, 1))
    return {
        "what": f"referral callbacks while a stage runs over {HOUSEHOLDS:,}: slowest of a hundred", "database": name,
        "measured": round(slowest, 1), "goal": SLOWEST_GOAL, "unit": "ms",
        "note": f"median {median:.1f} ms, worst {worst:.0f}; {len(took)} in {ran:.1f} s of stage",
    }  # fmt: skip


def _run_stage(address: str, home: str, cycles: list[int], ready: Any, times: Any) -> None:
    """Procurement of one year after another; when each began and ended, by a clock all processes share.

    What is loaded is set apart from the garbage collector's walks, as `flows.nursery` does for every run.
    """
    gc.freeze()
    database = Database(address)
    ready.set()
    for cycle_id in cycles:
        work = work_of(database, Path(home), cycle_id, orders.OFFICER.actor)
        time.sleep(0.2)
        began = time.perf_counter()
        for step in ("assign_packages", "release_parcels", "draft_orders"):
            run_step(work, "procurement", STEPS, step)
        times.put((began, time.perf_counter()))


if __name__ == "__main__":
    show(measure())
