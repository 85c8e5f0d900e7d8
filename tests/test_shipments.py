"""Do the goods of an order add up, however many shipments bring them, in whatever order these are told?"""

import pytest
from factories import told_by
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from order_scenes import FIRST, FULL, PPK, Orders
from pydantic import ValidationError
from sqlmodel import select

from service.db.tables import InboundMessage, Order, Shipment, SparePackage
from service.procurement.answers import OrderArrived
from service.procurement.decisions import cancel_order, order_by_number


@pytest.fixture
def orders(database, home):
    return Orders(database, home)


def test_an_order_arrives_when_its_shipments_have_brought_everything(orders):
    orders.ship(shipment="SJ-1", items={"P-WARUNG": 2})
    assert orders.tell("shipped", shipment="SJ-2") == "applied"
    assert orders.tell("arrived", shipment="SJ-1", items={"P-WARUNG": 2}) == "applied"
    assert (orders.status(), orders.arrived()) == ("shipped", {"P-JAHIT": 0, "P-WARUNG": 2})
    assert orders.tell("arrived", shipment="SJ-2", items={"P-JAHIT": 1, "P-WARUNG": 1}) == "applied"
    assert (orders.status(), orders.arrived()) == ("arrived", FULL)
    assert orders.events()[-4:] == ["shipped", "shipped", "arrived_partly", "arrived"]
    assert orders.refs() == ["SJ-1", "SJ-2"]


def test_a_shipment_told_twice_is_one(orders):
    orders.ship(shipment="SJ-1")
    assert orders.tell("shipped", shipment="SJ-1") == "applied"
    for count in (2, 1):
        assert orders.tell("arrived", shipment="SJ-1", items={"P-WARUNG": count}) == "applied"
    assert orders.tell("arrived", message_id="sama", shipment="SJ-2", items={"P-JAHIT": 1}) == "applied"
    assert orders.tell("arrived", message_id="sama", shipment="SJ-2", items={"P-JAHIT": 1}) == "duplicate"
    assert orders.arrived() == {"P-JAHIT": 1, "P-WARUNG": 2}
    assert orders.events().count("shipped") == 1
    assert orders.events().count("arrived_partly") == 2


def test_a_supplier_who_says_that_nothing_else_comes_has_arrived_short(orders):
    orders.ship(shipment="SJ-1")
    assert orders.tell("arrived", shipment="SJ-1", complete=True, items={"P-WARUNG": 1}) == "applied"
    assert (orders.status(), orders.arrived()) == ("arrived", {"P-JAHIT": 0, "P-WARUNG": 1})


def test_a_shipment_that_comes_after_is_added_until_the_goods_are_inspected(orders):
    orders.ship(shipment="SJ-1")
    orders.tell("arrived", shipment="SJ-1", complete=True, items={"P-WARUNG": 2})
    assert orders.tell("arrived", shipment="SJ-2", items={"P-JAHIT": 1}) == "applied"
    assert (orders.status(), orders.arrived()) == ("arrived", {"P-JAHIT": 1, "P-WARUNG": 2})
    orders.inspect({"P-JAHIT": 1, "P-WARUNG": 2})
    assert orders.tell("arrived", shipment="SJ-3", items={"P-WARUNG": 1}) == "late"
    assert orders.arrived() == {"P-JAHIT": 1, "P-WARUNG": 2}


def test_without_a_shipment_an_order_is_told_whole_and_once_as_before(orders):
    orders.ship()
    assert orders.tell("shipped") == "late"
    assert orders.tell("arrived", items=FULL) == "applied"
    assert orders.tell("arrived", items=FULL | {"P-WARUNG": 1}) == "late"
    assert (orders.status(), orders.arrived(), orders.refs()) == ("arrived", FULL, [])
    assert orders.events()[-2:] == ["shipped", "arrived"]


def test_a_shipment_may_arrive_before_anybody_said_that_it_left(orders):
    assert orders.tell("arrived", shipment="SJ-1", items={"P-WARUNG": 3}) == "parked"
    assert orders.tell("shipped", shipment="SJ-1") == "parked"
    assert orders.tell("confirmed") == "applied"
    assert (orders.status(), orders.arrived()) == ("shipped", {"P-JAHIT": 0, "P-WARUNG": 3})
    assert set(orders.results()) == {"applied"}


def test_counting_the_whole_order_later_may_not_take_back_what_shipments_brought(orders):
    orders.ship(shipment="SJ-1")
    orders.tell("arrived", shipment="SJ-1", items={"P-WARUNG": 2})
    assert orders.tell("arrived", items={"P-JAHIT": 1, "P-WARUNG": 1}) == "422"
    assert orders.tell("arrived", items=FULL) == "applied"
    assert orders.arrived() == FULL


def test_what_a_shipment_counts_must_be_of_the_order_and_nonsense_is_refused(orders):
    orders.ship(shipment="SJ-1")
    assert orders.tell("arrived", shipment="SJ-1", items={"P-ANEH": 1}) == "422"
    assert orders.tell("shipped", shipment="SJ-2", items={"P-ANEH": 1}) == "422"
    assert orders.tell("arrived", shipment="", items={"P-WARUNG": 1}) == "422"
    assert orders.tell("arrived", complete=False, items=FULL) == "422"
    assert (orders.refs(), orders.status()) == (["SJ-1"], "shipped")
    with pytest.raises(ValidationError, match="menyebut nomor kiriman"):
        OrderArrived(order=FIRST, complete=False, items=[{"package": "P", "count": 1}])


def test_another_supplier_does_not_tell_of_the_shipments(orders):
    orders.ship(shipment="SJ-1")
    assert orders.tell("arrived", by=1, shipment="SJ-1", items={"P-WARUNG": 2}) == "403"
    assert orders.arrived() == {"P-JAHIT": None, "P-WARUNG": None}


def test_what_came_before_a_supplier_gave_up_stays_and_the_rest_goes_to_another(orders):
    orders.ship(shipment="SJ-1")
    orders.tell("arrived", shipment="SJ-1", items={"P-WARUNG": 2})
    assert orders.tell("cancelled", reason="OUT_OF_STOCK", note="pabrik tutup") == "applied"
    assert (orders.status(), orders.events()[-1]) == ("arrived", "arrived")
    assert sorted(orders.parcels(), key=str) == sorted(
        [("planned", 1, None), ("planned", 1, None), ("planned", None, 1), ("planned", None, 1)], key=str
    )
    orders.procure()
    again = orders.rows(Order)[-1]
    assert (again.replaces_id, again.supplier_id, again.status) == (1, orders.partners[1], "placed")
    orders.inspect({"P-JAHIT": 0, "P-WARUNG": 2})
    taken = orders.accept()
    assert (taken.at_point, taken.missing, taken.surplus) == (2, 0, 0)


def test_an_order_given_up_before_anything_came_is_cancelled_also_on_its_way(orders):
    orders.ship(shipment="SJ-1")
    assert orders.tell("cancelled", reason="CANNOT_DELIVER") == "applied"
    assert orders.status() == "cancelled"
    assert {parcel[1:] for parcel in orders.parcels()} == {(None, 1)}
    orders.procure()
    assert orders.rows(Order)[-1].supplier_id == orders.partners[1]


def test_the_office_takes_the_rest_back_from_a_supplier_who_is_late_and_keeps_what_came(orders):
    orders.ship(shipment="SJ-1")
    orders.tell("arrived", shipment="SJ-1", items={"P-JAHIT": 1})
    with orders.database.write() as session:
        cancel_order(session, PPK, order_by_number(session, FIRST), "terlambat dua minggu", told_by(PPK))
    with orders.database.read() as session:
        order = session.exec(select(Order)).one()
    assert (order.status, order.note, order.decided_by) == ("arrived", "terlambat dua minggu", PPK.actor)
    orders.procure()
    assert orders.rows(Order)[-1].supplier_id == orders.partners[1]


def test_what_came_too_much_is_stock_and_nobody_orders_it_again(orders):
    orders.ship()
    orders.tell("arrived", items=FULL | {"P-WARUNG": 5})
    orders.inspect(FULL | {"P-WARUNG": 5})
    taken = orders.accept()
    assert (taken.at_point, taken.missing, taken.surplus) == (4, 0, 2)
    assert [(one.state, one.why, one.order_id) for one in orders.rows(SparePackage)] == [("spare", "MORE_THAN_WAITED", 1)] * 2


shipped = st.lists(
    st.tuples(st.sampled_from(["A", "B", "C", "D"]), st.integers(0, 1), st.integers(0, 2), st.booleans()), max_size=8
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shipped)
def test_what_arrived_is_the_sum_of_the_shipments_each_once(orders, told):
    with orders.database.engine.begin() as connection:
        saved = [connection.exec_driver_sql(f"DELETE FROM {table}") for table in ("shipment", "inbound_message")]
        connection.exec_driver_sql("UPDATE purchase_order SET status = 'shipped'")
        connection.exec_driver_sql("UPDATE order_line SET arrived = NULL")
    assert len(saved) == 2
    first: dict[str, tuple[int, int]] = {}
    for ref, tailor, stall, complete in told:
        items = {"P-JAHIT": tailor, "P-WARUNG": stall}
        assert orders.tell("arrived", shipment=ref, complete=complete, items=items) == "applied"
        first.setdefault(ref, (tailor, stall))
    sums = [sum(counts[place] for counts in first.values()) for place in (0, 1)]
    assert [count or 0 for count in orders.arrived().values()] == sums
    assert len(orders.rows(Shipment)) == len(first)
    assert len(orders.rows(InboundMessage)) == len(told)
