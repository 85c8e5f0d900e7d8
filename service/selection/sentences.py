"""How is it said to a household and to an officer why it is in or out, in Indonesian or in English?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.regions import name_of

LANGUAGES = ("id", "en")
PLACEMENTS: dict[str, dict[str, str]] = {
    "id": {
        "DUPLICATE_HOUSEHOLD": "Rumah tangga tercatat ganda", "PRIOR_UEP": "Sudah menerima UEP provinsi",
        "CENTRAL_UEP": "Sudah menerima UEP pusat (APBN)", "NO_EMBRYO_BUSINESS": "Belum punya rintisan usaha",
        "NO_ASSESSMENT": "Belum ada asesmen", "STALE_ASSESSMENT": "Asesmen sudah terlalu lama",
        "UNDER_AGE": "Kepala keluarga belum cukup umur", "OUTSIDE_PROVINCE": "Di luar Provinsi Banten",
        "DECILE_OUT_OF_RANGE": "Desil di luar sasaran", "NOT_IN_PROGRAMME": "Bukan peserta program",
        "BELOW_THRESHOLD": "Nilai di bawah ambang", "WITHIN_QUOTA": "Masuk kuota", "RESERVE": "Cadangan",
        "BEYOND_RESERVE": "Di luar cadangan",
    },
    "en": {
        "DUPLICATE_HOUSEHOLD": "Registered twice", "PRIOR_UEP": "Had UEP from the province",
        "CENTRAL_UEP": "Had UEP from the central government", "NO_EMBRYO_BUSINESS": "No business yet",
        "NO_ASSESSMENT": "Not assessed", "STALE_ASSESSMENT": "Assessed too long ago",
        "UNDER_AGE": "Head of the household too young", "OUTSIDE_PROVINCE": "Outside the province",
        "DECILE_OUT_OF_RANGE": "Decile outside the target", "NOT_IN_PROGRAMME": "Not in the programme",
        "BELOW_THRESHOLD": "Score below the threshold", "WITHIN_QUOTA": "Within the quota", "RESERVE": "Reserve",
        "BEYOND_RESERVE": "Beyond the reserve",
    },
}  # fmt: skip
_WORDS: dict[str, dict[str, str]] = {
    "id": {
        "met": "terpenuhi", "not_met": "tidak terpenuhi", "not_judged": "tidak dinilai", "none": "tidak ada",
        "rule": "{sentence}: {verdict} (nilai: {value}).",
        "missing": "{label}: bukti tidak ada, 0 dari {weight}.",
        "points": "{label}: {value}, {points} dari {weight}.",
        "not_yet": "Belum dinilai: seleksi siklus ini belum dijalankan.",
        "ineligible": "Tidak memenuhi syarat ({code}): {sentence} - tidak terpenuhi.",
        "order": "urutan {rank} dari {ranked} di {where}, tersedia {places} tempat",
        "within": "Terpilih: {order}; nilai terendah yang terpilih {cut_off}.",
        "reserve": "Cadangan ke-{place}: {order}.",
        "beyond": "Memenuhi syarat tetapi di luar kuota dan cadangan: {order}; nilai terendah yang terpilih {cut_off}.",
    },
    "en": {
        "met": "met", "not_met": "not met", "not_judged": "not judged", "none": "none",
        "rule": "{sentence}: {verdict} (value: {value}).",
        "missing": "{label}: no evidence, 0 of {weight}.",
        "points": "{label}: {value}, {points} of {weight}.",
        "not_yet": "Not judged yet: the selection of this cycle has not been run.",
        "ineligible": "Not eligible ({code}): {sentence} - not met.",
        "order": "number {rank} of {ranked} in {where}, {places} places available",
        "within": "Selected: {order}; the lowest score selected is {cut_off}.",
        "reserve": "Reserve {place}: {order}.",
        "beyond": "Eligible but beyond quota and reserve: {order}; the lowest score selected is {cut_off}.",
    },
}  # fmt: skip


def sentences(reasons: Mapping[str, Any], language: str = "id") -> list[str]:
    """What `explain.why` found: the placement, then each rule, then each indicator."""
    return [
        placement_sentence(reasons, language),
        *(_rule_sentence(rule, language) for rule in reasons["rules"]),
        *(_score_sentence(one, language) for one in reasons["score"]["indicators"]),
    ]


def placement_sentence(reasons: Mapping[str, Any], language: str = "id") -> str:
    words, code = _WORDS[language], reasons["placement"]
    if code is None:
        return words["not_yet"]
    if reasons["rank"] is None:
        failing = next(_of(rule, "sentence", language) for rule in reasons["rules"] if rule["code"] == code)
        return words["ineligible"].format(code=code, sentence=failing)
    standing, where = _standing(reasons)
    order = words["order"].format(**standing, where=where)
    kind = "within" if code == "WITHIN_QUOTA" else "reserve" if reasons["reserve_place"] else "beyond"
    return words[kind].format(order=order, place=reasons["reserve_place"], cut_off=standing["cut_off"])


def placement_word(code: str, language: str = "id") -> str:
    """A placement code in a few words; a reserve with its place."""
    kind, _, place = code.partition("RESERVE_")
    if place and not kind:
        return f"{PLACEMENTS[language]['RESERVE']} {place}"
    return PLACEMENTS[language].get(code, code)


def verdict_word(verdict: str, language: str = "id") -> str:
    return _WORDS[language][verdict]


def _standing(reasons: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The list that decided, and its name: the district's where the quota is shared among districts."""
    district = reasons["district"]
    if district is None:
        return reasons, name_of(reasons["regency"])
    return district, f"Kec. {name_of(district['district'])}, {name_of(reasons['regency'])}"


def _rule_sentence(rule: Mapping[str, Any], language: str) -> str:
    words = _WORDS[language]
    value = words["none"] if rule["value"] is None else rule["value"]
    sentence = _of(rule, "sentence", language)
    return words["rule"].format(sentence=sentence, verdict=words[rule["verdict"]], value=value)


def _score_sentence(one: Mapping[str, Any], language: str) -> str:
    kind = "missing" if one["missing"] else "points"
    return _WORDS[language][kind].format(
        label=_of(one, "label", language), value=one["value"], points=one["points"], weight=one["weight"]
    )


def _of(told: Mapping[str, Any], name: str, language: str) -> str:
    return str(told[name if language == "id" else f"{name}_en"])
