"""Who are the invented households in which likely duplicates are searched? Names as common and as rare as in a real list."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from service import regions

WOMEN = (
    "Siti", "Sri", "Dewi", "Nur", "Eti", "Aminah", "Fatimah", "Sumiati", "Rohayati", "Juriah", "Sunariah", "Maemunah", "Zaenab",
    "Kartini", "Wahyuni", "Sarmini", "Nurhayati", "Halimah", "Khodijah", "Marhamah", "Jubaedah", "Rukoyah", "Sapuroh", "Enok",
    "Iis", "Yayah", "Mulyati", "Suhaeti", "Ratnasari", "Komalasari", "Lestari", "Handayani", "Puspita", "Rahmawati", "Susanti",
)  # fmt: skip
MEN = (
    "Muhammad", "Ahmad", "Abdul", "Asep", "Ujang", "Sukarjo", "Syarifudin", "Zaenal", "Hasanudin", "Mulyadi", "Suherman",
    "Rohman", "Hidayat", "Supriadi", "Sanusi", "Marjuki", "Sobari", "Yusuf", "Ismail", "Kurniawan", "Setiawan", "Gunawan",
    "Saepudin", "Basri", "Arsyad", "Taufik", "Iskandar", "Jaelani", "Mustofa", "Saripin", "Juhri", "Sarmili", "Nurdin",
    "Jajang", "Rahmat",
)  # fmt: skip
RARER = sorted({a + b + c for a in ("Ar", "Bu", "Ka", "La", "Mar", "Sa", "Wa") for b in ("di", "ni", "ri", "ti", "su")
                for c in ("nah", "wati", "sih", "man", "din", "yadi", "tono", "ja")})  # fmt: skip
VILLAGES = [v for r in regions.regencies() for d in regions.districts(r)[:6] for v in regions.villages(d)[:4]]
Person = tuple[int, str, date, str]


def every_village() -> list[str]:
    return [v for r in regions.regencies() for d in regions.districts(r) for v in regions.villages(d)]


def population(count: int, seed: int, villages: Sequence[str] = VILLAGES) -> list[Person]:
    """(household_id, name, birth_on, village_code); nobody is there twice on purpose."""
    chance = random.Random(seed)
    return [_somebody(chance, at, villages) for at in range(1, count + 1)]


def _somebody(chance: random.Random, at: int, villages: Sequence[str]) -> Person:
    """Half of the words of names are among the commonest, half among some hundreds of rarer ones."""
    names = WOMEN if chance.random() < 0.75 else MEN
    picked = [chance.choice(names if chance.random() < 0.5 else RARER) for _ in range(chance.choice((1, 2, 2, 2, 3)))]
    born = date(1955, 1, 1) + timedelta(days=chance.randrange(17_000))
    if chance.random() < 0.08:  # whoever does not know the day says the first of January or the last of December
        born = date(born.year, *chance.choice(((1, 1), (12, 31), (7, 1))))
    return (at, " ".join(picked), born, chance.choice(villages))
