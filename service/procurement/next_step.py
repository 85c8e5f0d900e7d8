"""What is to be done next about an order, in one sentence an officer understands?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from babel.dates import format_date


@dataclass(frozen=True)
class Facts:
    """An order in numbers of packages. `unordered`: of what it failed to bring, what no other order brings yet."""

    status: str
    due_on: date | None = None
    ordered: int = 0
    arrived: int = 0
    passed: int = 0
    damaged: int = 0
    wrong: int = 0
    unordered: int = 0
    replaced_by: tuple[str, ...] = ()


def next_step(facts: Facts, today: date) -> str:
    """Late, short, damaged, wrong, too much, cancelled, replaced: each has its own."""
    if facts.status in ("placed", "confirmed", "shipped"):
        return _with_supplier(facts, today)
    if facts.status == "arrived":
        return _at_point(facts)
    if facts.status == "inspected":
        return _looked_at(facts)
    if facts.status in ("accepted", "rejected", "cancelled"):
        return _ended(facts)
    return {
        "draft": "PPK menyetujui atau menolak konsep ini.",
        "approved": "Tahap pengadaan mengirim surat pesanan kepada penyedia.",
    }[facts.status]


def _with_supplier(facts: Facts, today: date) -> str:
    if facts.due_on and today > facts.due_on:
        said = f"Terlambat sejak {_day(facts.due_on)}: hubungi penyedia, dan bila ia tidak sanggup batalkan pesanan ini; "
        kept = "yang sudah tiba tetap dipakai, " if facts.arrived else ""
        return said + kept + "yang belum tiba dipesankan ke penyedia lain."
    if facts.status == "placed":
        return "Penyedia mengonfirmasi pesanan ini; bila diam, hubungi, lalu batalkan agar dipesankan ke penyedia lain."
    until = f" sampai {_day(facts.due_on)}" if facts.due_on else ""
    if facts.status == "confirmed":
        return f"Penyedia mengirim barang{until}."
    if facts.arrived:
        return f"Baru {facts.arrived} dari {facts.ordered} paket tiba; kiriman berikutnya ditunggu dari penyedia{until}."
    return f"Penyedia memberitahukan barang tiba di titik serah{until}."


def _at_point(facts: Facts) -> str:
    if facts.arrived < facts.ordered:
        return (
            f"Kurang {facts.ordered - facts.arrived} paket: periksa yang ada; "
            "yang kurang dipesankan lagi, atau ditambah bila penyedia mengirim susulan sebelum diperiksa."
        )
    if facts.arrived > facts.ordered:
        return (
            f"Tiba {facts.arrived - facts.ordered} paket lebih banyak: periksa semua; "
            "yang lolos dan tidak ditunggu keluarga menjadi stok titik serah."
        )
    return "Periksa barang: hitung yang lolos, rusak, dan salah, dan buka sedikitnya satu paket sebagai contoh."


def _looked_at(facts: Facts) -> str:
    if not facts.passed:
        return "Tidak ada yang lolos: PPK menolak barang ini, dan semuanya dipesankan ke penyedia lain."
    short = facts.ordered - facts.passed - facts.damaged - facts.wrong
    found = ((facts.damaged, "rusak"), (facts.wrong, "salah barang"), (short, "kurang"))
    bad = [f"{count} {word}" for count, word in found if count > 0]
    if facts.damaged or facts.wrong:
        return (
            f"{' dan '.join(bad).capitalize()}: penyedia menggantinya lewat pesanan pengganti sesudah PPK menerima yang lolos."
        )
    if facts.passed < facts.ordered:
        return f"PPK menerima yang lolos; {facts.ordered - facts.passed} paket yang kurang dipesankan lagi."
    return "PPK menerima barang ini; berita acara serah terima diberi nomor saat itu."


def _ended(facts: Facts) -> str:
    heirs = f"Yang tidak dibawa pesanan ini dipesan lagi: {', '.join(facts.replaced_by)}." if facts.replaced_by else ""
    if facts.unordered:
        return f"{facts.unordered} paket menunggu pesanan pengganti; tahap pengadaan menyusunnya. {heirs}".rstrip()
    return heirs


def _day(day: date) -> str:
    return format_date(day, "d MMMM y", locale="id")
