"""Why is this household in or out?"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from service.db.tables import Case, Cycle
from service.errors import NotFound
from service.policy import CyclePolicy
from service.regions import name_of
from service.selection import queries
from service.selection.eligibility import rules
from service.selection.placing import tie_break
from service.selection.score import LABELS

_VERDICTS = {True: "met", False: "not_met", None: "not_judged"}
_WORDS = {"met": "terpenuhi", "not_met": "tidak terpenuhi", "not_judged": "tidak dinilai"}


class NotInCycle(NotFound):
    """The household has no case in that cycle."""


def why(session: Session, year: int, household_id: int) -> dict[str, Any]:
    """Every rule with value, threshold and verdict, the score by indicator, rank, cut-off, and both hashes.

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
        **_standing(session, case, cycle), "replaces_case": case.replaces_case_id, "end_reason": case.end_reason,
        "policy_hash": cycle.policy_hash, "snapshot_hash": cycle.snapshot_hash,
        "frozen_at": cycle.frozen_at and cycle.frozen_at.isoformat(),
    }  # fmt: skip


def sentences(reasons: dict[str, Any]) -> list[str]:
    """What `why` found, as sentences for the household and the officer."""
    return [
        _placement_sentence(reasons),
        *(_rule_sentence(rule) for rule in reasons["rules"]),
        *(_score_sentence(one) for one in reasons["score"]["indicators"]),
    ]


def _rules(told: dict[str, Any], cycle: Cycle) -> list[dict[str, Any]]:
    if cycle.frozen_at is None:
        return []
    known = rules(CyclePolicy.model_validate(cycle.policy), cycle.frozen_at.date())
    return [
        {
            "code": rule.code, "sentence": rule.says, "value": told[rule.code]["value"],
            "threshold": told[rule.code]["threshold"], "verdict": _VERDICTS[told[rule.code]["met"]],
        }
        for rule in known
        if rule.code in told
    ]  # fmt: skip


def _score(case: Case, told: dict[str, Any], cycle: Cycle) -> dict[str, Any]:
    policy = CyclePolicy.model_validate(cycle.policy)
    indicators = [{"indicator": code, "label": LABELS[code], **told[code]} for code in LABELS if code in told]
    return {"total": case.score, "minimum": policy.eligibility.minimum_score, "indicators": indicators}


def _standing(session: Session, case: Case, cycle: Cycle) -> dict[str, Any]:
    score, ranked = queries.cut_off(session, case.cycle_id, case.regency_code)
    quota = queries.quota_row(session, case.cycle_id, case.regency_code)
    return {
        "rank": case.rank, "ranked": ranked, "reserve_place": case.reserve_place, "cut_off": score,
        "quota": quota.households if quota else 0, "places": quota.redistributed if quota else None,
        "tie_break": tie_break(cycle.seed, case.household_id),
    }  # fmt: skip


def _placement_sentence(reasons: dict[str, Any]) -> str:
    where, code = name_of(reasons["regency"]), reasons["placement"]
    if code is None:
        return "Belum dinilai: seleksi siklus ini belum dijalankan."
    if reasons["rank"] is None:
        failing = next(rule["sentence"] for rule in reasons["rules"] if rule["code"] == code)
        return f"Tidak memenuhi syarat ({code}): {failing} - tidak terpenuhi."
    order = f"urutan {reasons['rank']} dari {reasons['ranked']} di {where}, tersedia {reasons['places']} tempat"
    if code == "WITHIN_QUOTA":
        return f"Terpilih: {order}; nilai terendah yang terpilih {reasons['cut_off']}."
    if reasons["reserve_place"]:
        return f"Cadangan ke-{reasons['reserve_place']}: {order}."
    return f"Memenuhi syarat tetapi di luar kuota dan cadangan: {order}; nilai terendah yang terpilih {reasons['cut_off']}."


def _rule_sentence(rule: dict[str, Any]) -> str:
    value = "tidak ada" if rule["value"] is None else rule["value"]
    return f"{rule['sentence']}: {_WORDS[rule['verdict']]} (nilai: {value})."


def _score_sentence(one: dict[str, Any]) -> str:
    if one["missing"]:
        return f"{one['label']}: bukti tidak ada, 0 dari {one['weight']}."
    return f"{one['label']}: {one['value']}, {one['points']} dari {one['weight']}."
