"""How does a test move a small year on between its stages: decisions, goods, reports, and what must hold at its end?"""

from __future__ import annotations

from collections import Counter

from factories import make_officer
from sqlmodel import select

from service import clock
from service.cohort.steps import conservation, open_cycle, summary
from service.db.history import Told
from service.db.session import Database
from service.db.tables import Case, Cycle, Letter, Order, Parcel, Partner, Referral, ReferralBatch
from service.delivery.answers import DOORS as DELIVERY_DOORS
from service.delivery.steps import verify_parcel
from service.demo.registry_files import write_registry_files
from service.handoff.steps import sign_batch
from service.mentoring.answers import DOORS as MENTORING_DOORS
from service.policy import CyclePolicy
from service.procurement.answers import DOORS as PROCUREMENT_DOORS
from service.procurement.decisions import accept_order, approve_orders, inspect_order
from service.procurement.queries import lines_of
from service.registry.steps import import_file
from service.selection.decisions import approve_decree, verify_decree
from service.trust.homes import House

HOUSEHOLDS, YEAR = 240, 2021
QUOTA = {"36.01": 6, "36.02": 5, "36.03": 3, "36.73": 4}
OPERATOR, APPROVER = make_officer("operator", "petugas"), make_officer("approver", "kadis")
BUYER, VERIFIER = make_officer("commitment_officer", "ppk"), make_officer("verifier", "verifikator")


def open_year(house: House) -> None:
    """The regencies' files are in and the cycle is open; partners are hired by the test."""
    now = clock.now(house.home)
    for path in write_registry_files(house.home / "files", HOUSEHOLDS, 5, clock.today(house.home).year):
        import_file(house.database, house.home, house.sealer, path, OPERATOR.actor, now)
    with house.database.write() as session:
        open_cycle(session, OPERATOR, YEAR, QUOTA, CyclePolicy(), 5, Told(OPERATOR.actor, now))


def told(house: House, actor: str) -> Told:
    return Told(actor, clock.now(house.home))


def cycle_in(session, year: int = YEAR) -> Cycle:
    return session.exec(select(Cycle).where(Cycle.year == year)).one()


def approve(house: House, year: int = YEAR) -> None:
    """The regencies verify, the province approves."""
    with house.database.write() as session:
        verify_decree(session, VERIFIER, cycle_in(session, year), None, told(house, VERIFIER.actor))
        approve_decree(session, APPROVER, cycle_in(session, year), told(house, APPROVER.actor))


def place(house: House, year: int = YEAR) -> None:
    with house.database.write() as session:
        approve_orders(session, BUYER, cycle_in(session, year), told(house, BUYER.actor))


def bring_goods(house: House, year: int = YEAR) -> None:
    for order_id in ids_of(house, Order, year):
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


def report_all(house: House, kind: str, doors, year: int = YEAR, **content) -> None:
    for parcel_id in ids_of(house, Parcel, year):
        with house.database.write() as session:
            parcel, door = session.get_one(Parcel, parcel_id), doors[kind]
            facilitator = session.get_one(Partner, parcel.facilitator_id)
            subject_id = parcel.case_id if kind == "visit.recorded" else parcel_id
            heard = door.data(parcel=parcel.number, **content)
            door.apply(session, subject_id, heard, told(house, f"partner:{facilitator.sender}"))


def ids_of(house: House, table, year: int = YEAR) -> list[int]:
    with house.database.read() as session:
        cycle_id = cycle_in(session, year).id
        return [row.id for row in session.exec(select(table).where(table.cycle_id == cycle_id).order_by(table.id))]


def everything_in_place(house: House) -> dict:
    with house.database.read() as session:
        assert conservation(session, cycle_in(session).id).is_ok
        return summary(session, YEAR)


def report_visits(house: House) -> None:
    """Everybody was visited and the business moves."""
    told_of = {"visited_on": clock.today(house.home), "movement_seen": True, "indicators": {"omzet_bulanan": 900_000}}
    report_all(house, "visit.recorded", MENTORING_DOORS, **told_of)


def make_whole(house: House, at, year: int = YEAR) -> None:
    """Goods reach everybody: reported as partial, accepted by a verifier (the rules would doubt a report without a photo)."""
    report_all(house, "parcel.partial", DELIVERY_DOORS, year, at=at)
    for parcel_id in ids_of(house, Parcel, year):
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


def whole_and_once(house: House) -> None:
    """The year's end: every household of the quota went the whole way, once."""
    figures = everything_in_place(house)
    quota = sum(QUOTA.values())
    assert (figures["selected"], figures["verified"]) == (quota, quota)
    assert 0 < figures["referred"] <= figures["mentored"] <= quota
    nothing_twice(house.database)
