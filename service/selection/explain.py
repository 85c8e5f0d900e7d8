"""Why is this household in or out?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from service.clock import WIB
from service.db.tables import Case, Cycle
from service.errors import NotFound
from service.policy import CyclePolicy
from service.selection import queries
from service.selection.eligibility import rules
from service.selection.listed import queries as listing
from service.selection.placing import tie_break
from service.selection.score import LABELS

_VERDICTS = {True: "met", False: "not_met", None: "not_judged"}
REACH, TIE_DIGITS = 2, 4


class NotInCycle(NotFound):
    """The household has no case in that cycle."""


def why(session: Session, year: int, household_id: int) -> dict[str, Any]:
    """Every rule with value, threshold, verdict and source, the score by indicator, rank, cut-off, neighbours, all hashes.

    Raises:
        NotInCycle
    """
    found = queries.case_and_cycle(session, year, household_id)
    if found is None:
        raise NotInCycle(f"Rumah tangga {household_id} tidak ada dalam siklus {year}.")
    case, cycle = found
    told = case.explanation or {"rules": {}, "score": {}}
    return {
        "cycle": year, "household": household_id, "case": case.id, "status": case.status, "placement": case.placement,
        "regency": case.regency_code, "rules": _rules(told["rules"], cycle), "score": _score(case, told["score"], cycle),
        **_standing(session, case, cycle),
        "district": _district(session, case), "neighbours": _neighbours(session, case, cycle),
        "replaces_case": case.replaces_case_id, "end_reason": case.end_reason,
        "policy_hash": cycle.policy_hash, "snapshot_hash": cycle.snapshot_hash, "selection_hash": cycle.selection_hash,
        "frozen_at": cycle.frozen_at and cycle.frozen_at.isoformat(),
    }  # fmt: skip


def _rules(told: Mapping[str, Any], cycle: Cycle) -> list[dict[str, Any]]:
    if cycle.frozen_at is None:
        return []
    known = rules(CyclePolicy.model_validate(cycle.policy), cycle.frozen_at.astimezone(WIB).date())
    return [
        {
            "code": rule.code, "sentence": rule.says(), "sentence_en": rule.says("en"), "source": rule.source,
            "value": told[rule.code]["value"], "threshold": told[rule.code]["threshold"],
            "verdict": _VERDICTS[told[rule.code]["met"]],
        }
        for rule in known
        if rule.code in told
    ]  # fmt: skip


def _score(case: Case, told: Mapping[str, Any], cycle: Cycle) -> dict[str, Any]:
    policy = CyclePolicy.model_validate(cycle.policy)
    indicators = [
        {"indicator": code, "label": label["id"], "label_en": label["en"], **told[code]}
        for code, label in LABELS.items()
        if code in told
    ]
    return {"total": case.score, "minimum": policy.eligibility.minimum_score, "indicators": indicators}


def _standing(session: Session, case: Case, cycle: Cycle) -> dict[str, Any]:
    score, ranked = queries.cut_off(session, case.cycle_id, case.regency_code)
    quota = queries.quota_row(session, case.cycle_id, case.regency_code)
    return {
        "rank": case.rank, "ranked": ranked, "reserve_place": case.reserve_place, "cut_off": score,
        "quota": quota.households if quota else 0, "places": quota.redistributed if quota else None,
        "served": _served(case), "tie_break": tie_break(cycle.seed, case.household_id),
    }  # fmt: skip


def _district(session: Session, case: Case) -> dict[str, Any] | None:
    """Where the regency shares its quota among its districts: how this one was filled."""
    found = listing.district_standing(session, case)
    if found is None:
        return None
    return {
        "district": case.district_code, "quota": found.quota, "places": found.places, "cut_off": found.cut_off,
        "rank": found.rank if case.rank else None, "ranked": found.ranked,
    }  # fmt: skip


def _neighbours(session: Session, case: Case, cycle: Cycle) -> list[dict[str, Any]]:
    """Who stands just above and below in the regency, without telling who they are."""
    if case.rank is None:
        return []
    return [
        {
            "rank": one.rank, "score": one.score, "served": _served(one), "placement": one.placement,
            "tie_break": tie_break(cycle.seed, one.household_id)[:TIE_DIGITS],
        }
        for one in listing.neighbours(session, case, REACH)
    ]  # fmt: skip


def around(reasons: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The household among its neighbours, in order of rank; its own row is marked `is_own`."""
    if not reasons["neighbours"]:
        return []
    own = {name: reasons[name] for name in ("rank", "served", "placement")}
    own |= {"score": reasons["score"]["total"], "tie_break": reasons["tie_break"][:TIE_DIGITS], "is_own": True}
    rows = [own, *({**one, "is_own": False} for one in reasons["neighbours"])]
    return sorted(rows, key=lambda row: int(row["rank"]))


def _served(case: Case) -> int | None:
    """Years in the programme as they counted; unknown for a case placed before they were written down."""
    order: dict[str, int] = (case.explanation or {}).get("order", {})
    return order.get("served")
