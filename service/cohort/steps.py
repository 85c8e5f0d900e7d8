"""How is a cycle opened, summed up, checked and closed?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from service.cohort import queries
from service.cohort.conservation import Conservation, weigh
from service.cohort.rulebook import add_version, require_total
from service.db.history import Told, record_beginnings, record_move
from service.db.tables import Cycle, DistrictQuota, Quota
from service.errors import NotNow
from service.lifecycle import Subject
from service.policy import CyclePolicy, hash_of
from service.regions import regencies
from service.trust.rights import Officer, require


class CycleExists(NotNow):
    """A cycle of that year is there already; it is not changed."""


def open_cycle(
    session: Session, officer: Officer, year: int, quota: Mapping[str, int], policy: CyclePolicy, seed: int, told: Told,
    districts: Mapping[str, int] | None = None,
) -> Cycle:  # fmt: skip
    """Begin a year: quota by regency (and by district, where a regency shares its own), policy, seed of its tie-break.

    Raises:
        NoRight, CycleExists
        WrongTotal: the quotas do not sum to the policy's `total_households`.
    """
    require(officer, "cycle.open")
    require_total(policy, sum(quota.values()))
    if any(cycle.year == year for cycle in queries.cycles(session)):
        raise CycleExists(f"Siklus {year} sudah dibuka.")
    cycle = Cycle(
        year=year, status_since=told.at, policy=policy.model_dump(mode="json"), policy_hash=hash_of(policy), seed=seed,
        opened_by=told.actor,
    )  # fmt: skip
    session.add(cycle)
    session.flush()
    assert cycle.id is not None
    session.add_all(Quota(cycle_id=cycle.id, regency_code=code, households=number) for code, number in quota.items())
    shares = (districts or {}).items()
    session.add_all(DistrictQuota(cycle_id=cycle.id, district_code=code, households=number) for code, number in shares)
    add_version(session, cycle, 1, policy, told)
    record_beginnings(session, Subject.CYCLE, [cycle.id], cycle.id, told)
    return cycle


def close_cycle(session: Session, officer: Officer, cycle: Cycle, told: Told) -> None:
    """End a year in which handing off has begun; refused while the conservation check is broken."""
    require(officer, "cycle.open")
    assert cycle.id is not None
    if not conservation(session, cycle.id).is_ok:
        raise NotNow("Siklus belum dapat ditutup: pemeriksaan kekekalan menemukan rumah tangga yang tidak pada tempatnya.")
    record_move(session, Subject.CYCLE, cycle.id, "closed", told)


def conservation(session: Session, cycle_id: int) -> Conservation:
    """Every household of the cohort in exactly one place?"""
    return weigh(queries.beginnings(session, cycle_id), queries.places(session, cycle_id))


def summary(session: Session, year: int) -> dict[str, Any]:
    """The figures of one cycle, in all and by regency; they never shrink when a case moves on.

    Field names are fixed by the contract of `estafet demo --json` and `estafet cycle show --json`.
    """
    cycle = queries.cycle_of(session, year)
    assert cycle.id is not None
    by_regency = _figures(session, cycle.id)
    total = {name: sum(row[name] for row in by_regency.values()) for name in next(iter(by_regency.values()))}
    verdict = conservation(session, cycle.id)
    return {
        "cycle": year,
        "status": cycle.status,
        "policy_hash": cycle.policy_hash,
        **total,
        "registered": total["registered"] or queries.households_known(session),
        "rejected_rows": queries.rejected_rows(session),
        "letters": queries.letters_written(session, cycle.id),
        "callbacks": queries.callbacks_counted(session),
        "conservation": verdict.word,
        "alarms": [{"case": case, "code": code} for case, code in verdict.alarms.items()],
        "by_regency": [{"regency": code, **row} for code, row in by_regency.items()],
    }


_CASES = {"selected": "selected", "reserve": "reserve", "ineligible": "ineligible",
          "delivered": "delivered", "verified": "verified", "referred": "referred", "concluded": "concluded"}  # fmt: skip
_REFERRALS = ("acknowledged", "accepted", "declined", "rerouted")
_PLACED = ("placed_within_quota", "placed_on_reserve", "left_unplaced")


def _figures(session: Session, cycle_id: int) -> dict[str, dict[str, int]]:
    cases = queries.ever_reached(session, cycle_id, Subject.CASE)
    referrals = queries.ever_reached(session, cycle_id, Subject.REFERRAL)
    orders = queries.ever_reached(session, cycle_id, Subject.ORDER)
    eligible = queries.ever_happened(session, cycle_id, _PLACED)
    replaced = queries.replaced(session, cycle_id)
    mentored = queries.mentored(session, cycle_id)
    return {
        code: {
            "registered": cases.get((code, "proposed"), 0),
            "eligible": eligible.get(code, 0),
            **{name: cases.get((code, status), 0) for name, status in _CASES.items()},
            "substituted": replaced.get(code, 0),
            "orders": orders.get((code, "placed"), 0),
            "mentored": mentored.get(code, 0),
            **{name: referrals.get((code, name), 0) for name in _REFERRALS},
        }
        for code in regencies()
    }
