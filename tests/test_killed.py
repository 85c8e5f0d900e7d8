"""Does a run that was killed lose or double anything? Each stage is killed at every commit it makes, then run again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from factories import make_officer
from sqlmodel import select

from service import clock
from service.cohort.steps import conservation, open_cycle, summary
from service.db.history import Told
from service.db.session import Database
from service.db.tables import Case, Cycle, Letter, Order, Parcel, Partner, Referral, ReferralBatch
from service.delivery.answers import DOORS as DELIVERY_DOORS
from service.demo.cast import hire
from service.demo.people import facilitator_codes
from service.demo.registry_files import write_registry_files
from service.handoff.steps import sign_batch
from service.mentoring.answers import DOORS as MENTORING_DOORS
from service.policy import CyclePolicy
from service.procurement.answers import DOORS as PROCUREMENT_DOORS
from service.procurement.decisions import accept_order, approve_orders, inspect_order
from service.procurement.queries import lines_of
from service.registry.steps import import_file
from service.selection.decisions import approve_decree
from service.settings import Settings
from service.trust.homes import House, make_home, open_home

RUN = Path(__file__).with_name("killed_run.py")
HOUSEHOLDS, YEAR = 240, 2021
QUOTA = {"36.01": 6, "36.02": 5, "36.03": 3, "36.73": 4}
OPERATOR, APPROVER = make_officer("operator", "petugas"), make_officer("approver", "kadis")
BUYER, VERIFIER = make_officer("commitment_officer", "ppk"), make_officer("verifier", "verifikator")


@pytest.fixture(scope="module")
def beginning(tmp_path_factory) -> Path:
    """A home with a registry, partners and an opened cycle; copied for each test."""
    home = tmp_path_factory.mktemp("kill") / "home"
    house = make_home(Settings(home=home))
    now = clock.now(home)
    hire(house, lambda sender: f"http://192.0.2.1/{sender}", facilitator_codes(HOUSEHOLDS))
    for path in write_registry_files(home / "files", HOUSEHOLDS, 5, clock.today(home).year):
        import_file(house.database, home, house.sealer, path, OPERATOR.actor, now)
    with house.database.write() as session:
        open_cycle(session, OPERATOR, YEAR, QUOTA, CyclePolicy(), 5, Told(OPERATOR.actor, now))
    house.close()
    return home


def run(home: Path, stage: str, kill_at: int) -> bool:
    """Run a stage in a process of its own; True when it came to its end, False when the kill struck."""
    environment = {**os.environ, "ESTAFET_HOME": str(home)}
    command = [sys.executable, str(RUN), stage, str(YEAR), str(kill_at)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-2000:]
    return done.returncode == 0


def killed_at_every_commit(home: Path, stage: str) -> int:
    """Kill at commit 1, run again, kill at commit 2 of what is left...; then let it end. Returns how often it was killed."""
    kills = 0
    for kill_at in range(1, 40):
        if run(home, stage, kill_at):
            break
        kills += 1
    assert run(home, stage, 0)
    return kills


def told(house: House, actor: str) -> Told:
    return Told(actor, clock.now(house.home))


def cycle_in(session) -> Cycle:
    return session.exec(select(Cycle)).one()


def approve(house: House) -> None:
    with house.database.write() as session:
        approve_decree(session, APPROVER, cycle_in(session), told(house, APPROVER.actor))


def place(house: House) -> None:
    with house.database.write() as session:
        approve_orders(session, BUYER, cycle_in(session), told(house, BUYER.actor))


def bring_goods(house: House) -> None:
    for order_id in ids_of(house, Order):
        for kind in ("order.confirmed", "order.shipped", "order.arrived"):
            with house.database.write() as session:
                order, door = session.get_one(Order, order_id), PROCUREMENT_DOORS[kind]
                counts = {line.package: line.quantity for line in lines_of(session, order_id)}
                items = [{"package": code, "count": count} for code, count in counts.items()]
                content = {"order": order.number} | ({"items": items} if kind == "order.arrived" else {})
                supplier = session.get_one(Partner, order.supplier_id)
                door.apply(session, order_id, door.data(**content), told(house, f"partner:{supplier.sender}"))
        with house.database.write() as session:
            inspect_order(session, VERIFIER, session.get_one(Order, order_id), counts, told(house, VERIFIER.actor))
        with house.database.write() as session:
            accept_order(session, BUYER, session.get_one(Order, order_id), told(house, BUYER.actor))


def report_all(house: House, kind: str, doors, **content) -> None:
    for parcel_id in ids_of(house, Parcel):
        with house.database.write() as session:
            parcel, door = session.get_one(Parcel, parcel_id), doors[kind]
            facilitator = session.get_one(Partner, parcel.facilitator_id)
            subject_id = parcel.case_id if kind == "visit.recorded" else parcel_id
            heard = door.data(parcel=parcel.number, **content)
            door.apply(session, subject_id, heard, told(house, f"partner:{facilitator.sender}"))


def ids_of(house: House, table) -> list[int]:
    with house.database.read() as session:
        return [row.id for row in session.exec(select(table).order_by(table.id))]


def everything_in_place(house: House) -> dict:
    with house.database.read() as session:
        assert conservation(session, cycle_in(session).id).is_ok
        return summary(session, YEAR)


def test_a_year_whose_every_stage_is_killed_at_every_commit_loses_and_doubles_nothing(beginning, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(beginning, home)
    house = open_home(Settings(home=home))
    kills = Counter()

    kills["selection"] += killed_at_every_commit(home, "selection")
    approve(house)
    kills["selection"] += killed_at_every_commit(home, "selection")
    kills["procurement"] += killed_at_every_commit(home, "procurement")
    place(house)
    kills["procurement"] += killed_at_every_commit(home, "procurement")
    bring_goods(house)
    kills["delivery"] += killed_at_every_commit(home, "delivery")
    at = clock.now(home)
    report_all(house, "parcel.absent", DELIVERY_DOORS, at=at)
    everything_in_place(house)
    make_whole(house, at)
    kills["delivery"] += killed_at_every_commit(home, "delivery")
    kills["mentoring"] += killed_at_every_commit(home, "mentoring")
    report_all(
        house,
        "visit.recorded",
        MENTORING_DOORS,
        visited_on=clock.today(home),
        movement_seen=True,
        indicators={"omzet_bulanan": 900_000},
    )
    kills["mentoring"] += killed_at_every_commit(home, "mentoring")
    kills["handoff"] += killed_at_every_commit(home, "handoff")
    sign_all(house)
    kills["handoff"] += killed_at_every_commit(home, "handoff")

    assert all(kills[stage] >= 2 for stage in ("selection", "procurement", "delivery", "mentoring", "handoff")), kills
    figures = everything_in_place(house)
    quota = sum(QUOTA.values())
    assert (figures["selected"], figures["verified"], figures["mentored"]) == (quota, quota, quota)
    assert 0 < figures["referred"] <= quota
    nothing_twice(house.database)
    house.close()


def make_whole(house: House, at) -> None:
    """Goods reach everybody: reported as partial, accepted by a verifier (the rules would doubt a report without a photo)."""
    from service.delivery.steps import verify_parcel

    report_all(house, "parcel.partial", DELIVERY_DOORS, at=at)
    for parcel_id in ids_of(house, Parcel):
        with house.database.write() as session:
            verify_parcel(session, VERIFIER, parcel_id, True, "diperiksa", told(house, VERIFIER.actor))


def sign_all(house: House) -> None:
    for batch_id in ids_of(house, ReferralBatch):
        with house.database.write() as session:
            sign_batch(session, APPROVER, session.get_one(ReferralBatch, batch_id), told(house, APPROVER.actor))


def nothing_twice(database: Database) -> None:
    with database.read() as session:
        cases = [parcel.case_id for parcel in session.exec(select(Parcel)) if parcel.status == "verified"]
        referred = [referral.case_id for referral in session.exec(select(Referral))]
        letters = session.exec(select(Letter)).all()
        assert max(Counter(cases).values()) == 1
        assert max(Counter(referred).values()) == 1
        assert max(Counter(letter.subject_key for letter in letters).values()) == 1
        numbered = [(letter.book, letter.seq) for letter in letters if letter.kind == "referral"]
        assert sorted(seq for _, seq in numbered) == list(range(1, len(numbered) + 1))
        assert sum(case.status == "referred" for case in session.exec(select(Case))) == len(referred)
