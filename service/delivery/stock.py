"""Is every package that came to a point with a household, waiting for one, free, or written off?

Arrived (passed the inspection of an accepted order) = with households + at the point for a household + free + written off,
for every point and package. Anything else is an alarm that names the point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from service.db import spares
from service.db.history import Told
from service.db.tables import SparePackage
from service.delivery.decisions import ReasonNeeded
from service.delivery.queries import stock as queries
from service.errors import NotNow
from service.regions import name_of, regency_of
from service.trust.rights import Officer, require, require_other, require_region

WITH_HOUSEHOLD = ("handed_over", "partial", "disputed", "verified")
AT_POINT = ("at_point", "absent", "refused")


class NotInStock(NotNow):
    """The package was given to a household or written off before."""


@dataclass(frozen=True)
class StockLine:
    """One package at one point. `not_whole`: how many of the free ones are not complete."""

    district: str
    package: str
    name: str
    version: int
    arrived: int
    with_households: int
    at_point: int
    free: int
    written_off: int
    not_whole: int = 0

    @property
    def difference(self) -> int:
        """Positive: so many packages are missing; negative: so many are there that never came."""
        return self.arrived - self.with_households - self.at_point - self.free - self.written_off

    @property
    def sentence(self) -> str:
        """What is wrong, for a person; empty when it balances."""
        if not self.difference:
            return ""
        what = f"{abs(self.difference)} {self.name} {'tidak ditemukan' if self.difference > 0 else 'lebih dari yang diterima'}"
        return f"Kec. {name_of(self.district)}: {what} ({self.arrived} diterima)."


def stock_of(session: Session, cycle_id: int, regencies: Sequence[str] = ()) -> list[StockLine]:
    """Every point and package of the cycle at which anything came or is; by point, then package."""
    came = queries.passed_by_point(session, cycle_id, regencies)
    parcels = queries.parcels_by_point(session, cycle_id, regencies)
    kept = queries.spares_by_point(session, cycle_id, regencies)
    broken = queries.broken_by_point(session, cycle_id, regencies)
    packages = queries.packages_of(session, cycle_id)
    lines = []
    for key in came.keys() | parcels.keys() | kept.keys():
        at, spare, package = parcels.get(key, {}), kept.get(key, {}), packages[key[1]]
        line = StockLine(
            key[0], package.code, package.name, package.version, came.get(key, 0), _sum(at, WITH_HOUSEHOLD), _sum(at, AT_POINT),
            spare.get("spare", 0), spare.get("written_off", 0), broken.get(key, 0),
        )  # fmt: skip
        if any((line.arrived, line.with_households, line.at_point, line.free, line.written_off)):
            lines.append(line)
    return sorted(lines, key=lambda line: (line.district, line.package, line.version))


def write_off_spare(session: Session, officer: Officer, spare_id: int, reason: str, told: Told) -> SparePackage:
    """Goods that nobody can be given any more leave the stock, by somebody who did not bring them into it.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, NoSuchSpare, ReasonNeeded, NotInStock
    """
    require(officer, "stock.write_off")
    spare = spares.spare_numbered(session, spare_id)
    require_region(officer, regency_of(spare.district_code))
    require_other(officer, *spares.makers_of(session, spare))
    if len(reason.strip()) < 5:
        raise ReasonNeeded("Tuliskan mengapa barang ini dihapus dari stok, sedikitnya lima huruf.")
    if not spares.write_off(session, spare_id, officer.actor, reason.strip()[:500], told.at):
        raise NotInStock("Barang ini sudah diberikan atau sudah dihapus dari stok.", status=spare.state, event="write_off")
    session.refresh(spare)
    return spare


def _sum(counts: dict[str, int], names: Sequence[str]) -> int:
    return sum(counts.get(name, 0) for name in names)
