"""Which rules must a household meet to be placed, and what does each say?

Each rule is three things over the frozen snapshot: its value, its threshold (from the cycle's policy) and whether it
is met; `met` is null where the rule has nothing to judge. The order is the order in which a failing rule is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from service.policy import CyclePolicy

PRACTICE = "Praktik UEP Dinas Sosial Provinsi Banten 2022-2023"
POLICY = "Kebijakan siklus"
AID_RULES = "Kriteria umum bantuan sosial daerah"


@dataclass(frozen=True)
class Rule:
    """Sentences may hold `{threshold}`; `value` and `met` are expressions over the snapshot and `score`; `source` says
    where the rule comes from, and by which key of the policy its threshold is set.
    """

    code: str
    sentence: str
    sentence_en: str
    source: str
    value: pl.Expr
    met: pl.Expr
    threshold: str | int | None = None

    def says(self, language: str = "id") -> str:
        return (self.sentence if language == "id" else self.sentence_en).format(threshold=self.threshold)


def rules(policy: CyclePolicy, as_of: date) -> tuple[Rule, ...]:
    """All rules of a cycle, in order; `as_of` is the day of the freeze."""
    return (*_history_rules(), *_business_rules(policy, as_of), *_person_rules(policy), *_welfare_rules(policy))


def first_failing(all_rules: tuple[Rule, ...]) -> pl.Expr:
    """The code (an Enum of all codes) of the first rule that is not met, null when the household is eligible."""
    named = pl.coalesce(pl.when(rule.met.not_()).then(pl.lit(place, dtype=pl.UInt8)) for place, rule in enumerate(all_rules))
    return named.cat.to(pl.Enum([rule.code for rule in all_rules]))


def _history_rules() -> tuple[Rule, ...]:
    kept = pl.col("duplicate_of")
    province, central = pl.col("prior_province_year"), pl.col("prior_central_year")
    return (
        Rule(
            "DUPLICATE_HOUSEHOLD",
            "Satu keluarga (satu nomor KK) diusulkan satu kali saja",
            "A family (one family card) is proposed only once",
            f"{PRACTICE}; keputusan petugas atas keluarga yang diduga ganda",
            kept,
            kept.is_null(),
        ),
        Rule(
            "PRIOR_UEP",
            "Belum pernah menerima bantuan UEP provinsi pada tahun sebelumnya",
            "Has not received the province's UEP aid in an earlier year",
            f"{PRACTICE}: penerima berganti setiap tahun",
            province,
            province.is_null(),
        ),
        Rule(
            "CENTRAL_UEP",
            "Belum pernah menerima bantuan UEP dari pemerintah pusat",
            "Has not received UEP aid from the central government",
            f"{PRACTICE}: tidak menerima dari APBN",
            central,
            central.is_null(),
        ),
    )


def _business_rules(policy: CyclePolicy, as_of: date) -> tuple[Rule, ...]:
    terms = policy.eligibility
    months = months_since("business_since", as_of)
    old_enough = months.fill_null(0) >= terms.minimum_business_months
    age_days = (pl.lit(as_of) - pl.col("assessed_on")).dt.total_days()
    return (
        Rule(
            "NO_EMBRYO_BUSINESS",
            "Sudah mempunyai rintisan usaha, sedikitnya {threshold} bulan",
            "Already runs a small business, for at least {threshold} months",
            f"{PRACTICE}; {POLICY}: eligibility.minimum_business_months",
            pl.when(pl.col("has_business")).then(months.fill_null(0)),
            pl.col("has_business") & old_enough,
            terms.minimum_business_months,
        ),
        Rule(
            "NO_ASSESSMENT",
            "Sudah dinilai oleh pendamping",
            "Has been assessed by a facilitator",
            f"{PRACTICE}: usulan diverifikasi di kabupaten/kota",
            pl.col("assessed_on"),
            pl.col("assessed_on").is_not_null(),
        ),
        Rule(
            "STALE_ASSESSMENT",
            "Penilaian tidak lebih lama dari {threshold} hari",
            "The assessment is not older than {threshold} days",
            f"{POLICY}: eligibility.assessment_valid_days",
            age_days,
            age_days <= terms.assessment_valid_days,
            terms.assessment_valid_days,
        ),
    )


def _person_rules(policy: CyclePolicy) -> tuple[Rule, ...]:
    terms = policy.eligibility
    return (
        Rule(
            "UNDER_AGE",
            "Kepala keluarga berumur sedikitnya {threshold} tahun",
            "The head of the household is at least {threshold} years old",
            f"{POLICY}: eligibility.minimum_age",
            pl.col("age"),
            pl.col("age") >= terms.minimum_age,
            terms.minimum_age,
        ),
        Rule(
            "OUTSIDE_PROVINCE",
            "Bertempat tinggal di wilayah provinsi (kode {threshold})",
            "Lives in the province (code {threshold})",
            f"{AID_RULES}: berdomisili di wilayah; {POLICY}: eligibility.province_code",
            pl.col("regency_code"),
            pl.col("regency_code").str.starts_with(terms.province_code + "."),
            terms.province_code,
        ),
    )


def _welfare_rules(policy: CyclePolicy) -> tuple[Rule, ...]:
    terms = policy.eligibility
    lowest, highest = terms.lowest_decile, terms.highest_decile
    return (
        Rule(
            "DECILE_OUT_OF_RANGE",
            "Desil kesejahteraan diketahui dan berada pada {threshold}",
            "The welfare decile is known and within {threshold}",
            f"Pemeringkatan DTSEN (Inpres 4/2025); {POLICY}: eligibility.lowest_decile, eligibility.highest_decile",
            pl.col("decile"),
            pl.col("decile").is_between(lowest, highest).fill_null(False),
            f"{lowest}-{highest}",
        ),
        Rule(
            "NOT_IN_PROGRAMME",
            "Terdaftar pada program {threshold}",
            "Is enrolled in the programme {threshold}",
            f"{PRACTICE}; {POLICY}: eligibility.programmes",
            pl.col("programme"),
            pl.col("programme").str.strip_chars().str.to_uppercase().is_in(list(terms.programmes)),
            ", ".join(terms.programmes),
        ),
        Rule(
            "BELOW_THRESHOLD",
            "Nilai sedikitnya {threshold}",
            "The score is at least {threshold}",
            f"{POLICY}: eligibility.minimum_score, weights, scale",
            pl.col("score"),
            pl.col("score") >= terms.minimum_score,
            terms.minimum_score,
        ),
    )


def months_since(column: str, as_of: date) -> pl.Expr:
    """Whole months from a date column to `as_of`; null stays null, a date in the future is below zero."""
    since = pl.col(column)
    whole = (as_of.year - since.dt.year()) * 12 + (as_of.month - since.dt.month().cast(pl.Int32))
    return whole - (since.dt.day() > as_of.day).cast(pl.Int32)
