"""What came of the service, in the receiving agency's own yardstick?

A referral cannot be concluded without this report. The yardstick is *success* of the business; *movement* of the
household's economy is the social agency's and is kept with the visits. The two stand side by side and are never mixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.errors import BadInput

OUTCOMES = {"ACHIEVED": "Tercapai", "PARTIALLY_ACHIEVED": "Tercapai sebagian", "NOT_ACHIEVED": "Tidak tercapai"}
INDICATORS = {
    "business_running": "Usaha masih berjalan",
    "nib_issued": "NIB terbit",
    "permit_issued": "Izin atau sertifikat terbit (SPP-IRT, halal, merek)",
    "training_finished": "Pelatihan atau pendampingan selesai",
    "packaging_improved": "Kemasan diperbaiki",
    "registered_sidt": "Terdata di SIDT-KUMKM",
    "credit_received": "Pembiayaan diterima (Rp)",
    "turnover_up": "Omzet naik",
    "group_joined": "Bergabung dengan kelompok atau koperasi",
    "off_taker": "Ada pembeli tetap",
}
MOST_INDICATORS = 30
LONGEST_NAME = 40
LONGEST_TEXT = 200


class WrongOutcome(BadInput):
    """The outcome report is missing, incomplete, or says what nobody can read; every fault is named."""


def check_outcome(outcome: str | None, indicators: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """The report as it will be kept. Indicators nobody knows are kept as told and shown under their own name.

    Raises:
        WrongOutcome
    """
    faults = []
    if outcome not in OUTCOMES:
        faults.append(f"hasil (outcome) harus salah satu dari: {', '.join(OUTCOMES)}")
    if not indicators:
        faults.append("indikator hasil (indicators) wajib diisi, paling sedikit satu")
    faults += [fault for name, value in (indicators or {}).items() if (fault := _fault(name, value))]
    if len(indicators or {}) > MOST_INDICATORS:
        faults.append(f"indikator paling banyak {MOST_INDICATORS}")
    if faults or outcome is None:
        raise WrongOutcome("Rujukan tidak dapat diselesaikan: " + "; ".join(faults) + ".", faults=faults)
    return outcome, dict(indicators or {})


def label_of_indicator(name: str) -> str:
    return INDICATORS.get(name, name)


def _fault(name: str, value: Any) -> str | None:
    if not name or len(name) > LONGEST_NAME:
        return f"nama indikator paling panjang {LONGEST_NAME} huruf"
    if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= LONGEST_TEXT):
        return None
    return f"indikator {name}: isi dengan ya/tidak, angka, atau teks pendek"
