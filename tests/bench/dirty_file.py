"""How does a whole province's registry look in one file, with a known part of its rows spoiled? All of it synthetic."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import xlsxwriter

from service.demo.people import Row, population
from service.demo.registry_files import COLUMNS

YEAR = 2021
SPOILS: tuple[Callable[[Row], Row], ...] = (
    lambda row: {"nik": row["nik"][:15]},
    lambda row: {"nik": f"{row['nik'][0]}.{row['nik'][1]}E+15"},
    lambda row: {"nik": row["nik"][:12] + "0000"},
    lambda row: {"no_kk": row["no_kk"] + "1"},
    lambda row: {"tanggal_lahir": f"12/{row['tanggal_lahir'].day % 13 + 13}/1985"},
    lambda row: {"tanggal_lahir": "31/02/1985"},
    lambda row: {"nama": None, "alamat": None},
    lambda row: {"kode_desa": "36.99.99.9999", "desil": 12},
    lambda row: {"jenis_kelamin": "X", "no_hp": "tidak ada"},
    lambda row: {"persetujuan_rujukan": "setuju", "tahun_akhir": row["tahun_mulai"] - 1},
)


@dataclass(frozen=True)
class Written:
    """What was written: `clean` are Excel's numbers of the rows that must be taken in, the others must be refused."""

    path: Path
    rows: int
    clean: frozenset[int]
    rejected: int
    duplicates: int


def write(path: Path, rows: int, dirty_percent: int = 5, seed: int = 7) -> Written:
    """A CSV or XLSX (by its name) of `rows` rows and all 28 columns; of the dirty ones, one in six is there twice."""
    chance = random.Random(seed)
    dirty = rows * dirty_percent // 100
    doubled = dirty // 6
    people = [row for found in population(rows - doubled, seed, YEAR).values() for row in found]
    for at, row in enumerate(chance.sample(people, dirty - doubled)):
        row |= SPOILS[at % len(SPOILS)](row) | {"spoiled": True}
    kept = [row for row in people if "spoiled" not in row]
    people += [row | {"twice": True} for row in chance.sample(kept, doubled)]
    (_write_xlsx if path.suffix == ".xlsx" else _write_csv)(path, people)
    clean = frozenset(at for at, row in enumerate(people, start=2) if not {"spoiled", "twice"} & row.keys())
    return Written(path, rows, clean, dirty - doubled, doubled)


def _write_csv(path: Path, people: list[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_cells(row) for row in people)


def _write_xlsx(path: Path, people: list[Row]) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet("sintetis")
        for line, cells in enumerate((COLUMNS, *(_cells(row) for row in people))):
            for at, value in enumerate(cells):
                page.write(line, at, value)


def _cells(row: Row) -> Iterator[str | int | None]:
    return (value.isoformat() if isinstance(value := row[name], date) else value for name in COLUMNS)
