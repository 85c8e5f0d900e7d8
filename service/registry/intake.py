"""What does a row of a regency's file say about a household?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service import business, regions
from service.registry import cells, identity
from service.registry.tables import Column, Values
from service.trust.sealing import Sealer

ASSESSED = ("kehadiran_pertemuan", "penghasilan_bulanan", "jumlah_anggota", "tabungan", "sumber_penghasilan")
OPTIONAL_COLUMNS = ("produk", "kapasitas_bulanan")
_MOST_RUPIAH = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Incoming:
    """A checked row, sealed: `household` are columns of the table, `assessment` too (without its household) or None."""

    row: int
    nik_lookup: str
    regency_code: str
    content_hash: str
    household: dict[str, Any]
    assessment: dict[str, Any] | None


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
    if values["tanggal_asesmen"] is None and any(values[name] is not None for name in ASSESSED):
        yield "NO_ASSESSMENT_DATE", "tanggal_asesmen", "wajib diisi karena ada nilai asesmen."


def doubts(values: Values) -> Iterator[tuple[str, str, str]]:
    """What a person should look at; the row is kept all the same."""
    yield from identity.differences(values["nik"], values["tanggal_lahir"], values["jenis_kelamin"], values["kode_desa"])
    if values["jenis_usaha"] and business.kind_of(values["jenis_usaha"]) is None:
        yield "UNKNOWN_BUSINESS", "jenis_usaha", "jenis usaha belum dikenal; tulis lebih jelas agar paket dapat dipilih."


def incoming(row: int, values: Values, sealer: Sealer) -> Incoming:
    """Seal a checked row. The content hash is keyed, or it would give the NIK away to whoever tries them all."""
    content = "\x1f".join(f"{name}={values[name]}" for name in sorted(values))
    household = _household(values) | _sealed(values, sealer)
    household["content_hash"] = sealer.lookup("content", content)
    return Incoming(
        row, household["nik_lookup"], household["regency_code"], household["content_hash"], household, _assessment(values)
    )


def stamped(one: Incoming, file_id: int, now: datetime) -> dict[str, Any]:
    """The household's columns with the file that brought them."""
    return one.household | {"file_id": file_id, "updated_at": now}


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


def _assessment(values: Values) -> dict[str, Any] | None:
    if values["tanggal_asesmen"] is None:
        return None
    return {
        "assessed_on": values["tanggal_asesmen"], "attendance_percent": values["kehadiran_pertemuan"],
        "monthly_income": values["penghasilan_bulanan"], "members": values["jumlah_anggota"],
        "savings": values["tabungan"], "income_sources": values["sumber_penghasilan"],
    }  # fmt: skip
