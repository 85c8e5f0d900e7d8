"""Who received which aid in which year before: how does the ledger's file get in, and what did a household receive?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import Session

from service.clock import WIB
from service.db.session import Database
from service.db.tables import AidReceipt
from service.registry import cells, identity, queries
from service.registry.faults import Fault, ImportResult, refuse_if_half, write_faults
from service.registry.sheets import Sheet, read_sheet
from service.registry.tables import Checked, Column, Progress, Values, check_table, no_progress
from service.trust.rights import Officer, require_region
from service.trust.sealing import Sealer

SOURCES = {"provinsi": "province", "pusat": "central"}
OPTIONAL = {"bantuan": "what", "nilai": "amount", "tanggal": "received_on"}
Key = tuple[str, str, int]


@dataclass(slots=True)
class Entries:
    """The ledger's rows sorted: what to insert, what to correct (with its id), what we had."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0


def aid_columns(today: date) -> tuple[Column, ...]:
    return (
        Column("nik", identity.nik),
        Column("no_kk", cells.sixteen_digits("Nomor KK"), filled=False),
        Column("program", cells.code_word),
        Column("sumber", cells.one_of(SOURCES)),
        Column("tahun", cells.whole_number(1990, today.year, "tahun")),
        Column("bantuan", cells.words(), filled=False, present=False),
        Column("nilai", cells.whole_number(0, 1_000_000_000, "rupiah"), filled=False, present=False),
        Column("tanggal", cells.day(today), filled=False, present=False),
    )


def import_aid(
    database: Database, home: Path, sealer: Sealer, path: Path, now: datetime, on_progress: Progress = no_progress
) -> ImportResult:
    """Take in the ledger (CSV or XLSX: nik, no_kk, program, sumber, tahun, and if known bantuan, nilai, tanggal).

    The same rows again change nothing; a column the file does not have changes nothing either.

    Raises:
        UnreadableFile, MissingColumns, FileRefused: as for a regency's file; nothing was kept.
    """
    columns = aid_columns(now.astimezone(WIB).date())
    sheet = read_sheet(path, [column.name for column in columns if column.present])
    checked = check_table(sheet, columns, _nothing, _nothing, on_progress, partial(_receipt, sealer=sealer))
    receipts, duplicates = _each_once(checked.good)
    faults_file = write_faults(home, sheet, checked.faults + duplicates, [])
    refuse_if_half(sheet, checked.rejected, len(duplicates), faults_file)
    with database.write() as session:
        queries.lock_registry(session)
        known = queries.known_receipts(session, [receipt["nik_lookup"] for receipt in receipts])
        entries = sort_entries(receipts, known, _said_by(sheet))
        queries.write_receipts(session, [receipt | {"recorded_at": now} for receipt in entries.new], entries.changed)
    return _result(sheet, checked, entries, len(duplicates), faults_file)


def sort_entries(receipts: Iterable[dict[str, Any]], known: Mapping[Key, AidReceipt], said: Sequence[str]) -> Entries:
    """`said` are the fields the file speaks of; in the others a receipt we know stays as it is."""
    found = Entries()
    for receipt in receipts:
        if (old := known.get(_key(receipt))) is None:
            found.new.append(receipt)
        elif all(getattr(old, name) == receipt[name] for name in said):
            found.unchanged += 1
        else:
            found.changed.append({"id": old.id} | {name: receipt[name] for name in said})
    return found


def received_by(session: Session, officer: Officer, household_id: int) -> list[dict[str, Any]]:
    """What the household's head, a member, or any KK it has or had received, by year; `by` says through whom.

    Raises:
        NotFound, OutsideRegion
    """
    household = queries.household_by_id(session, household_id)
    require_region(officer, household.regency_code)
    through = dict.fromkeys(queries.member_lookups(session, household_id), "member") | {household.nik_lookup: "head"}
    return [
        {
            "programme": one.programme, "source": one.source, "year": one.year, "what": one.what, "amount": one.amount,
            "received_on": one.received_on,
            "by": through.get(one.nik_lookup, "family_card"),
        }
        for one in queries.aid_received_by(session, household)
    ]  # fmt: skip


def _each_once(rows: Iterable[tuple[int, dict[str, Any]]]) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The first row of a person, programme and year counts; the others are told where it is."""
    first: dict[Key, int] = {}
    kept, duplicates = [], []
    for row, receipt in rows:
        if (earlier := first.setdefault(_key(receipt), row)) == row:
            kept.append(receipt)
        else:
            text = f"NIK, program, dan tahun ini sudah ada di baris {earlier} berkas yang sama."
            duplicates.append(Fault(row, "nik", "TWICE_IN_FILE", text))
    return kept, duplicates


def _said_by(sheet: Sheet) -> tuple[str, ...]:
    return ("source", "kk_lookup", *(name for column, name in OPTIONAL.items() if column in sheet.places))


def _key(receipt: dict[str, Any]) -> Key:
    return receipt["nik_lookup"], receipt["programme"], receipt["year"]


def _receipt(row: int, values: Values, sealer: Sealer) -> tuple[int, dict[str, Any]]:
    return row, {
        "nik_lookup": sealer.lookup("nik", values["nik"]),
        "kk_lookup": sealer.lookup("kk", values["no_kk"]) if values["no_kk"] else None,
        "programme": values["program"], "source": values["sumber"], "year": values["tahun"],
        **{name: values[column] for column, name in OPTIONAL.items()},
    }  # fmt: skip


def _result(sheet: Sheet, checked: Checked, entries: Entries, duplicates: int, faults_file: Path | None) -> ImportResult:
    return ImportResult(
        sheet.name, sheet.sha256, len(sheet.rows), len(entries.new), len(entries.changed), entries.unchanged, checked.rejected,
        duplicates, str(faults_file) if faults_file else None,
    )  # fmt: skip


def _nothing(_values: Values) -> Iterator[tuple[str, str, str]]:
    return iter(())
