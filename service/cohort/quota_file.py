"""How many households does each regency get, as the agency's quota file says, and how does it share them among districts?

CSV `kode_kabupaten,kuota` (`36.01,470`), comma or semicolon, with or without BOM. A third column `kode_kecamatan` is
optional: rows with it share their regency's quota among its districts; they sum to the regency's own row where there
is one, else their sum is its quota.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service import regions
from service.errors import BadInput

COLUMNS = ("kode_kabupaten", "kuota")
DISTRICT = "kode_kecamatan"


class WrongQuota(BadInput):
    """The quota file has faults; each is named by row."""


@dataclass
class QuotaFile:
    """Households by regency, and by district of the regencies that share theirs."""

    regencies: dict[str, int] = field(default_factory=dict)
    districts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.regencies.values())


@dataclass(frozen=True)
class _Row:
    line: int
    regency: str
    households: str
    district: str

    @property
    def code(self) -> str:
        return self.district or self.regency


def read_quota(path: Path) -> QuotaFile:
    """Raises WrongQuota, naming every faulty row at once."""
    rows, quota = _rows(path), QuotaFile()
    lines: dict[str, int] = {}
    faults: list[tuple[int, str]] = []
    for row in rows:
        if fault := _fault(row, lines):
            faults.append((row.line, fault))
        else:
            lines[row.code] = row.line
            (quota.districts if row.district else quota.regencies)[row.code] = int(row.households)
    if not faults:
        faults = _take_over_districts(quota, lines)
    if faults or not quota.regencies:
        named = [f"baris {line}: {fault}" for line, fault in sorted(faults)]
        raise WrongQuota(f"Berkas kuota {path.name} ditolak. " + ("; ".join(named) or "Tidak ada baris."), faults=named)
    return quota


def _take_over_districts(quota: QuotaFile, lines: dict[str, int]) -> list[tuple[int, str]]:
    """A regency whose districts are given has their sum; the faults where its own row says something else."""
    sums: dict[str, int] = {}
    for code, households in quota.districts.items():
        sums[regions.regency_of(code)] = sums.get(regions.regency_of(code), 0) + households
    faults = [
        (lines[code], f"kuota {code} {quota.regencies[code]}, sedangkan jumlah kecamatannya {shared}")
        for code, shared in sums.items()
        if quota.regencies.get(code, shared) != shared
    ]
    quota.regencies |= sums
    return faults


def _fault(row: _Row, known: dict[str, int]) -> str | None:
    if row.regency not in regions.regencies():
        return f"kode kabupaten/kota '{row.regency}' tidak dikenal di Banten"
    if row.district and row.district not in regions.districts(row.regency):
        return f"kode kecamatan '{row.district}' tidak dikenal di {row.regency}"
    if row.code in known:
        return f"kode {row.code} sudah ada di baris sebelumnya"
    if not (row.households.isascii() and row.households.isdigit()):
        return f"kuota '{row.households}' bukan bilangan bulat"
    return None


def _rows(path: Path) -> Sequence[_Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise WrongQuota(f"Berkas kuota {path} tidak ditemukan.") from None
    except UnicodeDecodeError:
        raise WrongQuota(f"Berkas kuota {path.name} bukan CSV UTF-8.") from None
    lines = list(csv.reader(text.splitlines(), delimiter=";" if ";" in text else ","))
    header = [cell.strip().lower() for cell in lines[0]] if lines else []
    if missing := [name for name in COLUMNS if name not in header]:
        raise WrongQuota(f"Berkas kuota {path.name}: kolom {', '.join(missing)} tidak ada.")
    regency, households = (header.index(name) for name in COLUMNS)
    district = header.index(DISTRICT) if DISTRICT in header else len(header)
    return [
        _Row(number, _cell(line, regency), _cell(line, households), _cell(line, district))
        for number, line in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in line)
    ]


def _cell(line: list[str], place: int) -> str:
    return line[place].strip() if place < len(line) else ""
