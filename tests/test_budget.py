"""Is money checked account by account, closed most cheaply, and is no purchase cut to escape the form its sum needs?"""

import pytest
from factories import told_by
from hypothesis import given
from hypothesis import strategies as st
from need_scenes import PPK, THERE, assign, catalogue, decreed, draft, install, package_codes, rows

from service.db.tables import Cycle, Order, SetAside
from service.policy import BudgetAccount, ContractLimits, CyclePolicy
from service.procurement.budget import Priced, check_budget, check_budgets, other_package
from service.procurement.decisions import approve_order, cancel_order
from service.procurement.drafting import budgets_of
from service.procurement.orders import FORMS, Waiting, contract_form, plan_orders
from service.procurement.splitting import Together, explain_form, form_explained, form_needed

OWN, OTHER = CyclePolicy().budget_account_code, "5.2.99"
TWO = CyclePolicy(budget_ceiling=1_000_000, other_accounts=(BudgetAccount(code=OTHER, ceiling=5_000_000),))
FEW = [{}, {}, {"business_type": "jahit"}, {"business_type": "jahit", "village": THERE}]
amounts = st.integers(0, 400_000_000)


# --- rules


priced = st.builds(
    Priced, st.integers(1, 9_999), st.sampled_from(["P-A", "P-B"]), st.integers(1, 2_500_000), st.integers(0, 100),
    st.sampled_from(["1", "2", "3"]),
)  # fmt: skip
money = st.dictionaries(st.sampled_from(["1", "2", "3"]), st.integers(1, 9_000_000))


@given(money, money, st.lists(priced, max_size=20))
def test_every_rupiah_is_counted_in_one_account_and_every_way_closes_its_gap(ceilings, ordered, waiting):
    budgets = check_budgets(ceilings, ordered, waiting, {"1": {"P-C": 1, "P-A": 900}})
    assert sum(one.need for one in budgets) == sum(ordered.values()) + sum(one.price for one in waiting)
    assert len({one.account for one in budgets}) == len(budgets)
    for budget in budgets:
        assert budget.is_enough or budget.ceiling is None or budget.ways
        assert all(way.saves >= budget.gap for way in budget.ways)
        assert budget.waiting == sum(one.price for one in waiting if one.account == budget.account)


def test_one_accounts_gap_is_not_filled_from_another():
    waiting = [Priced(1, "P-A", 700, 1, "1"), Priced(2, "P-B", 700, 2, "2")]
    first, second = check_budgets({"1": 1_000, "2": 100}, {"1": 200}, waiting, {})
    assert (first.is_enough, second.gap) == (True, 600)


def test_an_account_the_policy_does_not_know_is_named_and_has_no_way():
    (known, unknown) = check_budgets({"1": 1_000}, {}, [Priced(1, "P-A", 700, 1, "9.9")], {})
    assert (known.need, unknown.ceiling, unknown.ways) == (0, None, ())
    assert "Rekening 9.9 tidak ada pada kebijakan" in unknown.sentence


def test_an_existing_cheaper_package_is_named_and_the_one_that_takes_least_away_wins():
    waiting = [Priced(number, "P-A", 2_000, number) for number in range(1, 6)]
    way = other_package(900, waiting, {"P-A": 2_000, "P-B": 1_500, "P-C": 1_000, "P-D": 1_900})
    assert (way.code, way.saves) == ("OTHER_PACKAGE", 1_000)
    assert way.sentence == "Ganti paket P-A dengan P-C yang ada di katalog untuk 1 rumah tangga: hemat Rp1.000."
    assert other_package(9_000, waiting, {"P-C": 1_000}) is None
    assert other_package(900, waiting, {"P-A": 2_000, "P-E": 2_100}) is None


def test_a_ceiling_lowered_after_everything_was_ordered_leaves_one_way():
    assert [way.code for way in check_budget(1_000, 1_500, []).ways] == ["HIGHER_CEILING"]


@given(amounts, amounts, amounts)
def test_the_form_is_never_lighter_than_the_order_or_the_suppliers_sum_needs(amount, other, more):
    limits, weigh = ContractLimits(), list(FORMS).index
    form = form_needed(amount, amount + other, limits)
    assert weigh(form) >= weigh(contract_form(amount, limits))
    assert weigh(form) >= weigh(contract_form(amount + other, limits))
    assert weigh(form_needed(amount, amount + other + more, limits)) >= weigh(form)


@given(st.lists(st.integers(1, 60_000_000), min_size=1, max_size=12))
def test_cutting_a_purchase_into_pieces_never_makes_a_piece_lighter(pieces):
    limits, whole = ContractLimits(), sum(pieces)
    assert {form_needed(piece, whole, limits) for piece in pieces} == {contract_form(whole, limits)}


@given(st.sampled_from(list(FORMS)), amounts, amounts, st.integers(1, 9))
def test_every_form_has_its_sentence(form, amount, other, orders):
    said = explain_form(form, amount, Together(orders, amount + other), ContractLimits())
    assert said.endswith((".", ")."))
    assert ("dipecah" in said) <= (form != contract_form(amount, ContractLimits()))


def test_orders_are_kept_apart_by_account_and_each_version_has_its_line():
    waiting = [
        Waiting(1, 1, 5, "36.01.01"), Waiting(2, 2, 6, "36.01.01"), Waiting(3, 3, 7, "36.01.01", account="5.2"),
        Waiting(4, 2, 6, "36.01.01"),
    ]  # fmt: skip
    first, second = plan_orders(waiting, {"36.01": [7]}).drafts
    assert (first.account, first.parcel_ids, dict(first.lines)) == (None, (1, 2, 4), {1: (1, 5), 2: (2, 6)})
    assert (second.account, second.parcel_ids, second.amount) == ("5.2", (3,), 7)


# --- with a decreed cycle


@pytest.fixture
def work(database, home):
    """Two households of P-A (own account) and two of P-B (the other account), the last in the next district."""
    made = decreed(database, home, FEW, TWO)
    install(database, made, catalogue(B={"account": OTHER}))
    return made


def test_orders_name_their_account_and_the_budget_box_shows_both(database, work):
    assert draft(work).moved == 4
    assert [(one.district_code, one.account_code, one.amount) for one in rows(database, Order)] == [
        ("36.01.01", None, 300_000), ("36.01.01", OTHER, 2_000_000), ("36.01.02", OTHER, 2_000_000),
    ]  # fmt: skip
    with database.read() as session:
        own, other = budgets_of(session, session.get(Cycle, work.cycle_id))
    assert (own.account, own.need, own.gap) == (OWN, 300_000, 0)
    assert (other.account, other.need, other.waiting) == (OTHER, 4_000_000, 0)


def test_of_an_account_without_enough_money_nothing_is_drafted_and_the_others_go_on(database, home):
    short = TWO.model_copy(update={"other_accounts": (BudgetAccount(code=OTHER, ceiling=3_000_000),)})
    work = decreed(database, home, FEW, short)
    install(database, work, catalogue(B={"account": OTHER}))
    told = draft(work)
    assert (told.moved, sorted(told.set_aside.values())) == (2, ["BUDGET_EXCEEDED"] * 2)
    assert {one.account_code for one in rows(database, Order)} == {None}
    assert {one.code for one in rows(database, SetAside)} == {"BUDGET_EXCEEDED"}
    with database.read() as session:
        _, other = budgets_of(session, session.get(Cycle, work.cycle_id))
    assert other.gap == 1_000_000
    assert draft(work).moved == 0


def test_a_package_of_an_account_that_left_the_policy_waits_with_its_reason(database, work):
    assign(work)
    with database.write() as session:
        cycle = session.get(Cycle, work.cycle_id)
        cycle.policy = CyclePolicy().model_dump(mode="json")
    with database.read() as session:
        work = type(work)(database, work.home, work.public_url, session.get(Cycle, work.cycle_id), work.actor)
    assert sorted(draft(work).set_aside.values()) == ["UNKNOWN_ACCOUNT"] * 2


def test_a_cancelled_order_binds_no_money_and_an_ordered_price_stays_what_it_was(database, work):
    draft(work)
    install(database, work, catalogue(A={"name": "Paket lain"}, B={"account": OTHER}))
    with database.write() as session:
        orders = {(one.district_code, one.account_code): one for one in rows(database, Order)}
        cancelled = session.get(Order, orders["36.01.02", OTHER].id)
        cancel_order(session, PPK, cancelled, "penyedia mundur", told_by(PPK))
    with database.read() as session:
        own, other = budgets_of(session, session.get(Cycle, work.cycle_id))
    assert (own.need, other.need, other.waiting) == (300_000, 4_000_000, 2_000_000)
    assert [code for code, _ in package_codes(database)].count("P-B") == 2


def test_small_orders_of_one_supplier_get_the_form_of_their_sum_and_the_page_says_why(database, home):
    limits = ContractLimits(purchase_proof=2_000_000, receipt=3_000_000)
    work = decreed(database, home, FEW, CyclePolicy(contract_limits=limits))
    install(database, work, catalogue())
    draft(work)
    first, second = rows(database, Order)
    assert (first.amount, first.contract_form) == (2_300_000, "work_order")
    assert (second.amount, second.contract_form) == (2_000_000, "work_order")
    with database.read() as session:
        said = form_explained(session, second)
    assert "cukup dengan Bukti pembelian" in said
    assert "jumlah 2 pesanan penyedia ini pada rekening yang sama Rp4.300.000" in said


def test_a_draft_gets_heavier_with_the_sum_and_what_was_decided_keeps_its_form(database, home):
    limits = ContractLimits(purchase_proof=2_000_000, receipt=3_000_000)
    work = decreed(database, home, FEW, CyclePolicy(contract_limits=limits))
    install(database, work, catalogue(B={"kinds": ()}, A={"kinds": ("warung_sembako",)}))
    draft(work)
    with database.write() as session:
        approve_order(session, PPK, session.get(Order, 1), told_by(PPK))
    install(database, work, catalogue())
    draft(work)
    first, *later = rows(database, Order)
    assert (first.contract_form, {one.contract_form for one in later}) == ("purchase_proof", {"work_order"})
    with database.read() as session:
        said = form_explained(session, first)
    assert "pesanan berikutnya memakai Surat perintah kerja (SPK)" in said


def test_a_supplier_of_two_accounts_is_summed_account_by_account(database, work):
    draft(work)
    forms = {one.account_code: one.contract_form for one in rows(database, Order)}
    assert forms == {None: "purchase_proof", OTHER: "purchase_proof"}
