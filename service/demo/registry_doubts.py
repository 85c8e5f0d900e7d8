"""Which doubts about the registry does the demo have, and how does its officer settle them? All synthetic."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from service.db.history import Told
from service.demo.people import Row, population
from service.registry.doubts.nik import confirm_nik
from service.registry.doubts.queries.niks import unmatched_households
from service.registry.doubts.queries.pairs import open_pairs
from service.registry.doubts.steps import settle_pair
from service.trust.homes import House
from service.trust.rights import Officer

NIK_RESULT = "sintetis-hasil-nik.csv"
_RESULTS = {"Ditemukan": 0.90, "Tidak ditemukan": 0.07, "Berbeda": 0.03}
_OLD_SPELLINGS = (("u", "oe"), ("j", "dj"), ("c", "tj"), ("y", "j"))
PAGE = 200


def write_nik_result(folder: Path, households: int, seed: int, year: int) -> Path:
    """The population office's answer about every household: about 7 % of the NIKs are not found, 3 % differ."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(f"{seed}-nik")  # noqa: S311  (a story, not a secret)
    path = folder / NIK_RESULT
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("nik", "hasil"))
        for rows in population(households, seed, year).values():
            writer.writerows((row["nik"], chance.choices(list(_RESULTS), list(_RESULTS.values()))[0]) for row in rows)
    return path


def plant_likely_duplicates(people: Mapping[str, Sequence[Row]], households: int, seed: int) -> None:
    """One household in 400 is somebody of its regency registered again: the name in an old spelling, another NIK and KK."""
    chance = random.Random(f"{seed}-likely")  # noqa: S311  (a story, not a secret)
    regencies = sorted(code for code, rows in people.items() if len(rows) > 1)
    for _ in range(households // 400):
        model, again = chance.sample(people[chance.choice(regencies)], 2)
        same = {name: model[name] for name in ("tempat_lahir", "tanggal_lahir", "jenis_kelamin", "kode_desa")}
        again.update(same | {"nama": _respelt(chance, model["nama"])})


def settle_doubts(house: House, officer: Officer, told: Told) -> dict[str, int]:
    """The officer decides every open pair (one family, the first stays) and confirms every NIK, a page at a time."""
    done = {"pairs": 0, "niks": 0}
    while found := _settle_page(house, officer, told):
        done = {name: done[name] + found[name] for name in done}
    return done


def _settle_page(house: House, officer: Officer, told: Told) -> dict[str, int]:
    """Empty when nothing waits any more."""
    with house.database.write() as session:
        pairs = open_pairs(session, officer.regencies, limit=PAGE)
        for pair, _, _ in pairs:
            settle_pair(session, officer, pair.id or 0, "same", None, "kartu keluarga dilihat (contoh)", told)
        niks = unmatched_households(session, officer.regencies, limit=PAGE)
        for household in niks:
            confirm_nik(session, officer, household.id or 0, "KTP dilihat (contoh)", told)
    return {"pairs": len(pairs), "niks": len(niks)} if pairs or niks else {}


def _respelt(chance: random.Random, name: str) -> str:
    old = next(((new, old) for new, old in chance.sample(_OLD_SPELLINGS, 3) if new in name), ("a", "a"))
    return chance.choice(("{}", "{}", "Hj. {}")).format(name.replace(*old))
