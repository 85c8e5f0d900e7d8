"""Which NIKs go to the population office as a list, and how is its answer taken in?"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from service.db.history import Told
from service.db.session import Database
from service.errors import BadInput, NotNow
from service.registry import identity
from service.registry.doubts.queries import niks as queries
from service.registry.doubts.reasons import checked_reason
from service.registry.faults import CellFault, Fault, ImportResult, refuse_if_half, write_faults
from service.registry.queries import lock_registry
from service.registry.sheets import Cell, plain, read_sheet
from service.registry.tables import Column, Progress, Values, check_table, no_progress
from service.trust.rights import Officer, require, require_region
from service.trust.sealing import Sealer

LIST_COLUMNS = ("nomor", "nik", "nama", "tempat_lahir", "tanggal_lahir", "jenis_kelamin", "kode_desa", "hasil")
RESULTS = {"ditemukan": "found", "tidakditemukan": "not_found", "berbeda": "differs"}
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}


class NothingToCheck(NotNow):
    """Every NIK of the region was asked about already."""


class NotAList(BadInput):
    """The list is written as XLSX: CSV would lose digits of a NIK in Excel."""


@dataclass(slots=True)
class Answers:
    """The office's rows sorted: what changes a household, what it knew already, what it cannot be about."""

    changed: list[tuple[int, str, str]] = field(default_factory=list)
    unchanged: int = 0
    unknown: list[Fault] = field(default_factory=list)
    duplicates: list[Fault] = field(default_factory=list)


def write_nik_list(
    database: Database, sealer: Sealer, officer: Officer, target: Path, regency: str | None, reason: str, told: Told
) -> int:
    """Write every NIK not asked about yet to `target` (mode 0600) and keep who took them and why; returns how many.

    Raises:
        NoRight, OutsideRegion, NoReason, NotAList, NothingToCheck
    """
    require(officer, "household.reveal")
    if regency:
        require_region(officer, regency)
    text = checked_reason(reason)
    if target.suffix.lower() != ".xlsx":
        raise NotAList(f"Berkas {target.name} harus berakhiran .xlsx.")
    with database.read() as session:
        rows = queries.unchecked_households(session, (regency,) if regency else officer.regencies)
    if not rows:
        raise NothingToCheck("Semua NIK di wilayah ini sudah pernah ditanyakan ke Dukcapil.")
    draft = target.with_name(target.name + ".new")
    try:
        _write_list(draft, rows, sealer)
        with database.write() as session:
            queries.write_access(session, officer.id, [row[0] for row in rows], text, told.at)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return len(rows)


def take_nik_result(
    database: Database, home: Path, sealer: Sealer, path: Path, now: datetime, on_progress: Progress = no_progress
) -> ImportResult:
    """Take in the office's answer (CSV or XLSX: nik, hasil); the same answer again changes nothing.

    Raises:
        UnreadableFile, MissingColumns, FileRefused: as for a regency's file; nothing was kept.
    """
    columns = (Column("nik", identity.nik), Column("hasil", result))
    sheet = read_sheet(path, [column.name for column in columns])
    checked = check_table(sheet, columns, _nothing, _nothing, on_progress)
    rows = [(row, sealer.lookup("nik", values["nik"]), values["hasil"]) for row, values in checked.good]
    lookups = [lookup for _, lookup, _ in rows]
    with database.write() as session:
        lock_registry(session)
        answers = sort_answers(rows, queries.checks_of(session, lookups), queries.households_by_old_nik(session, lookups))
        faults = write_faults(home, sheet, checked.faults + answers.unknown + answers.duplicates, [])
        rejected = checked.rejected + len(answers.unknown)
        refuse_if_half(sheet, rejected, len(answers.duplicates), faults)
        queries.write_checks(session, answers.changed, now)
    return ImportResult(
        sheet.name, sheet.sha256, len(sheet.rows), 0, len(answers.changed), answers.unchanged, rejected,
        len(answers.duplicates), str(faults) if faults else None,
    )  # fmt: skip


def result(cell: Cell) -> str:
    """The office's word, however spaced or capitalised."""
    text = plain(cell)
    word = re.sub(r"[\s_-]+", "", text.lower())
    if word not in RESULTS:
        raise CellFault("UNKNOWN_RESULT", f"'{text[:30]}' tidak dikenal; tulis ditemukan, tidak ditemukan, atau berbeda.")
    return RESULTS[word]


def sort_answers(
    rows: Sequence[tuple[int, str, str]], known: Mapping[str, tuple[int, str]], corrected: Mapping[str, int]
) -> Answers:
    """(row, NIK lookup, check). What a person has confirmed only a match of the office itself replaces."""
    found = Answers()
    first: dict[str, int] = {}
    for row, lookup, check in rows:
        if (earlier := first.setdefault(lookup, row)) != row:
            found.duplicates.append(
                Fault(row, "nik", "TWICE_IN_FILE", f"NIK ini sudah ada di baris {earlier} berkas yang sama.")
            )
        elif lookup not in known:
            found.unknown.append(_unknown(row, corrected.get(lookup)))
        else:
            household_id, was = known[lookup]
            if was == check or (was == "confirmed" and check != "found"):
                found.unchanged += 1
            else:
                found.changed.append((household_id, was, check))
    return found


def _unknown(row: int, household_id: int | None) -> Fault:
    if household_id:
        text = f"NIK ini sudah dikoreksi pada rumah tangga nomor {household_id}; tanyakan NIK yang baru."
        return Fault(row, "nik", "NIK_CORRECTED", text)
    return Fault(row, "nik", "NIK_NOT_REGISTERED", "NIK ini tidak terdaftar.")


def _write_list(draft: Path, rows: Sequence[Any], sealer: Sealer) -> None:
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with xlsxwriter.Workbook(str(draft), _SAFE) as book:
        page = book.add_worksheet("NIK")
        page.freeze_panes(1, 0)
        page.set_column(0, len(LIST_COLUMNS) - 1, 20)
        page.write_row(0, 0, LIST_COLUMNS, book.add_format({"bold": True, "bottom": 1}))
        for line, (household_id, sealed, name, place, born, sex, village) in enumerate(rows, start=1):
            page.write_number(line, 0, household_id)
            for at, text in enumerate((sealer.unseal("nik", sealed), name, place, born.isoformat(), sex, village), start=1):
                page.write_string(line, at, text)


def _nothing(_values: Values) -> Iterator[tuple[str, str, str]]:
    return iter(())
