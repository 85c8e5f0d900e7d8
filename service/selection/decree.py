"""What does a decree list, by which hash is the list known, and what does its letter say?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from service.clock import WIB
from service.db.tables import Cycle, Decree, Household
from service.policy import CyclePolicy
from service.regions import name_of
from service.trust.sealing import Sealer, masked


def list_hash(household_ids: Iterable[int]) -> str:
    """SHA-256 of the listed households' ids in ascending order, one a line."""
    return hashlib.sha256("\n".join(map(str, sorted(household_ids))).encode()).hexdigest()


def subject_key(cycle: Cycle, decree: Decree) -> str:
    return f"decree:{cycle.year}/{decree.version}"


def letter_values(
    cycle: Cycle, decree: Decree, amends: Decree | None, listed: Sequence[tuple[str, Household]], reserve: int, sealer: Sealer
) -> dict[str, Any]:
    """What `templates/letters/decree.typ` is given, besides the frame, `number`, `dated_on` and `code`."""
    values: dict[str, Any] = {
        "cycle_year": cycle.year, "version": decree.version, "households": len(listed),
        "unit_value": CyclePolicy.model_validate(cycle.policy).unit_value,
        "regencies": [
            {"name": name_of(code), "rows": [_row(household, sealer) for _, household in rows]}
            for code, rows in groupby(listed, key=lambda pair: pair[0])
        ],
    }  # fmt: skip
    if reserve:
        values["reserve"] = reserve
    if amends and amends.number and amends.decided_at:
        values["changes"] = {"number": amends.number, "dated_on": amends.decided_at.astimezone(WIB).date()}
    return values


def _row(household: Household, sealer: Sealer) -> dict[str, str]:
    return {
        "name": household.name, "nik": masked(sealer.unseal("nik", household.nik_sealed)),
        "address": f"{household.address} RT {household.rt}/RW {household.rw}",
        "village": name_of(household.village_code), "district": name_of(household.district_code),
    }  # fmt: skip
