"""Is a purchase cut into orders so small that each escapes the contract form its sum needs?

Orders are drafted per supplier, delivery point and account because the goods go to many points; that must not make the
form lighter. The form follows from the sum of all live orders of one supplier and account in the cycle.
Source: Perpres 16/2018 Article 20 (2) d, the ban on splitting a package to avoid a limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from service.db.tables import Cycle, Order
from service.policy import ContractLimits, CyclePolicy
from service.procurement.budget import rupiah
from service.procurement.orders import FORMS, contract_form, limit_of
from service.procurement.queries.money import supplier_sums

WEIGHTS = tuple(FORMS)


@dataclass(frozen=True)
class Together:
    """All live orders of one supplier and account in a cycle: how many, for how much."""

    orders: int
    amount: int


def form_needed(amount: int, together: int, limits: ContractLimits) -> str:
    """The heavier of what the order alone and what the supplier's sum needs; a code of FORMS."""
    alone, summed = contract_form(amount, limits), contract_form(max(amount, together), limits)
    return max(alone, summed, key=WEIGHTS.index)


def explain_form(form: str, amount: int, together: Together, limits: ContractLimits) -> str:
    """One sentence for the page: why this form, where the order's own value does not say it."""
    alone = contract_form(amount, limits)
    needed = form_needed(amount, together.amount, limits)
    if form not in WEIGHTS:
        return ""
    if WEIGHTS.index(form) < WEIGHTS.index(needed):
        return (
            f"Sesudah pesanan ini diputuskan, jumlah {together.orders} pesanan penyedia ini menjadi {rupiah(together.amount)}; "
            f"pesanan berikutnya memakai {FORMS[needed]}."
        )
    if form == alone:
        return f"Mengikuti nilai pesanan{_up_to(form, limits)}."
    if form == needed:
        return (
            f"Nilai pesanan ini sendiri cukup dengan {FORMS[alone]}, tetapi jumlah {together.orders} pesanan penyedia ini pada "
            f"rekening yang sama {rupiah(together.amount)}: pembelian tidak dipecah untuk menghindari batas."
        )
    return (
        f"Nilai pesanan ini sendiri cukup dengan {FORMS[alone]}; ketika disusun, jumlah pesanan penyedia melewati batasnya: "
        "pembelian tidak dipecah untuk menghindari batas."
    )


def form_explained(session: Session, order: Order) -> str:
    """Why this order has its form, in one sentence; what `/pesanan/{number}` says beside it."""
    limits = CyclePolicy.model_validate(session.get_one(Cycle, order.cycle_id).policy).contract_limits
    sums = supplier_sums(session, order.cycle_id)
    count, amount = sums.get((order.supplier_id, order.account_code), (1, order.amount))
    return explain_form(order.contract_form, order.amount, Together(count, amount), limits)


def _up_to(form: str, limits: ContractLimits) -> str:
    limit = limit_of(form, limits)
    return f" (sampai {rupiah(limit)})" if limit is not None else f" (di atas {rupiah(limits.work_order)})"
