"""Does the list come out the same again, and who would enter or leave under another policy? Both change nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from service.db.tables import Cycle
from service.errors import NotNow
from service.policy import CyclePolicy, hash_of
from service.regions import regency_of
from service.selection import queries, snapshot
from service.selection.placing import WITHIN, Placed, place
from service.selection.steps import basis_of
from service.stage import Work


class NotFrozen(NotNow):
    """There is no snapshot to count yet."""


@dataclass(frozen=True)
class Recount:
    """`different`: households whose placement, score or rank came out differently."""

    households: int
    different: tuple[int, ...]
    policy_hash: str
    snapshot_hash: str

    @property
    def is_same(self) -> bool:
        return not self.different


def verify_selection(work: Work) -> Recount:
    """Place again from the frozen snapshot and compare with what was written.

    Raises:
        NotFrozen
        SnapshotChanged: the file is not the one that was frozen.
    """
    cycle, placed, stored = _placed_again(work, work.policy)
    found = {row[0]: row[1:] for row in _rows(placed)}
    different = sorted(home for home in found.keys() | stored.keys() if found.get(home) != stored.get(home))
    return Recount(len(stored), tuple(different), hash_of(work.policy), cycle.snapshot_hash or "")


def simulate_selection(work: Work, policy: CyclePolicy) -> dict[str, Any]:
    """Who would be within the quota under `policy` and is not, and the other way round, with the new placement codes.

    `{"policy_hash", "stays", "enters": {household: code before}, "leaves": {household: code then}, "by_regency", "by_code"}`
    """
    _, placed, stored = _placed_again(work, policy)
    then = {row[0]: row[1] for row in _rows(placed)}
    before = {home: row[0] for home, row in stored.items()}
    enters = {home: before.get(home) for home, code in then.items() if code == WITHIN and before.get(home) != WITHIN}
    leaves = {home: code for home, code in then.items() if code != WITHIN and before.get(home) == WITHIN}
    regency = dict(placed.frame.select("household_id", "regency_code").iter_rows())
    return {
        "policy_hash": hash_of(policy),
        "stays": sum(code == WITHIN for code in then.values()) - len(enters),
        "enters": enters,
        "leaves": leaves,
        "by_regency": _by_regency(regency, enters, leaves),
        "by_code": dict(Counter(leaves.values())),
    }


def _placed_again(work: Work, policy: CyclePolicy) -> tuple[Cycle, Placed, dict[int, tuple[Any, ...]]]:
    with work.database.read() as session:
        cycle = session.get_one(Cycle, work.cycle_id)
        if cycle.frozen_at is None:
            raise NotFrozen(f"Data siklus {cycle.year} belum dibekukan.")
        basis = basis_of(session, cycle, policy)
        stored = {row[0]: tuple(row[1:]) for row in queries.placements(session, work.cycle_id)}
    return cycle, place(snapshot.read(work.home, cycle.snapshot_file, cycle.snapshot_hash), basis), stored


def _rows(placed: Placed) -> list[tuple[Any, ...]]:
    return placed.frame.select("household_id", "placement", "score", "rank", "reserve_place").rows()


def _by_regency(regency: dict[int, str], enters: dict[int, Any], leaves: dict[int, Any]) -> dict[str, dict[str, int]]:
    coming = Counter(regency_of(regency[home]) for home in enters)
    going = Counter(regency_of(regency[home]) for home in leaves)
    return {code: {"enters": coming[code], "leaves": going[code]} for code in sorted(coming.keys() | going.keys())}
