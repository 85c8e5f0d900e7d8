"""How are dates, amounts and numbers written in an Indonesian letter?"""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from num2words import num2words

from service.clock import full_date

__all__ = [
    "date_in_words", "day_as_written", "full_date", "grouped", "in_words", "long_date", "rupiah", "rupiah_with_words",
    "sex_word", "spaced_nip",
]  # fmt: skip


def long_date(day: date) -> str:
    """`24 November 2021`."""
    return format_date(day, "d MMMM y", locale="id")


def day_as_written(value: object) -> object:
    """A stored day (`2022-03-03`) as `3 Maret 2022`; anything else comes back as it is."""
    try:
        return long_date(date.fromisoformat(value)) if isinstance(value, str) and len(value) == 10 else value
    except ValueError:
        return value


def date_in_words(day: date) -> str:
    """`hari Rabu tanggal dua puluh empat bulan November tahun dua ribu dua puluh satu` (records of handover)."""
    weekday, month = format_date(day, "EEEE", locale="id"), format_date(day, "MMMM", locale="id")
    return f"hari {weekday} tanggal {in_words(day.day)} bulan {month} tahun {in_words(day.year)}"


def rupiah(amount: int) -> str:
    """`Rp2.500.000`."""
    return format_currency(amount, "IDR", format="¤#,##0;-¤#,##0", locale="id", currency_digits=False)


def rupiah_with_words(amount: int) -> str:
    """`Rp2.500.000,00 (dua juta lima ratus ribu rupiah)`."""
    return f"{rupiah(amount)},00 ({in_words(amount)} rupiah)"


def in_words(number: int) -> str:
    """Terbilang: `seribu seratus`, `dua juta lima ratus ribu`."""
    return str(num2words(number, lang="id"))


def grouped(number: float) -> str:
    """`2.500`."""
    return str(format_decimal(number, locale="id"))


def spaced_nip(nip: str) -> str:
    """`196010241987031001` -> `19601024 198703 1 001`; anything else comes back as it is."""
    digits = nip.replace(" ", "")
    if len(digits) != 18 or not digits.isdigit():
        return nip
    return f"{digits[:8]} {digits[8:14]} {digits[14]} {digits[15:]}"


def sex_word(letter: str) -> str:
    return {"L": "Laki-laki", "P": "Perempuan"}[letter]
