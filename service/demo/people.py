"""Who lives in the demo? Invented households with real village codes and NIKs whose serial is 99xx.

Everything follows from the seed: the same numbers give the same people, in the same order.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service import regions

# Jamsosratu households by regency, 2021 (Antara): per 50,000.
SPREAD = {
    "36.01": 12_813, "36.02": 11_542, "36.03": 3_100, "36.04": 11_466,
    "36.71": 2_910, "36.72": 1_492, "36.73": 5_500, "36.74": 1_177,
}  # fmt: skip
PER_FACILITATOR = 200
_STARTS = (
    "Ar",
    "Bu",
    "Ci",
    "Da",
    "Er",
    "Fa",
    "Ga",
    "Ha",
    "Is",
    "Ju",
    "Ka",
    "La",
    "Mu",
    "Na",
    "Ra",
    "Sa",
    "Ta",
    "Wa",
    "Yu",
    "Za",
)
_MIDDLES = ("di", "ka", "la", "mi", "na", "ri", "sa", "ti", "wi", "yu")
_WOMEN, _MEN = ("nah", "wati", "sih", "tun", "ningrum", "yani"), ("din", "man", "rudin", "wan", "yadi", "tono")
_FAMILY = ("praja", "kusuma", "jaya", "laksana", "wangsa", "sentana", "negara", "permana", "saputra", "wijaya")
_BIRTHPLACES = ("Pandeglang", "Rangkasbitung", "Tangerang", "Serang", "Cilegon", "Ciputat", "Labuan", "Balaraja")
_STREETS = ("Kp. Contoh", "Jl. Melati", "Jl. Kenanga", "Kp. Sawah", "Lingkungan Baru", "Kp. Pasir", "Jl. Damai")
_BUSINESSES = (
    "Warung sembako", "Kue dan tata boga", "Gorengan", "Bakso keliling", "Warung nasi uduk", "Minuman es jus", "Emping melinjo",
    "Jahit pakaian", "Anyaman pandan", "Sayur keliling", "Ikan asin", "Cuci setrika", "Salon rias", "Ternak bebek", "kelontong",
    "Keripik pisang", "bakso_mie", "warung_sembako", "Toko sembako", "Kue kering",
)  # fmt: skip
_PRODUCTS = {
    "Emping melinjo": ("emping melinjo", 80),
    "Jahit pakaian": ("seragam sekolah", 60),
    "Anyaman pandan": ("tikar pandan", 25),
    "Kue kering": ("kue kering", 120),
    "Keripik pisang": ("keripik pisang", 150),
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a batch of households lives and who visits them."""

    village: str
    facilitator: str


def spread(households: int) -> dict[str, int]:
    """How many households each regency registers; they sum to `households`."""
    exact = {code: households * share / 50_000 for code, share in SPREAD.items()}
    counts = {code: int(share) for code, share in exact.items()}
    by_rest = sorted(exact, key=lambda code: (counts[code] - exact[code], code))
    for code in by_rest[: households - sum(counts.values())]:
        counts[code] += 1
    return counts


def facilitator_codes(households: int) -> list[str]:
    """Every facilitator's code, e.g. `P3601-01`; each visits about 200 households of neighbouring districts."""
    return [_code(regency, number) for regency, count in spread(households).items() for number in range(_facilitators(count))]


def population(households: int, seed: int, year: int) -> dict[str, list[Row]]:
    """Regency -> rows of its file as clean values (dates as `date`, numbers as `int`, blank as None)."""
    chance = random.Random(f"{seed}-people")  # noqa: S311  (a story, not a secret)
    niks: set[str] = set()
    found: dict[str, list[Row]] = {}
    for regency, count in spread(households).items():
        found[regency] = [person(chance, niks, place, year) for place in _places(chance, regency, count)]
    return found


def person(chance: random.Random, niks: set[str], place: Place, year: int) -> Row:
    """One household; its NIK is added to `niks` so that nobody has it twice."""
    sex = "P" if chance.random() < 0.78 else "L"
    born = _birthday(chance, year)
    nik = _new_nik(chance, niks, place.village, born, sex)
    drive = chance.betavariate(2.3, 2.4)
    return {
        "nik": nik, "no_kk": _kk(chance, place.village), "nama": _name(chance, sex),
        "tempat_lahir": chance.choice(_BIRTHPLACES), "tanggal_lahir": born, "jenis_kelamin": sex,
        "alamat": f"{chance.choice(_STREETS)} No. {chance.randint(1, 180)}", "rt": f"{chance.randint(1, 12):03}",
        "rw": f"{chance.randint(1, 9):03}", "kode_desa": place.village, "no_hp": _phone(chance),
        "program": "JAMSOSRATU" if chance.random() < 0.98 else "PKH", "tahun_mulai": chance.randint(2013, year - 3),
        "tahun_akhir": year - 1, "desil": _decile(chance), "tanggal_desil": date(year - 1, chance.randint(1, 9), 1),
        **_business(chance, drive, year), **_assessment(chance, drive, year), "pendamping": place.facilitator,
        "persetujuan_rujukan": "ya" if chance.random() < 0.93 else "tidak",
    }  # fmt: skip


def _places(chance: random.Random, regency: str, count: int) -> Iterator[Place]:
    """Villages drawn at random, in the order of their codes, so that a facilitator's stretch is of neighbours."""
    all_villages = [village for district in regions.districts(regency) for village in regions.villages(district)]
    drawn = sorted(chance.choices(all_villages, k=count))
    helpers = _facilitators(count)
    for at, village in enumerate(drawn):
        yield Place(village, _code(regency, at * helpers // count))


def _facilitators(count: int) -> int:
    return max(1, round(count / PER_FACILITATOR)) if count else 0


def _code(regency: str, number: int) -> str:
    return f"P{regency.replace('.', '')}-{number + 1:02}"


def _birthday(chance: random.Random, year: int) -> date:
    age = chance.randint(14, 16) if chance.random() < 0.008 else chance.randint(21, 64)
    return date(year - age, 1, 1) + timedelta(days=chance.randrange(365))


def _new_nik(chance: random.Random, niks: set[str], village: str, born: date, sex: str) -> str:
    """PPKKCC + DDMMYY (day + 40 for women) + 99xx."""
    day = born.day + (40 if sex == "P" else 0)
    while True:
        nik = f"{village[:8].replace('.', '')}{day:02}{born:%m%y}99{chance.randrange(100):02}"
        if nik not in niks:
            niks.add(nik)
            return nik
        day = chance.randint(1, 28) + (40 if sex == "P" else 0)


def _kk(chance: random.Random, village: str) -> str:
    issued = date(2008, 1, 1) + timedelta(days=chance.randrange(4_300))
    return f"{village[:8].replace('.', '')}{issued:%d%m%y}{chance.randrange(9_000, 10_000)}"


def _name(chance: random.Random, sex: str) -> str:
    given = chance.choice(_STARTS) + chance.choice(_MIDDLES) + chance.choice(_WOMEN if sex == "P" else _MEN)
    family = chance.choice(_STARTS) + chance.choice(_MIDDLES) + chance.choice(_FAMILY)
    return f"{given} {family}"


def _phone(chance: random.Random) -> str | None:
    if chance.random() < 0.12:
        return None
    digits = f"{chance.choice((812, 813, 821, 852, 857, 877, 895))}{chance.randrange(10**8):08}"
    form = chance.choice(("0{0}", "0{0}", "+62{0}", "62{0}", "0{1}-{2}-{3}"))
    return form.format(digits, digits[:3], digits[3:7], digits[7:])


def _decile(chance: random.Random) -> int:
    return chance.randint(6, 8) if chance.random() < 0.07 else chance.choices((1, 2, 3, 4, 5), (22, 26, 24, 17, 11))[0]


def _business(chance: random.Random, drive: float, year: int) -> Row:
    if chance.random() < 0.08:
        return {"jenis_usaha": None, "usaha_sejak": None, "produk": None, "kapasitas_bulanan": None}
    what = chance.choice(_BUSINESSES)
    months = 3 + int(drive * 60 * chance.random())
    product, capacity = _PRODUCTS.get(what, (None, None)) if chance.random() < 0.5 else (None, None)
    since = date(year - 1, 12, 1) - timedelta(days=30 * months)
    return {"jenis_usaha": what, "usaha_sejak": since, "produk": product, "kapasitas_bulanan": capacity}


def _assessment(chance: random.Random, drive: float, year: int) -> Row:
    names = (
        "kehadiran_pertemuan",
        "penghasilan_bulanan",
        "jumlah_anggota",
        "tabungan",
        "sumber_penghasilan",
        "tanggal_asesmen",
    )
    fate = chance.random()
    if fate < 0.03:
        return dict.fromkeys(names)
    when = date(year - 1, 9, 1) + timedelta(days=chance.randrange(105))
    if fate < 0.10:
        when -= timedelta(days=chance.randint(500, 900))
    values = (
        min(100, 20 + int(drive * 85 * chance.uniform(0.8, 1.1))), round(900_000 + drive * 2_600_000 * chance.random(), -4),
        chance.randint(2, 7), round(drive * 1_200_000 * chance.random(), -4), 1 + int(drive * chance.uniform(0, 3)), when,
    )  # fmt: skip
    return {name: int(value) if isinstance(value, float) else value for name, value in zip(names, values, strict=True)}
