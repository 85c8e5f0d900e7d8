"""Who has said yes to a decree version, and what is still missing before it can be signed?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from service.clock import WIB
from service.db import decrees
from service.db.history import Told
from service.db.tables import Cycle, Decree, Endorsement
from service.errors import NotNow
from service.letters.wording import long_date
from service.policy import CyclePolicy, DecreeRules
from service.regions import name_of
from service.working_days import add_working_days


class NotVerified(NotNow):
    """A regency with households on the version has not verified its list."""


class ObjectionsOpen(NotNow):
    """Somebody's objection has not been answered."""


class WindowOpen(NotNow):
    """People may still object."""


@dataclass(frozen=True)
class Standing:
    """One version: households by regency, each regency's verification, the approvals, and what waits."""

    decree: Decree
    rules: DecreeRules
    households: dict[str, int]
    verified: dict[str, Endorsement]
    approved: tuple[Endorsement, ...]
    open_objections: int

    @property
    def unverified(self) -> list[str]:
        """Regencies whose yes is missing, where the policy asks for it."""
        return [code for code in self.households if code not in self.verified] if self.rules.regency_verifies else []

    @property
    def verifiers(self) -> set[str]:
        return {one.actor for one in self.verified.values()}

    @property
    def approvals(self) -> str:
        """`1 dari 2 persetujuan`."""
        return f"{len(self.approved)} dari {self.rules.approvals_needed} persetujuan"

    def hindrances(self, day: date) -> list[NotNow]:
        """Why it cannot be approved on `day`; empty when it can."""
        found: list[NotNow] = []
        if self.unverified:
            names = ", ".join(map(name_of, self.unverified))
            found.append(NotVerified(f"Belum diverifikasi: {names}.", regencies=self.unverified))
        if self.open_objections:
            found.append(ObjectionsOpen(f"{self.open_objections} keberatan belum diputuskan.", objections=self.open_objections))
        until = self.decree.objections_until
        if until and day <= until:
            found.append(WindowOpen(f"Masa sanggah masih berjalan sampai {long_date(until)}.", until=until.isoformat()))
        return found


def standing_of(session: Session, cycle: Cycle, decree: Decree) -> Standing:
    """How one version stands; that of an earlier one stays as it was decided."""
    assert decree.id is not None
    said = decrees.endorsements(session, decree.id)
    return Standing(
        decree=decree,
        rules=CyclePolicy.model_validate(cycle.policy).decree,
        households=decrees.households_by_regency(session, decree.id),
        verified={one.regency_code: one for one in said if one.kind == "verified"},
        approved=tuple(one for one in said if one.kind == "approved"),
        open_objections=decrees.open_objections(session, decree.cycle_id),
    )


def day_of(told: Told) -> date:
    return told.at.astimezone(WIB).date()


def window_ends(proposed: Told, policy: CyclePolicy) -> date | None:
    """The last day on which a version just proposed cannot be signed yet; None without a window."""
    days = policy.decree.objection_days
    return add_working_days(day_of(proposed), days, policy.local_holidays) if days else None
