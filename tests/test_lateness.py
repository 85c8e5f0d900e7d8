"""Is a supplier reminded in time and once, and does the office see who is late since when and what to do?"""

import json
from datetime import date, datetime, time, timedelta

import pytest
from conftest import KEYS
from factories import run_step
from killed_run import killed_at
from order_scenes import FIRST, Orders
from page_scene import Pages
from sqlmodel import select

from service import clock
from service.clock import WIB, wall
from service.db.tables import Cycle, Order, OutboundMessage, Partner, Reminder
from service.policy import CyclePolicy
from service.procurement.lateness import NOT_ARRIVED, NOT_CONFIRMED, judge, late_orders, reminder_day
from service.procurement.queries.lateness import OpenOrder
from service.procurement.steps import WATCH_STEPS
from service.stages import STAGES
from service.trust.homes import House

TODAY = wall().astimezone(WIB).date()


def order(status: str = "confirmed", due_on: date | None = date(2021, 11, 30), since: date = date(2021, 11, 1)) -> OpenOrder:
    at = datetime(since.year, since.month, since.day, 9, tzinfo=WIB)
    return OpenOrder(1, "PSN-2021-0001", 1, "CV Contoh", "", "36.01.01", status, at, due_on, 4, 1)


@pytest.mark.parametrize(
    ("told", "today", "why", "since"),
    [
        (order(), date(2021, 11, 30), None, None),
        (order(), date(2021, 12, 1), NOT_ARRIVED, date(2021, 12, 1)),
        (order("placed"), date(2021, 11, 4), None, None),
        (order("placed"), date(2021, 11, 5), NOT_CONFIRMED, date(2021, 11, 5)),
        (order("shipped", None), date(2022, 11, 5), None, None),
    ],
)
def test_late_is_past_the_deadline_or_silent_beyond_the_days_to_confirm(told, today, why, since):
    found = judge(told, today, CyclePolicy())
    assert (found.why, found.since) == (why, since) if why else found is None
    assert found is None or len(found.next_step) > 20


def test_the_reminder_before_the_deadline_counts_working_days():
    assert reminder_day(date(2021, 11, 29), 1) == date(2021, 11, 26)
    assert reminder_day(date(2021, 11, 30), 2, [date(2021, 11, 29)]) == date(2021, 11, 25)


def watched(orders: Orders) -> list[OutboundMessage]:
    run_step(orders.work, "watch", WATCH_STEPS)
    with orders.database.read() as session:
        return list(session.exec(select(OutboundMessage).where(OutboundMessage.subject_key.startswith("order-reminder"))).all())


def test_a_supplier_is_reminded_once_at_the_deadline_however_often_the_watch_runs(database, home):
    orders = Orders(database, home, goods_due_on=TODAY)
    with database.write() as session:
        session.get_one(Partner, orders.partners[0]).contact = "pemasok@contoh.invalid"
        session.get_one(Partner, orders.partners[1]).contact = "pemasok-dua@contoh.invalid"
    for _ in range(3):
        told = watched(orders)
    assert sorted(one.kind for one in told) == ["mail", "webhook"]
    assert [FIRST in str(one.body) for one in told] == [True, True]
    with database.read() as session:
        assert [(one.subject, one.level) for one in session.exec(select(Reminder)).all()] == [("order", "due")]


def later(orders: Orders, today: date) -> list[OutboundMessage]:
    """The watch on another day."""
    clock.move_to(orders.home, datetime.combine(today, time(10), tzinfo=WIB))
    return watched(orders)


def test_two_orders_of_one_supplier_are_one_message_before_the_deadline_and_one_at_it(database, home):
    (home / clock.HOME_FILE).write_text(json.dumps({"kind": "demo"}))
    due_on = TODAY + timedelta(days=20)
    orders = Orders(database, home, goods_due_on=due_on)
    with database.write() as session:
        first = session.exec(select(Order)).one()
        twin = {name: getattr(first, name) for name in Order.model_fields if name not in ("id", "number", "seq", "code")}
        session.add(Order(**twin, number="PSN-2021-0002"))
    before = reminder_day(due_on, CyclePolicy().terms.remind_before)
    days = [before - timedelta(days=1), before, before, due_on, due_on, due_on + timedelta(days=3)]
    assert [len([one for one in later(orders, day) if one.kind == "webhook"]) for day in days] == [0, 1, 1, 2, 2, 2]
    told = [one for one in watched(orders) if one.kind == "webhook"]
    assert [sorted(said["order"] for said in one.body["orders"]) for one in told] == [[FIRST, "PSN-2021-0002"]] * 2
    with database.read() as session:
        assert sorted(one.level for one in session.exec(select(Reminder)).all()) == ["due", "due", "remind", "remind"]


def watched_outside(house: House, kill_at: int) -> bool:
    """The watch in a process of its own; False when it was killed at that commit."""
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url}
    return killed_at(KEYS | told, "watch", 2021, kill_at)


def test_a_watch_killed_at_every_commit_reminds_once(house):
    orders = Orders(house.database, house.home, goods_due_on=TODAY)
    kills = 0
    while not watched_outside(house, kill_at=kills + 1):
        kills += 1
    assert 1 <= kills < 40
    assert watched_outside(house, kill_at=0)
    with house.database.read() as session:
        told = session.exec(select(OutboundMessage).where(OutboundMessage.type == "order.due")).all()
        assert [FIRST in str(one.body) for one in told] == [True]
        assert len(session.exec(select(Reminder)).all()) == 1
    assert len([one for one in watched(orders) if one.kind == "webhook"]) == 1


def test_before_the_deadline_there_is_another_reminder_and_long_before_none(database, home):
    orders = Orders(database, home, goods_due_on=TODAY + timedelta(days=1))
    watched(orders)
    with database.read() as session:
        assert [one.level for one in session.exec(select(Reminder)).all()] == ["remind"]


def test_nobody_is_reminded_long_before_the_deadline(database, home):
    assert watched(Orders(database, home, goods_due_on=TODAY + timedelta(days=60))) == []


def test_the_watch_runs_the_reminders_and_an_order_that_arrived_is_left_alone(database, home):
    assert "remind_suppliers" in [step.name for step in STAGES["watch"]]
    orders = Orders(database, home, goods_due_on=TODAY)
    orders.ship()
    orders.tell("arrived", items={"P-JAHIT": 1, "P-WARUNG": 3})
    assert watched(orders) == []


def test_the_page_and_the_list_name_the_supplier_the_days_and_the_next_step(database, home):
    pages = Pages(database, home)
    orders = Orders(database, home, goods_due_on=TODAY - timedelta(days=10))
    with database.read() as session:
        (found,) = late_orders(session, session.get_one(Cycle, orders.work.cycle_id), TODAY)
        assert late_orders(session, session.get_one(Cycle, orders.work.cycle_id), TODAY, ("36.02",)) == []
    page = pages.officer("operator").get("/terlambat").text
    assert (FIRST in page, found.next_step in page, f"{found.working_days} hari kerja" in page) == (True, True, True)
    assert found.since == TODAY - timedelta(days=9)


def test_the_page_says_when_nobody_is_late(database, home):
    pages = Pages(database, home)
    Orders(database, home, goods_due_on=TODAY + timedelta(days=60))
    assert "Tidak ada penyedia yang terlambat" in pages.officer("auditor").get("/terlambat").text
