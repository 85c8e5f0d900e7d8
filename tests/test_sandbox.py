"""May a software maker practise every answer against us, without one practice row ever standing among the real ones?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from conftest import KEYS
from factories import NOW, SEALER, told_by
from fastapi.testclient import TestClient
from fhir_check import faults
from handoff_scenes import OPERATOR
from outsider import Outsider, house_of, sent_referral
from page_scene import Pages
from sqlmodel import SQLModel, select

from service.db.history import Told, record_move
from service.db.tables import Household, Partner, Referral, ReferralBatch
from service.errors import BadInput
from service.handoff.decisions import reroute_referral
from service.handoff.next_steps import DECLINE_REASONS
from service.handoff.outcome import OUTCOMES
from service.lifecycle import STATUSES, Subject
from service.sandbox.ground import FILE, NotASandbox, Practice
from service.sandbox.script import PARTS
from service.sandbox.steps import answer_all, make_referrals
from service.trust.accounts import add_user, make_token
from service.trust.partners import WrongPartner, add_partner, make_link, rotate_secret

ROOT = Path(__file__).parent.parent
STATUS_NAMES = {status.name for status in STATUSES[Subject.REFERRAL]}


class Ground:
    """A service with a real agency and its referral, and a sandbox agency with practice referrals."""

    def __init__(self, pages: Pages) -> None:
        self.pages, self.database = pages, pages.database
        with self.database.write() as session:
            fields = {"regency_code": "36.01", "services": ["business_development"], "is_sandbox": True}
            self.partner, self.secret = add_partner(session, SEALER, "coba", "agency", "Coba (contoh)", **fields)
            self.link = make_link(session, self.partner.id, date(2099, 1, 1))
        self.practice: Practice = pages.app.state.practice
        self.ground = self.practice.database_for(self.partner)
        self.program = Outsider(TestClient(pages.app), "coba", self.secret)

    def make(self) -> list[str]:
        return [one.number for one in make_referrals(self.ground, self.partner, SEALER, NOW)]

    def tell(self, event, number, **data):
        answer = self.program.tell(f"referral.{event}", {"referral": number, **data})
        assert answer.status_code == 202, answer.text
        return answer.json()["result"]

    def task(self, number):
        answer = self.pages.stranger().get(f"/fhir/Task/{number}", headers={"authorization": f"Bearer {self.link}"})
        assert answer.status_code == 200, answer.text
        assert faults(answer.json()) == []
        return answer.json()

    def status(self, number):
        return self.task(number)["businessStatus"]["coding"][0]["code"]

    def everything_real(self):
        """Every row of every table of the real database."""
        with self.database.read() as session:
            return {
                table.name: sorted(repr(tuple(row)) for row in session.execute(table.select()))
                for table in SQLModel.metadata.sorted_tables
            }


@pytest.fixture
def estafet(house):
    """`estafet(*arguments)` by an admin, in a process of its own -> (exit code, the JSON told)."""
    with house.database.write() as session:
        token = make_token(session, add_user(session, "admin", "Admin", ["admin"]).id)
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url, "PYTHONPATH": str(ROOT)}

    def run(*arguments):
        command = [sys.executable, "-m", "service.cli.main", *arguments, "--json"]
        environment = os.environ | KEYS | told | {"ESTAFET_TOKEN": token}
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    return run


@pytest.fixture
def ground(database, home):
    pages = Pages(database, home).with_things()
    made = Ground(pages)
    yield made
    made.practice.close()
    pages.app.state.prefect.close()


def test_practising_leaves_not_one_row_in_the_real_database(ground):
    before = ground.everything_real()
    numbers = ground.make()
    assert ground.tell("acknowledged", numbers[0]) == "applied"
    assert ground.tell("declined", numbers[0], reason="NO_CAPACITY") == "applied"
    answer_all(ground.ground, ground.partner, NOW)
    ground.make()
    assert ground.everything_real() == before


def test_every_practice_household_is_marked_as_invented(ground):
    ground.make()
    with ground.ground.read() as session:
        homes = session.exec(select(Household)).all()
    assert len(homes) == len(PARTS)
    for home in homes:
        assert "(rekaan)" in home.name
        assert SEALER.unseal("nik", home.nik_sealed)[12:14] == "99"


def test_a_maker_walks_the_whole_way_by_signed_callbacks_and_reads_it_back(ground):
    number = ground.make()[0]
    seen = [ground.status(number)]
    for event, data in (
        ("acknowledged", {"register_number": "A/1"}),
        ("accepted", {}),
        ("service_started", {}),
        ("concluded", {"outcome": "ACHIEVED", "indicators": {"business_running": True, "nib_issued": True}}),
    ):
        assert ground.tell(event, number, **data) == "applied"
        seen.append(ground.status(number))
    assert seen == ["sent", "acknowledged", "accepted", "in_service", "concluded"]
    assert ground.task(number)["output"][0]["valueCodeableConcept"]["coding"][0]["code"] == "ACHIEVED"
    assert ground.tell("acknowledged", number) == "late"


@pytest.mark.parametrize("event", ["declined", "returned"])
def test_every_reason_can_be_practised(ground, event):
    for number, reason in zip(ground.make(), DECLINE_REASONS, strict=False):
        ground.tell("acknowledged", number)
        assert ground.tell(event, number, reason=reason, note="penjelasan contoh") == "applied"
        assert ground.status(number) == event
        assert ground.task(number)["statusReason"]["coding"][0]["code"] == reason


def test_twice_is_a_duplicate_and_too_early_waits_for_its_turn(ground):
    number = ground.make()[0]
    data = {"referral": number}
    assert ground.tell("accepted", number) == "parked"
    assert ground.program.tell("referral.acknowledged", data, "m-1").json() == {"result": "applied"}
    assert ground.program.tell("referral.acknowledged", data, "m-1").json() == {"result": "duplicate"}
    assert ground.status(number) == "accepted"


def test_the_simulated_agency_gives_every_reason_every_outcome_and_every_answer_there_is(ground):
    ground.make()
    told = [message for one in answer_all(ground.ground, ground.partner, NOW) for message in one.told]
    assert {message["data"].get("reason") for message in told} >= set(DECLINE_REASONS)
    assert {message["data"].get("outcome") for message in told} >= set(OUTCOMES)
    assert {message["result"] for message in told} == {"applied", "duplicate", "parked", "late"}
    again = [message["result"] for one in answer_all(ground.ground, ground.partner, NOW) for message in one.told]
    assert set(again) == {"duplicate"}


def test_every_status_an_agency_can_meet_is_among_the_practice_referrals(ground):
    numbers = ground.make()
    unsent = numbers.pop(16)  # signed only: an agency does not see it before it is sent
    before = {ground.status(number) for number in numbers}
    answer_all(ground.ground, ground.partner, NOW)
    ground.tell("accepted", numbers[14])
    assert before | {ground.status(number) for number in numbers} == STATUS_NAMES - {"drafted", "signed"}
    unseen = ground.pages.stranger().get(f"/fhir/Task/{unsent}", headers={"authorization": f"Bearer {ground.link}"})
    assert unseen.status_code == 404


def test_after_a_refusal_it_says_what_follows(ground):
    ground.make()
    follows = {one.about: one.next_step for one in answer_all(ground.ground, ground.partner, NOW)}
    assert follows["menolak dengan alasan NO_CAPACITY"] == "Dialihkan ke instansi berikutnya yang masih punya tempat."
    assert follows["melayani sampai selesai: ACHIEVED"] == ""


def test_a_forged_message_is_refused_as_for_real_partners(ground):
    number = ground.make()[0]
    with ground.database.write() as session:
        _, secret = add_partner(session, SEALER, "dinkop-c", "agency", "Dinkop C (contoh)", agency_kind="office")
    wrong = Outsider(ground.program.client, "coba", secret)
    assert wrong.tell("referral.acknowledged", {"referral": number}).status_code == 401
    assert ground.status(number) == "sent"


def test_a_key_can_be_rotated_in_the_sandbox_too(ground):
    number = ground.make()[0]
    with ground.database.write() as session:
        new = rotate_secret(session, SEALER, "coba", NOW)
    assert Outsider(ground.program.client, "coba", new).tell("referral.acknowledged", {"referral": number}).status_code == 202


def test_a_sandbox_key_reaches_no_real_referral_and_a_real_key_no_practice_one(ground):
    number = ground.make()[0]
    with ground.database.write() as session:
        real = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        secret = rotate_secret(session, SEALER, "dinkop-a", NOW)
        real_number = sent_referral(session, real, "RJK-2021-00002").number
    before = ground.everything_real()
    assert ground.program.tell("referral.acknowledged", {"referral": real_number}).status_code == 404
    agency = Outsider(ground.program.client, "dinkop-a", secret)
    assert agency.tell("referral.acknowledged", {"referral": number}).status_code == 404
    assert ground.everything_real() == before
    unread = ground.pages.stranger().get(f"/fhir/Task/{real_number}", headers={"authorization": f"Bearer {ground.link}"})
    assert unread.status_code == 404


def test_one_makers_practice_referral_is_not_anothers(ground):
    number = ground.make()[0]
    with ground.database.write() as session:
        _, secret = add_partner(session, SEALER, "coba-2", "agency", "Coba 2 (contoh)", is_sandbox=True)
    other = Outsider(ground.program.client, "coba-2", secret)
    assert other.tell("referral.acknowledged", {"referral": number}).status_code == 403


def test_a_sandbox_agency_says_nothing_of_orders_and_parcels(ground):
    assert ground.program.tell("order.confirmed", {"order": "PSN-2021-0001"}).status_code == 403
    assert ground.program.tell("parcel.absent", {"parcel": "PKT-2021-00001", "at": NOW.isoformat()}).status_code == 403


def test_no_real_household_is_sent_to_a_sandbox_agency(ground):
    page = ground.pages.officer("operator")
    with ground.database.write() as session:
        real = session.exec(select(Partner).where(Partner.sender == "dinkop-a")).one()
        referral_id = sent_referral(session, real, "RJK-2021-00003").id
        record_move(session, Subject.REFERRAL, referral_id, "deadline_passed", Told("flow:test", NOW))
    shown = page.get("/rujukan/RJK-2021-00003")
    assert shown.status_code == 200
    assert "dinkop-b" in shown.text
    assert "Coba (contoh)" not in shown.text
    with ground.database.write() as session:
        hop, agency = session.get_one(Referral, referral_id), session.get_one(Partner, ground.partner.id)
        with pytest.raises(BadInput, match="hanya untuk uji coba"):
            reroute_referral(session, OPERATOR, hop, agency, "coba", told_by(OPERATOR, NOW))
    with ground.database.read() as session:
        assert session.exec(select(ReferralBatch).where(ReferralBatch.agency_id == ground.partner.id)).first() is None


def test_its_page_says_that_practising_works_by_program_only(ground):
    page = ground.pages.stranger().get(f"/r/{ground.link}")
    assert page.status_code == 200
    assert "Mitra uji coba bekerja lewat program saja" in page.text


def test_only_agencies_can_be_tried_out_and_a_real_one_has_no_practice_ground(database, home):
    house = house_of(database, home)
    with database.write() as session:
        with pytest.raises(WrongPartner, match="Hanya instansi"):
            add_partner(session, SEALER, "toko", "supplier", "Toko (contoh)", is_sandbox=True)
        real, _ = add_partner(session, SEALER, "dinkop", "agency", "Dinkop (contoh)", agency_kind="office")
    with pytest.raises(NotASandbox, match="mitra sungguhan"):
        Practice(home).database_for(real)
    assert not (house.home / FILE).exists()


def test_the_command_makes_practice_referrals_and_lets_the_simulated_agency_answer(estafet, house):
    new = ("--regency", "36.01", "--sandbox")
    assert estafet("partner", "add", "Toko", "--kind", "supplier", *new)[0] == 1
    code, told = estafet("partner", "add", "Coba", "--kind", "agency", *new)
    assert (code, told["next"]) == (0, "estafet partner practice coba")
    code, made = estafet("partner", "practice", "coba")
    assert (code, len(made["referrals"]), made["answers"]) == (0, len(PARTS), [])
    assert len(estafet("partner", "practice", "coba", "--answer")[1]["answers"]) == 2 * len(PARTS)
    assert (house.home / FILE).exists()
    assert estafet("partner", "practice", "tidak-ada")[0] == 1
    with house.database.read() as session:
        assert session.exec(select(Referral)).first() is None
