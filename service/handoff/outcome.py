"""What came of the service, in the receiving agency's own yardstick?

A referral cannot be concluded without this report. The yardstick is *success* of the business; *movement* of the
household's economy is the social agency's and is kept with the visits. The two stand side by side and are never mixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
CONTRADICTION = "{outcome} bertentangan dengan buktinya: tidak satu pun indikator menyatakan ada yang tercapai"


CLAIMS = ("ACHIEVED", "PARTIALLY_ACHIEVED")
"""What says that something was reached."""
NO = {"tidak", "t", "0", "false", "belum"}


class WrongOutcome(BadInput):
    """The outcome report is missing, incomplete, or contradicts itself; every fault is named with its field."""


def check_outcome(outcome: str | None, indicators: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """The report as it will be kept.

    Raises:
        WrongOutcome
    """
    if faults := list(wrong_of(outcome, indicators)):
        named = [{"field": ".".join(at), "fault": sentence} for at, sentence in faults]
        words = "; ".join(f"{one['field']} {one['fault']}" for one in named)
        raise WrongOutcome(f"Rujukan tidak dapat diselesaikan: {words}.", faults=named)
    assert outcome is not None
    return outcome, dict(indicators or {})


def wrong_of(outcome: str | None, indicators: Mapping[str, Any] | None) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every fault of a report: at which field, and a sentence."""
    if outcome not in OUTCOMES:
        yield ("outcome",), f"harus salah satu dari {', '.join(OUTCOMES)}"
    if not indicators:
        yield ("indicators",), "wajib diisi, sedikitnya satu bukti hasil"
    elif len(indicators) > MOST_INDICATORS:
        yield ("indicators",), f"paling banyak {MOST_INDICATORS} indikator"
    elif faults := [(name, fault) for name, value in indicators.items() if (fault := _fault(name, value))]:
        yield from ((("indicators", name[:LONGEST_NAME]), fault) for name, fault in faults)
    elif outcome in CLAIMS and not any(map(is_positive, indicators.values())):
        yield ("outcome",), CONTRADICTION.format(outcome=OUTCOMES[outcome])


def is_positive(value: Any) -> bool:
    """Does it say that something was reached?"""
    if isinstance(value, str):
        return bool(value.strip()) and value.strip().lower() not in NO
    return bool(value > 0)


def label_of_indicator(name: str) -> str:
    return INDICATORS.get(name, name)


def _fault(name: str, value: Any) -> str | None:
    if name not in INDICATORS:
        return f"tidak dikenal; yang dikenal: {', '.join(INDICATORS)}"
    if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= LONGEST_TEXT):
        return None
    return f"isi dengan true/false, angka, atau teks paling panjang {LONGEST_TEXT} huruf"
