"""How does a test get a cycle, a household, a partner, an officer, without starting in an impossible state?"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from service.cohort.steps import open_cycle
from service.db.history import Told, record_beginnings, record_move
from service.db.session import Database
from service.db.tables import Assessment, Case, Cycle, Household, Package, PackageItem, Parcel, Partner, RegistryFile, Visit
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.stage import Step, Work
from service.trust.rights import Officer
from service.trust.sealing import Sealer

SEALER = Sealer("kunci untuk pengujian saja")
NOW = datetime(2021, 6, 1, 3, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def make_officer(role: str, login: str | None = None, regencies: tuple[str, ...] = ()) -> Officer:
    """An officer with one role; two calls with one role and login are the same person."""
    name = login or f"petugas-{role}"
    return Officer(abs(hash(name)) % 10_000, name, f"Pejabat {name}", (role,), regencies)


def make_cycle(
    session: Session,
    year: int = 2021,
    quota: dict[str, int] | None = None,
    policy: CyclePolicy | None = None,
    seed: int = 7,
    districts: dict[str, int] | None = None,
) -> Cycle:
    """An open cycle, through the real door."""
    operator = make_officer("operator")
    told = Told(operator.actor, NOW)
    return open_cycle(session, operator, year, quota or {"36.01": 3}, policy or CyclePolicy(), seed, told, districts)


def household_row(number: int, file_id: int, village: str = "36.01.01.2001", **fields: Any) -> Household:
    """A household that meets every rule; `number` makes its NIK and KK."""
    nik, kk = f"36010145068{number:05d}", fields.pop("kk", f"36010101012{number:05d}")
    made = {
        "nik_sealed": SEALER.seal("nik", nik), "nik_lookup": SEALER.lookup("nik", nik),
        "kk_sealed": SEALER.seal("kk", kk), "kk_lookup": SEALER.lookup("kk", kk),
        "name": f"Warga Contoh {number}", "birth_place": "Pandeglang", "birth_on": date(1985, 6, 5), "sex": "P",
        "address": "Kp. Contoh", "rt": "001", "rw": "002", "village_code": village, "district_code": village[:8],
        "regency_code": village[:5], "programme": "JAMSOSRATU", "started_year": 2015, "decile": 2, "business_text": "warung",
        "business_type": "warung_sembako", "business_since": date(2018, 1, 1), "facilitator_code": "F01",
        "may_be_referred": True, "content_hash": str(number), "file_id": file_id, "added_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Household(**made | fields)


def assessment_row(household_id: int, **fields: Any) -> Assessment:
    made = {
        "assessed_on": datetime.now(UTC).date(), "attendance_percent": 90, "monthly_income": 2_000_000, "members": 4,
        "savings": 400_000, "income_sources": 2,
    }  # fmt: skip
    return Assessment(household_id=household_id, **made | fields)


def make_household(session: Session, assessed: dict[str, Any] | None = None, **fields: Any) -> Household:
    """An assessed household; `assessed` changes fields of the assessment, `{"never": True}` leaves it out."""
    house = household_row(next(_numbers), _registry_file(session), **fields)
    session.add(house)
    session.flush()
    assert house.id is not None
    if not (assessed or {}).get("never"):
        session.add(assessment_row(house.id, **(assessed or {})))
        session.flush()
    return house


def make_partner(
    session: Session, kind: str, sender: str | None = None, regency_code: str | None = "36.01", **fields: Any
) -> Partner:
    """A supplier, agency or facilitator with a sealed secret and no webhook address."""
    name = sender or f"{kind}-{next(_numbers)}"
    made = {"name": f"{name} (contoh)", "secret_sealed": SEALER.seal("partner_secret", "whsec_Y29udG9o"), "made_at": NOW}
    partner = Partner(sender=name, kind=kind, regency_code=regency_code, **made | fields)
    session.add(partner)
    session.flush()
    return partner


def work_of(database: Database, home: Path, cycle_id: int | None, actor: str = "flow:test") -> Work:
    """What a stage's run is given."""
    with database.read() as session:
        return Work(database, home, "http://estafet.test", session.get_one(Cycle, cycle_id), actor, SEALER)


def verify_decree_of(session: Session, cycle_id: int | None, at: datetime | None = None) -> None:
    """Every regency on the version that waits says yes, by a verifier of the province; approval is somebody else's."""
    from service.selection.decisions import verify_decree

    verifier = make_officer("verifier", "verifikator-wilayah")
    verify_decree(session, verifier, session.get_one(Cycle, cycle_id), None, told_by(verifier, at))


def told_by(officer: Officer, at: datetime | None = None) -> Told:
    return Told(officer.actor, at or datetime.now(UTC))


def run_step(work: Work, stage: str, steps: tuple[Step, ...], *names: str) -> dict[str, Any]:
    """Run the named steps (all, if none is named) as a stage does; step -> Done."""
    from service.stage import run_locally

    chosen = [step for step in steps if not names or step.name in names]
    return {step.name: done for step, done in run_locally(work, stage, chosen)}


def _registry_file(session: Session) -> int:
    kept = session.exec(select(RegistryFile)).first()
    if kept is None:
        kept = RegistryFile(
            sha256="0" * 64, name="uji.csv", rows=0, added=0, updated=0, unchanged=0, rejected=0, duplicates=0,
            imported_by="user:uji", imported_at=NOW,
        )  # fmt: skip
        session.add(kept)
        session.flush()
    assert kept.id is not None
    return kept.id


def make_package(session: Session, cycle_id: int, code: str = "WRG", items: dict[str, int] | None = None) -> Package:
    """A package of the cycle's catalogue; the same code again is the same package. `items`: quantity by name."""
    kept = session.exec(select(Package).where(Package.cycle_id == cycle_id, Package.code == code)).first()
    if kept:
        return kept
    package = Package(cycle_id=cycle_id, code=code, name=f"Paket {code}", price=2_500_000)
    session.add(package)
    session.flush()
    for name, quantity in (items or {"Beras 5 kg": 10, "Minyak goreng 1 l": 24}).items():
        session.add(PackageItem(package_id=package.id, name=name, quantity=quantity, unit="buah", price=50_000))
    session.flush()
    return package


def make_case(session: Session, cycle_id: int, household: Household, upto: str = "ordered") -> Case:
    """A case walked along the real moves as far as `upto` (selected, decreed or ordered)."""
    case = Case(
        cycle_id=cycle_id, household_id=household.id, regency_code=household.regency_code,
        district_code=household.district_code, status_since=NOW,
    )  # fmt: skip
    session.add(case)
    session.flush()
    told = Told("flow:test", NOW)
    record_beginnings(session, Subject.CASE, [case.id], cycle_id, told)
    for event, status in (("placed_within_quota", "selected"), ("decree_approved", "decreed"), ("ordered", "ordered")):
        record_move(session, Subject.CASE, case.id, event, told)
        if status == upto:
            break
    session.refresh(case)
    return case


def make_parcel_at_point(session: Session, cycle_id: int, **household: Any) -> Parcel:
    """A household's package that lies at its district's point, its case `ordered`; no event planned yet."""
    case = make_case(session, cycle_id, make_household(session, **household))
    parcel = Parcel(
        number=f"PKT-2021-{case.id:05d}", cycle_id=cycle_id, case_id=case.id, package_id=make_package(session, cycle_id).id,
        district_code=case.district_code, status_since=NOW,
    )  # fmt: skip
    session.add(parcel)
    session.flush()
    record_beginnings(session, Subject.PARCEL, [parcel.id], cycle_id, Told("flow:test", NOW))
    record_move(session, Subject.PARCEL, parcel.id, "arrived", Told("flow:test", NOW))
    session.refresh(parcel)
    return parcel


def make_ready_case(session: Session, cycle_id: int, movement: dict[str, Any] | None = None, **household: Any) -> Case:
    """A case whose goods are proven, with movement seen and consent: `ready`, along the real moves."""
    parcel = make_parcel_at_point(session, cycle_id, **household)
    told = Told("flow:test", NOW)
    record_move(session, Subject.PARCEL, parcel.id, "handed_over", told, reported_at=NOW)
    record_move(session, Subject.PARCEL, parcel.id, "verified", told)
    for event in ("delivered", "handover_verified", "made_ready"):
        record_move(session, Subject.CASE, parcel.case_id, event, told)
    visit = Visit(
        case_id=parcel.case_id, cycle_id=cycle_id, visited_on=NOW.date(), movement_seen=True,
        indicators=movement or {"usaha_berjalan": True, "omzet_bulanan": 1_500_000}, reported_by="partner:fas-f01",
        reported_at=NOW,
    )  # fmt: skip
    session.add(visit)
    session.flush()
    return session.get_one(Case, parcel.case_id, populate_existing=True)


def make_verified_case(database: Database, home: Path, cycle_id: int, **household: Any) -> tuple[Case, Parcel, Partner]:
    """A case whose goods are proven: event, callback and verifier walked for real; with its parcel and facilitator."""
    from service.delivery.answers import DOORS
    from service.delivery.steps import STEPS, verify_parcel

    sender = f"fas-{household.setdefault('facilitator_code', 'F01').lower()}"
    with database.write() as session:
        facilitator = session.exec(select(Partner).where(Partner.sender == sender)).first()
        facilitator = facilitator or make_partner(session, "facilitator", sender)
        parcel_id = make_parcel_at_point(session, cycle_id, **household).id
    work = work_of(database, home, cycle_id)
    run_step(work, "delivery", STEPS, "plan_events")
    door, verifier = DOORS["parcel.partial"], make_officer("verifier")
    with database.write() as session:
        parcel = session.get_one(Parcel, parcel_id)
        door.apply(session, parcel_id, door.data(parcel=parcel.number, at=work.now), Told(f"partner:{sender}", work.now))
        verify_parcel(session, verifier, parcel_id, True, "lengkap menurut pemeriksaan", told_by(verifier, work.now))
        session.refresh(parcel)
        return session.get_one(Case, parcel.case_id, populate_existing=True), parcel, facilitator
