"""Do the counts of an inspection fit what came: arrived = passed + damaged + wrong + missing, with samples opened?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from service.procurement.counting import CountsDontFit
from service.procurement.queries import Line


@dataclass(frozen=True)
class Beside:
    """What was found besides what passed, by package code. `samples_opened` None: not told (older programs)."""

    damaged: Mapping[str, int] = field(default_factory=dict)
    wrong: Mapping[str, int] = field(default_factory=dict)
    samples_opened: int | None = None
    note: str = ""


NOTHING_BESIDE = Beside()


def check_counts(lines: Iterable[Line], passed: Mapping[str, int], beside: Beside) -> None:
    """What is neither passed, damaged nor wrong of what the supplier says arrived is missing.

    Raises:
        CountsDontFit: names every package counted wrongly, by `<code>`, or `contoh` for the samples.
    """
    kept = list(lines)
    strange = sorted((beside.damaged.keys() | beside.wrong.keys()) - {line.package for line in kept})
    faults = [{"field": code, "fault": "tidak ada dalam pesanan"} for code in strange]
    faults += [{"field": line.package, "fault": fault} for line in kept if (fault := _fault(line, passed, beside))]
    if fault := _sample_fault(sum(line.arrived or 0 for line in kept), beside.samples_opened):
        faults.append({"field": "contoh", "fault": fault})
    if faults:
        named = ", ".join(f"{one['field']} ({one['fault']})" for one in faults)
        raise CountsDontFit(f"Hasil pemeriksaan tidak cocok: {named}.", faults=faults)


def _fault(line: Line, passed: Mapping[str, int], beside: Beside) -> str:
    counts = (passed[line.package], beside.damaged.get(line.package, 0), beside.wrong.get(line.package, 0))
    if min(counts) < 0:
        return "jumlah di bawah nol"
    if sum(counts) > (line.arrived or 0):
        return f"lolos, rusak, dan salah barang bersama melebihi yang tiba ({line.arrived or 0})"
    return ""


def _sample_fault(arrived: int, opened: int | None) -> str:
    if opened is None:
        return ""
    if opened < (1 if arrived else 0):
        return "sedikitnya satu paket dibuka dan dicoba"
    return "lebih banyak paket dibuka daripada yang tiba" if opened > arrived else ""
