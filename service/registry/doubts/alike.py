"""What is the same about two households, and what only nearly?"""

from __future__ import annotations

from datetime import date

import polars as pl

from service.db.tables import Household
from service.registry.doubts.likely import ALIKE
from service.registry.doubts.names import likeness, normalised

SAME, NEAR = "same", "near"


def sameness(first: Household, second: Household) -> dict[str, str]:
    """Field -> `same` or `near`; fields that differ, or that one of the two lacks, are left out."""
    pairs = {
        "kk": (first.kk_lookup, second.kk_lookup), "phone": (first.phone_lookup, second.phone_lookup),
        "village": (first.village_code, second.village_code), "sex": (first.sex, second.sex),
        "business": (first.business_type, second.business_type),
        "facilitator": (first.facilitator_code, second.facilitator_code),
        "birth": (first.birth_on, second.birth_on), "address": (_address(first), _address(second)),
    }  # fmt: skip
    found = {name: SAME for name, (one, other) in pairs.items() if one is not None and one == other}
    alike = _names_alike(first.name, second.name)
    near = {
        "name": alike >= ALIKE,
        "birth": is_misread(first.birth_on, second.birth_on),
        "village": first.district_code == second.district_code,
    }
    return {name: NEAR for name, is_near in near.items() if is_near} | found | ({"name": SAME} if alike == 100 else {})


def is_misread(one: date, other: date) -> bool:
    """One digit differs, or day and month are swapped."""
    written, again = f"{one:%d%m%Y}", f"{other:%d%m%Y}"
    swapped = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    return swapped or sum(a != b for a, b in zip(written, again, strict=True)) == 1


def _names_alike(one: str, other: str) -> int:
    return likeness(*pl.DataFrame({"name": [one, other]}).select(normalised(pl.col("name"))).to_series().to_list())


def _address(household: Household) -> tuple[str, str, str, str]:
    return (" ".join(household.address.lower().split()), household.rt, household.rw, household.village_code)
