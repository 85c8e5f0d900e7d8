"""How many households does each regency get when some cannot fill their quota, and how many wait in reserve?

What a regency cannot fill passes to those with candidates left, in proportion to how many they have left; whole
places by largest remainder, equal remainders in order of regency code. The total is conserved: it is the sum of the
quotas, or all candidates where there are fewer.
"""

from __future__ import annotations

from collections.abc import Mapping


def redistribute(quota: Mapping[str, int], candidates: Mapping[str, int]) -> dict[str, int]:
    """Regency -> places after redistribution; never more than its candidates. A regency without a quota gets none."""
    own = {code: min(places, candidates.get(code, 0)) for code, places in quota.items()}
    rest = sum(quota.values()) - sum(own.values())
    left = {code: candidates.get(code, 0) - own[code] for code in quota}
    extra = _shares(min(rest, sum(left.values())), left)
    return {code: own[code] + extra[code] for code in sorted(quota)}


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
