"""Which services may another agency give a micro business, what does each need, and who gives it?

The catalogue is data. Source: what the cooperative and SME, industry, health, religious affairs and labour offices of Banten
name in public, and annex Q of law 23/2014 (micro businesses are the regency's task). An agency names the codes it gives;
one that names `business_development` instead gives all that offices give.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service.db.tables.trust import BANK, COMPANY, OFFICE
from service.errors import BadInput

PURPOSE = "business_development"


@dataclass(frozen=True)
class Service:
    """`needs`: what the household must have or bring; `kinds`: which kinds of agency give it; `proof`: its indicator."""

    code: str
    label: str
    needs: str
    kinds: tuple[str, ...]
    proof: str


CATALOGUE: tuple[Service, ...] = (
    Service("NIB", "Pendaftaran NIB", "NIK, telepon aktif, pos-el", (OFFICE,), "nib_issued"),
    Service("NPWP", "Pendaftaran NPWP", "NIK dan KK", (OFFICE,), "permit_issued"),
    Service("P_IRT", "SPP-IRT", "NIB dan penyuluhan keamanan pangan", (OFFICE,), "permit_issued"),
    Service("HALAL", "Sertifikat halal (pernyataan sendiri)", "NIB dan bahan tanpa risiko", (OFFICE,), "permit_issued"),
    Service("BRAND", "Pendaftaran merek", "Contoh produk dan nama merek", (OFFICE,), "permit_issued"),
    Service("TRAINING", "Pelatihan keterampilan dan pencatatan usaha", "Waktu untuk mengikuti", (OFFICE,), "training_finished"),
    Service("PACKAGING", "Perbaikan kemasan", "Contoh produk", (OFFICE, COMPANY), "packaging_improved"),
    Service("INCUBATION", "Kurasi dan inkubasi", "Produk yang sudah terjual", (OFFICE, COMPANY), "training_finished"),
    Service("PLUT", "Konsultasi dan pendampingan usaha (PLUT)", "Usaha yang berjalan", (OFFICE,), "training_finished"),
    Service("SIDT", "Pendataan SIDT-KUMKM", "NIK dan alamat usaha", (OFFICE,), "registered_sidt"),
    Service("GROUP", "Kelompok usaha atau koperasi", "Kesediaan berkelompok", (OFFICE,), "group_joined"),
    Service("KUR", "Kredit usaha rakyat", "Usaha 6 bulan atau pelatihan", (BANK,), "credit_received"),
    Service("CAPITAL", "Modal bergulir atau zakat produktif", "Usaha yang berjalan", (OFFICE, BANK), "credit_received"),
    Service("OFF_TAKER", "Pembeli tetap", "Contoh produk dan kapasitas sebulan", (COMPANY,), "off_taker"),
)
BY_CODE = {service.code: service for service in CATALOGUE}
OF_OFFICES = frozenset(service.code for service in CATALOGUE if OFFICE in service.kinds)


class UnknownService(BadInput):
    """No service of that code is in the catalogue."""


def require_service(code: str) -> str:
    """Raises UnknownService."""
    if code not in BY_CODE:
        raise UnknownService(f"Layanan '{code}' tidak dikenal. Yang dikenal: {', '.join(BY_CODE)}.", field="services")
    return code


def require_offer(codes: Iterable[str], agency_kind: str) -> list[str]:
    """What an agency of this kind may say that it gives: codes of the catalogue, and for offices the word for all of theirs.

    Raises:
        UnknownService: not in the catalogue, or given by other kinds of agencies.
    """
    given = {one.code for one in CATALOGUE if agency_kind in one.kinds} | ({PURPOSE} if agency_kind == OFFICE else set())
    for code in (found := list(dict.fromkeys(codes))):
        if code != PURPOSE:
            require_service(code)
        if code not in given:
            known = ", ".join(one for one in (PURPOSE, *BY_CODE) if one in given)
            raise UnknownService(f"Layanan '{code}' tidak diberikan instansi jenis ini. Pilih dari: {known}.", field="services")
    return found


def offered_by(stated: Iterable[str]) -> frozenset[str]:
    """Codes an agency gives, from what is stated of it (words nobody knows give nothing)."""
    words = frozenset(stated)
    return (words & BY_CODE.keys()) | (OF_OFFICES if PURPOSE in words else frozenset())


def label_of_service(code: str) -> str:
    return BY_CODE[code].label if code in BY_CODE else code


def labels_of(codes: Iterable[str]) -> str:
    return ", ".join(map(label_of_service, codes))
