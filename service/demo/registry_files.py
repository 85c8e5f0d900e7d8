"""What do the eight regencies send in the demo? Files as offices really send them, dirty rows included; all synthetic."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from lokal.phone import normalize_phone

from service import regions
from service.demo.people import Place, Row, person, population
from service.demo.registry_doubts import plant_likely_duplicates
from service.registry.sheets import plain, read_sheet

CSV_REGENCIES = {"36.02", "36.73"}
PREFIX = "sintetis"
LEDGER = f"{PREFIX}-penerima-bantuan.csv"
COLUMNS = (
    "nik", "no_kk", "nama", "tempat_lahir", "tanggal_lahir", "jenis_kelamin", "alamat", "rt", "rw", "kode_desa", "no_hp",
    "program", "tahun_mulai", "tahun_akhir", "desil", "tanggal_desil", "jenis_usaha", "usaha_sejak", "kehadiran_pertemuan",
    "penghasilan_bulanan", "jumlah_anggota", "tabungan", "sumber_penghasilan", "tanggal_asesmen", "pendamping",
    "persetujuan_rujukan", "produk", "kapasitas_bulanan",
)  # fmt: skip
_WRITTEN_AT = datetime(2021, 1, 1)  # noqa: DTZ001  (spreadsheets know no zone)
PERSONAL = ("nik", "no_kk", "nama", "no_hp")
_TITLES: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    lambda name: name.replace("_", " ").title(),
    lambda name: f" {name} ",
)


def write_registry_files(folder: Path, households: int, seed: int, year: int) -> list[Path]:
    """Eight files: together `households` good rows, and besides them the rows an import must catch."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(f"{seed}-files")  # noqa: S311  (a story, not a secret)
    people = population(households, seed, year)
    _share_family_cards(chance, people, households)
    plant_likely_duplicates(people, households, seed)
    niks = {row["nik"] for rows in people.values() for row in rows}
    everybody = [row for rows in people.values() for row in rows]
    extra = {regency: _dirty_rows(chance, niks, rows, everybody, year) for regency, rows in people.items()}
    return [_write_file(folder, chance, regency, people[regency], extra[regency], year) for regency in people]


def write_aid_ledger(folder: Path, households: int, seed: int, year: int) -> Path:
    """Earlier receivers: about 2.5 % of the households by provincial UEP, 1 % by central UEP, 1 % PKH; some by KK only."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(f"{seed}-ledger")  # noqa: S311  (a story, not a secret)
    everybody = [row for rows in population(households, seed, year).values() for row in rows]
    share = (("UEP", "provinsi", 0.025), ("UEP", "pusat", 0.01), ("PKH", "pusat", 0.01))
    path = folder / LEDGER
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("nik", "no_kk", "program", "sumber", "tahun"))
        for programme, source, part in share:
            for at, row in enumerate(chance.sample(everybody, max(3, int(households * part)))):
                nik = _relative(row["nik"]) if at % 10 == 9 else row["nik"]
                writer.writerow((nik, row["no_kk"], programme, source, chance.randint(year - 3, year - 1)))
    return path


def personal_values(folder: Path) -> set[str]:
    """Every NIK, KK number, name and phone in the files of `folder`, as written and as normalised; for leak tests."""
    found: set[str] = set()
    for path in sorted(folder.glob(f"{PREFIX}-*.*")):
        sheet = read_sheet(path, ["nik"])
        places = [(name, sheet.places[name]) for name in PERSONAL if name in sheet.places]
        for _, cells in sheet.rows:
            for name, at in places:
                found |= _forms(name, plain(cells[at]))
    return {text for text in found if len(text) >= 8}


def _forms(name: str, text: str) -> set[str]:
    if name != "no_hp":
        return {text}
    phone = normalize_phone(text)
    return {text, phone, f"0{phone[3:]}", phone[1:]} if phone else set()


def _relative(nik: str) -> str:
    """Another member of the same family: the same NIK but for a serial nobody in the files has."""
    return nik[:-4] + "98" + nik[-2:]


def _share_family_cards(chance: random.Random, people: dict[str, list[Row]], households: int) -> None:
    """Some families are proposed twice, by two of their members: same KK, different NIK. They are registered."""
    for _ in range(max(2, households // 300)):
        rows = people[chance.choice(sorted(code for code in people if len(people[code]) > 1))]
        one, other = chance.sample(range(len(rows)), 2)
        rows[other]["no_kk"] = rows[one]["no_kk"]


def _dirty_rows(chance: random.Random, niks: set[str], rows: Sequence[Row], everybody: Sequence[Row], year: int) -> list[Row]:
    """What offices send besides good rows; about 2.5 % of a file, every kind at least once in a file of 40 rows or more."""
    if not rows:
        return []
    found: list[Row] = []
    for spoil in _SPOILED:
        for _ in range(max(1 if len(rows) >= 40 else 0, len(rows) // 250)):
            model = chance.choice(rows)
            fresh = person(chance, niks, Place(model["kode_desa"], model["pendamping"]), year)
            found.append(fresh | spoil(fresh))
    for _ in range(max(1 if len(rows) >= 40 else 0, len(rows) // 200)):
        found.append(dict(chance.choice(rows)))
    elsewhere = [row for row in everybody if row["kode_desa"][:5] != rows[0]["kode_desa"][:5]]
    for _ in range(max(1 if len(rows) >= 40 else 0, len(rows) // 300)):
        found.append(dict(chance.choice(elsewhere)) | {"kode_desa": rows[0]["kode_desa"], "pendamping": rows[0]["pendamping"]})
    return found


def _swapped(day: date) -> str:
    return f"{day.month:02}/{max(day.day, 13):02}/{day.year}"


_SPOILED: tuple[Callable[[Row], Row], ...] = (
    lambda row: {"nik": row["nik"][:15]},
    lambda row: {"nik": f"{row['nik'][0]}.{row['nik'][1]}E+15"},
    lambda row: {"no_kk": int(row["no_kk"][:15] + "0")},
    lambda row: {"tanggal_lahir": _swapped(row["tanggal_lahir"])},
    lambda row: {"nama": None, "alamat": None},
    lambda row: {"kode_desa": "36.99.99.9999", "desil": 12},
    lambda row: {"jenis_kelamin": "X", "no_hp": "tidak ada"},
)


def _write_file(folder: Path, chance: random.Random, regency: str, good: list[Row], dirty: list[Row], year: int) -> Path:
    """Dirty rows stand anywhere among the good ones."""
    rows = list(good)
    for row in dirty:
        rows.insert(chance.randint(0, len(rows)), row)
    columns, title = chance.sample(COLUMNS, len(COLUMNS)), chance.choice(_TITLES)
    name = f"{PREFIX}-{regency}-{regions.name_of(regency).lower().replace(' ', '-')}-{year}"
    if regency in CSV_REGENCIES:
        return _write_csv(folder / f"{name}.csv", columns, title, rows)
    return _write_xlsx(folder / f"{name}.xlsx", columns, title, rows)


def _write_csv(path: Path, columns: Sequence[str], title: Callable[[str], str], rows: Sequence[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([title(column) for column in columns])
        writer.writerows([_as_text(row[column]) for column in columns] for row in rows)
    return path


def _as_text(value: Any) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, int) and value >= 10**15:
        return f"{value:.5E}"  # what Excel saves of a long number
    return "" if value is None else str(value)


def _write_xlsx(path: Path, columns: Sequence[str], title: Callable[[str], str], rows: Sequence[Row]) -> Path:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"created": _WRITTEN_AT, "comments": "Data sintetis"})  # else the file's hash follows the clock
        page, day = book.add_worksheet("Data"), book.add_format({"num_format": "dd/mm/yyyy"})
        for at, column in enumerate(columns):
            page.write_string(0, at, title(column))
        for line, row in enumerate(rows, start=1):
            for at, column in enumerate(columns):
                _write_cell(page, line, at, row[column], day)
    return path


def _write_cell(page: Any, line: int, at: int, value: Any, day: Any) -> None:
    if isinstance(value, date):
        page.write_datetime(line, at, value, day)
    elif isinstance(value, int):
        page.write_number(line, at, value)
    elif value is not None:
        page.write_string(line, at, value)
