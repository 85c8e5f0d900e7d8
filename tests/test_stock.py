"""Is every package that ever came to a point with a household, waiting for one, free, or written off?"""

import pytest
from factories import make_officer, told_by
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_scene import Pages, token_on
from sqlmodel import col, delete, select
from stock_scenes import PPK, SECOND, VERIFIER, Point, tried

from service.db.tables import Case, Order, Parcel, SparePackage
from service.delivery.decisions import ReasonNeeded
from service.delivery.stock import NotInStock, stock_of, write_off_spare
from service.trust.rights import MakerIsChecker, NoRight

ACTS = {
    "a household comes": Point.newcomer, "goods are ordered": Point.order, "an order comes": Point.bring,
    "handed over": lambda point, place: point.tell("handed_over", place),
    "handed over in part": lambda point, place: point.tell("partial", place),
    "absent": lambda point, place: point.tell("absent", place), "refused": lambda point, place: point.tell("refused", place),
    "a household leaves": Point.leave, "proven": lambda point, place: point.judge(place, True),
    "disputed": lambda point, place: point.judge(place, False), "given back": Point.give_back,
    "written off": Point.write_off, "the stage runs": Point.settle,
}  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 5)), min_size=4, max_size=14))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_stock_balances_after_whatever_happens(database, home, acts):
    point = Point(database, home)
    point.order()
    point.bring(0)
    for name, place in acts:
        tried(ACTS[name], point, place)
        assert [line.sentence for line in point.lines() if line.difference] == [], name


@pytest.fixture
def point(database, home):
    point = Point(database, home)
    point.order()
    point.bring(0)
    return point


def test_goods_of_a_household_that_left_go_to_the_next_one_and_are_not_ordered_again(point):
    assert point.sums() == {"arrived": 4, "with_households": 0, "at_point": 4, "free": 0, "written_off": 0, "difference": 0}
    point.leave(1)
    point.settle()
    assert (point.sums()["at_point"], point.sums()["free"]) == (3, 1)
    with point.database.read() as session:
        left = session.exec(select(Parcel).where(Parcel.cycle_id == point.cycle_id, Parcel.status == "substituted")).one()
    point.newcomer(1)
    point.order()
    with point.database.read() as session:
        orders = len(session.exec(select(Order).where(Order.cycle_id == point.cycle_id)).all())
        heir = session.exec(select(Parcel).where(Parcel.cycle_id == point.cycle_id).order_by(col(Parcel.id).desc())).first()
        case = session.get_one(Case, heir.case_id)
    assert (orders, heir.status, heir.order_id, case.status) == (1, "at_point", None, "ordered")
    assert [(spare.state, spare.from_parcel_id, spare.to_parcel_id) for spare in point.spares()] == [
        ("given", left.id, heir.id)
    ]
    assert point.sums()["difference"] == 0


def test_goods_that_were_opened_are_not_given_to_another_household(point):
    point.tell("partial", 0)
    point.judge(0, False)
    point.give_back(0)
    point.newcomer(0)
    point.newcomer(1)
    point.order()
    assert [(spare.state, spare.is_whole) for spare in point.spares()] == [("spare", False)]


def test_an_order_that_brings_more_than_still_wait_leaves_the_rest_in_stock(database, home):
    point = Point(database, home)
    point.order()
    point.leave(0)
    point.order()
    point.bring(0)
    assert (point.sums()["free"], point.sums()["difference"], point.sums()["arrived"]) == (1, 0, 4)
    assert [spare.why for spare in point.spares()] == ["MORE_THAN_WAITED"]


def test_a_package_that_vanished_is_an_alarm_that_names_the_point(point):
    point.leave(0)
    point.settle()
    with point.database.write() as session:
        session.exec(delete(SparePackage).where(col(SparePackage.cycle_id) == point.cycle_id))
    (line,) = [line for line in point.lines() if line.difference]
    assert (line.difference, "tidak ditemukan" in line.sentence, "Kec." in line.sentence) == (1, True, True)


def test_a_package_that_never_came_is_an_alarm_too(point):
    with point.database.write() as session:
        row = {"cycle_id": point.cycle_id, "district_code": point.lines()[0].district, "why": "UJI", "came_at": told_by(PPK).at}
        package = session.exec(select(Parcel).where(Parcel.cycle_id == point.cycle_id)).first().package_id
        session.add(SparePackage(**row, package_id=package))
    assert [line.difference for line in point.lines() if line.difference] == [-1]


def test_goods_leave_the_stock_by_a_reason_of_somebody_else_and_once(point):
    point.tell("absent", 0)
    point.give_back(0)
    (spare,) = point.spares()
    asked = [(VERIFIER, "rusak kena air", MakerIsChecker), (SECOND, " ", ReasonNeeded)]
    asked += [(SECOND, "rusak kena air", None), (SECOND, "rusak kena air", NotInStock)]
    for officer, reason, refusal in asked:
        with point.database.write() as session:
            if refusal is None:
                write_off_spare(session, officer, spare.id, reason, told_by(officer))
                continue
            with pytest.raises(refusal):
                write_off_spare(session, officer, spare.id, reason, told_by(officer))
    assert (point.sums()["written_off"], point.sums()["difference"], point.spares()[0].reason) == (1, 0, "rusak kena air")


def test_who_may_not_write_off_is_refused(point):
    with point.database.write() as session, pytest.raises(NoRight):
        write_off_spare(session, make_officer("operator"), 1, "rusak kena air", told_by(PPK))


def test_another_regency_sees_nothing_of_it(point):
    with point.database.read() as session:
        assert stock_of(session, point.cycle_id, ("36.02",)) == []


def test_the_page_shows_the_balance_the_free_goods_and_the_alarm(database, home):
    pages, point = Pages(database, home), Point(database, home)
    point.order()
    point.bring(0)
    point.leave(0)
    point.settle()
    year = point.work.cycle.year
    page = pages.officer("verifier").get(f"/stok?tahun={year}")
    assert "Stok seimbang" in page.text
    spare = point.spares()[0].id
    form = {"csrf": token_on(page), "alasan": "", "tahun": str(year)}
    browser = pages.officer("verifier")
    refused = browser.post(f"/stok/{spare}/hapus", data={**form, "csrf": token_on(browser.get(f"/stok?tahun={year}"))})
    assert (refused.status_code, "sedikitnya lima huruf" in refused.text) == (422, True)
    form = {"csrf": token_on(browser.get(f"/stok?tahun={year}")), "alasan": "kedaluwarsa semua", "tahun": str(year)}
    done = browser.post(f"/stok/{spare}/hapus", data=form)
    assert done.status_code in (200, 303)
    assert point.sums()["written_off"] == 1
    with database.write() as session:
        session.exec(delete(SparePackage).where(col(SparePackage.cycle_id) == point.cycle_id))
    assert "tidak seimbang" in pages.officer("operator").get(f"/stok?tahun={year}").text
