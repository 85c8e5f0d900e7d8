"""What do the tests of the handoff begin with? A demo home whose clock they move, ready households, agencies, officers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from factories import make_cycle, make_officer, make_partner, make_ready_case, told_by, work_of
from sqlmodel import Session, col, select

from service import clock
from service.cohort.steps import conservation
from service.db.history import Told, record_move
from service.db.session import Database
from service.db.tables import Case, Move, OutboundMessage, OutcomeReport, Partner, Referral, ReferralBatch
from service.handoff.queries import batches_awaiting_signature
from service.handoff.replies import reply_as_partner
from service.handoff.steps import STEPS, WATCH_STEPS, sign_batch
from service.lifecycle import Subject
from service.policy import CyclePolicy
from service.stage import Done, Work, run_locally

SERVICES = ["business_development"]
APPROVER = make_officer("approver")
OPERATOR = make_officer("operator")
START = datetime(2021, 6, 2, 9, 0, tzinfo=clock.WIB)
TO_DELIVERING = ("frozen", "proposed", "decree_approved", "procurement_started", "delivery_started")


@dataclass
class Scene:
    """One cycle on one database; `agencies` by sender."""

    database: Database
    home: Path
    cycle_id: int
    agencies: dict[str, Partner]

    @property
    def work(self) -> Work:
        return work_of(self.database, self.home, self.cycle_id, "flow:handoff")

    def at(self, day: date, hour: int = 17) -> None:
        clock.move_to(self.home, datetime.combine(day, time(hour), tzinfo=clock.WIB))

    def told(self, actor: str) -> Told:
        return Told(actor, clock.now(self.home))

    def run(self) -> dict[str, Done]:
        return {step.name: done for step, done in run_locally(self.work, "handoff", STEPS)}

    def watch(self) -> Done:
        return next(done for _, done in run_locally(self.work, "watch", WATCH_STEPS))

    def sign_all(self) -> list[str]:
        with self.database.write() as session:
            told = told_by(APPROVER, clock.now(self.home))
            lines = batches_awaiting_signature(session, self.cycle_id)
            return [str(sign_batch(session, APPROVER, line.batch, told).letter_number) for line in lines]

    def send_all(self) -> None:
        self.run()
        self.sign_all()
        self.run()

    def referrals(self) -> list[Referral]:
        with self.database.read() as session:
            return list(session.exec(select(Referral).order_by(col(Referral.id))))

    def case(self) -> Case:
        with self.database.read() as session:
            return session.exec(select(Case)).one()

    def reply(self, referral: Referral, event: str, **data: Any) -> str:
        with self.database.write() as session:
            agency = session.get_one(Partner, referral.agency_id)
            told = self.told(f"partner:{agency.sender}")
            return reply_as_partner(session, agency, referral.number, f"referral.{event}", data, told)

    def mails(self) -> list[OutboundMessage]:
        with self.database.read() as session:
            chosen = select(OutboundMessage).where(col(OutboundMessage.kind) == "mail").order_by(col(OutboundMessage.id))
            return list(session.exec(chosen))

    def batches(self) -> list[ReferralBatch]:
        with self.database.read() as session:
            return list(session.exec(select(ReferralBatch).order_by(col(ReferralBatch.id))))

    def moves(self) -> int:
        with self.database.read() as session:
            return len(session.exec(select(Move)).all())

    def is_in_balance(self) -> bool:
        with self.database.read() as session:
            return conservation(session, self.cycle_id).is_ok


def make_scene(
    database: Database,
    home: Path,
    households: int = 1,
    agencies: tuple[str, ...] = ("dinkop",),
    policy: CyclePolicy | None = None,
) -> Scene:  # fmt: skip
    """A cycle that is delivering, with ready households of Pandeglang and agencies there, on Wednesday 2 June 2021."""
    (home / clock.HOME_FILE).write_text(json.dumps({"kind": "demo"}))
    clock.move_to(home, START)
    with database.write() as session:
        cycle_id = make_cycle(session, policy=policy).id
        for event in TO_DELIVERING:
            record_move(session, Subject.CYCLE, cycle_id, event, Told("flow:test", clock.now(home)))
        for _ in range(households):
            make_ready_case(session, cycle_id)
        made = {name: make_agency(session, name) for name in agencies}
    return Scene(database, home, cycle_id, made)


def let_its_month_come(database: Database, home: Path, month: int = 3) -> None:
    """The report of that month falls due today, whenever the service began."""
    with database.write() as session:
        for report in session.exec(select(OutcomeReport).where(col(OutcomeReport.month) == month)):
            report.due_on = clock.today(home)


def make_agency(session: Session, name: str, regency: str | None = "36.01", **fields: Any) -> Partner:
    made = {"services": SERVICES, "contact": f"{name}@contoh.invalid", "superior_contact": f"kepala-{name}@contoh.invalid"}
    return make_partner(session, "agency", name, regency, **made | fields)
