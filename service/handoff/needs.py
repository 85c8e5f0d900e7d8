"""Which services does a household's business need from the receiving agency?

Source: what the province's cooperative and SME offices offer micro businesses (NIB through OSS, SPP-IRT, halal by own
declaration, brand, packaging, marketing, training). The receiving agency decides; this is what is asked for.
"""

from __future__ import annotations

from service.business import family_of

FOR_EVERYBODY = ("Pendampingan usaha mikro", "Pendaftaran NIB")
FOR_FAMILY: dict[str, tuple[str, ...]] = {
    "food": ("SPP-IRT dan sertifikat halal", "Kemasan dan merek"),
    "craft": ("Merek dan kurasi produk", "Pemasaran dan pembeli tetap"),
    "trade": ("Pencatatan keuangan sederhana",),
    "service": ("Pelatihan keterampilan lanjutan",),
    "farming": ("Pelatihan budi daya dan kelompok usaha",),
}


def needs_of(business_type: str | None) -> tuple[str, ...]:
    return FOR_EVERYBODY + FOR_FAMILY.get(family_of(business_type) or "", ())
