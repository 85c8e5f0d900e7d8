"""Who received which aid in which year before: how does the ledger's file get in?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from service.clock import WIB
from service.db.session import Database
from service.db.tables import AidReceipt
from service.registry import cells, identity, queries
from service.registry.faults import Fault, ImportResult, refuse_if_half, write_faults
from service.registry.sheets import read_sheet
from service.registry.tables import Checked, Column, Progress, Values, check_table, no_progress
from service.trust.sealing import Sealer

SOURCES = {"provinsi": "province", "pusat": "central"}
Key = tuple[str, str, int]


@dataclass(slots=True)
class Entries:
    """The ledger's rows sorted: what to insert, what to correct, what we had, what is there twice."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0
    duplicates: list[Fault] = field(default_factory=list)


def aid_columns(today: date) -> tuple[Column, ...]:
    return (
        Column("nik", identity.nik),
        Column("no_kk", cells.sixteen_digits("Nomor KK"), filled=False),
        Column("program", cells.code_word),
        Column("sumber", cells.one_of(SOURCES)),
        Column("tahun", cells.whole_number(1990, today.year, "tahun")),
    )


def import_aid(
    database: Database, home: Path, sealer: Sealer, path: Path, now: datetime, on_progress: Progress = no_progress
) -> ImportResult:
    """Take in the ledger (CSV or XLSX: nik, no_kk, program, sumber, tahun); the same rows again change nothing.

    Raises:
        UnreadableFile, MissingColumns, FileRefused: as for a regency's file; nothing was kept.
    """
    columns = aid_columns(now.astimezone(WIB).date())
    sheet = read_sheet(path, [column.name for column in columns])
    checked = check_table(sheet, columns, _nothing, _nothing, on_progress)
    rows = [(row, _receipt(values, sealer, now)) for row, values in checked.good]
    with database.write() as session:
        queries.lock_registry(session)
        entries = sort_entries(rows, queries.known_receipts(session, [receipt["nik_lookup"] for _, receipt in rows]))
        faults_file = write_faults(home, sheet, checked.faults + entries.duplicates, [])
        refuse_if_half(sheet, checked.rejected, len(entries.duplicates), faults_file)
        queries.write_receipts(session, entries.new, entries.changed)
    return _result(sheet.name, sheet.sha256, len(sheet.rows), checked, entries, faults_file)


def sort_entries(rows: Sequence[tuple[int, dict[str, Any]]], known: Mapping[Key, AidReceipt]) -> Entries:
    found = Entries()
    first: dict[Key, int] = {}
    for row, receipt in rows:
        key = (receipt["nik_lookup"], receipt["programme"], receipt["year"])
        if (earlier := first.setdefault(key, row)) != row:
            text = f"NIK, program, dan tahun ini sudah ada di baris {earlier} berkas yang sama."
            found.duplicates.append(Fault(row, "nik", "TWICE_IN_FILE", text))
        elif (old := known.get(key)) is None:
            found.new.append(receipt)
        elif (old.source, old.kk_lookup) == (receipt["source"], receipt["kk_lookup"]):
            found.unchanged += 1
        else:
            found.changed.append({"id": old.id, "source": receipt["source"], "kk_lookup": receipt["kk_lookup"]})
    return found


def _receipt(values: Values, sealer: Sealer, now: datetime) -> dict[str, Any]:
    return {
        "nik_lookup": sealer.lookup("nik", values["nik"]),
        "kk_lookup": sealer.lookup("kk", values["no_kk"]) if values["no_kk"] else None,
        "programme": values["program"], "source": values["sumber"], "year": values["tahun"], "recorded_at": now,
    }  # fmt: skip


def _result(name: str, sha256: str, rows: int, checked: Checked, entries: Entries, faults_file: Path | None) -> ImportResult:
    return ImportResult(
        name, sha256, rows, len(entries.new), len(entries.changed), entries.unchanged, checked.rejected,
        len(entries.duplicates), str(faults_file) if faults_file else None,
    )  # fmt: skip


def _nothing(_values: Values) -> Iterator[tuple[str, str, str]]:
    return iter(())
