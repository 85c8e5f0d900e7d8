"""Is this the same picture as another one, although the file is not: encoded again, made smaller, cut by a hair?

A difference hash: the picture as 9 x 8 grey fields, and for each of 64 neighbours whether it gets darker. Own code because it
is ten lines over Pillow; the known library for it (imagehash) would bring numpy and scipy into every installation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from PIL import Image

ACROSS, DOWN = 9, 8
BITS = (ACROSS - 1) * DOWN
FLAT = 12
SAYS_TOO_LITTLE = 4


def likeness_of(picture: Image.Image) -> str | None:
    """The hash as 16 hex digits; None where the picture has too little in it to be told from another one (a grey wall)."""
    grey = picture.resize((ACROSS, DOWN), Image.Resampling.BOX).convert("L").tobytes()
    bits = 0
    for row in range(0, ACROSS * DOWN, ACROSS):
        for left in range(row, row + ACROSS - 1):
            bits = bits << 1 | (grey[left] > grey[left + 1])
    says_enough = SAYS_TOO_LITTLE <= bits.bit_count() <= BITS - SAYS_TOO_LITTLE
    return f"{bits:016x}" if says_enough and max(grey) - min(grey) >= FLAT else None


class Alike:
    """All pictures of a cycle by bands of their hash: two that differ in at most n bits agree in one of n + 1 bands."""

    def __init__(self, hashes: Mapping[int, str], most_bits: int) -> None:
        self._most = most_bits
        self._edges = [BITS * i // (most_bits + 1) for i in range(most_bits + 2)]
        self._kept: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for owner, told in hashes.items():
            bits = int(told, 16)
            for band in self._bands(bits):
                self._kept[band].append((owner, bits))

    def owners_near(self, told: str, own: Iterable[int] = ()) -> list[int]:
        """Whose pictures differ from this hash by so few bits, ascending; without `own`."""
        bits = int(told, 16)
        near = {owner for band in self._bands(bits) for owner, kept in self._kept[band] if self._is_near(bits, kept)}
        return sorted(near - set(own))

    def _is_near(self, one: int, other: int) -> bool:
        return (one ^ other).bit_count() <= self._most

    def _bands(self, bits: int) -> Iterator[tuple[int, int]]:
        for place, (low, high) in enumerate(zip(self._edges, self._edges[1:], strict=False)):
            yield place, bits >> low & ((1 << high - low) - 1)
