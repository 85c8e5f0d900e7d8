"""Which kind of business do a household's words mean, and which kinds are related?

The vocabulary is small and stable; which package a kind gets is data of the cycle (`BusinessType` rows).
Source: the two packages of 2021 (warungan, tata boga) and the kinds named in 2022-23 reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Kind:
    """`words` are fragments of free text that mean this kind; `family` groups related kinds for mentors."""

    code: str
    name: str
    family: str
    words: tuple[str, ...]


KINDS: tuple[Kind, ...] = (
    Kind("warung_sembako", "Warung sembako", "trade", ("sembako", "warung", "kelontong", "toko")),
    Kind("tata_boga", "Kue dan tata boga", "food", ("kue", "roti", "boga", "katering", "jajanan")),
    Kind("gorengan", "Gorengan", "food", ("gorengan", "goreng", "tahu", "tempe")),
    Kind("bakso_mie", "Bakso dan mi", "food", ("bakso", "mie", "mi ayam", "cilok", "seblak")),
    Kind("nasi_lauk", "Nasi dan lauk", "food", ("nasi", "lauk", "warteg", "uduk", "lontong")),
    Kind("minuman", "Minuman", "food", ("minuman", "kopi", "jus", "es ", "jamu")),
    Kind("keripik", "Keripik dan emping", "food", ("keripik", "emping", "opak", "rengginang")),
    Kind("jahit", "Menjahit", "craft", ("jahit", "konveksi", "bordir", "sulam")),
    Kind("anyaman", "Anyaman dan kerajinan", "craft", ("anyam", "kerajinan", "tikar", "pandan")),
    Kind("sayur_ikan", "Sayur dan ikan keliling", "trade", ("sayur", "ikan", "buah", "ayam potong")),
    Kind("cuci_setrika", "Cuci dan setrika", "service", ("laundry", "cuci", "setrika")),
    Kind("rias_potong", "Rias dan potong rambut", "service", ("salon", "rias", "cukur", "pangkas")),
    Kind("ternak_unggas", "Ternak unggas", "farming", ("ternak", "unggas", "bebek", "ayam kampung", "telur asin")),
)
BY_CODE = {kind.code: kind for kind in KINDS}


@lru_cache(maxsize=20_000)
def kind_of(text: str | None) -> str | None:
    """The code the text means; None when no word or words of several kinds fit (a person decides then)."""
    plain = re.sub(r"\s+", " ", (text or "").strip().lower()) + " "
    if plain.strip() in BY_CODE:
        return plain.strip()
    hits = {kind.code for kind in KINDS if any(word in plain for word in kind.words)}
    return hits.pop() if len(hits) == 1 else _most_specific(plain, hits)


def named(kind: str | None, text: str | None) -> str:
    """What people call it: the kind's name, else what was written, never a bare code."""
    found = BY_CODE.get(kind or "") or BY_CODE.get(text or "")
    return found.name if found else text or ""


def family_of(code: str | None) -> str | None:
    return BY_CODE[code].family if code in BY_CODE else None


def _most_specific(plain: str, hits: set[str]) -> str | None:
    """Of several hits, the one whose longest word is longer than all others' ("warung nasi" is nasi... or nobody)."""
    lengths = sorted(((max(len(w) for w in BY_CODE[c].words if w in plain), c) for c in hits), reverse=True)
    if not lengths or (len(lengths) > 1 and lengths[0][0] == lengths[1][0]):
        return None
    return lengths[0][1]
