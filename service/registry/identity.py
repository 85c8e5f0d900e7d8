"""Can this number be a NIK, and does it fit the person it is written beside?

A NIK is PPKKCC + DDMMYY (day + 40 for women) + serial. It never changes, so a region or date that differs from the
record is a warning, never a reason to reject (Dukcapil; 2-domain.md section 2). There is no check digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from service import regions
from service.db.tables import Household
from service.registry.cells import sixteen_digits
from service.registry.faults import CellFault
from service.registry.sheets import Cell
from service.trust.sealing import Sealer, masked

_CENTURIES = (1900, 2000)
_SHAPE = sixteen_digits("NIK")


@dataclass(frozen=True)
class MaskedNumbers:
    """What people see of a household's sealed numbers."""

    nik: str
    kk: str
    phone: str | None


def nik(cell: Cell) -> str:
    """Raises CellFault when the shape, the date or the serial cannot be a NIK's."""
    digits: str = _SHAPE(cell)
    if not possible_birth_days(digits):
        raise CellFault("NIK_DATE", "tanggal lahir di dalam NIK (angka ke-7 sampai 12) tidak ada di kalender.")
    if digits.endswith("0000"):
        raise CellFault("NIK_SERIAL", "nomor urut NIK 0000 tidak ada; angka terakhir mungkin dihapus Excel.")
    return digits


def possible_birth_days(digits: str) -> tuple[date, ...]:
    """The days a NIK's six digits may mean; its two-digit year fits two centuries."""
    return _days_of(digits[6:12])


@lru_cache(maxsize=50_000)
def _days_of(six: str) -> tuple[date, ...]:
    day, month, year = int(six[:2]), int(six[2:4]), int(six[4:])
    born = day - 40 if day > 40 else day
    return tuple(found for century in _CENTURIES if (found := _day_or_none(century + year, month, born)))


def sex_of(digits: str) -> str:
    return "P" if int(digits[6:8]) > 40 else "L"


def differences(digits: str, born: date, sex: str, village_code: str) -> Iterator[tuple[str, str, str]]:
    """What in a NIK differs from the record: (code, column, sentence). Warnings only."""
    district = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}"
    if regions.name_of(district) == district:
        yield "NIK_REGION_UNKNOWN", "nik", "kode wilayah di NIK tidak ada di daftar sekarang (mungkin kode lama)."
    elif regions.regency_of(district) != regions.regency_of(village_code):
        yield "NIK_REGION_DIFFERS", "nik", "NIK diterbitkan di kabupaten/kota lain daripada alamatnya."
    if born not in possible_birth_days(digits):
        yield "NIK_BIRTH_DIFFERS", "tanggal_lahir", "tanggal lahir berbeda dari NIK; hari dan bulan mungkin tertukar."
    if sex != sex_of(digits):
        yield "NIK_SEX_DIFFERS", "jenis_kelamin", "jenis kelamin berbeda dari NIK."


def masked_numbers(household: Household, sealer: Sealer) -> MaskedNumbers:
    """Raises WrongKey when the installation's key is not the one that sealed."""
    sealed = household.phone_sealed
    return MaskedNumbers(
        nik=masked(sealer.unseal("nik", household.nik_sealed)),
        kk=masked(sealer.unseal("kk", household.kk_sealed)),
        phone=masked(sealer.unseal("phone", sealed)) if sealed else None,
    )


def _day_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
