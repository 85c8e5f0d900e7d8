"""How is a field that does not fit told to people: which one, and what is wrong with it?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

WRONG = "wrong"
FAULTS = {
    "missing": "wajib diisi",
    "extra_forbidden": "tidak dikenal",
    "string_type": "harus teks",
    "int_type": "harus bilangan bulat",
    "int_parsing": "harus bilangan bulat",
    "float_type": "harus bilangan",
    "float_parsing": "harus bilangan",
    "bool_type": "harus true atau false",
    "bool_parsing": "harus true atau false",
    "dict_type": "harus objek",
    "model_type": "harus objek",
    "model_attributes_type": "harus objek",
    "list_type": "harus daftar",
    "string_too_short": "terlalu pendek (sedikitnya {min_length} karakter)",
    "string_too_long": "terlalu panjang (paling banyak {max_length} karakter)",
    "string_pattern_mismatch": "bentuknya tidak sesuai",
    "too_short": "sedikitnya {min_length} butir",
    "too_long": "paling banyak {max_length} butir",
    "greater_than_equal": "sedikitnya {ge}",
    "greater_than": "harus lebih dari {gt}",
    "less_than_equal": "paling banyak {le}",
    "less_than": "harus kurang dari {lt}",
    "literal_error": "harus salah satu dari {expected}",
    "enum": "harus salah satu dari {expected}",
    "union_tag_invalid": "harus salah satu dari {expected_tags}",
    "datetime_parsing": "bukan waktu ISO 8601",
    "datetime_from_date_parsing": "bukan waktu ISO 8601",
    "datetime_type": "bukan waktu ISO 8601",
    "timezone_aware": "zona waktu wajib disebut",
    "date_parsing": "bukan tanggal ISO (tttt-bb-hh)",
    "date_from_datetime_parsing": "bukan tanggal ISO (tttt-bb-hh)",
    "date_type": "bukan tanggal ISO (tttt-bb-hh)",
    "json_invalid": "bukan JSON yang benar",
    "finite_number": "harus bilangan biasa",
}


Wrong = tuple[tuple[str, ...], str]
"""Where, and a sentence."""


def wrong_together(found: Iterable[Wrong]) -> ValidationError:
    """What a model's own check found wrong, each at its field, to be raised there."""
    details = [
        InitErrorDetails(type=PydanticCustomError(WRONG, "{sentence}", {"sentence": sentence}), loc=at, input=None)
        for at, sentence in found
    ]
    return ValidationError.from_exception_data("data", details)


def faults_of(errors: Iterable[Any], prefix: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """Every faulty field with one Indonesian sentence; what was given is not repeated (it may be personal)."""
    return [{"field": _path((*prefix, *error["loc"])), "fault": _sentence(error)} for error in errors]


def _path(loc: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in loc if part not in ("body", "query", "path")) or "(isi)"


def _sentence(error: Any) -> str:
    context = error.get("ctx") or {}
    if error["type"] == WRONG:
        return str(error["msg"])
    if error["type"] == "value_error":
        return str(context.get("error", "nilainya tidak sesuai"))
    if "expected" in context:
        context = {**context, "expected": str(context["expected"]).replace(" or ", " atau ")}
    return FAULTS.get(error["type"], "nilainya tidak sesuai").format_map(_Known(context))


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"
