"""Which rows are new, changed, known, or belong to somebody we already have?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from service import regions
from service.registry.faults import Fault
from service.registry.intake import Incoming


@dataclass(frozen=True, slots=True)
class Known:
    """What the registry holds of a household whose NIK is also in the file."""

    id: int
    regency_code: str
    kk_lookup: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """A household whose NIK a person corrected; its old NIK still comes in files."""

    id: int
    birth_on: date


@dataclass(slots=True)
class Sorted:
    """Every incoming row in one place; `changed` and nothing else carries the household as we knew it."""

    new: list[Incoming] = field(default_factory=list)
    changed: list[tuple[Known, Incoming]] = field(default_factory=list)
    unchanged: int = 0
    duplicates: list[Fault] = field(default_factory=list)


def sort_rows(rows: Iterable[Incoming], known: Mapping[str, Known], corrected: Mapping[str, Corrected]) -> Sorted:
    """The first row of a NIK counts; a household registered in another regency stays there until a person decides.

    `known` and `corrected` by NIK lookup. Who was born on another day than the household whose old NIK this was is somebody
    else, whose NIK was written there by mistake.
    """
    found = Sorted()
    first: dict[str, int] = {}
    for one in rows:
        if (earlier := first.setdefault(one.nik_lookup, one.row)) != one.row:
            found.duplicates.append(_twice_in_file(one.row, earlier))
        elif old := known.get(one.nik_lookup):
            _sort_known(found, one, old)
        elif (now := corrected.get(one.nik_lookup)) and now.birth_on == one.birth_on:
            found.duplicates.append(_was_corrected(one.row, now))
        else:
            found.new.append(one)
    return found


def _sort_known(found: Sorted, one: Incoming, old: Known) -> None:
    if old.regency_code != one.regency_code:
        found.duplicates.append(_elsewhere(one.row, old))
    elif old.content_hash == one.content_hash:
        found.unchanged += 1
    else:
        found.changed.append((old, one))


def _was_corrected(row: int, now: Corrected) -> Fault:
    text = f"NIK ini sudah dikoreksi pada rumah tangga nomor {now.id}; tulis NIK yang baru."
    return Fault(row, "nik", "NIK_CORRECTED", text)


def _twice_in_file(row: int, earlier: int) -> Fault:
    return Fault(
        row, "nik", "TWICE_IN_FILE", f"NIK ini sudah ada di baris {earlier} berkas yang sama; yang dipakai baris {earlier}."
    )


def _elsewhere(row: int, old: Known) -> Fault:
    where = regions.name_of(old.regency_code)
    return Fault(
        row, "nik", "IN_ANOTHER_REGENCY", f"NIK ini sudah terdaftar di {where} (rumah tangga nomor {old.id}); sepakati dahulu."
    )
