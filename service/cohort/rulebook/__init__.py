"""Which policy is a cycle's, how did it come to be so, and until when can it be changed?

Versions are kept whole; the newest is in force and stands in the cycle's row. It can be changed until the freeze.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from service.cohort.rulebook import queries
from service.db.decrees import hold_cycle
from service.db.history import Told
from service.db.tables import Cycle, PolicyVersion
from service.errors import BadInput, NotNow
from service.lifecycle import Subject, label_of
from service.policy import CyclePolicy, hash_of
from service.trust.rights import Officer, require


class WrongTotal(BadInput):
    """The quotas do not sum to what the policy says."""


class PolicyFixed(NotNow):
    """The cycle is frozen: its policy stays what it is."""


class PolicyUnchanged(NotNow):
    """The policy given is the one in force."""


class PolicyReasonMissing(BadInput):
    """A policy is changed for a reason."""


@dataclass(frozen=True)
class Rulebook:
    """The policy in force as it is kept, its hash, and all versions, oldest first."""

    policy: dict[str, Any]
    policy_hash: str
    versions: list[PolicyVersion]


def rulebook(session: Session, cycle: Cycle) -> Rulebook:
    """A cycle opened before versions were kept has one: as it was opened."""
    assert cycle.id is not None
    kept = list(queries.versions(session, cycle.id))
    return Rulebook(cycle.policy, cycle.policy_hash, kept or [_as_opened(cycle)])


def set_policy(session: Session, officer: Officer, cycle: Cycle, policy: CyclePolicy, reason: str, told: Told) -> PolicyVersion:
    """Put the next version in force, while the cycle is open.

    Raises:
        NoRight, PolicyReasonMissing, PolicyFixed, PolicyUnchanged, WrongTotal
    """
    require(officer, "cycle.open")
    if not reason.strip():
        raise PolicyReasonMissing("Tuliskan alasan perubahan kebijakan.")
    assert cycle.id is not None
    held = hold_cycle(session, cycle.id)
    assert held.id is not None
    if held.status != "open":
        label = label_of(Subject.CYCLE, held.status)
        raise PolicyFixed(
            f"Kebijakan siklus {held.year} tidak dapat diubah: datanya sudah dibekukan (keadaan siklus: {label}).",
            status=held.status,
        )
    if hash_of(policy) == held.policy_hash:
        raise PolicyUnchanged(f"Kebijakan itu sudah berlaku untuk siklus {held.year}.")
    require_total(policy, queries.quota_sum(session, held.id))
    if not queries.versions(session, held.id):
        session.add(_as_opened(held))
        session.flush()
    return add_version(session, held, len(queries.versions(session, held.id)) + 1, policy, told, reason.strip()[:500])


def add_version(
    session: Session, cycle: Cycle, number: int, policy: CyclePolicy, told: Told, reason: str | None = None
) -> PolicyVersion:
    """Keep a version and put it in force."""
    assert cycle.id is not None
    cycle.policy, cycle.policy_hash = policy.model_dump(mode="json"), hash_of(policy)
    made = PolicyVersion(
        cycle_id=cycle.id, version=number, policy=cycle.policy, policy_hash=cycle.policy_hash, set_by=told.actor,
        set_at=told.at, reason=reason,
    )  # fmt: skip
    session.add_all([cycle, made])
    session.flush()
    return made


def require_total(policy: CyclePolicy, quota: int) -> None:
    """Raises WrongTotal, naming both numbers."""
    total = policy.total_households
    if total is not None and total != quota:
        raise WrongTotal(
            f"Jumlah kuota {quota} rumah tangga, sedangkan total_households pada kebijakan {total}.", quota=quota, total=total
        )


def _as_opened(cycle: Cycle) -> PolicyVersion:
    assert cycle.id is not None
    return PolicyVersion(
        cycle_id=cycle.id, version=1, policy=cycle.policy, policy_hash=cycle.policy_hash, set_by=cycle.opened_by,
        set_at=cycle.status_since, reason=None,
    )  # fmt: skip
