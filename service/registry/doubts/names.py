"""Are two names, as offices write them, the same name?

Names are brought to one spelling first: titles and degrees go, old and Arabic spellings become the plain one (`Soekardjo`,
`Sukarjo`), Muhammad in all its forms is one word, double letters are single. Then they are compared word by word, in any
order: a word may differ by one letter (two in a long one), and words that only one of the names has count against it.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz.distance import OSA

_DEGREE = (
    r"\b[sma]\.\s?(?:pd(?:\.\s?i)?|sos|si|kom|ag|md|kep|keb|kes|hum|psi|ip|km|ak|h|e|t|p|m)\b\.?"
    r"|\b(?:spd|ssos|msi|mpd|amd|skm|lc)\b"
)
_TITLE = (
    r"\b(?:k\s?h|h|hj|haji|hajah|hajjah|kyai|kiai|ust|ustad|ustadz|ustadzah|dr|drs|dra|drg|ir|prof|tn|ny|bpk|sdr|sdri"
    r"|alm|almh|almarhum|almarhumah|bin|binti)\b"
)
_MUHAMMAD = r"\b(?:mo(?:h|ch?)|mohd|muh|much|muhd|mhd|m[ou](?:c?h|kh)amm?[ae][dt]|m)\b"
_ABDUL, _SITI = r"\b(?:abd|abdl)\b", r"\bst\b"
_SPELLINGS = {
    "dj": "j", "tj": "c", "nj": "ny", "sj": "s", "sy": "s", "oe": "u", "kh": "h", "ch": "h", "dh": "d", "th": "t", "ph": "p",
    "dz": "j", "z": "j", "f": "p", "v": "p", "q": "k", "x": "ks", "ae": "ai", "iy": "i", "ie": "i", "uw": "u",
}  # fmt: skip
_DOUBLES = {letter * 2: letter for letter in "abcdefghijklmnopqrstuvwxyz"}
_LONG, _SHORT = 10, 4
_SPACED_OTHERWISE, _INITIAL, _EXTRA_WORD = 98, 90, 10
_SAME_LETTERS = 88


def normalised(name: pl.Expr) -> pl.Expr:
    """`H. Moch. Soekardjo, S.Pd` -> `mohamad sukarjo`: the words in one spelling and in the order they were written."""
    text = name.str.to_lowercase().str.replace(r",.*$", "").str.replace_all(_DEGREE, " ")
    text = text.str.replace_all(r"['`’‘]", "").str.replace_all(r"[^a-z]+", " ")
    text = text.str.replace_all(_TITLE, " ").str.strip_chars()
    text = text.str.replace_all(_MUHAMMAD, "mohamad").str.replace_all(_ABDUL, "abdul").str.replace_all(_SITI, "siti")
    text = text.str.replace_many(_SPELLINGS, leftmost=True).str.replace_many(_DOUBLES)
    return text.str.replace_all(r"(\w{3})h\b", "$1").str.replace_all(r" +", " ")


def sorted_words(name: pl.Expr) -> pl.Expr:
    """Of a normalised name: equal for two names exactly when they have the same words in any order."""
    return name.str.split(" ").list.sort().list.join(" ")


def likeness(one: str, other: str) -> int:
    """0 to 100 for two normalised names; 0 as soon as a word of the shorter name has no counterpart in the other."""
    mine, yours = one.split(" "), other.split(" ")
    if sorted(mine) == sorted(yours):
        return 100
    together, apart = one.replace(" ", ""), other.replace(" ", "")
    if together == apart:
        return _SPACED_OTHERWISE
    by_word = _by_word(*sorted((mine, yours), key=len))
    if len(mine) == len(yours):
        return by_word
    letters = round(100 * OSA.normalized_similarity(together, apart))
    return max(by_word, letters if letters >= _SAME_LETTERS else 0)


def _by_word(fewer: list[str], more: list[str]) -> int:
    """The words' likeness weighted by their length, less what the longer name has besides."""
    left, total, weight = list(more), 0, 0
    for word in sorted(fewer, key=len, reverse=True):
        best = max(left, key=lambda candidate: _word_likeness(word, candidate))
        alike = _word_likeness(word, best)
        if not alike:
            return 0
        left.remove(best)
        letters = max(len(word), len(best))
        total, weight = total + alike * letters, weight + letters
    return max(0, round(total / weight) - _EXTRA_WORD * len(left))


def _word_likeness(one: str, other: str) -> int:
    if one == other:
        return 100
    longest, shortest = max(len(one), len(other)), min(len(one), len(other))
    if shortest == 1:
        return _INITIAL if one[0] == other[0] else 0
    allowed = 2 if longest >= _LONG else 1 if longest >= _SHORT else 0
    distance = OSA.distance(one, other, score_cutoff=allowed)
    return round(100 * (1 - distance / longest)) if distance <= allowed else 0
