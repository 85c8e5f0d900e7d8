"""How many households does each regency or district get when some cannot fill their quota, and how many wait in reserve?

What one cannot fill passes to those with candidates left, in proportion to how many they have left; whole places by
largest remainder, equal remainders in order of code. The total is conserved: it is the sum of the quotas, or all
candidates where there are fewer. The rule is the same among the regencies of the province and among the districts of
a regency that shares its quota; a regency or district without a row takes no part, one with a row of 0 only receives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.regions import regency_of


@dataclass(frozen=True)
class Places:
    """Places after redistribution; `districts` only of regencies whose quota is shared among districts."""

    regencies: dict[str, int]
    districts: dict[str, int]


def redistribute(quota: Mapping[str, int], candidates: Mapping[str, int], extra: int = 0) -> dict[str, int]:
    """Code -> places; never more than its candidates. `extra` places come from outside and go the same way."""
    own = {code: min(places, candidates.get(code, 0)) for code, places in quota.items()}
    rest = sum(quota.values()) - sum(own.values()) + extra
    left = {code: candidates.get(code, 0) - own[code] for code in quota}
    more = _shares(min(rest, sum(left.values())), left)
    return {code: own[code] + more[code] for code in sorted(quota)}


def places_of(
    quota: Mapping[str, int], districts: Mapping[str, int], able: Mapping[str, int], able_by_district: Mapping[str, int]
) -> Places:
    """First among the regencies, then within each regency among its districts, where it has district quotas.

    `able` and `able_by_district` count the eligible. A regency that shares its quota has the candidates of the
    districts it names.
    """
    shared: dict[str, dict[str, int]] = {}
    for code, number in districts.items():
        shared.setdefault(regency_of(code), {})[code] = number
    candidates = {
        code: sum(able_by_district.get(one, 0) for one in shared[code]) if code in shared else able.get(code, 0)
        for code in quota
    }
    regencies = redistribute(quota, candidates)
    within: dict[str, int] = {}
    for code, own in shared.items():
        extra = max(regencies.get(code, 0) - sum(own.values()), 0)
        within |= redistribute(own, able_by_district, extra)
    return Places(regencies, within)


def reserve_places(places: int, percent: int) -> int:
    """`percent` of a regency's places, rounded up."""
    return -(-places * percent // 100)


def _shares(places: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split `places` (at most the sum of weights) in proportion to whole weights, by largest remainder."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    shares = {code: places * weight // whole for code, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda code: (-(places * weights[code] % whole), code))
    for code in by_remainder[: places - sum(shares.values())]:
        shares[code] += 1
    return shares
