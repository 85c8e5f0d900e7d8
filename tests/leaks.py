"""Does anything personal lie where it must not: in Prefect's database, its folder, or any log of a home?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator
from pathlib import Path

_DIGITS = re.compile(rb"\d{8,}")
_WORDS = re.compile(rb"[A-Za-z]{3,}")
PART = 4 * 1024 * 1024


def watched_files(home: Path) -> Iterator[Path]:
    """Everything Prefect keeps, every log, and our own message files."""
    for folder in ("prefect", "logs", "outbox"):
        yield from (path for path in sorted((home / folder).rglob("*")) if path.is_file())


def leaks_in(home: Path, values: Collection[str]) -> list[str]:
    """`file: how many` for each file that holds a value; the value itself is not said.

    Numbers are looked for as runs of digits, names as two neighbouring words, so that one pass over a file is enough
    for any number of values.
    """
    numbers = {digits for value in values for digits in _DIGITS.findall(value.encode())}
    names = {pair for value in values for pair in _pairs(value.encode())}
    found = []
    for path in watched_files(home):
        if hits := sum(_hits(part, numbers, names) for part in _parts(path)):
            found.append(f"{path.relative_to(home)}: {hits}")
    return found


def _hits(part: bytes, numbers: set[bytes], names: set[tuple[bytes, bytes]]) -> int:
    return len(numbers & set(_DIGITS.findall(part))) + len(names & _pairs(part))


def _pairs(text: bytes) -> set[tuple[bytes, bytes]]:
    words = [word.lower() for word in _WORDS.findall(text)]
    return set(itertools.pairwise(words))


def _parts(path: Path) -> Iterator[bytes]:
    """Overlapping, so that nothing is cut in two unseen."""
    content = path.read_bytes()
    for start in range(0, max(len(content), 1), PART):
        yield content[start : start + PART + 200]
