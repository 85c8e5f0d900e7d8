"""Which numbers of the programme may change every year, and what are they unless the agency says otherwise?

A `CyclePolicy` is given as YAML when a cycle is opened, validated here (an unknown key is refused),
kept as JSON in the cycle's row and named everywhere by its hash. Rupiah are `int`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from service.errors import BadInput


class WrongPolicy(BadInput):
    """The policy file has unknown keys or values out of range; every fault is named."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Eligibility(_Strict):
    """Thresholds of the eligibility rules (source: 2022-23 UEP practice; the agency confirms yearly)."""

    programmes: tuple[str, ...] = ("JAMSOSRATU", "JSK")
    province_code: str = "36"
    lowest_decile: int = Field(1, ge=1, le=10)
    highest_decile: int = Field(5, ge=1, le=10)
    minimum_age: int = Field(17, ge=0)
    assessment_valid_days: int = Field(365, ge=1)
    minimum_business_months: int = Field(0, ge=0)
    minimum_score: int = Field(40, ge=0, le=100)


class ScoreWeights(_Strict):
    """Points of each indicator; they sum to 100."""

    attendance: int = 25
    income_sources: int = 20
    savings: int = 20
    income_per_head: int = 20
    business_age: int = 15

    @model_validator(mode="after")
    def _sum_is_100(self) -> ScoreWeights:
        total = sum(self.model_dump().values())
        if total != 100:
            raise ValueError(f"jumlah bobot {total}, seharusnya 100")
        return self


class ScoreScale(_Strict):
    """At which value an indicator earns all its points; below it, in proportion. Percent, sources, rupiah, months.

    Source of the default income: poverty line of Banten, March 2021 to 2024, rounded; the agency confirms yearly.
    """

    attendance: int = Field(100, ge=1)
    income_sources: int = Field(2, ge=1)
    savings: int = Field(500_000, ge=1)
    income_per_head: int = Field(650_000, ge=1)
    business_age: int = Field(24, ge=1)


class ContractLimits(_Strict):
    """Up to which value (rupiah) each simpler contract form may be used; above the last a full contract (Perpres 16/2018)."""

    purchase_proof: int = 10_000_000
    receipt: int = 50_000_000
    work_order: int = 200_000_000


class Terms(_Strict):
    """Working days each side has before a reminder, an escalation, a re-route."""

    remind_before: int = 1
    acknowledge: int = 3
    decide: int = 10
    start_service: int = 30
    report_outcome: int = 66
    escalate_after: int = 2
    give_up_after: int = 4


class DecreeRules(_Strict):
    """Who must say yes before a decree is signed, and how long objections may come in (working days; 0: no window)."""

    regency_verifies: bool = True
    approvals_needed: int = Field(1, ge=1, le=5)
    objection_days: int = Field(0, ge=0, le=60)


class Letterhead(_Strict):
    """What stands on top and at the foot of every letter; officials' names are settings, never code."""

    government: str = "PEMERINTAH PROVINSI BANTEN"
    office: str = "DINAS SOSIAL"
    address: str = "Kawasan Pusat Pemerintahan Provinsi Banten (KP3B), Curug, Kota Serang"
    contact: str = "laman dinsos.bantenprov.go.id"
    place: str = "Serang"
    signer_post: str = "Kepala Dinas Sosial Provinsi Banten"
    signer_name: str = "(nama pejabat diisi pada kebijakan siklus)"
    signer_rank: str = ""
    signer_nip: str = ""


class LetterNumbers(_Strict):
    """`<classification>/<sequence>-<unit>/<year>` (Permendagri 83/2022 Article 3); one gap-free book a year."""

    format: str = "{code}/{seq:04d}-{unit}/{year}"
    unit: str = "DINSOS"
    decree_code: str = "400.9.14.1"
    order_code: str = "000.3.2"
    handover_code: str = "400.9.14.5"
    referral_code: str = "400.9.14.6"


class CyclePolicy(_Strict):
    """All yearly numbers of one cycle. Units: rupiah `int`, days, working days where said, metres."""

    modality: Literal["goods"] = "goods"
    unit_value: int = Field(2_500_000, gt=0)
    budget_ceiling: int = Field(6_500_000_000, gt=0)
    budget_account_code: str = "5.1.02.05.01.0001"
    goods_due_on: date | None = None
    eligibility: Eligibility = Eligibility()
    weights: ScoreWeights = ScoreWeights()
    scale: ScoreScale = ScoreScale()
    contract_limits: ContractLimits = ContractLimits()
    reserve_percent: int = Field(10, ge=0, le=100)
    total_households: int | None = Field(None, ge=1)
    decree: DecreeRules = DecreeRules()
    mentor_capacity: int = Field(5, ge=1)
    mentor_business_months: int = Field(24, ge=0)
    events_per_household: int = Field(2, ge=1)
    households_per_event: int = Field(100, ge=1)
    event_notice_days: int = Field(2, ge=0)
    point_radius_m: int = Field(1000, ge=10)
    maximum_hops: int = Field(3, ge=1)
    link_valid_days: int = Field(400, ge=1)
    terms: Terms = Terms()
    letterhead: Letterhead = Letterhead()
    numbers: LetterNumbers = LetterNumbers()
    local_holidays: tuple[date, ...] = ()


def read_policy(path: Path | None) -> CyclePolicy:
    """A policy from YAML, or the documented default.

    Raises:
        WrongPolicy: names each key and why.
    """
    if path is None:
        return CyclePolicy()
    try:
        return CyclePolicy.model_validate(yaml.safe_load(path.read_text()) or {})
    except FileNotFoundError:
        raise WrongPolicy(f"Berkas kebijakan {path} tidak ditemukan.") from None
    except yaml.YAMLError as error:
        raise WrongPolicy(f"Berkas kebijakan {path} bukan YAML yang benar: {error}") from None
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc'])) or '(isi)'}: {e['msg']}" for e in error.errors()]
        raise WrongPolicy("Kebijakan ditolak. " + "; ".join(faults), faults=faults) from None


def hash_of(policy: CyclePolicy) -> str:
    """SHA-256 of the policy's canonical JSON; the same numbers give the same hash."""
    return hash_of_stored(policy.model_dump(mode="json"))


def hash_of_stored(policy: Mapping[str, Any]) -> str:
    """The same of a policy as it is kept in a row, with the keys it had when it was set."""
    return hashlib.sha256(json.dumps(policy, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
