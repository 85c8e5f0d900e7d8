"""How many households does each regency get, as the agency's quota file says?

CSV `kode_kabupaten,kuota` (`36.01,470`), comma or semicolon, with or without BOM.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from service import regions
from service.errors import BadInput

COLUMNS = ("kode_kabupaten", "kuota")


class WrongQuota(BadInput):
    """The quota file has faults; each is named by row."""


def read_quota(path: Path) -> dict[str, int]:
    """Households by regency code.

    Raises:
        WrongQuota: names every faulty row at once.
    """
    rows = _rows(path)
    quota: dict[str, int] = {}
    faults: list[str] = []
    for line, (code, households) in enumerate(rows, start=2):
        if fault := _fault(code, households, quota):
            faults.append(f"baris {line}: {fault}")
        else:
            quota[code] = int(households)
    if faults or not quota:
        raise WrongQuota(f"Berkas kuota {path.name} ditolak. " + ("; ".join(faults) or "Tidak ada baris."), faults=faults)
    return quota


def _fault(code: str, households: str, known: dict[str, int]) -> str | None:
    if code not in regions.regencies():
        return f"kode kabupaten/kota '{code}' tidak dikenal di Banten"
    if code in known:
        return f"kode {code} sudah ada di baris sebelumnya"
    if not (households.isascii() and households.isdigit()):
        return f"kuota '{households}' bukan bilangan bulat"
    return None


def _rows(path: Path) -> Sequence[tuple[str, str]]:
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
    places = [header.index(name) for name in COLUMNS]
    return [(_cell(line, places[0]), _cell(line, places[1])) for line in lines[1:] if any(cell.strip() for cell in line)]


def _cell(line: list[str], place: int) -> str:
    return line[place].strip() if place < len(line) else ""
