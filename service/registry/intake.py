"""What does a row of a regency's file say about a household?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any

from service import business, regions
from service.registry import cells, identity
from service.registry.tables import Column, Values
from service.trust.sealing import Sealer

OPTIONAL_COLUMNS = ("produk", "kapasitas_bulanan")
_MOST_RUPIAH = 1_000_000_000
HOUSEHOLD_COLUMNS = (
    "nik_sealed", "nik_lookup", "kk_sealed", "kk_lookup", "phone_sealed", "phone_lookup", "name", "birth_place", "birth_on",
    "sex", "address", "rt", "rw", "village_code", "district_code", "regency_code", "programme", "started_year", "ended_year",
    "decile", "decile_on", "business_text", "business_type", "business_since", "facilitator_code", "may_be_referred", "product",
    "monthly_capacity", "content_hash",
)  # fmt: skip
ASSESSMENT = {
    "tanggal_asesmen": "assessed_on", "kehadiran_pertemuan": "attendance_percent", "penghasilan_bulanan": "monthly_income",
    "jumlah_anggota": "members", "tabungan": "savings", "sumber_penghasilan": "income_sources",
}  # fmt: skip
ASSESSMENT_COLUMNS = tuple(ASSESSMENT.values())
_in_order, _assessed = itemgetter(*HOUSEHOLD_COLUMNS), itemgetter(*ASSESSMENT)


@dataclass(slots=True)
class Incoming:
    """A checked row, sealed: `household` in the order of `HOUSEHOLD_COLUMNS`, `assessment` of `ASSESSMENT_COLUMNS` or None."""

    row: int
    nik_lookup: str
    kk_lookup: str
    regency_code: str
    birth_on: date
    content_hash: str
    household: tuple[Any, ...]
    assessment: tuple[Any, ...] | None


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
        Column("kehadiran_pertemuan", cells.whole_number(0, 100, "persen"), filled=False),
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


def contradictions(values: Values) -> Iterator[tuple[str, str, str]]:
    """Cells that are good each by itself but cannot be true together."""
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
    """Seal a checked row. The content hash is keyed, or it would give the NIK away to whoever tries them all."""
    form, in_form = _content_form(tuple(values))
    household = _household(values)
    household.update(_sealed(values, sealer))
    household["content_hash"] = sealer.lookup("content", form % in_form(values))
    return Incoming(
        row, household["nik_lookup"], household["kk_lookup"], household["regency_code"], household["birth_on"],
        household["content_hash"], _in_order(household), _assessed(values) if values["tanggal_asesmen"] else None,
    )  # fmt: skip


@lru_cache(maxsize=8)
def _content_form(names: tuple[str, ...]) -> tuple[str, Callable[[Values], tuple[Any, ...]]]:
    """`alamat=...`, `desil=...`, by name, and what fills it in."""
    by_name = sorted(names)
    return "\x1f".join(f"{name}=%s" for name in by_name), itemgetter(*by_name)


def _household(values: Values) -> dict[str, Any]:
    village = values["kode_desa"]
    return {
        "name": values["nama"], "birth_place": values["tempat_lahir"], "birth_on": values["tanggal_lahir"],
        "sex": values["jenis_kelamin"], "address": values["alamat"], "rt": values["rt"], "rw": values["rw"],
        "village_code": village, "district_code": regions.district_of(village), "regency_code": regions.regency_of(village),
        "programme": values["program"], "started_year": values["tahun_mulai"], "ended_year": values["tahun_akhir"],
        "decile": values["desil"], "decile_on": values["tanggal_desil"], "business_text": values["jenis_usaha"],
        "business_type": business.kind_of(values["jenis_usaha"]), "business_since": values["usaha_sejak"],
        "facilitator_code": values["pendamping"], "may_be_referred": values["persetujuan_rujukan"],
        "product": values["produk"], "monthly_capacity": values["kapasitas_bulanan"],
    }  # fmt: skip


def _sealed(values: Values, sealer: Sealer) -> dict[str, str | None]:
    phone = values["no_hp"]
    return {
        "nik_sealed": sealer.seal("nik", values["nik"]), "nik_lookup": sealer.lookup("nik", values["nik"]),
        "kk_sealed": sealer.seal("kk", values["no_kk"]), "kk_lookup": sealer.lookup("kk", values["no_kk"]),
        "phone_sealed": sealer.seal("phone", phone) if phone else None,
        "phone_lookup": sealer.lookup("phone", phone) if phone else None,
    }  # fmt: skip
