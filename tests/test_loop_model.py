"""Whatever both sides do, in whatever order, twice or never: is every referral where the table of moves says, and nobody lost?

Random moves of agencies (through the inbox: in any order, twice, by strangers), officers and households, clocks that run on,
restarts. The model is a status for each referral, moved by the lifecycle's table alone; after each step the database must
agree with it, each agency's account must balance, the cohort must be whole and no figure may have shrunk.
"""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

from factories import make_cycle, make_officer, make_ready_case
from handoff_scenes import OPERATOR, START, TO_DELIVERING, Scene, make_agency
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlmodel import col, select

from service import clock
from service.cohort.steps import conservation, summary
from service.db.history import Told, record_move
from service.db.session import Database
from service.db.tables import Consent, Cycle, Move, Partner, Referral
from service.doors import DOORS
from service.errors import BadInput
from service.handoff.asked_again import AskedBefore
from service.handoff.consents import NoConsent, withdraw_consent
from service.handoff.queries.accounts import balance_of
from service.handoff.steps import reroute_referral, revise_referral, withdraw_referral
from service.lifecycle import ENDS, MOVES, NoSuchMove, Subject
from service.messages.inbox import Telling, WrongSender, apply_parked, receive

TABLE, ENDED = MOVES[Subject.REFERRAL], ENDS[Subject.REFERRAL]
GOOD = {"outcome": "ACHIEVED", "indicators": {"business_running": True, "turnover_up": True}}
REASONS = ("NO_CAPACITY", "WRONG_REGION", "NOT_ELIGIBLE", "MISSING_DOCUMENT", "ALREADY_SERVED", "CANNOT_REACH", "OTHER")
SAYS = {
    "concluded": GOOD, "outcome_reported": GOOD | {"month": 3}, "note": {"text": "sudah dihubungi"},
    "paused": {"reason": "menunggu rumah tangga"},
}  # fmt: skip
MOVING = ("acknowledged", "accepted", "waitlisted", "declined", "returned", "service_started", "concluded")
FACTS = ("paused", "resumed", "note", "outcome_reported")
OF_STAGES = frozenset({"signed", "sent", "rerouted", "already_served", "withdrawn"})
FACILITATOR = make_officer("facilitator", "fas-f01")
MOST_HOUSEHOLDS = 4
_years, _ids = itertools.count(2000), itertools.count(1)
picks = st.integers(0, 30)


class Loop(RuleBasedStateMachine):
    """`statuses` is the model: referral id -> status. `seen`: the last move that was compared with it."""

    database: Database
    home = None

    def __init__(self) -> None:
        super().__init__()
        (self.home / clock.HOME_FILE).write_text(json.dumps({"kind": "demo"}))
        clock.move_to(self.home, START)
        self.year, self.day = next(_years), START
        with self.database.write() as session:
            cycle_id = make_cycle(session, year=self.year).id
            for event in TO_DELIVERING:
                record_move(session, Subject.CYCLE, cycle_id, event, Told("flow:test", clock.now(self.home)))
            made = {name: make_agency(session, f"{name}-{self.year}") for name in ("satu", "dua", "asing")}
            made["asing"].active = False
            make_ready_case(session, cycle_id)
        self.scene = Scene(self.database, self.home, cycle_id, made)
        self.statuses: dict[int, str] = {}
        self.seen, self.said, self.households, self.figures = 0, [], 1, {}
        self.reopened: list[Database] = []
        with self.database.read() as session:
            self.seen = max(session.exec(select(Move.id)).all(), default=0)
        self.scene.send_all()
        self._follow(OF_STAGES)

    def teardown(self) -> None:
        with self.database.write() as session:
            for agency in session.exec(select(Partner)):
                agency.active = False
        for opened in self.reopened:
            opened.close()

    # what may happen

    @precondition(lambda self: self.households < MOST_HOUSEHOLDS)
    @rule()
    def a_household_gets_ready(self) -> None:
        with self.scene.database.write() as session:
            make_ready_case(session, self.scene.cycle_id)
        self.households += 1

    @rule()
    def the_stage_runs_and_what_is_drafted_is_signed(self) -> None:
        self.scene.send_all()
        self._follow(OF_STAGES)

    @rule(which=picks, event=st.sampled_from(MOVING), reason=st.sampled_from(REASONS))
    def the_agency_answers(self, which: int, event: str, reason: str) -> None:
        referral = self._one(which)
        said = {"reason": reason, "note": "keterangan"} if event in ("declined", "returned") else SAYS.get(event, {})
        was = self.statuses[referral.id]
        word = self._tell(referral, event, said)
        if (was, event) in TABLE:
            assert word == "applied"
            assert self._moved(referral.id)[0] == event
        else:
            assert word in ("parked", "late", "duplicate")
            assert self._moved(referral.id) == []

    @rule(which=picks, events=st.permutations(MOVING[:2] + MOVING[5:]))
    def the_whole_answer_comes_in_any_order(self, which: int, events: list[str]) -> None:
        """Of a referral just sent, the four answers of the good way end in the same place in every order."""
        referral = self._one(which)
        fresh = self.statuses[referral.id] == "sent" and all(number != referral.number for number, *_ in self.said)
        for event in events if fresh else []:
            assert self._tell(referral, event, SAYS.get(event, {})) in ("applied", "parked")
        self._follow(frozenset(MOVING))
        assert not fresh or self.statuses[referral.id] == "concluded"

    @rule(which=picks, event=st.sampled_from(FACTS))
    def the_agency_tells_a_fact(self, which: int, event: str) -> None:
        referral = self._one(which)
        try:
            assert self._tell(referral, event, SAYS.get(event, {})) in ("applied", "parked", "late", "duplicate")
        except BadInput:
            assert event == "outcome_reported"
        assert self._moved(referral.id) == []

    @precondition(lambda self: self.said)
    @rule(which=picks)
    def a_message_comes_again(self, which: int) -> None:
        number, message_id, event, said = self.said[which % len(self.said)]
        with self.scene.database.read() as session:
            referral = session.exec(select(Referral).where(col(Referral.number) == number)).one()
        assert self._send(referral, event, said, message_id) == "duplicate"
        assert self._moved(referral.id) == []

    @rule(which=picks, event=st.sampled_from(MOVING))
    def a_stranger_answers(self, which: int, event: str) -> None:
        referral, said = self._one(which), SAYS.get(event, {"reason": "NO_CAPACITY"})
        try:
            self._send(referral, event, said, f"s-{next(_ids)}", "asing")
        except WrongSender:
            assert self._moved(referral.id) == []
        else:
            raise AssertionError("a stranger was heard")

    @rule(which=picks, event=st.sampled_from(["withdrawn", "revised", "rerouted"]))
    def an_officer_decides(self, which: int, event: str) -> None:
        referral, told = self._one(which), self.scene.told(OPERATOR.actor)
        other = next(a for n, a in self.scene.agencies.items() if n != "asing" and a.id != referral.agency_id)
        decide = {
            "withdrawn": lambda s, r: withdraw_referral(s, OPERATOR, r, "MISTAKE", told, version=r.version),
            "revised": lambda s, r: revise_referral(s, OPERATOR, r, "KTP", told, version=r.version),
            "rerouted": lambda s, r: reroute_referral(s, OPERATOR, r, s.get_one(Partner, other.id), "pindah", told),
        }[event]
        may = (self.statuses[referral.id], event) in TABLE and self._agrees(referral.case_id)
        has_had_it = other.id in self._had(referral.case_id)
        try:
            with self.scene.database.write() as session:
                decide(session, session.get_one(Referral, referral.id))
            assert not (event == "rerouted" and has_had_it)
        except NoSuchMove:
            assert (self.statuses[referral.id], event) not in TABLE
        except NoConsent:
            assert not may
        except AskedBefore:
            assert event == "rerouted"
            assert has_had_it
        self._sweep()
        self._follow(frozenset({event, *MOVING}))

    @precondition(lambda self: self.households > 2)
    @rule(which=picks)
    def a_household_takes_its_consent_back(self, which: int) -> None:
        case_id, told = self._one(which).case_id, self.scene.told(FACILITATOR.actor)
        with self.scene.database.write() as session:
            alive = session.exec(select(Consent).where(col(Consent.case_id) == case_id, col(Consent.withdrawn_at).is_(None)))
            for consent in alive.all():
                withdraw_consent(session, FACILITATOR, consent, told)
        self._follow(frozenset({"withdrawn", "consent_withdrawn"}))
        with self.scene.database.read() as session:
            mine = session.exec(select(Referral.status).where(col(Referral.case_id) == case_id)).all()
        assert set(mine) <= ENDED

    @rule(days=st.integers(1, 25))
    def time_passes(self, days: int) -> None:
        self._later(days)

    @rule()
    def the_service_starts_anew(self) -> None:
        opened = Database(self.database.address)
        self.reopened.append(opened)
        self.scene = Scene(opened, self.home, self.scene.cycle_id, self.scene.agencies)

    # what must hold

    @invariant()
    def the_database_agrees_with_the_model(self) -> None:
        with self.scene.database.read() as session:
            rows = session.execute(
                select(Referral.id, Referral.status, Referral.case_id).where(col(Referral.cycle_id) == self.scene.cycle_id)
            ).all()
        assert {row[0]: row[1] for row in rows} == self.statuses
        open_cases = [row[2] for row in rows if row[1] not in ENDED]
        assert len(open_cases) == len(set(open_cases))

    @invariant()
    def nobody_is_lost_and_no_figure_shrinks(self) -> None:
        with self.scene.database.read() as session:
            assert conservation(session, self.scene.cycle_id).alarms == {}
            for account in balance_of(session, self.scene.cycle_id):
                assert account.is_ok, account
            told = summary(session, self.year)
        figures = {name: value for name, value in told.items() if isinstance(value, int)}
        assert all(figures[name] >= value for name, value in self.figures.items()), (self.figures, figures)
        self.figures = figures

    # how it is done

    def _one(self, which: int) -> Referral:
        with self.scene.database.read() as session:
            mine = select(Referral).where(col(Referral.cycle_id) == self.scene.cycle_id).order_by(col(Referral.id).desc())
            rows = session.exec(mine).all()
        return rows[which % len(rows)]

    def _tell(self, referral: Referral, event: str, said: dict) -> str:
        message_id = f"m-{next(_ids)}"
        word = self._send(referral, event, said, message_id)
        self.said.append((referral.number, message_id, event, said))
        return word

    def _send(self, referral: Referral, event: str, said: dict, message_id: str, sender: str = "") -> str:
        kind, now = f"referral.{event}", clock.now(self.home)
        data = DOORS[kind].data.model_validate({"referral": referral.number, **said})
        by_id = {agency.id: agency for agency in self.scene.agencies.values()}
        partner = self.scene.agencies[sender] if sender else by_id[referral.agency_id]
        telling = Telling(message_id, kind, now, data, {"type": kind, "data": data.model_dump(mode="json")})
        return receive(self.scene.database, DOORS, partner, telling, now)

    def _moved(self, referral_id: int) -> list[str]:
        """The events that followed, of this referral and no other."""
        found = self._follow(frozenset(MOVING))
        assert {subject for subject, _ in found} <= {referral_id}
        return [event for _, event in found]

    def _follow(self, allowed: frozenset[str]) -> list[tuple[int, str]]:
        """Move the model by every new row of the table of moves; each must fit where the model is."""
        with self.scene.database.read() as session:
            new = select(Move).where(col(Move.id) > self.seen, col(Move.subject) == "referral").order_by(col(Move.id))
            rows = session.exec(new).all()
        for row in rows:
            self.seen = row.id
            if row.event == "began":
                assert row.subject_id not in self.statuses
                self.statuses[row.subject_id] = "drafted"
                continue
            assert row.event in allowed
            assert row.from_status == self.statuses[row.subject_id]
            self.statuses[row.subject_id] = TABLE[row.from_status, row.event]
        return [(row.subject_id, row.event) for row in rows if row.event != "began"]

    def _sweep(self) -> None:
        apply_parked(self.scene.database, DOORS, clock.now(self.home))

    def _later(self, days: int) -> None:
        """Time goes on; the watch and the stage run, as they do every minute."""
        self.day += timedelta(days=days)
        for _ in range(2):
            clock.move_to(self.home, self.day.replace(hour=17))
            self.scene.watch()
            silent = self._follow(frozenset({"deadline_passed"}))
            assert all(self.statuses[subject] == "no_response" for subject, _ in silent)
            self.day += timedelta(days=1)
        self.scene.run()
        self._sweep()
        self._follow(OF_STAGES | frozenset(MOVING))

    def _had(self, case_id: int) -> set[int]:
        with self.scene.database.read() as session:
            mine = session.exec(select(Referral).where(col(Referral.case_id) == case_id)).all()
        return {one.agency_id for one in mine if one.status not in ("drafted", "signed", "withdrawn")}

    def _agrees(self, case_id: int) -> bool:
        with self.scene.database.read() as session:
            mine = select(Consent).where(col(Consent.case_id) == case_id, col(Consent.withdrawn_at).is_(None))
            return session.exec(mine).first() is not None


class LoopToItsEnd(Loop):
    """After all that, months without any answer: nothing waits for an agency that does not answer."""

    def teardown(self) -> None:
        try:
            for _ in range(14):
                self._later(31)  # not always the same day of the week: on Sundays nobody is given up
                self.scene.sign_all()
                self._follow(OF_STAGES)
            with self.scene.database.read() as session:
                mine = select(Referral).where(col(Referral.cycle_id) == self.scene.cycle_id)
                left = [r for r in session.exec(mine).all() if r.status not in ENDED]
            assert all(r.needs_person or r.status in ("accepted", "in_service") for r in left), [r.status for r in left]
            self.nobody_is_lost_and_no_figure_shrinks()
        finally:
            super().teardown()


def test_no_order_of_moves_loses_a_referral(database, home):
    machine = type("LoopHere", (LoopToItsEnd,), {"database": database, "home": home})
    phases = [Phase.explicit, Phase.reuse, Phase.generate]  # making a failure smaller takes many minutes on a database
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=6, stateful_step_count=16, deadline=None, suppress_health_check=checks, phases=phases),
    )
    with database.read() as session:
        assert len(session.exec(select(Cycle)).all()) >= 6
