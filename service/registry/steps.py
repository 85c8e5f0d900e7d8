"""How does a regency's file become households? Load, decide, write down; all of the file or nothing."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path

from sqlmodel import Session

from service.clock import WIB
from service.db.bulk import Rows, roomy
from service.db.session import Database
from service.db.tables import RegistryFile
from service.registry import queries
from service.registry.duplicates import Sorted, sort_rows
from service.registry.faults import ImportResult, refuse_if_half, write_faults
from service.registry.intake import (
    ASSESSMENT_COLUMNS,
    HOUSEHOLD_COLUMNS,
    assessment_row,
    contradictions,
    doubts,
    household_row,
    incoming,
    registry_columns,
)
from service.registry.sheets import Sheet, read_sheet
from service.registry.tables import Checked, Progress, check_table, no_progress
from service.trust.sealing import Sealer


def import_file(
    database: Database, home: Path, sealer: Sealer, path: Path, actor: str, now: datetime,
    on_progress: Progress = no_progress, regencies: Sequence[str] = (),
) -> ImportResult:  # fmt: skip
    """Take in one regency's file (CSV or XLSX) in one transaction; the same file again changes nothing.

    `on_progress(done, total)` is called about every thousand rows while they are checked, and at the end. `regencies`:
    where the sender works; a row of another regency is a fault (empty: the whole province).

    Raises:
        UnreadableFile, MissingColumns: the file is no such table; nothing was read.
        FileRefused: half of the rows or more are faulty or duplicates; names the faults file.
    """
    columns = registry_columns(now.astimezone(WIB).date())
    with _no_collection():
        sheet = read_sheet(path, [column.name for column in columns if column.present])
        with database.read() as session:
            if known := queries.file_with_content(session, sheet.sha256):
                return _same_again(known, path.name)
        checked = check_table(
            sheet, columns, partial(contradictions, regencies=regencies), doubts, on_progress, partial(incoming, sealer=sealer)
        )
        while True:
            result = _decide_and_write(database, home, sealer, sheet, checked, actor, now)
            if result is not None:
                return result


@contextmanager
def _no_collection() -> Iterator[None]:
    """A large file makes millions of objects and no cycle among them: looking for cycles is an eighth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _decide_and_write(
    database: Database, home: Path, sealer: Sealer, sheet: Sheet, checked: Checked, actor: str, now: datetime
) -> ImportResult | None:
    """None when an import or a correction committed in between: what was decided is stale, and we decide again."""
    with database.read() as session:
        if again := queries.file_with_content(session, sheet.sha256):  # the same file, a moment ago
            return _same_again(again, sheet.name)
        seen = queries.latest_change(session)
        known = queries.known_households(session, [one.nik_lookup for one in checked.good])
        found = sort_rows(checked.good, known, queries.corrected_niks(session))
    faults_file = write_faults(home, sheet, checked.faults + found.duplicates, checked.warnings)
    refuse_if_half(sheet, checked.rejected, len(found.duplicates), faults_file)
    rows = _sealed_rows(found, sealer, beside=not database.is_sqlite)
    with database.write() as session:
        queries.lock_registry(session)
        if queries.latest_change(session) != seen:
            return None
        written = RegistryFile(
            sha256=sheet.sha256, name=sheet.name, rows=len(sheet.rows), added=len(found.new), updated=len(found.changed),
            unchanged=found.unchanged, rejected=checked.rejected, duplicates=len(found.duplicates),
            faults_file=str(faults_file) if faults_file else None, imported_by=actor, imported_at=now,
        )  # fmt: skip
        session.add(written)
        session.flush()
        with roomy(session):
            _write_households(session, found, *rows, written.id or 0, now)
    return _result(written, sheet.name)


def _sealed_rows(found: Sorted, sealer: Sealer, beside: bool) -> tuple[Rows, Rows]:
    """New and changed households; `beside`: sealed while a server writes those before them, else before anything is locked."""
    new = (household_row(one, sealer) for one in found.new)
    changed = ((old.id, *household_row(one, sealer)) for old, one in found.changed)
    return (new, changed) if beside else (list(new), list(changed))


def _write_households(session: Session, found: Sorted, new: Rows, changed: Rows, file_id: int, now: datetime) -> None:
    stamped = (*HOUSEHOLD_COLUMNS, "file_id", "updated_at")
    queries.insert_households(session, (*stamped, "added_at"), ((*row, file_id, now, now) for row in new))
    queries.keep_family_cards(session, [old.id for old, one in found.changed if old.kk_lookup != one.kk_lookup], now)
    queries.update_households(session, ("id", *stamped), ((*row, file_id, now) for row in changed))
    _write_assessments(session, found, queries.household_ids_of_file(session, file_id))


def _write_assessments(session: Session, found: Sorted, ids: Mapping[str, int]) -> None:
    again = [(old.id, row[0]) for old, one in found.changed if (row := assessment_row(one))]
    written = chain(found.new, (one for _, one in found.changed))
    rows = ((ids[one.nik_lookup], *row) for one in written if (row := assessment_row(one)))
    queries.write_assessments(session, ("household_id", *ASSESSMENT_COLUMNS), rows, again)


def _same_again(known: RegistryFile, name: str) -> ImportResult:
    """What the file brought is in the registry already, whatever it is called now."""
    taken = known.added + known.updated + known.unchanged
    return ImportResult(name, known.sha256, known.rows, 0, 0, taken, known.rejected, known.duplicates, known.faults_file)


def _result(file: RegistryFile, name: str) -> ImportResult:
    return ImportResult(
        name, file.sha256, file.rows, file.added, file.updated, file.unchanged, file.rejected, file.duplicates, file.faults_file
    )
