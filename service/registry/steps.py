"""How does a regency's file become households? Load, decide, write down; all of the file or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from service.clock import WIB
from service.db.session import Database
from service.db.tables import RegistryFile
from service.registry import queries
from service.registry.duplicates import Sorted, sort_rows
from service.registry.faults import ImportResult, refuse_if_half, write_faults
from service.registry.intake import Incoming, contradictions, doubts, incoming, registry_columns, stamped
from service.registry.sheets import Sheet, read_sheet
from service.registry.tables import Checked, Progress, check_table, no_progress
from service.trust.sealing import Sealer


def import_file(
    database: Database, home: Path, sealer: Sealer, path: Path, actor: str, now: datetime, on_progress: Progress = no_progress
) -> ImportResult:
    """Take in one regency's file (CSV or XLSX) in one transaction; the same file again changes nothing.

    `on_progress(done, total)` is called about every thousand rows while they are checked, and at the end.

    Raises:
        UnreadableFile, MissingColumns: the file is no such table; nothing was read.
        FileRefused: half of the rows or more are faulty or duplicates; names the faults file.
    """
    columns = registry_columns(now.astimezone(WIB).date())
    sheet = read_sheet(path, [column.name for column in columns if column.present])
    with database.read() as session:
        if known := queries.file_with_content(session, sheet.sha256):
            return _same_again(known, path.name)
    checked = check_table(sheet, columns, contradictions, doubts, on_progress)
    rows = [incoming(row, values, sealer) for row, values in checked.good]
    checked.good.clear()  # a large file is held once
    while True:
        result = _decide_and_write(database, home, sheet, checked, rows, actor, now)
        if result is not None:
            return result


def _decide_and_write(
    database: Database, home: Path, sheet: Sheet, checked: Checked, rows: Sequence[Incoming], actor: str, now: datetime
) -> ImportResult | None:
    """None when another import committed between reading and writing: then what was decided is stale, and we decide again."""
    with database.read() as session:
        seen = queries.latest_file_id(session)
        found = sort_rows(rows, queries.known_households(session, [one.nik_lookup for one in rows]))
    faults_file = write_faults(home, sheet, checked.faults + found.duplicates, checked.warnings)
    refuse_if_half(sheet, checked.rejected, len(found.duplicates), faults_file)
    with database.write() as session:
        queries.lock_registry(session)
        if queries.latest_file_id(session) != seen:
            return None
        written = RegistryFile(
            sha256=sheet.sha256, name=sheet.name, rows=len(sheet.rows), added=len(found.new), updated=len(found.changed),
            unchanged=found.unchanged, rejected=checked.rejected, duplicates=len(found.duplicates),
            faults_file=str(faults_file) if faults_file else None, imported_by=actor, imported_at=now,
        )  # fmt: skip
        session.add(written)
        session.flush()
        _write_households(session, found, written.id or 0, now)
    return _result(written, sheet.name)


def _write_households(session: Session, found: Sorted, file_id: int, now: datetime) -> None:
    queries.insert_households(session, [stamped(one, file_id, now) | {"added_at": now} for one in found.new])
    queries.update_households(session, [stamped(one, file_id, now) | {"id": known} for known, one in found.changed])
    ids = queries.household_ids_of_file(session, file_id)
    changed = [one for _, one in found.changed]
    assessed = [one.assessment | {"household_id": ids[one.nik_lookup]} for one in (*found.new, *changed) if one.assessment]
    again: list[tuple[int, Any]] = [(known, one.assessment["assessed_on"]) for known, one in found.changed if one.assessment]
    queries.write_assessments(session, assessed, again)


def _same_again(known: RegistryFile, name: str) -> ImportResult:
    """What the file brought is in the registry already, whatever it is called now."""
    taken = known.added + known.updated + known.unchanged
    return ImportResult(name, known.sha256, known.rows, 0, 0, taken, known.rejected, known.duplicates, known.faults_file)


def _result(file: RegistryFile, name: str) -> ImportResult:
    return ImportResult(
        name, file.sha256, file.rows, file.added, file.updated, file.unchanged, file.rejected, file.duplicates, file.faults_file
    )
