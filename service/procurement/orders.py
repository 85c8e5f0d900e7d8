"""Which orders bring the waiting parcels to their delivery points: from whom, how many, in which form of contract?

One order for each supplier, district, account and (for a replacement) order that failed, with a line for each version of a
package. Suppliers of a regency share its districts in turn. What a supplier cancelled or the commitment officer rejected goes
to another supplier where there is one.
Source of the forms: Perpres 16/2018 as changed by 12/2021 and 46/2025; the limits are the cycle's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from service.policy import ContractLimits
from service.regions import districts, regency_of

FORMS = {
    "purchase_proof": "Bukti pembelian",
    "receipt": "Kuitansi",
    "work_order": "Surat perintah kerja (SPK)",
    "contract": "Surat perjanjian",
}
NO_SUPPLIER, ORDER_REJECTED = "NO_SUPPLIER", "ORDER_REJECTED"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A planned parcel without an order; `former_*` say which order failed to bring it, from whom, and how it ended.

    `account` None: the cycle's own budget account.
    """

    parcel_id: int
    package_id: int
    price: int
    district_code: str
    former_order_id: int | None = None
    former_supplier_id: int | None = None
    former_status: str | None = None
    account: str | None = None


@dataclass(frozen=True)
class Draft:
    """An order to be written. `lines`: package id -> (quantity, price of one)."""

    supplier_id: int
    district_code: str
    replaces_id: int | None
    parcel_ids: tuple[int, ...]
    lines: Mapping[int, tuple[int, int]]
    account: str | None = None

    @property
    def amount(self) -> int:
        return sum(quantity * price for quantity, price in self.lines.values())


@dataclass(frozen=True)
class Plan:
    """The drafts in the order they are numbered, and who could not be planned, by parcel id."""

    drafts: tuple[Draft, ...]
    set_aside: dict[int, str] = field(default_factory=dict)


_Key = tuple[str, int, str, int]


def plan_orders(waiting: Iterable[Waiting], suppliers: Mapping[str | None, Sequence[int]]) -> Plan:
    """`suppliers`: regency -> partner ids, ascending; under None those who serve every regency (used where no own is)."""
    groups: dict[_Key, list[Waiting]] = {}
    set_aside: dict[int, str] = {}
    chosen: dict[tuple[str, int | None, str | None], int | str] = {}
    for parcel in sorted(waiting, key=lambda one: one.parcel_id):
        same = (parcel.district_code, parcel.former_supplier_id, parcel.former_status)
        if same not in chosen:
            chosen[same] = choose_supplier(parcel, suppliers)
        supplier = chosen[same]
        if isinstance(supplier, str):
            set_aside[parcel.parcel_id] = supplier
        else:
            key = (parcel.district_code, supplier, parcel.account or "", parcel.former_order_id or 0)
            groups.setdefault(key, []).append(parcel)
    return Plan(tuple(_draft(key, groups[key]) for key in sorted(groups)), set_aside)


def choose_supplier(parcel: Waiting, suppliers: Mapping[str | None, Sequence[int]]) -> int | str:
    """A partner's id, or the code of why there is none."""
    offered = suppliers.get(regency_of(parcel.district_code)) or suppliers.get(None) or ()
    if not offered:
        return NO_SUPPLIER
    turn = turn_of(parcel.district_code)
    if parcel.former_status not in ("cancelled", "rejected"):
        return offered[turn % len(offered)]
    others = [one for one in offered if one != parcel.former_supplier_id]
    if others:
        return others[turn % len(others)]
    return offered[0] if parcel.former_status == "cancelled" else ORDER_REJECTED


@cache
def turn_of(district_code: str) -> int:
    """The district's place among its regency's districts; an unknown code takes its own last number."""
    known = districts(regency_of(district_code))
    return known.index(district_code) if district_code in known else int(district_code[-2:])


def contract_form(amount: int, limits: ContractLimits) -> str:
    """The simplest form the value allows; a code of `FORMS`."""
    return next(form for form in FORMS if (limit := limit_of(form, limits)) is None or amount <= limit)


def limit_of(form: str, limits: ContractLimits) -> int | None:
    """Up to which value a form may be used; None: the heaviest, for every value."""
    return {"purchase_proof": limits.purchase_proof, "receipt": limits.receipt, "work_order": limits.work_order}.get(form)


def _draft(key: _Key, parcels: Sequence[Waiting]) -> Draft:
    district, supplier, account, former = key
    lines: dict[int, tuple[int, int]] = {}
    for parcel in parcels:
        quantity, _ = lines.get(parcel.package_id, (0, 0))
        lines[parcel.package_id] = (quantity + 1, parcel.price)
    ordered = {package: lines[package] for package in sorted(lines)}
    return Draft(supplier, district, former or None, tuple(one.parcel_id for one in parcels), ordered, account or None)
