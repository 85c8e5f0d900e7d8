"""Which doubts about the registry does the demo have, and how do its officials settle them? All synthetic."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from service.demo.people import Row, population

if TYPE_CHECKING:
    from service.demo.stage_hand import StageHand

NIK_RESULT = "sintetis-hasil-nik.csv"
_RESULTS = {"Ditemukan": 0.90, "Tidak ditemukan": 0.07, "Berbeda": 0.03}
_OLD_SPELLINGS = (("u", "oe"), ("j", "dj"), ("c", "tj"), ("y", "j"))


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


def settle_pairs(hand: StageHand) -> int:
    """The operator decides every open pair, a page at a time (one family, the first registered stays); how many there were."""
    settled = 0
    wish = {"verdict": "same", "reason": "Kartu keluarga dilihat (contoh)"}
    while pairs := hand.official("operator", "/api/pairs", method="GET")["pairs"]:
        hand.at_once("Data ganda diputuskan", lambda one: hand.official("operator", f"/api/pairs/{one['pair']}", wish), pairs)
        settled += len(pairs)
    return settled


def confirm_niks(hand: StageHand, role: str, households: Sequence[int]) -> None:
    """A verifier sees the card of each household whose NIK could not be matched."""
    wish = {"reason": "KTP dilihat (contoh)"}
    title = f"NIK dicocokkan dengan KTP ({len(households)})"
    hand.at_once(title, lambda one: hand.official(role, f"/api/households/{one}/nik-confirm", wish), households)


def _respelt(chance: random.Random, name: str) -> str:
    old = next(((new, old) for new, old in chance.sample(_OLD_SPELLINGS, 3) if new in name), ("a", "a"))
    return chance.choice(("{}", "{}", "Hj. {}")).format(name.replace(*old))
