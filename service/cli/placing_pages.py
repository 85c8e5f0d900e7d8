"""How does a terminal show why a household is in or out, who would enter or leave, and which policy was in force when?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from service.cli.words import as_text
from service.clock import WIB
from service.regions import name_of
from service.selection.explain import around
from service.selection.sentences import placement_sentence, placement_word, verdict_word

if TYPE_CHECKING:
    from service.db.tables import PolicyVersion

_HEADS: dict[str, dict[str, Any]] = {
    "id": {
        "title": "Rumah tangga {household}, siklus {cycle}, {where}", "rules": ("Syarat", "Nilai keluarga ini", "Hasil"),
        "score": ("Indikator", "Bukti", "Angka"), "total": "Jumlah (sedikitnya {minimum})", "none": "tidak ada", "of": "dari",
        "beside": ("Urutan", "Nilai", "Tahun dalam program", "Undian", "Hasil"), "own": "keluarga ini",
        "neighbours": "Yang berdekatan: nilai, lalu lama dalam program, lalu undian (terkecil lebih dulu)",
        "hashes": "Data beku {snapshot}, kebijakan {policy}, daftar {selection}.",
    },
    "en": {
        "title": "Household {household}, cycle {cycle}, {where}", "rules": ("Rule", "This household", "Verdict"),
        "score": ("Indicator", "Evidence", "Points"), "total": "Total (at least {minimum})", "none": "none", "of": "of",
        "beside": ("Rank", "Score", "Years in the programme", "Draw", "Outcome"), "own": "this household",
        "neighbours": "Next to it: score, then longer in the programme, then the draw (the smaller first)",
        "hashes": "Snapshot {snapshot}, policy {policy}, list {selection}.",
    },
}  # fmt: skip


def why_page(found: dict[str, Any], language: str) -> str:
    """What `explain.why` found, on one screen."""
    heads = _HEADS[language]
    parts = [heads["title"].format(**found, where=name_of(found["regency"])), placement_sentence(found, language)]
    if found["rules"]:
        parts += [as_text(_rules(found, language)), as_text(_score(found, language))]
    if found["neighbours"]:
        parts.append(as_text(_beside(found, language)))
    short = {name: (found[f"{name}_hash"] or "-")[:12] for name in ("snapshot", "policy", "selection")}
    return "\n\n".join([*parts, heads["hashes"].format(**short)])


def changes_page(found: dict[str, Any]) -> str:
    """What a simulation found, by regency and by rule."""
    sentence = f"Tetap {found['stays']}, masuk {len(found['enters'])}, keluar {len(found['leaves'])}. Tidak ada yang diubah."
    if not found["by_regency"]:
        return sentence
    places = Table("Kabupaten/kota", "Masuk", "Keluar", title="Menurut wilayah")
    for code, row in found["by_regency"].items():
        places.add_row(name_of(code), str(row["enters"]), str(row["leaves"]))
    rules = Table("Yang berubah", "Alasan", "Rumah tangga", title="Menurut alasan")
    for change, label in (("enters", "Masuk, sebelumnya"), ("leaves", "Keluar, karena")):
        for code, number in found["by_rule"][change].items():
            rules.add_row(label, placement_word(code), str(number))
    return "\n\n".join([as_text(places), as_text(rules), sentence])


def versions_page(versions: Sequence[PolicyVersion]) -> str:
    table = Table("Versi", "Hash", "Oleh", "Pada", "Alasan")
    for one in versions:
        at = f"{one.set_at.astimezone(WIB):%d/%m/%Y %H.%M}"
        table.add_row(str(one.version), one.policy_hash[:12], one.set_by.removeprefix("user:"), at, one.reason or "")
    return as_text(table)


def _rules(found: dict[str, Any], language: str) -> Table:
    table = Table(*_HEADS[language]["rules"])
    for rule in found["rules"]:
        value = _HEADS[language]["none"] if rule["value"] is None else str(rule["value"])
        sentence = rule["sentence" if language == "id" else "sentence_en"]
        table.add_row(sentence, value, verdict_word(rule["verdict"], language))
    return table


def _score(found: dict[str, Any], language: str) -> Table:
    heads = _HEADS[language]
    table = Table(*heads["score"])
    for one in found["score"]["indicators"]:
        evidence = heads["none"] if one["missing"] else f"{one['value']:,}".replace(",", "." if language == "id" else ",")
        label = one["label" if language == "id" else "label_en"]
        table.add_row(label, evidence, f"{one['points']} {heads['of']} {one['weight']}")
    table.add_section()
    table.add_row(heads["total"].format(**found["score"]), "", str(found["score"]["total"]))
    return table


def _beside(found: dict[str, Any], language: str) -> Table:
    """The household in its place among its neighbours."""
    heads = _HEADS[language]
    table = Table(*heads["beside"], title=heads["neighbours"])
    for one in around(found):
        word = placement_word(one["placement"], language) + (f" ({heads['own']})" if one["is_own"] else "")
        served = heads["none"] if one["served"] is None else str(one["served"])
        table.add_row(str(one["rank"]), str(one["score"]), served, one["tie_break"], word)
    return table
