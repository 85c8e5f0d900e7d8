"""Which numbers of the programme may change every year, and what are they unless the agency says otherwise?

A `CyclePolicy` is given as YAML when a cycle is opened, validated here (an unknown key is refused), kept as JSON in the
cycle's row and named everywhere by its hash. Rupiah are `int`. Every key says here, in Indonesian, what it means:
`as_yaml` prints that beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from service.errors import BadInput


class WrongPolicy(BadInput):
    """The policy file has unknown keys or values out of range; every fault is named."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Eligibility(_Strict):
    """Thresholds of the eligibility rules (source: 2022-23 UEP practice; the agency confirms yearly)."""

    programmes: tuple[str, ...] = Field(("JAMSOSRATU", "JSK"), description="Program yang pesertanya boleh diusulkan.")
    province_code: str = Field("36", description="Kode Kemendagri provinsi tempat tinggal.")
    lowest_decile: int = Field(1, ge=1, le=10, description="Desil kesejahteraan terendah yang diterima.")
    highest_decile: int = Field(5, ge=1, le=10, description="Desil kesejahteraan tertinggi yang diterima.")
    minimum_age: int = Field(17, ge=0, description="Umur kepala keluarga, sedikitnya (tahun).")
    assessment_valid_days: int = Field(365, ge=1, description="Penilaian pendamping berlaku sekian hari.")
    minimum_business_months: int = Field(0, ge=0, description="Rintisan usaha sudah berjalan, sedikitnya (bulan).")
    minimum_score: int = Field(40, ge=0, le=100, description="Nilai seluruhnya, sedikitnya.")

    @model_validator(mode="after")
    def _deciles_in_order(self) -> Eligibility:
        if self.lowest_decile > self.highest_decile:
            raise ValueError(f"lowest_decile {self.lowest_decile} melebihi highest_decile {self.highest_decile}")
        return self


class ScoreWeights(_Strict):
    """Points of each indicator; they sum to 100."""

    attendance: int = Field(25, ge=0, description="Kehadiran pertemuan kelompok.")
    income_sources: int = Field(20, ge=0, description="Jumlah sumber penghasilan.")
    savings: int = Field(20, ge=0, description="Tabungan.")
    income_per_head: int = Field(20, ge=0, description="Penghasilan per anggota keluarga.")
    business_age: int = Field(15, ge=0, description="Umur usaha.")

    @model_validator(mode="after")
    def _sum_is_100(self) -> ScoreWeights:
        total = sum(self.model_dump().values())
        if total != 100:
            raise ValueError(f"jumlah bobot {total}, seharusnya 100")
        return self


class ScoreScale(_Strict):
    """At which value an indicator earns all its points; below it, in proportion. Percent, sources, rupiah, months.

    Source of the default income: poverty line of Banten, March 2021 to 2024, rounded; the agency confirms yearly.
    """

    attendance: int = Field(100, ge=1, description="Persen kehadiran.")
    income_sources: int = Field(2, ge=1, description="Jumlah sumber.")
    savings: int = Field(500_000, ge=1, description="Rupiah.")
    income_per_head: int = Field(650_000, ge=1, description="Rupiah per orang per bulan (sekitar garis kemiskinan Banten).")
    business_age: int = Field(24, ge=1, description="Bulan.")


class ContractLimits(_Strict):
    """Up to which value (rupiah) each simpler contract form may be used; above the last a full contract (Perpres 16/2018)."""

    purchase_proof: int = Field(10_000_000, description="Bukti pembelian sampai sekian rupiah.")
    receipt: int = Field(50_000_000, description="Kuitansi sampai sekian rupiah.")
    work_order: int = Field(200_000_000, description="SPK sampai sekian rupiah; di atasnya surat perjanjian.")


class Terms(_Strict):
    """Working days each side has before a reminder, an escalation, a re-route."""

    remind_before: int = Field(1, description="Diingatkan sekian hari sebelum jatuh tempo.")
    acknowledge: int = Field(3, description="Instansi menyatakan rujukan diterima.")
    decide: int = Field(10, description="Instansi menyanggupi atau menolak.")
    start_service: int = Field(30, description="Pelayanan dimulai sesudah disanggupi.")
    report_outcome: int = Field(66, description="Hasil dilaporkan sesudah pelayanan dimulai.")
    escalate_after: int = Field(2, description="Dinaikkan ke atasan sekian hari sesudah jatuh tempo.")
    give_up_after: int = Field(4, description="Dianggap tidak dijawab sekian hari sesudah jatuh tempo.")


class ReferralRules(_Strict):
    """Who puts a mark before a referral letter is signed, where its number comes from, how long consent and follow-up last."""

    initials_needed: int = Field(0, ge=0, le=4, description="Banyaknya paraf sebelum surat rujukan ditandatangani.")
    number_is_typed: bool = Field(False, description="Nomor surat diketik (diambil dari SRIKANDI), bukan dari buku Estafet.")
    consent_valid_days: int = Field(730, ge=1, description="Persetujuan dirujuk berlaku sekian hari.")
    outcome_months: tuple[int, ...] = Field((3, 6, 12), description="Hasil dilaporkan sekian bulan sesudah pelayanan dimulai.")
    copies: tuple[str, ...] = Field((), description="Tembusan setiap surat rujukan.")


class DecreeRules(_Strict):
    """Who must say yes before a decree is signed, and how long objections may come in (working days; 0: no window)."""

    regency_verifies: bool = Field(True, description="Setiap kabupaten/kota memverifikasi daftarnya lebih dahulu.")
    approvals_needed: int = Field(1, ge=1, le=5, description="Banyaknya pejabat provinsi yang harus menyetujui.")
    objection_days: int = Field(0, ge=0, le=60, description="Masa sanggah (hari kerja); 0 berarti tanpa masa sanggah.")


class Letterhead(_Strict):
    """What stands on top and at the foot of every letter; officials' names are settings, never code."""

    government: str = Field("PEMERINTAH PROVINSI BANTEN", description="Baris pertama kop surat.")
    office: str = Field("DINAS SOSIAL", description="Baris kedua kop surat.")
    address: str = Field(
        "Kawasan Pusat Pemerintahan Provinsi Banten (KP3B), Curug, Kota Serang", description="Alamat pada kop surat."
    )
    contact: str = Field("laman dinsos.bantenprov.go.id", description="Kontak pada kop surat.")
    place: str = Field("Serang", description="Tempat surat ditandatangani.")
    signer_post: str = Field("Kepala Dinas Sosial Provinsi Banten", description="Jabatan penanda tangan.")
    signer_name: str = Field("(nama pejabat diisi pada kebijakan siklus)", description="Nama penanda tangan.")
    signer_rank: str = Field("", description="Pangkat penanda tangan.")
    signer_nip: str = Field("", description="NIP penanda tangan.")


class LetterNumbers(_Strict):
    """`<classification>/<sequence>-<unit>/<year>` (Permendagri 83/2022 Article 3); one gap-free book a year."""

    format: str = Field("{code}/{seq:04d}-{unit}/{year}", description="Susunan nomor surat.")
    unit: str = Field("DINSOS", description="Kode unit.")
    decree_code: str = Field("400.9.14.1", description="Klasifikasi SK penetapan.")
    order_code: str = Field("000.3.2", description="Klasifikasi surat pesanan.")
    receipt_code: str = Field("000.3.2/BAST", description="Klasifikasi berita acara serah terima dari penyedia.")
    handover_code: str = Field("400.9.14.5", description="Klasifikasi berita acara serah terima.")
    exit_code: str = Field("400.9.11.3", description="Klasifikasi nota dinas daftar keluar.")
    referral_code: str = Field("400.9.14.6", description="Klasifikasi surat rujukan.")


class BudgetAccount(_Strict):
    """A budget account beside the cycle's own, for packages that name it; `ceiling` in rupiah."""

    code: str = Field(min_length=1, max_length=40, description="Kode rekening.")
    ceiling: int = Field(gt=0, description="Pagu rekening (rupiah).")


class CyclePolicy(_Strict):
    """All yearly numbers of one cycle. Units: rupiah `int`, days, working days where said, metres."""

    modality: Literal["goods"] = Field("goods", description="Bentuk bantuan: goods (barang).")
    unit_value: int = Field(2_500_000, gt=0, description="Nilai bantuan tiap rumah tangga (rupiah).")
    budget_ceiling: int = Field(6_500_000_000, gt=0, description="Pagu anggaran (rupiah).")
    budget_account_code: str = Field("5.1.02.05.01.0001", description="Kode rekening belanja.")
    other_accounts: tuple[BudgetAccount, ...] = Field((), description="Rekening lain dengan pagunya sendiri (code, ceiling).")
    goods_due_on: date | None = Field(None, description="Barang harus tiba paling lambat (TTTT-BB-HH).")
    eligibility: Eligibility = Field(Eligibility(), description="Syarat rumah tangga.")
    weights: ScoreWeights = Field(ScoreWeights(), description="Bobot tiap indikator; jumlahnya 100.")
    scale: ScoreScale = Field(ScoreScale(), description="Besaran yang mendapat bobot penuh; di bawahnya sebanding.")
    contract_limits: ContractLimits = Field(ContractLimits(), description="Batas nilai bentuk kontrak (Perpres 16/2018).")
    reserve_percent: int = Field(10, ge=0, le=100, description="Cadangan tiap kabupaten/kota (persen dari tempat).")
    total_households: int | None = Field(None, ge=1, description="Jumlah seluruh kuota; bila diisi, kuota harus tepat sama.")
    decree: DecreeRules = Field(DecreeRules(), description="Syarat sebelum SK ditandatangani.")
    mentor_capacity: int = Field(5, ge=1, description="Keluarga yang didampingi satu motivator, paling banyak.")
    mentor_business_months: int = Field(24, ge=0, description="Umur usaha seorang motivator, sedikitnya (bulan).")
    events_per_household: int = Field(2, ge=1, description="Undangan penyerahan tiap keluarga, paling banyak.")
    households_per_event: int = Field(100, ge=1, description="Keluarga tiap acara penyerahan, paling banyak.")
    event_notice_days: int = Field(2, ge=0, description="Undangan penyerahan sekian hari kerja sebelumnya.")
    point_radius_m: int = Field(1000, ge=10, description="Foto penyerahan paling jauh sekian meter dari titik serah.")
    event_opens: time = Field(time(8), description="Acara penyerahan mulai (JJ:MM, WIB).")
    event_closes: time = Field(time(16), description="Acara penyerahan selesai (JJ:MM, WIB).")
    handover_due_on: date | None = Field(None, description="Penyerahan terakhir; sesudahnya diganti (TTTT-BB-HH).")
    sample_percent: int = Field(5, ge=0, le=100, description="Penyerahan yang diuji petik tiap pendamping (persen).")
    photo_likeness_bits: int = Field(4, ge=0, le=16, description="Foto dianggap sama bila berbeda paling banyak sekian bit.")
    maximum_hops: int = Field(3, ge=1, description="Instansi yang dicoba untuk satu rujukan, paling banyak.")
    link_valid_days: int = Field(400, ge=1, description="Tautan mitra berlaku sekian hari.")
    referral: ReferralRules = Field(ReferralRules(), description="Aturan surat rujukan dan tindak lanjutnya.")
    terms: Terms = Field(Terms(), description="Tenggat dalam hari kerja.")
    letterhead: Letterhead = Field(Letterhead(), description="Kop dan penanda tangan surat.")
    numbers: LetterNumbers = Field(LetterNumbers(), description="Penomoran surat.")
    local_holidays: tuple[date, ...] = Field((), description="Hari libur daerah di luar libur nasional.")


def read_policy(path: Path | None) -> CyclePolicy:
    """A policy from YAML, or the documented default.

    Raises:
        WrongPolicy: names each key and why.
    """
    if path is None:
        return CyclePolicy()
    try:
        return policy_from(path.read_text(encoding="utf-8"), f"Berkas kebijakan {path}")
    except (FileNotFoundError, IsADirectoryError):
        raise WrongPolicy(f"Berkas kebijakan {path} tidak ditemukan.") from None
    except UnicodeDecodeError:
        raise WrongPolicy(f"Berkas kebijakan {path} bukan teks UTF-8.") from None


def policy_from(text: str, called: str = "Kebijakan") -> CyclePolicy:
    """A policy from the text of a YAML file.

    Raises:
        WrongPolicy: names each key and why.
    """
    try:
        told = yaml.safe_load(text)
        return CyclePolicy.model_validate({} if told is None else told)
    except yaml.YAMLError as error:
        raise WrongPolicy(f"{called} bukan YAML yang benar: {error}") from None
    except ValidationError as error:
        faults = [_fault(one) for one in error.errors()]
        raise WrongPolicy("Kebijakan ditolak. " + "; ".join(faults), faults=faults) from None


def hash_of(policy: CyclePolicy) -> str:
    """SHA-256 of the policy's canonical JSON; the same numbers give the same hash."""
    return hash_of_stored(policy.model_dump(mode="json"))


def hash_of_stored(policy: Mapping[str, Any]) -> str:
    """The same of a policy as it is kept in a row, with the keys it had when it was set."""
    return hashlib.sha256(json.dumps(policy, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def as_yaml(policy: CyclePolicy) -> str:
    """The policy as a file `read_policy` reads back, every key with what it means."""
    return "\n".join(_lines(policy, "")) + "\n"


def _lines(model: BaseModel, indent: str) -> Iterator[str]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield f"{indent}{name}:  # {field.description}"
            yield from _lines(value, indent + "  ")
        else:
            plain = model.model_dump(mode="json", include={name})[name]
            yield f"{indent}{name}: {json.dumps(plain, ensure_ascii=False)}  # {field.description}"


_SAID = {
    "extra_forbidden": "kunci tidak dikenal", "greater_than_equal": "sedikitnya {ge}", "greater_than": "harus lebih dari {gt}",
    "less_than_equal": "paling banyak {le}", "int_type": "bukan bilangan bulat", "int_parsing": "bukan bilangan bulat",
    "int_from_float": "bukan bilangan bulat", "bool_type": "bukan true atau false", "bool_parsing": "bukan true atau false",
    "string_type": "bukan teks (beri tanda kutip)", "literal_error": "hanya {expected}", "tuple_type": "bukan daftar",
    "model_type": "bukan kumpulan kunci", "date_type": "bukan tanggal TTTT-BB-HH", "date_parsing": "bukan tanggal TTTT-BB-HH",
    "date_from_datetime_parsing": "bukan tanggal TTTT-BB-HH", "value_error": "{error}",
}  # fmt: skip


def _fault(one: ErrorDetails) -> str:
    """`<key>: <what is wrong with it>`."""
    where = ".".join(map(str, one["loc"])) or "(isi)"
    return f"{where}: {_SAID.get(one['type'], one['msg']).format(**one.get('ctx', {}))}"
