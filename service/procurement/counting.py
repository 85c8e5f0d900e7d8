"""Do the counts somebody tells name the packages of the order, each once, and no others?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlmodel import Session

from service.errors import BadInput
from service.procurement import queries


class CountsDontFit(BadInput):
    """The counts name other packages than the order, leave one out, or are larger than possible."""


def require_packages(session: Session, order_id: int, counts: Mapping[str, int]) -> None:
    """Raises CountsDontFit unless exactly the packages of the order are counted."""
    ordered = {line.package for line in queries.lines_of(session, order_id)}
    missing = [f"paket {code} belum dihitung" for code in sorted(ordered - counts.keys())]
    _refuse(_strange(ordered, counts) + missing)


def require_known(ordered: Iterable[str], counts: Mapping[str, int]) -> None:
    """Raises CountsDontFit when a package is counted that the order does not have; a shipment may leave some out."""
    _refuse(_strange(set(ordered), counts))


def _strange(ordered: set[str], counts: Mapping[str, int]) -> list[str]:
    return [f"paket {code} tidak ada dalam pesanan" for code in sorted(counts.keys() - ordered)]


def _refuse(said: list[str]) -> None:
    if said:
        faults = [{"field": "items", "fault": fault} for fault in said]
        raise CountsDontFit("Hitungan tidak cocok dengan pesanan: " + "; ".join(said), faults=faults)
