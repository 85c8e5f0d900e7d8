"""What may people of two offices write to each other about a household, and which numbers not?

Pure. What is written here is read by the other side: a number that belongs to a person (NIK, family card, telephone) has
its own sealed place. The day of something and the public number of a business (NIB) are no such numbers.
"""

from __future__ import annotations

import re
from typing import Any

from service.errors import BadInput

LONGEST = 1000
LARGEST_AMOUNT = 10**12
"""Rupiah; a longer whole number counts nothing of a household."""
LIKE_NIK = "memuat 16 angka seperti NIK; jangan kirim nomor milik orang"
_HARMLESS = re.compile(
    r"(?<!\d)(?:20\d\d-\d\d-\d\d|\d\d?[-.]\d\d?[-.]20\d\d)(?!\d)|\bNIB\W{1,3}\d{13}(?!\d)", re.ASCII | re.IGNORECASE
)
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){11,}")
_SIXTEEN_DIGITS = re.compile(r"\d(?:[ .-]?\d){15,}")


class WrongNote(BadInput, ValueError):
    """Empty, too long, or with a number that belongs to a person."""


def check_note(text: str) -> str:
    """The line as it will be kept. Raises WrongNote."""
    line = text.strip()
    if not line:
        raise WrongNote("Catatan masih kosong.")
    if len(line) > LONGEST:
        raise WrongNote(f"Catatan paling panjang {LONGEST} huruf.")
    without_number(line)
    return line


def without_number(line: str | None) -> str | None:
    """What was written, or nothing. Raises WrongNote."""
    if line and _LONG_NUMBER.search(_HARMLESS.sub(" / ", line)):
        raise WrongNote("Jangan tulis NIK, nomor KK, atau nomor lain milik orang dalam catatan.")
    return line


def check_register(number: str | None) -> str | None:
    """An office's own number may be long, but not as long as a NIK. Raises WrongNote."""
    if number and is_like_nik(number):
        raise WrongNote("Ini nomor 16 angka seperti NIK, bukan nomor agenda.")
    return number


def is_like_nik(text: str) -> bool:
    return bool(_SIXTEEN_DIGITS.search(text))


def without_nik(name: str) -> str:
    """A field's name as it may be told back."""
    return _SIXTEEN_DIGITS.sub("…", name)[:60]


def check_proofs(proofs: dict[str, Any]) -> dict[str, Any]:
    """Names and texts in an outcome report are read as notes are; a number is an amount. Raises WrongNote."""
    for name, value in proofs.items():
        without_number(name)
        if not (isinstance(value, int | float) and abs(value) < LARGEST_AMOUNT):
            without_number(str(value))
    return proofs
