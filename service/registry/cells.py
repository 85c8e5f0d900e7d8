"""What does one cell mean, and if nothing, what exactly is wrong with it?

Each reader takes a cell that is not blank and returns its value or raises `CellFault`. Readers that need more
(a label, a limit, today) are made by the functions here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from lokal.phone import normalize_phone

from service import regions
from service.registry.faults import CellFault
from service.registry.sheets import Cell, plain

Reader = Callable[[Cell], Any]
_SCIENTIFIC = re.compile(r"-?\d(?:[.,]\d+)?[eE]\+?\d+")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00)?)?")
_DMY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_SHORT = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2}", re.ASCII)
_NUMBER = re.compile(r"(\d{1,15}|\d{1,3}(?:[.,]\d{3}){1,5})(?:[.,]0{1,2})?", re.ASCII)
_MOBILE, _PHONE_MARKS = re.compile(r"(?:\+62|62|0)(8[0-9]{8,11})"), str.maketrans("", "", " .-()")
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_EXCEL_DAYS = range(3_653, 73_051)  # 1910 to 2099: a smaller number is a year somebody typed
_RETYPE = "Ubah kolom menjadi Teks lalu ketik ulang 16 angkanya"


def sixteen_digits(label: str) -> Reader:
    """NIK and KK numbers: text of 16 digits; what Excel did to them is named."""

    def read(cell: Cell) -> str:
        text = plain(cell)
        if len(text) == 16 and text.isascii() and text.isdigit() and isinstance(cell, str):
            return text
        if _SCIENTIFIC.fullmatch(text):
            raise CellFault("SCIENTIFIC", f"{label} tertulis seperti 3.6E+15: Excel menghapus angkanya. {_RETYPE}.")
        digits = text if text.isdigit() else re.sub(r"[ .\-]", "", text)
        if not (digits.isascii() and digits.isdigit()):
            raise CellFault("NOT_DIGITS", f"{label} hanya boleh berisi angka.")
        if len(digits) == 15:
            raise CellFault("LOST_DIGIT", f"{label} hanya 15 angka: angka terakhir hilang. {_RETYPE}.")
        if len(digits) != 16:
            raise CellFault("NOT_16_DIGITS", f"{label} terdiri dari {len(digits)} angka, seharusnya 16.")
        if not isinstance(cell, str) and digits.endswith("0"):
            raise CellFault(
                "LOST_DIGIT", f"{label} tersimpan sebagai bilangan: Excel mengganti angka terakhir dengan 0. {_RETYPE}."
            )
        return digits

    return read


def words(longest: int = 200) -> Reader:
    """Free text of one line."""

    def read(cell: Cell) -> str:
        if isinstance(cell, date | time | timedelta):
            raise CellFault("BECAME_A_DAY", "isi ini berubah menjadi tanggal atau jam. Awali dengan tanda ' lalu ketik ulang.")
        text = plain(cell)
        if not text.isprintable() or "  " in text:
            text = re.sub(r" +", " ", "".join(c for c in text if c.isprintable()))
        if len(text) > longest:
            raise CellFault("TOO_LONG", f"terlalu panjang ({len(text)} huruf, paling banyak {longest}).")
        return text

    return read


_NAME, _CODE = words(120), words(60)


def name(cell: Cell) -> str:
    text: str = _NAME(cell)
    only_letters = text.replace(" ", "").isalpha()  # as most names are; else they are counted
    if not (only_letters and len(text) > 2) and (sum(map(str.isalpha, text)) < 2 or any(map(str.isdigit, text))):
        raise CellFault("NOT_A_NAME", "nama harus berupa huruf, tanpa angka.")
    return text


def day(today: date) -> Reader:
    """A past day: ISO, dd/mm/yyyy, or an Excel date."""

    def read(cell: Cell) -> date:
        found = _written_day(cell)
        if found > today:
            raise CellFault("FUTURE_DATE", f"tanggal {found:%d/%m/%Y} masih di masa depan.")
        if found.year < 1900:
            raise CellFault("NO_SUCH_DATE", f"tahun {found.year} terlalu lama; periksa tahunnya.")
        return found

    return read


def _written_day(cell: Cell) -> date:
    if isinstance(cell, date):
        return cell.date() if isinstance(cell, datetime) else cell
    text = plain(cell)
    if isinstance(cell, int | float) and text.isdigit() and int(text) in _EXCEL_DAYS:
        return _EXCEL_DAY_ZERO + timedelta(days=int(text))
    if iso := _ISO.fullmatch(text):
        return _real_day(text, int(iso[1]), int(iso[2]), int(iso[3]))
    if dmy := _DMY.fullmatch(text):
        return _real_day(text, int(dmy[3]), int(dmy[2]), int(dmy[1]))
    if _SHORT.fullmatch(text):
        raise CellFault("SHORT_YEAR", f"'{text}': tahunnya dua angka. Ubah format kolom menjadi DD/MM/YYYY, lalu simpan lagi.")
    raise CellFault("NOT_A_DATE", f"'{text[:20]}' bukan tanggal. Tulis hari/bulan/tahun, misalnya 17/08/1985.")


def _real_day(text: str, year: int, month: int, day_of_month: int) -> date:
    try:
        return date(year, month, day_of_month)
    except ValueError:
        if month > 12 >= day_of_month and month <= 31:
            raise CellFault(
                "SWAPPED_DATE", f"{text}: bulan {month} tidak ada; hari dan bulan tertukar. Tulis hari/bulan/tahun."
            ) from None
        raise CellFault("NO_SUCH_DATE", f"tanggal {text} tidak ada di kalender.") from None


def whole_number(lowest: int, highest: int, unit: str) -> Reader:
    """`1250000`, `1.250.000`, `Rp 1.250.000,00`, `80%` -> int within the limits."""

    def read(cell: Cell) -> int:
        text = plain(cell)
        match = _NUMBER.fullmatch(re.sub(r"(?i)^rp\.?\s*|\s*%$|,-$", "", text))
        if not match or isinstance(cell, bool) or (isinstance(cell, float) and not cell.is_integer()):
            raise CellFault("NOT_A_NUMBER", f"'{text[:20]}' bukan bilangan bulat ({unit}).")
        value = int(re.sub(r"[.,]", "", match[1]))
        if not lowest <= value <= highest:
            raise CellFault("OUT_OF_RANGE", f"{value} di luar batas {lowest} sampai {highest} ({unit}).")
        return value

    return read


_PERCENT = whole_number(0, 100, "persen")


def percent(cell: Cell) -> int:
    """`85`, `85%`, and what Excel keeps of 85% typed into a cell: 0.85. It keeps 1 of 100%, and that is told."""
    if isinstance(cell, float) and cell == 1:
        raise CellFault("ONE_OR_ALL", "1 dapat berarti 1% atau 100%. Tulis 100 tanpa tanda persen, atau pakai kolom Teks.")
    value: int = _PERCENT(round(100 * cell, 6) if isinstance(cell, float) and 0 < cell < 1 else cell)
    return value


def decile(cell: Cell) -> int:
    text = plain(cell)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= 10):
        raise CellFault("BAD_DECILE", f"desil '{text[:20]}' tidak ada; desil adalah 1 sampai 10.")
    return int(text)


def sex(cell: Cell) -> str:
    text = plain(cell).upper()
    if text not in {"L", "P"}:
        raise CellFault("BAD_SEX", f"'{text[:20]}' tidak dikenal; tulis L (laki-laki) atau P (perempuan).")
    return text


def village(cell: Cell) -> str:
    """A Kemendagri code with or without dots -> dotted."""
    text = plain(cell)
    code = regions.dotted(text)
    if not regions.is_village(code):
        raise CellFault("UNKNOWN_VILLAGE", f"kode desa '{text[:20]}' tidak ada di daftar Kemendagri.")
    return code


def neighbourhood(cell: Cell) -> str:
    """RT and RW: `3` -> `003`."""
    text = plain(cell)
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise CellFault("BAD_RT_RW", f"'{text[:20]}' bukan nomor RT/RW (paling banyak 3 angka).")
    return text.zfill(3)


def phone(cell: Cell) -> str:
    """Any Indonesian form -> `+62...`."""
    text = plain(cell)
    if mobile := _MOBILE.fullmatch(text.translate(_PHONE_MARKS)):  # as most are written; the rest is the library's to read
        return f"+62{mobile[1]}"
    found = None if _SCIENTIFIC.fullmatch(text) else normalize_phone(text)
    if not found:
        raise CellFault("BAD_PHONE", "bukan nomor telepon Indonesia. Tulis misalnya 0812-3456-7890 atau kosongkan.")
    return str(found)


def yes_or_no(cell: Cell) -> bool:
    text = plain(cell).lower()
    if text not in {"ya", "tidak"}:
        raise CellFault("NOT_YES_OR_NO", f"'{text[:20]}' tidak dikenal; tulis ya atau tidak.")
    return text == "ya"


def one_of(meanings: dict[str, str]) -> Reader:
    """One of a few words, each translated to what we store."""

    def read(cell: Cell) -> str:
        text = plain(cell).lower()
        if text not in meanings:
            raise CellFault("UNKNOWN_WORD", f"'{text[:20]}' tidak dikenal; tulis {' atau '.join(meanings)}.")
        return meanings[text]

    return read


def code_word(cell: Cell) -> str:
    """A programme's or facilitator's code, in capitals."""
    text: str = _CODE(cell)
    return text.upper()
