"""How do the registered households become a decree, and how does a reserve take the place of one who left?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
from sqlmodel import Session

from service.clock import WIB
from service.db.decrees import hold_cycle
from service.db.history import Told, record_all_beginnings, record_move, record_moves
from service.db.tables import Case, Cycle, Decree
from service.letters import MissingValue, Unprintable
from service.lifecycle import ENDS, Subject
from service.policy import CyclePolicy
from service.selection import decree as decrees
from service.selection import papers, queries, snapshot
from service.selection.canonical import hash_of, listed
from service.selection.decisions import approve_decree, reject_decree, withdraw_case
from service.selection.explanation import explanations
from service.selection.frozen import queries as freezing
from service.selection.listed import queries as listing
from service.selection.placing import BEYOND, WITHIN, Basis, Placed, place, placement_code
from service.selection.standing import window_ends
from service.stage import Done, Step, Work

__all__ = ["STEPS", "approve_decree", "basis_of", "reject_decree", "withdraw_case"]

_RESERVE = pl.col("reserve_place").is_not_null()
_EVENTS: tuple[tuple[str, pl.Expr], ...] = (
    ("found_ineligible", pl.col("rank").is_null()),
    ("placed_within_quota", pl.col("placement") == WITHIN),
    ("placed_on_reserve", _RESERVE),
    ("left_unplaced", pl.col("placement") == BEYOND),
)


def _cycle(session: Session, work: Work) -> Cycle:
    """The cycle as it is now; `work.cycle` is as it was when the run began."""
    return session.get_one(Cycle, work.cycle_id, populate_existing=True)


def basis_of(session: Session, cycle: Cycle, policy: CyclePolicy, as_of: date | None = None) -> Basis:
    """What the list of a cycle rests on; `as_of` is the day of the freeze, where that is not written yet."""
    assert cycle.id is not None
    if as_of is None:
        assert cycle.frozen_at is not None
        as_of = cycle.frozen_at.astimezone(WIB).date()
    quota, districts = queries.quota_of(session, cycle.id), listing.district_quota_of(session, cycle.id)
    return Basis(policy, quota, as_of, cycle.year, cycle.seed, districts)


def _open_cycle(session: Session, work: Work) -> list[int]:
    return [work.cycle_id] if _cycle(session, work).status == "open" else []


def freeze_registry(work: Work, ids: list[int]) -> Done:
    """Write the snapshot and a case for every registered household."""
    told = work.told()
    with work.database.write() as session:
        cycle = hold_cycle(session, work.cycle_id)
        if cycle.status != "open":
            return Done()
        as_of = told.at.astimezone(WIB).date()
        rows = freezing.snapshot_rows(session, cycle.year, as_of)
        frame = snapshot.frame_of(rows, as_of, freezing.decided_pairs(session))
        if frame.is_empty():
            return Done(set_aside={work.cycle_id: "REGISTRY_EMPTY"})
        beside = snapshot.beside(basis_of(session, cycle, CyclePolicy.model_validate(cycle.policy), as_of))
        place_of_file, digest = snapshot.keep(work.home, cycle.year, frame, beside)
        listing.insert_cases(session, work.cycle_id, frame, told.at)
        record_all_beginnings(session, Subject.CASE, work.cycle_id, told)
        frozen = {"snapshot_file": place_of_file, "snapshot_hash": digest, "frozen_at": told.at}
        record_move(session, Subject.CYCLE, work.cycle_id, "frozen", told, **frozen)
        return Done(moved=frame.height)


def _cycle_to_place(session: Session, work: Work) -> list[int]:
    frozen = _cycle(session, work).status == "frozen"
    return [work.cycle_id] if frozen and queries.has_cases(session, work.cycle_id, "proposed") else []


def place_households(work: Work, ids: list[int]) -> Done:
    """Judge, score and place all cases in one pass over the snapshot, in one transaction."""
    with work.database.read() as session:
        cycle = _cycle(session, work)
        basis = basis_of(session, cycle, CyclePolicy.model_validate(cycle.policy))
    frozen = snapshot.read(work.home, cycle.snapshot_file, cycle.snapshot_hash)
    placed = place(frozen, basis)
    with work.database.write() as session:
        if not _cycle_to_place(session, work):
            return Done()
        moved = _write_down(session, work, placed)
        for told in explanations(frozen, basis):
            rows = placed.frame.join(told, on="household_id").with_columns(placement=placement_code())
            listing.write_placements(session, work.cycle_id, rows)
        return Done(moved=moved)


def _write_down(session: Session, work: Work, placed: Placed) -> int:
    """The places, the hash of the list, and the move of every case, with its placement as the reason.

    Cases move while their rows are still short: the long explanations are written once, after it.
    """
    listing.write_redistributed(session, work.cycle_id, placed.places.regencies, placed.places.districts)
    _cycle(session, work).selection_hash = hash_of(listed(placed.frame))
    told_cases = placed.frame.with_columns(code=placement_code())
    case_of = listing.case_by_household(session, work.cycle_id)
    told, moved = work.told(), 0
    for event, which in _EVENTS:
        found = told_cases.filter(which).select("household_id", "code")
        reasons = {case_of[household]: code for household, code in found.iter_rows()}
        moved += len(record_moves(session, Subject.CASE, reasons, "proposed", event, told, reasons=reasons))
    return moved


def _places_left(session: Session, work: Work) -> Sequence[int]:
    return queries.left_places(session, work.cycle_id)


def move_up_reserves(work: Work, ids: list[int]) -> Done:
    """For each who left before the goods were proven, the next reserve of the same regency is selected; the decree follows."""
    moved, told, none_left = 0, work.told(), {}
    with work.database.write() as session:
        hold_cycle(session, work.cycle_id)
        for case_id in queries.left_places(session, work.cycle_id):
            if case_id not in ids:
                continue
            regency = session.get_one(Case, case_id).regency_code
            heir = queries.next_reserve(session, work.cycle_id, regency)
            if heir is None:
                none_left[case_id] = "NO_RESERVE"
                continue
            why = Told(told.actor, told.at, f"REPLACES_CASE_{case_id}")
            record_move(session, Subject.CASE, heir, "moved_up", why, replaces_case_id=case_id)
            moved += 1
    return Done(moved, none_left)


def _cycle_to_propose(session: Session, work: Work) -> list[int]:
    """Somebody selected is on no decree, all are placed, and no version waits for its approver."""
    status = _cycle(session, work).status
    if status == "open" or status in ENDS[Subject.CYCLE] or queries.has_cases(session, work.cycle_id, "proposed"):
        return []
    versions = queries.decrees(session, work.cycle_id)
    if versions and versions[0].state == "proposed":
        return []
    waits = any(one.decree_id is None for one in queries.selected(session, work.cycle_id))
    return [work.cycle_id] if waits or status == "frozen" else []


def propose_decree(work: Work, ids: list[int]) -> Done:
    """The next version lists everybody selected whom no decree names; a list just rejected is not proposed again."""
    with work.database.write() as session:
        hold_cycle(session, work.cycle_id)
        if not _cycle_to_propose(session, work):
            return Done()
        listed = [one for one in queries.selected(session, work.cycle_id) if one.decree_id is None]
        if not listed:
            return Done(set_aside={work.cycle_id: "NOBODY_SELECTED"})
        digest = decrees.list_hash(one.household_id for one in listed)
        versions = queries.decrees(session, work.cycle_id)
        if versions and versions[0].state == "rejected" and versions[0].list_hash == digest:
            return Done(set_aside={work.cycle_id: "REJECTED_UNCHANGED"})
        decree_id = _add_version(session, work, len(listed), digest, versions[0].version if versions else 0)
        queries.list_on_decree(session, work.cycle_id, decree_id)
        if _cycle(session, work).status == "frozen":
            record_move(session, Subject.CYCLE, work.cycle_id, "proposed", work.told())
        return Done(moved=len(listed))


def _add_version(session: Session, work: Work, households: int, digest: str, last: int) -> int:
    told = work.told()
    version = Decree(
        cycle_id=work.cycle_id, version=last + 1, list_hash=digest, households=households, proposed_by=told.actor,
        proposed_at=told.at, objections_until=window_ends(told, work.policy),
    )  # fmt: skip
    session.add(version)
    session.flush()
    assert version.id is not None
    return version.id


def _cycle_to_write(session: Session, work: Work) -> list[int]:
    return [work.cycle_id] if queries.decrees_without_letter(session, work.cycle_id) else []


def write_decree(work: Work, ids: list[int]) -> Done:
    """Render every approved decree that has no letter yet, and its version for publication."""
    if work.sealer is None:
        return Done(set_aside={work.cycle_id: "NO_KEYS"})
    with work.database.read() as session:
        waiting = queries.decrees_without_letter(session, work.cycle_id)
    for decree_id in waiting:
        try:
            papers.write_papers(work, work.sealer, decree_id)
        except (MissingValue, Unprintable):
            return Done(set_aside={work.cycle_id: "LETTER_CANNOT_BE_PRINTED"})
    return Done(moved=len(waiting))


STEPS: tuple[Step, ...] = (
    Step("freeze_registry", "Membekukan data rumah tangga", Subject.CYCLE, _open_cycle, freeze_registry),
    Step("place_households", "Menilai dan menempatkan", Subject.CYCLE, _cycle_to_place, place_households),
    Step("move_up_reserves", "Menaikkan cadangan", Subject.CASE, _places_left, move_up_reserves),
    Step("propose_decree", "Mengusulkan penetapan", Subject.CYCLE, _cycle_to_propose, propose_decree),
    Step("write_decree", "Menulis surat keputusan", Subject.CYCLE, _cycle_to_write, write_decree),
)
