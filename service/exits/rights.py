"""Whose act is an exit list? The province's: it names households of every regency."""

from __future__ import annotations

from service.trust.rights import Officer, OutsideRegion


def require_province(officer: Officer) -> None:
    """Raises OutsideRegion."""
    if officer.regencies:
        raise OutsideRegion("Daftar keluar dikerjakan petugas provinsi, karena memuat semua kabupaten/kota.")
