"""How does a test bring a cycle of two regencies to a proposed list, and let officials decide on it?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from factories import make_cycle, make_household, make_officer, run_step, told_by, work_of
from sqlmodel import select

from service.db.session import Database
from service.db.tables import Case, Cycle, Decree, Move, Objection
from service.policy import CyclePolicy
from service.selection.decisions import approve_decree, exclude_case, verify_decree, withdraw_case
from service.selection.objections import decide_objection, file_objection
from service.selection.steps import STEPS

OPERATOR, APPROVER, SECOND = make_officer("operator"), make_officer("approver"), make_officer("approver", "sekda")
PANDEGLANG = make_officer("verifier", "verif-3601", ("36.01",))
LEBAK = make_officer("verifier", "verif-3602", ("36.02",))
PROVINCE = make_officer("verifier", "verif-36")


class Selection:
    """A cycle whose registry holds some households in two regencies; decisions by the officials above."""

    def __init__(self, database: Database, home, quota=None, sizes=(5, 4), **policy) -> None:
        self.database, self.home = database, home
        quota = quota or {"36.01": 2, "36.02": 2}
        with database.write() as session:
            for regency, size in zip(("36.01.01.2001", "36.02.01.2001"), sizes, strict=True):
                for number in range(size):
                    make_household(session, village=regency, assessed={"attendance_percent": 100 - 5 * number})
            make_household(session, decile=9)
            self.cycle_id = make_cycle(session, quota=quota, policy=CyclePolicy(**policy)).id

    @property
    def work(self):
        return work_of(self.database, self.home, self.cycle_id, OPERATOR.actor)

    def run(self):
        return run_step(self.work, "selection", STEPS)

    def _decide(self, what, officer, *given, at=None):
        with self.database.write() as session:
            return what(session, officer, *given, told_by(officer, at))

    def _cycle_first(self, what, officer, *given, at=None):
        with self.database.write() as session:
            return what(session, officer, session.get_one(Cycle, self.cycle_id), *given, told_by(officer, at))

    def verify(self, officer=PROVINCE, regency=None):
        return self._cycle_first(verify_decree, officer, regency)

    def approve(self, officer=APPROVER, at=None):
        return self._cycle_first(approve_decree, officer, at=at)

    def sign(self):
        self.verify()
        return self.approve()

    def withdraw(self, case):
        self._decide(withdraw_case, OPERATOR, case.id, "pindah ke luar daerah")

    def exclude(self, case, reason="menerima bantuan lain"):
        self._decide(exclude_case, OPERATOR, case.id, reason)

    def object(self, case, kind, officer=OPERATOR, grounds="menurut warga"):
        return self._decide(file_objection, officer, case.id, kind, grounds)

    def answer(self, objection, decision, officer=APPROVER, answer="sudah diperiksa"):
        return self._decide(decide_objection, officer, objection.id, decision, answer)

    def cases(self, status=None, regency=None):
        with self.database.read() as session:
            found = session.exec(select(Case).order_by(Case.rank, Case.id)).all()
        return [c for c in found if status in (None, c.status) and regency in (None, c.regency_code)]

    def case(self, case_id):
        with self.database.read() as session:
            return session.get_one(Case, case_id)

    def decrees(self):
        with self.database.read() as session:
            return session.exec(select(Decree).order_by(Decree.version)).all()

    def objections(self):
        with self.database.read() as session:
            return session.exec(select(Objection).order_by(Objection.id)).all()

    def moves(self, event):
        with self.database.read() as session:
            return session.exec(select(Move).where(Move.event == event, Move.subject == "case")).all()


def days_from_now(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)
