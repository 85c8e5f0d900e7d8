"""Do goods get from the decree to the delivery point: money checked, nobody approves their own, nothing twice or lost?"""

from datetime import UTC, datetime

import pytest
from factories import make_cycle, make_household, make_officer, make_partner, run_step, told_by, verify_decree_of, work_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import col, select

from service.db.history import Told
from service.db.tables import Case, Cycle, Letter, Move, Order, OrderLine, OutboundMessage, Package, Parcel, SetAside
from service.errors import NotNow
from service.lifecycle import NoSuchMove
from service.policy import ContractLimits, CyclePolicy
from service.procurement import queries
from service.procurement.answers import DOORS, CountsDontFit, OrderUnknown
from service.procurement.budget import Priced, check_budget
from service.procurement.catalogue import Catalogue, WrongCatalogue, read_catalogue
from service.procurement.changing import install_catalogue
from service.procurement.decisions import (
    NoSuchOrder,
    NothingPassed,
    NothingToApprove,
    ReasonMissing,
    accept_order,
    approve_order,
    approve_orders,
    cancel_order,
    draft_again,
    inspect_order,
    order_by_number,
    reject_order,
)
from service.procurement.orders import Waiting, contract_form, plan_orders
from service.procurement.steps import STEPS, budgets_of
from service.selection.decisions import approve_decree, withdraw_case
from service.selection.steps import STEPS as SELECTION
from service.trust.rights import MakerIsChecker, NoRight, OutsideRegion

APPROVER, OPERATOR = make_officer("approver"), make_officer("operator")
PPK, VERIFIER = make_officer("commitment_officer"), make_officer("verifier")
HERE, THERE = "36.01.01.2001", "36.01.02.2001"


# --- rules


parcels = st.lists(
    st.builds(
        Waiting,
        parcel_id=st.integers(1, 10_000),
        package_id=st.integers(1, 4),
        price=st.just(2_400_000),
        district_code=st.sampled_from(["36.01.01", "36.01.02", "36.02.01", "36.71.01"]),
        former_order_id=st.none() | st.integers(1, 2),
        former_supplier_id=st.integers(1, 3),
        former_status=st.sampled_from([None, "accepted", "cancelled", "rejected"]),
    ),
    max_size=40,
    unique_by=lambda parcel: parcel.parcel_id,
)


@settings(deadline=None)
@given(parcels, st.randoms())
def test_every_parcel_is_on_one_order_or_set_aside_and_the_order_of_rows_does_not_matter(waiting, chance):
    suppliers = {"36.01": [1, 2], "36.02": [3]}
    plan = plan_orders(waiting, suppliers)
    planned = [parcel for draft in plan.drafts for parcel in draft.parcel_ids]
    assert sorted([*planned, *plan.set_aside]) == sorted(parcel.parcel_id for parcel in waiting)
    assert all(sum(q for q, _ in draft.lines.values()) == len(draft.parcel_ids) for draft in plan.drafts)
    shuffled = list(waiting)
    chance.shuffle(shuffled)
    assert plan_orders(shuffled, suppliers) == plan


def test_districts_are_shared_between_the_suppliers_of_a_regency_in_turn():
    waiting = [Waiting(1, 1, 5, "36.01.01"), Waiting(2, 1, 5, "36.01.02"), Waiting(3, 1, 5, "36.01.01")]
    plan = plan_orders(waiting, {"36.01": [7, 8]})
    assert [(draft.supplier_id, draft.parcel_ids) for draft in plan.drafts] == [(7, (1, 3)), (8, (2,))]


def test_without_a_supplier_of_its_own_a_regency_uses_one_for_all_or_waits():
    assert plan_orders([Waiting(1, 1, 5, "36.01.01")], {None: [9]}).drafts[0].supplier_id == 9
    assert plan_orders([Waiting(1, 1, 5, "36.01.01")], {"36.02": [9]}).set_aside == {1: "NO_SUPPLIER"}


@pytest.mark.parametrize(
    ("former", "supplier"),
    [("cancelled", 8), ("rejected", 8), ("accepted", 7)],
)
def test_a_supplier_who_failed_is_passed_over_where_there_is_another(former, supplier):
    waiting = Waiting(1, 1, 5, "36.01.01", 3, 7, former)
    assert plan_orders([waiting], {"36.01": [7, 8]}).drafts[0].supplier_id == supplier


def test_with_one_supplier_only_a_cancelled_order_is_tried_again_and_a_rejected_one_waits():
    assert plan_orders([Waiting(1, 1, 5, "36.01.01", 3, 7, "cancelled")], {"36.01": [7]}).drafts[0].supplier_id == 7
    assert plan_orders([Waiting(1, 1, 5, "36.01.01", 3, 7, "rejected")], {"36.01": [7]}).set_aside == {1: "ORDER_REJECTED"}


@pytest.mark.parametrize(
    ("amount", "form"),
    [
        (10_000_000, "purchase_proof"), (10_000_001, "receipt"), (50_000_000, "receipt"), (50_000_001, "work_order"),
        (200_000_000, "work_order"), (200_000_001, "contract"),
    ],
)  # fmt: skip
def test_the_form_of_contract_follows_from_the_value(amount, form):
    assert contract_form(amount, ContractLimits()) == form


def test_a_gap_is_told_with_the_ways_to_close_it():
    waiting = [Priced(1, "P-A", 2_000, rank=10), Priced(2, "P-A", 2_000, rank=50), Priced(3, "P-B", 1_000, rank=90)]
    budget = check_budget(7_500, 4_000, waiting)
    assert (budget.need, budget.waiting, budget.gap) == (9_000, 5_000, 1_500)
    assert [(way.code, way.saves) for way in budget.ways] == [
        ("FEWER_HOUSEHOLDS", 3_000), ("CHEAPER_PACKAGE", 1_500), ("HIGHER_CEILING", 1_500),
    ]  # fmt: skip
    assert budget.ways[0].sentence == "Kurangi 2 rumah tangga dari urutan terbawah: hemat Rp3.000."
    assert "kurang Rp1.500" in budget.sentence
    assert [way.code for way in check_budget(100, 4_000, waiting).ways] == ["HIGHER_CEILING"]
    assert check_budget(9_000, 4_000, waiting).ways == ()


# --- catalogue


def test_the_default_catalogue_has_a_package_near_the_unit_value_for_every_kind_of_business():
    from service.business import BY_CODE

    catalogue = read_catalogue()
    assert len(catalogue.packages) >= 9
    assert {kind for package in catalogue.packages for kind in package.kinds} == set(BY_CODE)
    assert all(2_400_000 <= package.price <= 2_500_000 for package in catalogue.packages)


def test_a_wrong_catalogue_names_every_fault(tmp_path):
    path = tmp_path / "katalog.yaml"
    path.write_text(
        "packages: [{code: p, name: A, kinds: [jahit, terbang], items: [{name: x, quantity: 0, unit: u, price: 1, pajak: 2}]}]"
    )
    with pytest.raises(WrongCatalogue, match=r"terbang.*quantity.*pajak") as refused:
        read_catalogue(path)
    assert len(refused.value.details["faults"]) == 4
    with pytest.raises(WrongCatalogue, match="tidak ditemukan"):
        read_catalogue(tmp_path / "tiada.yaml")
    path.write_text("packages: [")
    with pytest.raises(WrongCatalogue, match="YAML"):
        read_catalogue(path)


def test_two_packages_for_one_kind_or_of_one_code_are_refused():
    package = {"code": "P", "name": "A", "kinds": ["jahit"], "items": [{"name": "x", "quantity": 1, "unit": "u", "price": 1}]}
    with pytest.raises(ValidationError, match="disebut lebih dari sekali: P, jahit"):
        Catalogue.model_validate({"packages": [package, package]})


def test_a_catalogue_above_the_unit_value_is_refused(database):
    with database.write() as session:
        cheap = make_cycle(session, year=2021, policy=CyclePolicy(unit_value=2_490_000))
        with pytest.raises(WrongCatalogue, match=r"P-JAHIT berharga Rp2\.495\.000, di atas nilai satuan Rp2\.490\.000"):
            install_catalogue(session, cheap, read_catalogue(), told_by(OPERATOR))
        cycle = make_cycle(session, year=2022)
        assert len(install_catalogue(session, cycle, read_catalogue(), told_by(OPERATOR)).added) == 12


# --- with a decreed cycle


def decreed(database, home, households, policy=None, quota=None):
    """A cycle whose households are decreed, by the real way; returns procurement's work."""
    with database.write() as session:
        for fields in households:
            make_household(session, **fields)
        cycle_id = make_cycle(session, quota={"36.01": quota or len(households)}, policy=policy).id
    run_step(work_of(database, home, cycle_id, OPERATOR.actor), "selection", SELECTION, "freeze_registry", "place_households")
    run_step(work_of(database, home, cycle_id, OPERATOR.actor), "selection", SELECTION, "propose_decree")
    with database.write() as session:
        verify_decree_of(session, cycle_id)
        approve_decree(session, APPROVER, session.get(Cycle, cycle_id), told_by(APPROVER))
    return work_of(database, home, cycle_id, OPERATOR.actor)


@pytest.fixture
def suppliers(database):
    with database.write() as session:
        first = make_partner(session, "supplier", "pms-1", webhook_url="https://pemasok.example/hook")
        second = make_partner(session, "supplier", "pms-2")
        return first, second


@pytest.fixture
def work(database, home, suppliers):
    """Four households in one district (three of one kind), one in the next."""
    return decreed(
        database,
        home,
        [*({"village": HERE} for _ in range(3)), {"village": HERE, "business_type": "jahit"}, {"village": THERE}],
    )


def rows(database, table):
    with database.read() as session:
        return session.exec(select(table).order_by(col(table.id))).all()


def decide(database, decision, officer, number, *args):
    with database.write() as session:
        return decision(session, officer, order_by_number(session, number), *args, told_by(officer))


def draft(work):
    return run_step(work, "procurement", STEPS, "assign_packages", "release_parcels", "draft_orders")


def approve_and_place(database, work):
    with database.write() as session:
        approve_orders(session, PPK, session.get(Cycle, work.cycle_id), told_by(PPK))
    return run_step(work, "procurement", STEPS, "place_orders")


def tell(database, supplier, kind, **said):
    """Apply what a supplier says, as the inbox does when it is the message's turn."""
    door = DOORS[kind]
    told = door.data.model_validate(said)
    with database.write() as session:
        found = door.find(session, told)
        assert found.partner_id == supplier.id
        door.apply(session, found.id, told, Told(f"partner:{supplier.sender}", datetime.now(UTC)))


def bring(database, supplier, number, items):
    tell(database, supplier, "order.confirmed", order=number)
    tell(database, supplier, "order.shipped", order=number, note="dua truk")
    counted = [{"package": code, "count": count} for code, count in items.items()]
    tell(database, supplier, "order.arrived", order=number, items=counted)


FULL = {"P-JAHIT": 1, "P-WARUNG": 3}


def test_a_run_gives_every_household_its_package_and_drafts_an_order_for_each_supplier_and_district(database, work, suppliers):
    done = draft(work)
    assert [done["assign_packages"].moved, done["draft_orders"].moved] == [5, 5]
    first, second = rows(database, Order)
    assert (first.number, first.district_code, first.supplier_id) == ("PSN-2021-0001", "36.01.01", suppliers[0].id)
    assert (second.number, second.district_code, second.supplier_id) == ("PSN-2021-0002", "36.01.02", suppliers[1].id)
    assert (first.amount, first.contract_form) == (3 * 2_476_000 + 2_495_000, "purchase_proof")
    assert (first.status, first.drafted_by, str(first.due_on)) == ("draft", OPERATOR.actor, "2021-11-30")
    assert sorted(line.quantity for line in rows(database, OrderLine) if line.order_id == first.id) == [1, 3]
    assert [parcel.number for parcel in rows(database, Parcel)] == [f"PKT-2021-0000{n}" for n in range(1, 6)]


def test_running_again_drafts_nothing_twice(database, work):
    draft(work)
    before = [row.model_dump() for table in (Order, OrderLine, Parcel, Move) for row in rows(database, table)]
    assert sum(done.moved for done in draft(work).values()) == 0
    assert [row.model_dump() for table in (Order, OrderLine, Parcel, Move) for row in rows(database, table)] == before


def test_a_household_without_a_fitting_package_waits_visibly_until_its_business_is_known(database, home, suppliers):
    work = decreed(database, home, [{"business_type": None, "business_text": "aneka"}, {}])
    case = rows(database, Case)[0]
    assert draft(work)["assign_packages"].set_aside == {case.id: "NO_PACKAGE"}
    assert rows(database, SetAside)[0].code == "NO_PACKAGE"
    with database.write() as session:
        from service.db.tables import Household

        session.get(Household, case.household_id).business_type = "minuman"
    assert draft(work)["assign_packages"].moved == 1
    assert rows(database, SetAside) == []
    assert len(rows(database, Parcel)) == 2


def test_without_a_supplier_the_parcels_wait_visibly(database, home):
    work = decreed(database, home, [{}, {}])
    assert set(draft(work)["draft_orders"].set_aside.values()) == {"NO_SUPPLIER"}
    assert rows(database, Order) == []


def test_over_the_ceiling_nothing_is_drafted_and_the_gap_is_told(database, home, suppliers):
    work = decreed(database, home, [{}, {}, {}], CyclePolicy(budget_ceiling=6_000_000))
    assert set(draft(work)["draft_orders"].set_aside.values()) == {"BUDGET_EXCEEDED"}
    assert rows(database, Order) == []
    with database.read() as session:
        (budget,) = budgets_of(session, session.get(Cycle, work.cycle_id))
    assert (budget.gap, budget.need) == (3 * 2_476_000 - 6_000_000, 3 * 2_476_000)
    assert budget.ways[0].sentence.startswith("Kurangi 1 rumah tangga")


def test_the_approver_of_an_order_is_not_its_maker_and_has_right_and_region(database, work):
    draft(work)
    with pytest.raises(NoRight, match="PPK"):
        decide(database, approve_order, OPERATOR, "PSN-2021-0001")
    with pytest.raises(MakerIsChecker):
        decide(database, approve_order, make_officer("commitment_officer", OPERATOR.login), "PSN-2021-0001")
    with pytest.raises(OutsideRegion):
        decide(database, approve_order, make_officer("commitment_officer", "lebak", ("36.02",)), "PSN-2021-0001")
    with pytest.raises(NoSuchOrder):
        decide(database, approve_order, PPK, "PSN-2021-9999")
    maker = make_officer("commitment_officer", OPERATOR.login)
    with database.write() as session, pytest.raises(MakerIsChecker):
        approve_orders(session, maker, session.get(Cycle, work.cycle_id), told_by(maker))
    assert {order.status for order in rows(database, Order)} == {"draft"}


def test_an_order_is_approved_once_and_its_letter_numbered_then(database, work):
    draft(work)
    decide(database, approve_order, PPK, "PSN-2021-0001")
    with pytest.raises(NotNow):
        decide(database, approve_order, PPK, "PSN-2021-0001")
    with database.write() as session:
        assert approve_orders(session, PPK, session.get(Cycle, work.cycle_id), told_by(PPK)) == [2]
        with pytest.raises(NothingToApprove):
            approve_orders(session, PPK, session.get(Cycle, work.cycle_id), told_by(PPK))
    assert [(order.letter_seq, order.decided_by) for order in rows(database, Order)] == [(1, PPK.actor), (2, PPK.actor)]


def test_placing_tells_the_supplier_without_a_name_and_moves_the_cases_and_the_cycle(database, work):
    draft(work)
    assert approve_and_place(database, work)["place_orders"].moved == 2
    assert {case.status for case in rows(database, Case)} == {"ordered"}
    with database.read() as session:
        assert session.get(Cycle, work.cycle_id).status == "procuring"
        message = session.exec(select(OutboundMessage).where(OutboundMessage.kind == "webhook")).one()
    assert message.type == "order.placed"
    assert message.body["order"] == "PSN-2021-0001"
    assert {item["package"]: item["count"] for item in message.body["items"]} == FULL
    assert "Warga" not in str(message.body)
    assert run_step(work, "procurement", STEPS, "place_orders")["place_orders"].moved == 0


def test_an_order_goes_all_the_way_and_its_parcels_are_at_the_point(database, work, suppliers):
    draft(work)
    approve_and_place(database, work)
    bring(database, suppliers[0], "PSN-2021-0001", FULL)
    decide(database, inspect_order, VERIFIER, "PSN-2021-0001", FULL)
    taken = decide(database, accept_order, PPK, "PSN-2021-0001")
    assert (taken.at_point, taken.missing) == (4, 0)
    assert [parcel.status for parcel in rows(database, Parcel)] == ["at_point"] * 4 + ["planned"]
    with database.read() as session:
        assert session.get(Cycle, work.cycle_id).status == "delivering"
        assert session.exec(select(OutboundMessage).where(OutboundMessage.subject_key == "delivery-2021")).all()
        story = queries.order_story(session, "PSN-2021-0001")
    assert [move.to_status for move in story.moves][-2:] == ["inspected", "accepted"]
    assert story.parcels == {"at_point": 4}
    assert story.order.note == "dua truk"
    with pytest.raises(NoSuchMove):
        decide(database, accept_order, PPK, "PSN-2021-0001")


def test_what_a_short_order_owes_is_ordered_again_and_both_stay_traceable(database, work, suppliers):
    draft(work)
    approve_and_place(database, work)
    bring(database, suppliers[0], "PSN-2021-0001", {"P-JAHIT": 1, "P-WARUNG": 2})
    decide(database, inspect_order, VERIFIER, "PSN-2021-0001", {"P-JAHIT": 1, "P-WARUNG": 1})
    taken = decide(database, accept_order, PPK, "PSN-2021-0001")
    assert (taken.at_point, taken.missing) == (2, 2)
    assert draft(work)["draft_orders"].moved == 2
    again = rows(database, Order)[-1]
    assert (again.number, again.replaces_id, again.supplier_id, again.amount) == (
        "PSN-2021-0003",
        1,
        suppliers[0].id,
        4_952_000,
    )
    with database.read() as session:
        assert queries.order_story(session, "PSN-2021-0001").replaced_by == ["PSN-2021-0003"]
        assert queries.order_story(session, "PSN-2021-0003").replaces == "PSN-2021-0001"
        assert budgets_of(session, session.get(Cycle, work.cycle_id))[0].need == 4 * 2_476_000 + 2_495_000
    assert draft(work)["draft_orders"].moved == 0


def test_a_cancelled_order_goes_to_another_supplier(database, work, suppliers):
    draft(work)
    approve_and_place(database, work)
    tell(database, suppliers[0], "order.confirmed", order="PSN-2021-0001")
    tell(database, suppliers[0], "order.cancelled", order="PSN-2021-0001", reason="OUT_OF_STOCK", note="gudang kosong")
    draft(work)
    old, again = rows(database, Order)[0], rows(database, Order)[-1]
    assert (old.status, old.note) == ("cancelled", "gudang kosong")
    assert (again.supplier_id, again.replaces_id, again.status) == (suppliers[1].id, old.id, "draft")
    assert {case.status for case in rows(database, Case)} == {"ordered"}
    assert next(move for move in rows(database, Move) if move.to_status == "cancelled").reason == "OUT_OF_STOCK"


def test_counts_must_fit_the_order_and_what_arrived(database, work, suppliers):
    draft(work)
    approve_and_place(database, work)
    with pytest.raises(CountsDontFit, match=r"P-ANEH tidak ada dalam pesanan; .*P-JAHIT belum dihitung"):
        bring(database, suppliers[0], "PSN-2021-0001", {"P-ANEH": 1, "P-WARUNG": 3})
    said = [{"package": "P-WARUNG", "count": 3}, {"package": "P-JAHIT", "count": 1}]
    with pytest.raises(ValidationError, match="satu paket disebut dua kali"):
        tell(database, suppliers[0], "order.arrived", order="PSN-2021-0001", items=[*said, *said])
    with pytest.raises(NotNow):
        decide(database, inspect_order, VERIFIER, "PSN-2021-0001", FULL)
    tell(database, suppliers[0], "order.arrived", order="PSN-2021-0001", items=said)
    with pytest.raises(CountsDontFit, match="P-WARUNG"):
        decide(database, inspect_order, VERIFIER, "PSN-2021-0001", FULL | {"P-WARUNG": 4})
    with pytest.raises(CountsDontFit, match="P-JAHIT"):
        decide(database, inspect_order, VERIFIER, "PSN-2021-0001", FULL | {"P-JAHIT": -1})
    with pytest.raises(NoRight):
        decide(database, inspect_order, PPK, "PSN-2021-0001", FULL)
    assert rows(database, Order)[0].status == "arrived"


def test_a_stranger_to_the_order_is_found_out_and_nonsense_is_named(database, work, suppliers):
    draft(work)
    with database.read() as session:
        with pytest.raises(OrderUnknown):
            DOORS["order.confirmed"].find(session, DOORS["order.confirmed"].data(order="PSN-2021-9999"))
        found = DOORS["order.confirmed"].find(session, DOORS["order.confirmed"].data(order="PSN-2021-0002"))
    assert (found.status, found.partner_id) == ("draft", suppliers[1].id)
    for kind, said in (
        ("order.confirmed", {"order": "1"}),
        ("order.confirmed", {"order": "PSN-2021-0001", "nama": "x"}),
        ("order.arrived", {"order": "PSN-2021-0001", "items": []}),
        ("order.arrived", {"order": "PSN-2021-0001", "items": [{"package": "P", "count": -1}]}),
        ("order.cancelled", {"order": "PSN-2021-0001", "reason": "karena"}),
    ):
        with pytest.raises(ValidationError):
            DOORS[kind].data.model_validate(said)


def test_who_inspected_does_not_accept_and_goods_that_all_failed_are_rejected(database, work, suppliers):
    draft(work)
    approve_and_place(database, work)
    bring(database, suppliers[0], "PSN-2021-0001", FULL)
    both = make_officer("commitment_officer", VERIFIER.login)
    decide(database, inspect_order, VERIFIER, "PSN-2021-0001", {"P-JAHIT": 0, "P-WARUNG": 0})
    with pytest.raises(MakerIsChecker):
        decide(database, accept_order, both, "PSN-2021-0001")
    with pytest.raises(NothingPassed, match="Tolak pesanan ini"):
        decide(database, accept_order, PPK, "PSN-2021-0001")
    with pytest.raises(ReasonMissing):
        decide(database, reject_order, PPK, "PSN-2021-0001", " ")
    decide(database, reject_order, PPK, "PSN-2021-0001", "semua rusak")
    draft(work)
    assert (rows(database, Order)[-1].replaces_id, rows(database, Order)[-1].supplier_id) == (1, suppliers[1].id)


def test_a_rejected_draft_without_another_supplier_waits_until_a_person_asks_again(database, home):
    with database.write() as session:
        make_partner(session, "supplier", "pms-1")
    work = decreed(database, home, [{}, {}])
    draft(work)
    decide(database, reject_order, PPK, "PSN-2021-0001", "tunda")
    assert set(draft(work)["draft_orders"].set_aside.values()) == {"ORDER_REJECTED"}
    assert decide(database, draft_again, OPERATOR, "PSN-2021-0001") == 2
    assert draft(work)["draft_orders"].moved == 2
    decide(database, cancel_order, PPK, "PSN-2021-0002", "penyedia tidak menjawab")
    assert draft(work)["draft_orders"].moved == 2


def test_who_left_before_the_order_was_placed_is_taken_out_and_the_order_drafted_anew(database, work):
    draft(work)
    decide(database, approve_order, PPK, "PSN-2021-0001")
    gone = rows(database, Case)[0]
    with database.write() as session:
        withdraw_case(session, OPERATOR, gone.id, "mundur", told_by(OPERATOR))
    done = draft(work)
    assert (done["release_parcels"].moved, done["draft_orders"].moved) == (1, 3)
    old, _, again = rows(database, Order)
    assert (old.status, again.status, again.replaces_id, again.supplier_id) == ("cancelled", "draft", None, old.supplier_id)
    assert [parcel.status for parcel in rows(database, Parcel)] == ["substituted"] + ["planned"] * 4
    approve_and_place(database, work)
    assert [case.status for case in rows(database, Case)] == ["withdrawn"] + ["ordered"] * 4


def test_the_one_who_moves_up_gets_a_parcel_and_an_order_of_their_own(database, home, suppliers):
    work = decreed(database, home, [{}, {}, {}], CyclePolicy(reserve_percent=50), quota=2)
    draft(work)
    gone = next(case for case in rows(database, Case) if case.status == "decreed")
    with database.write() as session:
        withdraw_case(session, OPERATOR, gone.id, "mundur", told_by(OPERATOR))
    draft(work)
    run_step(work, "selection", SELECTION, "move_up_reserves", "propose_decree")
    with database.write() as session:
        verify_decree_of(session, work.cycle_id)
        assert approve_decree(session, APPROVER, session.get(Cycle, work.cycle_id), told_by(APPROVER)).version == 2
    assert draft(work)["draft_orders"].moved == 1
    approve_and_place(database, work)
    heir = next(case for case in rows(database, Case) if case.replaces_case_id == gone.id)
    assert heir.status == "ordered"
    assert [parcel.case_id for parcel in rows(database, Parcel) if parcel.status == "planned"].count(heir.id) == 1
    assert [order.status for order in rows(database, Order)] == ["cancelled", "placed", "placed"]


def test_every_order_gets_its_letter_once(database, work):
    draft(work)
    approve_and_place(database, work)
    assert run_step(work, "procurement", STEPS)["render_order_letters"].moved == 2
    assert run_step(work, "procurement", STEPS)["render_order_letters"].moved == 0
    letters = rows(database, Letter)
    assert [(one.subject_key, one.seq, one.kind) for one in letters] == [
        ("order:PSN-2021-0001", 1, "order"), ("order:PSN-2021-0002", 2, "order"),
    ]  # fmt: skip
    assert all((work.home / one.file).read_bytes().startswith(b"%PDF") for one in letters)
    assert [order.letter_id for order in rows(database, Order)] == [one.id for one in letters]


def test_lists_say_what_waits_for_whom_and_counts_match(database, work, suppliers):
    draft(work)
    with database.read() as session:
        waiting = queries.waiting_orders(session, work.cycle_id)
        assert [(row.number, row.status, row.supplier) for row in waiting] == [
            ("PSN-2021-0001", "draft", suppliers[0].name), ("PSN-2021-0002", "draft", suppliers[1].name),
        ]  # fmt: skip
        assert queries.waiting_orders(session, work.cycle_id, ["36.02"]) == []
        assert queries.counts_by_status(session, work.cycle_id)["draft"] == 2
        page = queries.orders_page(session, work.cycle_id, limit=1)
        assert [row.number for row in queries.orders_page(session, work.cycle_id, after_id=page[-1].id)] == ["PSN-2021-0002"]
        assert queries.orders_page(session, work.cycle_id, "placed") == []
        assert len(queries.households_on(session, page[0].id)) == 4
        assert queries.order_story(session, "PSN-2021-9999") is None
    assert len(rows(database, Package)) == 12
