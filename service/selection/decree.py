"""What does a decree list, by which hash is the list known, and what do its letter and its public version say?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from service.clock import WIB
from service.db.tables import Case, Cycle, Decree, Household
from service.policy import CyclePolicy
from service.regions import name_of
from service.trust.sealing import Sealer, masked

Listed = Sequence[tuple[Case, Household]]
BY_OBJECTION = "keberatan"  # printed for the rank of a household that came on the list because it was heard


def list_hash(household_ids: Iterable[int]) -> str:
    """SHA-256 of the listed households' ids in ascending order, one a line."""
    return hashlib.sha256("\n".join(map(str, sorted(household_ids))).encode()).hexdigest()


def subject_key(cycle: Cycle, decree: Decree, kind: str = "decree") -> str:
    return f"{kind}:{cycle.year}/{decree.version}"


def letter_values(
    cycle: Cycle, decree: Decree, amends: Decree | None, listed: Listed, reserve: int, sealer: Sealer
) -> dict[str, Any]:
    """What `templates/letters/decree.typ` is given, besides the frame, `number`, `dated_on` and `code`."""
    values = {
        **_common(cycle, decree, amends, listed, lambda case, household: _row(case, household, sealer)),
        "order": {
            "seed": cycle.seed, "policy": grouped_hash(cycle.policy_hash), "snapshot": grouped_hash(cycle.snapshot_hash or ""),
            "list": grouped_hash(decree.list_hash),
        },
    }  # fmt: skip
    return values | ({"reserve": reserve} if reserve else {})


def public_values(cycle: Cycle, decree: Decree, amends: Decree | None, listed: Listed) -> dict[str, Any]:
    """What `templates/letters/decree_public.typ` is given: initials and village, no name, number or address."""
    values = _common(cycle, decree, amends, listed, lambda _, household: _public_row(household))
    return values | {"list_hash": grouped_hash(decree.list_hash), "proposed_on": decree.proposed_at.astimezone(WIB).date()}


def grouped_hash(digest: str) -> str:
    """In groups of eight, as people compare it."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def initials(name: str) -> str:
    """`Siti Contoh` -> `S. C.`; signs and digits before a letter are passed over."""
    firsts = (next((sign for sign in word if sign.isalpha()), "") for word in name.split())
    return " ".join(f"{first.upper()}." for first in firsts if first) or "–"


def _common(
    cycle: Cycle, decree: Decree, amends: Decree | None, listed: Listed, row: Callable[[Case, Household], dict[str, str]]
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "cycle_year": cycle.year, "version": decree.version, "households": len(listed),
        "unit_value": CyclePolicy.model_validate(cycle.policy).unit_value,
        "regencies": [
            {"name": name_of(code), "rows": [row(case, household) for case, household in rows]}
            for code, rows in groupby(listed, key=lambda pair: pair[0].regency_code)
        ],
    }  # fmt: skip
    if amends and amends.number and amends.decided_at:
        values["changes"] = {"number": amends.number, "dated_on": amends.decided_at.astimezone(WIB).date()}
    return values


def _row(case: Case, household: Household, sealer: Sealer) -> dict[str, str]:
    return {
        "household": str(household.id), "name": household.name, "nik": masked(sealer.unseal("nik", household.nik_sealed)),
        "address": f"{household.address} RT {household.rt}/RW {household.rw}",
        "village": name_of(household.village_code), "district": name_of(household.district_code),
        "rank": BY_OBJECTION if case.rank is None else str(case.rank), "score": "–" if case.score is None else str(case.score),
    }  # fmt: skip


def _public_row(household: Household) -> dict[str, str]:
    return {
        "initials": initials(household.name), "village": name_of(household.village_code),
        "district": name_of(household.district_code),
    }  # fmt: skip
