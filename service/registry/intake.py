"""What does a row of a regency's file say about a household?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from service import business, regions
from service.registry import cells, identity
from service.registry.tables import Column, Values
from service.trust.sealing import Sealer

OPTIONAL_COLUMNS = ("produk", "kapasitas_bulanan")
_MOST_RUPIAH = 1_000_000_000
AS_WRITTEN = {
    "nama": "name", "tempat_lahir": "birth_place", "tanggal_lahir": "birth_on", "jenis_kelamin": "sex", "alamat": "address",
    "rt": "rt", "rw": "rw", "kode_desa": "village_code", "program": "programme", "tahun_mulai": "started_year",
    "tahun_akhir": "ended_year", "desil": "decile", "tanggal_desil": "decile_on", "jenis_usaha": "business_text",
    "usaha_sejak": "business_since", "pendamping": "facilitator_code", "persetujuan_rujukan": "may_be_referred",
    "produk": "product", "kapasitas_bulanan": "monthly_capacity",
}  # fmt: skip
HOUSEHOLD_COLUMNS = (
    *AS_WRITTEN.values(), "district_code", "regency_code", "business_type", "nik_lookup", "kk_lookup", "content_hash",
    "nik_sealed", "kk_sealed", "phone_sealed", "phone_lookup",
)  # fmt: skip
ASSESSMENT = {
    "tanggal_asesmen": "assessed_on", "kehadiran_pertemuan": "attendance_percent", "penghasilan_bulanan": "monthly_income",
    "jumlah_anggota": "members", "tabungan": "savings", "sumber_penghasilan": "income_sources",
}  # fmt: skip
ASSESSMENT_COLUMNS = tuple(ASSESSMENT.values())


@dataclass(slots=True)
class Incoming:
    """A checked row: what it is known by, and its values in the order of `NAMES`; it is sealed when it is written."""

    row: int
    nik_lookup: str
    kk_lookup: str
    regency_code: str
    birth_on: date
    content_hash: str
    values: tuple[Any, ...]


def registry_columns(today: date) -> tuple[Column, ...]:
    """The columns of a regency's file (3-contracts.md, "Registry file")."""
    past, year = cells.day(today), cells.whole_number(1990, today.year + 1, "tahun")
    rupiah = cells.whole_number(0, _MOST_RUPIAH, "rupiah")
    return (
        Column("nik", identity.nik),
        Column("no_kk", cells.sixteen_digits("Nomor KK")),
        Column("nama", cells.name),
        Column("tempat_lahir", cells.words(100)),
        Column("tanggal_lahir", past),
        Column("jenis_kelamin", cells.sex),
        Column("alamat", cells.words()),
        Column("rt", cells.neighbourhood),
        Column("rw", cells.neighbourhood),
        Column("kode_desa", cells.village),
        Column("no_hp", cells.phone, filled=False),
        Column("program", cells.code_word),
        Column("tahun_mulai", year, filled=False),
        Column("tahun_akhir", year, filled=False),
        Column("desil", cells.decile, filled=False),
        Column("tanggal_desil", past, filled=False),
        Column("jenis_usaha", cells.words(), filled=False),
        Column("usaha_sejak", past, filled=False),
        Column("kehadiran_pertemuan", cells.percent, filled=False),
        Column("penghasilan_bulanan", rupiah, filled=False),
        Column("jumlah_anggota", cells.whole_number(1, 30, "orang"), filled=False),
        Column("tabungan", rupiah, filled=False),
        Column("sumber_penghasilan", cells.whole_number(0, 20, "sumber"), filled=False),
        Column("tanggal_asesmen", past, filled=False),
        Column("pendamping", cells.code_word, filled=False),
        Column("persetujuan_rujukan", cells.yes_or_no),
        Column("produk", cells.words(), filled=False, present=False),
        Column("kapasitas_bulanan", cells.whole_number(0, _MOST_RUPIAH, "satuan"), filled=False, present=False),
    )


NAMES = tuple(column.name for column in registry_columns(date(2000, 1, 1)))
_BY_NAME = sorted(NAMES)
_CONTENT = "\x1f".join(f"{name}=%s" for name in _BY_NAME)
_by_name = itemgetter(*_BY_NAME)


def _picked(*names: str) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """These of a row's values, out of all in the order of `NAMES`."""
    return itemgetter(*(NAMES.index(name) for name in names))


_as_written, _assessed, _numbers = _picked(*AS_WRITTEN), _picked(*ASSESSMENT), _picked("nik", "no_kk", "no_hp")
_place_and_business = _picked("kode_desa", "jenis_usaha")


def contradictions(values: Values, regencies: Sequence[str] = ()) -> Iterator[tuple[str, str, str]]:
    """Cells that are good each by itself but cannot be true together, or not from this sender."""
    if regencies and (regency := regions.regency_of(values["kode_desa"])) not in regencies:
        yield "NOT_YOUR_REGENCY", "kode_desa", f"desa ini di {regions.name_of(regency)}, di luar wilayah kerja Anda."
    started, ended = values["tahun_mulai"], values["tahun_akhir"]
    if started and ended and ended < started:
        yield "ENDS_BEFORE_START", "tahun_akhir", f"tahun akhir {ended} mendahului tahun mulai {started}."
    if values["tanggal_asesmen"] is None and any(values[name] is not None for name in ASSESSMENT):
        yield "NO_ASSESSMENT_DATE", "tanggal_asesmen", "wajib diisi karena ada nilai asesmen."


def doubts(values: Values) -> Iterator[tuple[str, str, str]]:
    """What a person should look at; the row is kept all the same."""
    yield from identity.differences(values["nik"], values["tanggal_lahir"], values["jenis_kelamin"], values["kode_desa"])
    if values["jenis_usaha"] and business.kind_of(values["jenis_usaha"]) is None:
        yield "UNKNOWN_BUSINESS", "jenis_usaha", "jenis usaha belum dikenal; tulis lebih jelas agar paket dapat dipilih."


def incoming(row: int, values: Values, sealer: Sealer) -> Incoming:
    """The content hash is keyed, or it would give the NIK away to whoever tries them all."""
    return Incoming(
        row, sealer.lookup("nik", values["nik"]), sealer.lookup("kk", values["no_kk"]), regions.regency_of(values["kode_desa"]),
        values["tanggal_lahir"], sealer.lookup("content", _CONTENT % _by_name(values)), tuple(values.values()),
    )  # fmt: skip


def household_row(one: Incoming, sealer: Sealer) -> tuple[Any, ...]:
    """The household's columns in the order of `HOUSEHOLD_COLUMNS`, personal numbers sealed."""
    nik, kk, phone = _numbers(one.values)
    village, words = _place_and_business(one.values)
    return (
        *_as_written(one.values), regions.district_of(village), one.regency_code, business.kind_of(words),
        one.nik_lookup, one.kk_lookup, one.content_hash, sealer.seal("nik", nik), sealer.seal("kk", kk),
        sealer.seal("phone", phone) if phone else None, sealer.lookup("phone", phone) if phone else None,
    )  # fmt: skip


def assessment_row(one: Incoming) -> tuple[Any, ...] | None:
    """In the order of `ASSESSMENT_COLUMNS`; None when nobody assessed the household."""
    row = _assessed(one.values)
    return row if row[0] else None
