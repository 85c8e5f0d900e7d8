"""Who else is on the family cards, and how does that file get in?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from service.clock import WIB
from service.db.session import Database
from service.registry import cells, identity
from service.registry.doubts.queries import members as queries
from service.registry.faults import Fault, ImportResult, refuse_if_half, write_faults
from service.registry.queries import lock_registry
from service.registry.sheets import read_sheet
from service.registry.tables import Column, Progress, Values, check_table, no_progress
from service.trust.sealing import Sealer

FACTS = ("name", "birth_on", "sex", "relation")


@dataclass(frozen=True, slots=True)
class Listed:
    """A checked row, sealed: `columns` are those of the table without household and day."""

    row: int
    kk_lookup: str
    nik_lookup: str
    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What the registry holds of the cards in the file."""

    households: Mapping[str, int]
    heads: Mapping[int, set[str]]
    members: Mapping[tuple[int, str], Any]


@dataclass(slots=True)
class Sorted:
    """Every row in one place: what to insert, what to correct, what we had, whose card nobody has, what is there twice."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0
    unknown: list[Fault] = field(default_factory=list)
    duplicates: list[Fault] = field(default_factory=list)


def member_columns(today: date) -> tuple[Column, ...]:
    return (
        Column("no_kk", cells.sixteen_digits("Nomor KK")),
        Column("nik", identity.nik),
        Column("nama", cells.name),
        Column("tanggal_lahir", cells.day(today), filled=False, present=False),
        Column("jenis_kelamin", cells.sex, filled=False, present=False),
        Column("hubungan", cells.words(40), filled=False, present=False),
    )


def import_members(
    database: Database, home: Path, sealer: Sealer, path: Path, now: datetime, on_progress: Progress = no_progress
) -> ImportResult:
    """Take in the members of family cards (CSV or XLSX); the same rows again change nothing.

    Raises:
        UnreadableFile, MissingColumns, FileRefused: as for a regency's file; nothing was kept.
    """
    columns = member_columns(now.astimezone(WIB).date())
    sheet = read_sheet(path, [column.name for column in columns if column.present])
    checked = check_table(sheet, columns, _nothing, _nothing, on_progress)
    rows = [_listed(row, values, sealer) for row, values in checked.good]
    with database.write() as session:
        lock_registry(session)
        households = queries.households_by_card(session, sorted({one.kk_lookup for one in rows}))
        ids = sorted(set(households.values()))
        found = sort_members(rows, Known(households, queries.heads(session, ids), queries.known_members(session, ids)), now)
        faults = write_faults(home, sheet, checked.faults + found.unknown + found.duplicates, [])
        rejected = checked.rejected + len(found.unknown)
        refuse_if_half(sheet, rejected, len(found.duplicates), faults)
        queries.write_members(session, found.new, found.changed)
    return ImportResult(
        sheet.name, sheet.sha256, len(sheet.rows), len(found.new), len(found.changed), found.unchanged, rejected,
        len(found.duplicates), str(faults) if faults else None,
    )  # fmt: skip


def sort_members(rows: Sequence[Listed], known: Known, now: datetime) -> Sorted:
    """The head's own row is known already: the head is the household."""
    found = Sorted()
    first: dict[tuple[int, str], int] = {}
    for one in rows:
        household_id = known.households.get(one.kk_lookup)
        if household_id is None:
            text = "nomor KK ini tidak ada pada rumah tangga yang terdaftar."
            found.unknown.append(Fault(one.row, "no_kk", "UNKNOWN_KK", text))
            continue
        key = (household_id, one.nik_lookup)
        if (earlier := first.setdefault(key, one.row)) != one.row:
            text = f"NIK ini sudah ada di baris {earlier} berkas yang sama untuk keluarga ini."
            found.duplicates.append(Fault(one.row, "nik", "TWICE_IN_FILE", text))
        elif one.nik_lookup in known.heads[household_id]:
            found.unchanged += 1
        else:
            _place(found, one, household_id, known.members.get(key), now)
    return found


def _place(found: Sorted, one: Listed, household_id: int, old: Any, now: datetime) -> None:
    facts = tuple(one.columns[name] for name in FACTS)
    if old is None:
        found.new.append({**one.columns, "household_id": household_id, "nik_lookup": one.nik_lookup, "added_at": now})
    elif tuple(old[1:]) == facts:
        found.unchanged += 1
    else:
        found.changed.append({"id": old[0], **dict(zip(FACTS, facts, strict=True))})


def _listed(row: int, values: Values, sealer: Sealer) -> Listed:
    columns = {
        "nik_sealed": sealer.seal("nik", values["nik"]), "name": values["nama"], "birth_on": values["tanggal_lahir"],
        "sex": values["jenis_kelamin"], "relation": values["hubungan"],
    }  # fmt: skip
    return Listed(row, sealer.lookup("kk", values["no_kk"]), sealer.lookup("nik", values["nik"]), columns)


def _nothing(_values: Values) -> Iterator[tuple[str, str, str]]:
    return iter(())
