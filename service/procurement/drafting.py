"""Which orders are drafted for what waits, if there is money for all of it?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from service.db.history import Told, record_beginnings
from service.db.tables import Cycle
from service.errors import TryAgainLater
from service.lifecycle import FIRST, Subject
from service.policy import CyclePolicy
from service.procurement import queries
from service.procurement.budget import Budget, Priced, check_budgets
from service.procurement.orders import Draft, contract_form, plan_orders
from service.procurement.queries.money import current_prices, ordered_cost, supplier_sums
from service.procurement.queries.proposals import parcels_with_open
from service.procurement.splitting import form_needed
from service.stage import Done, Work

BUDGET_EXCEEDED, UNKNOWN_ACCOUNT, PROPOSAL_OPEN = "BUDGET_EXCEEDED", "UNKNOWN_ACCOUNT", "PROPOSAL_OPEN"


class OrderedMeanwhile(TryAgainLater):
    """Another run put one of the parcels on an order; nothing of this one is kept."""


def parcels_to_order(session: Session, work: Work) -> Sequence[int]:
    return queries.parcels_without_order(session, work.cycle_id)


def ceilings_of(policy: CyclePolicy) -> dict[str, int]:
    """Account -> ceiling, the cycle's own first."""
    others = {account.code: account.ceiling for account in policy.other_accounts}
    return {policy.budget_account_code: policy.budget_ceiling} | others


def budgets_of(session: Session, cycle: Cycle) -> list[Budget]:
    """What the cycle needs against the ceiling of each account, with the gap and the ways to close it."""
    assert cycle.id is not None
    own = CyclePolicy.model_validate(cycle.policy).budget_account_code
    return _budgets(session, cycle, queries.waiting(session, cycle.id, own)[1])


def draft_orders(work: Work, ids: list[int]) -> Done:
    """Orders for everything that waits, account by account; of an account without enough money nothing is drafted."""
    with work.database.write() as session:
        waiting, priced = queries.waiting(session, work.cycle_id, work.policy.budget_account_code)
        stopped = _stopped(session, work, priced)
        chosen = set(ids)
        free = [parcel for parcel in waiting if parcel.parcel_id in chosen and parcel.parcel_id not in stopped]
        plan = plan_orders(free, queries.suppliers(session))
        _write_orders(session, work, plan.drafts)
        _write_forms(session, work)
    held = {parcel_id: code for parcel_id, code in stopped.items() if parcel_id in chosen}
    return Done(sum(len(draft.parcel_ids) for draft in plan.drafts), plan.set_aside | held)


def _budgets(session: Session, cycle: Cycle, priced: Sequence[Priced]) -> list[Budget]:
    assert cycle.id is not None
    policy = CyclePolicy.model_validate(cycle.policy)
    own = policy.budget_account_code
    prices = current_prices(session, cycle.id, own)
    return check_budgets(ceilings_of(policy), ordered_cost(session, cycle.id, own), priced, prices)


def _stopped(session: Session, work: Work, priced: Sequence[Priced]) -> dict[int, str]:
    """Parcels that are not ordered now: no money in their account, no such account, or another package is asked for."""
    codes = {
        budget.account: UNKNOWN_ACCOUNT if budget.ceiling is None else BUDGET_EXCEEDED
        for budget in _budgets(session, work.cycle, priced)
        if not budget.is_enough
    }
    short = {one.parcel_id: codes[one.account] for one in priced if one.account in codes} if codes else {}
    return dict.fromkeys(parcels_with_open(session, work.cycle_id), PROPOSAL_OPEN) | short


def _write_orders(session: Session, work: Work, drafts: Sequence[Draft]) -> None:
    """A few statements however many orders: on SQLite nobody else writes until they are done."""
    told, policy, first = work.told(), work.policy, queries.orders_numbered(session, work.cycle_id) + 1
    rows = [_order(work.cycle, policy, draft, number, told) for number, draft in enumerate(drafts, start=first)]
    ids = queries.insert_orders(session, rows)
    record_beginnings(session, Subject.ORDER, ids, work.cycle_id, told)
    numbered = list(zip(ids, drafts, strict=True))
    lines = [
        (order_id, package, quantity, price)
        for order_id, draft in numbered
        for package, (quantity, price) in draft.lines.items()
    ]
    queries.insert_lines(session, lines)
    order_of = {parcel: order_id for order_id, draft in numbered for parcel in draft.parcel_ids}
    if queries.put_on_orders(session, order_of) != len(order_of):
        raise OrderedMeanwhile("Pesanan sedang disusun di tempat lain. Coba lagi sebentar.")


def _order(cycle: Cycle, policy: CyclePolicy, draft: Draft, number: int, told: Told) -> dict[str, Any]:
    return {
        "number": f"PSN-{cycle.year}-{number:04d}", "cycle_id": cycle.id, "supplier_id": draft.supplier_id,
        "district_code": draft.district_code, "status": FIRST[Subject.ORDER], "status_since": told.at,
        "amount": draft.amount, "account_code": draft.account,
        "contract_form": contract_form(draft.amount, policy.contract_limits), "drafted_by": told.actor,
        "due_on": policy.goods_due_on or date(cycle.year, 11, 30), "replaces_id": draft.replaces_id,
    }  # fmt: skip


def _write_forms(session: Session, work: Work) -> None:
    """The form of every draft, by the sum of its supplier's live orders: small orders together need the heavy form."""
    sums, limits, changed = supplier_sums(session, work.cycle_id), work.policy.contract_limits, list[tuple[int, str]]()
    for order in queries.drafts_of(session, work.cycle_id):
        _, together = sums.get((order.supplier_id, order.account_code), (0, 0))
        form = form_needed(order.amount, together, limits)
        if form != order.contract_form:
            changed.append((order.id, form))
    queries.write_forms(session, changed)
