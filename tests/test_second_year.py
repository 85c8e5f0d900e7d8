"""Does a second year begin anew: other households, numbers from one, lists of its own, and nobody helped twice?"""

import json
from dataclasses import replace
from datetime import datetime

import pytest
import year_scenes as scenes
from factories import SEALER, assessment_row, make_household, make_partner
from sqlmodel import select

from service import clock
from service.clock import WIB
from service.cohort.steps import conservation, open_cycle, summary
from service.db.history import Told
from service.db.tables import AidReceipt, Case, Decree, ExitEntry, ExitList, Household, Letter, Member, Order, Package, Parcel
from service.exits.listing import make_list
from service.policy import CyclePolicy
from service.selection.explain import why
from service.stage import Work, run_locally
from service.stages import STAGES
from service.trust.homes import House

FIRST, SECOND = 2021, 2022
QUOTA = {"36.01": 3}


class Years:
    """One regency, one supplier, one facilitator, and a clock that walks through two years."""

    def __init__(self, house: House) -> None:
        (house.home / clock.HOME_FILE).write_text(json.dumps({"kind": "demo"}))
        self.house = replace(house, sealer=SEALER)
        with house.database.write() as session:
            make_partner(session, "supplier", "pms-01", None)
            make_partner(session, "facilitator", "fas-f01")
        self.lists = {}

    def at(self, year: int, month: int, day: int) -> None:
        clock.move_to(self.house.home, datetime(year, month, day, 9, 0, tzinfo=WIB))

    def people(self, count: int, **fields) -> list[int]:
        today = clock.today(self.house.home)
        with self.house.database.write() as session:
            return [make_household(session, {"assessed_on": today}, **fields).id for _ in range(count)]

    def run(self, year: int, *stages: str) -> None:
        for stage in stages:
            with self.house.database.read() as session:
                cycle = scenes.cycle_in(session, year)
            work = Work(self.house.database, self.house.home, "http://estafet.test", cycle, f"flow:{stage}", SEALER)
            list(run_locally(work, stage, STAGES[stage]))

    def whole_year(self, year: int) -> None:
        """From the freeze to the exit list."""
        self.at(year, 6, 1)
        with self.house.database.write() as session:
            told = Told(scenes.OPERATOR.actor, clock.now(self.house.home))
            open_cycle(session, scenes.OPERATOR, year, QUOTA, CyclePolicy(), 5, told)
        self.run(year, "selection")
        scenes.approve(self.house, year)
        self.run(year, "selection", "procurement")
        scenes.place(self.house, year)
        self.run(year, "procurement")
        self.at(year, 11, 1)
        scenes.bring_goods(self.house, year)
        self.run(year, "delivery")
        self.at(year, 12, 1)
        scenes.make_whole(self.house, clock.now(self.house.home), year)
        self.run(year, "delivery", "mentoring")
        with self.house.database.read() as session:
            cycle = scenes.cycle_in(session, year)
        self.lists[year] = make_list(self.house, scenes.OPERATOR, cycle)

    def all(self, table, year: int) -> list:
        with self.house.database.read() as session:
            cycle_id = scenes.cycle_in(session, year).id
            return list(session.exec(select(table).where(table.cycle_id == cycle_id).order_by(table.id)))

    def places(self, year: int) -> dict[int, str]:
        return {case.household_id: case.placement for case in self.all(Case, year)}


@pytest.fixture
def years(house) -> Years:
    """The first year is over: three households have their goods. A fourth was left out, a fifth came after."""
    made = Years(house)
    made.at(FIRST, 5, 1)
    made.people(4)
    made.whole_year(FIRST)
    made.at(SECOND, 5, 1)
    with house.database.write() as session:
        for household_id in session.scalars(select(Household.id)).all():
            session.add(assessment_row(household_id, assessed_on=clock.today(house.home)))
    made.people(1)
    return made


def test_who_was_helped_is_refused_in_the_second_year_and_who_was_left_out_is_taken(years):
    helped = {case.household_id for case in years.all(Case, FIRST) if case.status in ("verified", "ready")}
    assert len(helped) == 3
    years.whole_year(SECOND)
    placed = years.places(SECOND)
    assert {household for household, code in placed.items() if code == "PRIOR_UEP"} == helped
    assert [code for household, code in placed.items() if household not in helped] == ["WITHIN_QUOTA"] * 2
    with years.house.database.read() as session:
        told = why(session, SECOND, min(helped))
        rule = next(rule for rule in told["rules"] if rule["code"] == "PRIOR_UEP")
        assert (rule["verdict"], rule["value"]) == ("not_met", FIRST)
        for year in (FIRST, SECOND):
            assert conservation(session, scenes.cycle_in(session, year).id).is_ok
        assert summary(session, SECOND)["verified"] == 2
        assert summary(session, FIRST)["verified"] == 3


def test_a_relative_is_refused_because_the_ledger_knows_the_household_by_its_members(years):
    """The daughter is a head now; the mother, helped in the first year, stands on her family card."""
    with years.house.database.write() as session:
        helped = session.exec(
            select(Household).join(Case, Case.household_id == Household.id).join(ExitEntry, ExitEntry.case_id == Case.id)
        ).first()
        daughter = make_household(session, {"assessed_on": clock.today(years.house.home)})
        session.add(
            Member(household_id=daughter.id, nik_sealed=helped.nik_sealed, nik_lookup=helped.nik_lookup, name="Ibu Contoh",
                   added_at=clock.now(years.house.home))
        )  # fmt: skip
        daughter_id = daughter.id
    years.whole_year(SECOND)
    assert years.places(SECOND)[daughter_id] == "PRIOR_UEP"


def test_numbers_books_catalogue_and_lists_of_the_second_year_are_its_own(years):
    first = {table: [row.number for row in years.all(table, FIRST)] for table in (Order, Parcel, ExitList, Decree)}
    years.whole_year(SECOND)
    for table, start in ((Order, "PSN-{}-0001"), (Parcel, "PKT-{}-00001"), (ExitList, "KLR-{}-01")):
        assert first[table][0] == start.format(FIRST)
        assert years.all(table, SECOND)[0].number == start.format(SECOND)
        assert [row.number for row in years.all(table, FIRST)] == first[table]
    assert [years.all(Decree, year)[0].number for year in (FIRST, SECOND)] == [
        f"400.9.14.1/0001-DINSOS/{year}" for year in (FIRST, SECOND)
    ]
    assert {letter.number for letter in years.all(Letter, SECOND) if letter.kind == "exit"} == {"400.9.11.3/0001-DINSOS/2022"}
    packages = {year: {package.id for package in years.all(Package, year)} for year in (FIRST, SECOND)}
    assert packages[FIRST]
    assert packages[SECOND]
    assert not packages[FIRST] & packages[SECOND]
    assert years.lists[FIRST].sha256 != years.lists[SECOND].sha256
    with years.house.database.read() as session:
        by_list = {row.number: row.households for row in session.exec(select(ExitList)).all()}
        ledger = sorted(receipt.year for receipt in session.exec(select(AidReceipt)).all())
    assert by_list == {"KLR-2021-01": 3, "KLR-2022-01": 2}
    assert ledger == [FIRST] * 3 + [SECOND] * 2
