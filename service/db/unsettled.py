"""Which households wait for a person's word before they may stand on a decree?

NIK_NOT_FOUND and NIK_DIFFERS: the population office could not match the head, and nobody has confirmed or corrected the NIK
since. DUPLICATE_UNDECIDED: the household is one of an open pair. DUPLICATE_OF_ANOTHER: a person decided that it is another
household registered twice, after the year's data was frozen; it must leave the list. Reads only; every room may ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import DuplicatePair, Household

NIK_NOT_FOUND, NIK_DIFFERS = "NIK_NOT_FOUND", "NIK_DIFFERS"
DUPLICATE_UNDECIDED, DUPLICATE_OF_ANOTHER = "DUPLICATE_UNDECIDED", "DUPLICATE_OF_ANOTHER"
WORDS = {
    NIK_NOT_FOUND: "NIK tidak ditemukan Dukcapil", NIK_DIFFERS: "NIK berbeda dari data Dukcapil",
    DUPLICATE_UNDECIDED: "mungkin ganda, belum diputuskan", DUPLICATE_OF_ANOTHER: "ganda dari keluarga lain, keluarkan",
}  # fmt: skip
NIK_CODES = {"not_found": NIK_NOT_FOUND, "differs": NIK_DIFFERS}
CHUNK = 5_000


def unsettled(session: Session, household_ids: Iterable[int]) -> dict[int, list[str]]:
    """Household id -> its codes, for those of `household_ids` that have any; in ascending order of ids."""
    found: dict[int, list[str]] = {}
    for chunk in _chunks(sorted(set(household_ids))):
        for household_id, check in _unmatched(session, chunk):
            found.setdefault(household_id, []).append(NIK_CODES[check])
        for household_id in _in_open_pairs(session, chunk):
            found.setdefault(household_id, []).append(DUPLICATE_UNDECIDED)
        for household_id in _duplicates(session, chunk):
            found.setdefault(household_id, []).append(DUPLICATE_OF_ANOTHER)
    return dict(sorted(found.items()))


def _unmatched(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    unmatched = col(Household.nik_check).in_(NIK_CODES)
    chosen = select(col(Household.id), col(Household.nik_check)).where(col(Household.id).in_(ids), unmatched)
    return ((row[0], row[1]) for row in session.execute(chosen))


def _in_open_pairs(session: Session, ids: Sequence[int]) -> set[int]:
    sides = (col(DuplicatePair.first_id), col(DuplicatePair.second_id))
    still_open = col(DuplicatePair.state) == "open"
    return {found for side in sides for found in session.scalars(select(side).where(side.in_(ids), still_open))}


def _duplicates(session: Session, ids: Sequence[int]) -> set[int]:
    """The side of a decided pair that does not stay."""
    sides = (col(DuplicatePair.first_id), col(DuplicatePair.second_id))
    kept = col(DuplicatePair.kept_id)
    return {
        found
        for side in sides
        for found in session.scalars(select(side).where(side.in_(ids), col(DuplicatePair.state) == "same", kept != side))
    }


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
