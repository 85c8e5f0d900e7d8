"""How do an agency's practice referrals come to be, and how does the simulated agency answer them?

Every household is invented and marked so; every move is a real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from service.clock import WIB
from service.cohort.steps import open_cycle
from service.db.history import Told, record_beginnings, record_move
from service.db.session import Database
from service.db.tables import Case, Cycle, Household, Partner, Referral, ReferralBatch, RegistryFile
from service.doors import DOORS
from service.handoff.next_steps import next_step
from service.lifecycle import Subject
from service.messages.inbox import Telling, receive
from service.policy import CyclePolicy, ReferralRules
from service.sandbox import queries
from service.sandbox.script import ROUND, Part, part_for
from service.trust.rights import Officer
from service.trust.sealing import Sealer

KEEPER = Officer(0, "latihan", "Ruang latihan", ("operator",))
TO_READY = (
    "placed_within_quota", "decree_approved", "ordered", "delivered", "handover_verified", "made_ready", "referred",
)  # fmt: skip
REGENCY = "36.01"
MONTHS = (1, 3, 6, 12)
"""That of month 1 may be given at once, so that a report can be practised."""


@dataclass(frozen=True)
class Answered:
    """What the simulated agency told of one referral, what each message became, and what follows."""

    number: str
    about: str
    told: list[dict[str, Any]]
    status: str
    next_step: str


def make_referrals(database: Database, partner: Partner, sealer: Sealer, now: datetime) -> list[Referral]:
    """Twenty referrals of invented households to the agency, one for each part of the script; most of them are sent."""
    told = Told(KEEPER.actor, now)
    with database.write() as session:
        cycle = queries.cycle_of(session) or _open(session, told)
        first = queries.households(session) + 1
        batch = ReferralBatch(
            number=f"UJI-{first:05d}", cycle_id=_id(cycle), agency_id=_id(partner), state="sent", drafted_by=told.actor,
            drafted_at=now,
        )  # fmt: skip
        session.add(batch)
        session.flush()
        return [_make(session, cycle, batch, number, sealer, told) for number in range(first, first + ROUND)]


def answer_all(database: Database, partner: Partner, now: datetime) -> list[Answered]:
    """The simulated agency answers each of its practice referrals; said twice it is a duplicate."""
    with database.read() as session:
        numbers = [(_id(row), row.number) for row in queries.referrals_of(session, _id(partner))]
    found = []
    for referral_id, number in numbers:
        part = part_for(number)
        told = [_tell(database, partner, number, place, answer, now) for place, answer in enumerate(part.theirs)]
        with database.read() as session:
            row = session.get_one(Referral, referral_id)
        step = next_step(row.status, row.reason, row.hop, CyclePolicy().maximum_hops, bool(row.note))
        follows = step.sentence if row.status in ("declined", "returned", "no_response") else ""
        found.append(Answered(number, part.about, told, row.status, follows))
    return found


def _tell(
    database: Database, partner: Partner, number: str, place: int, answer: tuple[str, dict[str, Any]], now: datetime
) -> dict[str, Any]:
    event, said = answer
    kind, data = f"referral.{event}", {"referral": number, **said}
    body = {"type": kind, "timestamp": now.isoformat(), "data": data}
    telling = Telling(f"latihan-{number}-{place}", kind, now, DOORS[kind].data.model_validate(data), body)
    return {"type": kind, "data": data, "result": receive(database, DOORS, partner, telling, now)}


def _open(session: Session, told: Told) -> Cycle:
    year = told.at.astimezone(WIB).year
    session.add(
        RegistryFile(
            sha256="0" * 64, name="latihan", rows=0, added=0, updated=0, unchanged=0, rejected=0, duplicates=0,
            imported_by=told.actor, imported_at=told.at,
        )
    )  # fmt: skip
    policy = CyclePolicy(referral=ReferralRules(outcome_months=MONTHS))
    return open_cycle(session, KEEPER, year, {REGENCY: 1}, policy, 1, told)


def _make(session: Session, cycle: Cycle, batch: ReferralBatch, number: int, sealer: Sealer, told: Told) -> Referral:
    household = _household(session, number, sealer, told)
    case = Case(
        cycle_id=_id(cycle), household_id=_id(household), regency_code=household.regency_code,
        district_code=household.district_code, status_since=told.at,
    )  # fmt: skip
    _walk(session, Subject.CASE, case, _id(cycle), TO_READY, told)
    part: Part = part_for(str(number))
    referral = Referral(
        number=f"UJI-{cycle.year}-{number:05d}", cycle_id=_id(cycle), case_id=_id(case), agency_id=batch.agency_id,
        batch_id=_id(batch), why_agency="uji coba", status_since=told.at, services=["NIB", "TRAINING"],
    )  # fmt: skip
    _walk(session, Subject.REFERRAL, referral, _id(cycle), part.ours, told)
    return referral


def _household(session: Session, number: int, sealer: Sealer, told: Told) -> Household:
    """Serial 99xx: no office gives it to a person."""
    born = date(1980 + number // 100 % 20, 1, 1)
    nik = f"360101{born:%d%m%y}99{number % 100:02d}"
    household = Household(
        nik_sealed=sealer.seal("nik", nik), nik_lookup=sealer.lookup("nik", f"{nik}-{number}"),
        kk_sealed=sealer.seal("kk", nik), kk_lookup=sealer.lookup("kk", f"{nik}-{number}"),
        name=f"Contoh Latihan {number} (rekaan)", birth_place="Contoh", birth_on=born, sex="P", address="Kp. Contoh", rt="001",
        rw="001", village_code=f"{REGENCY}.01.2001", district_code=f"{REGENCY}.01", regency_code=REGENCY,
        programme="JAMSOSRATU", started_year=2015, decile=2, business_text="warung", business_type="warung_sembako",
        facilitator_code="LATIHAN", may_be_referred=True, content_hash=str(number), file_id=_id(queries.registry_file(session)),
        added_at=told.at, updated_at=told.at,
    )  # fmt: skip
    session.add(household)
    session.flush()
    return household


def _walk(session: Session, subject: Subject, row: Any, cycle_id: int, events: tuple[str, ...], told: Told) -> None:
    session.add(row)
    session.flush()
    record_beginnings(session, subject, [row.id], cycle_id, told)
    for event in events:
        record_move(session, subject, row.id, event, told)
    session.refresh(row)


def _id(row: Any) -> int:
    assert row.id is not None
    return int(row.id)
