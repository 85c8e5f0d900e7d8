"""What do officials decide in selection: approve or reject a decree, take a household out?

Shared by the API, the console and the commands; each checks who may, for which region, and that the maker is not the checker.
"""

from __future__ import annotations

from sqlmodel import Session

from service.clock import WIB
from service.db.history import Told, record_move, record_moves
from service.db.tables import Case, Cycle, Decree
from service.errors import BadInput, NotFound, NotNow
from service.letters import take_number
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.policy import CyclePolicy
from service.selection import queries
from service.selection.decree import list_hash
from service.trust.rights import Officer, require, require_other, require_region


class NoDecreeWaiting(NotNow):
    """There is no proposed version to decide on (never proposed, or already decided)."""


class ListChanged(NotNow):
    """Somebody on the proposed list is no longer selected."""


class ReasonMissing(BadInput):
    """A decision that needs its reason came without one."""


def approve_decree(session: Session, officer: Officer, cycle: Cycle, told: Told) -> Decree:
    """Sign the proposed version: it gets its number, its cases are decreed, procurement is woken.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, NoDecreeWaiting, ListChanged
    """
    cycle = _now(session, cycle)
    decree = _to_decide(session, officer, cycle)
    assert decree.id is not None
    listed = queries.on_decree(session, decree.id)
    if list_hash(one.household_id for one in listed) != decree.list_hash:
        raise ListChanged("Daftar calon berubah sejak diusulkan. Jalankan tahap seleksi untuk mengusulkan daftar yang baru.")
    numbers = CyclePolicy.model_validate(cycle.policy).numbers
    seq, number = take_number(session, "decree", told.at.astimezone(WIB).year, numbers, numbers.decree_code)
    _decide(session, decree, "approved", told, seq=seq, number=number)
    record_moves(session, Subject.CASE, [one.case_id for one in listed], "selected", "decree_approved", told)
    if cycle.status == "proposed":
        record_move(session, Subject.CYCLE, decree.cycle_id, "decree_approved", told)
    owe_kick(session, "selection", cycle.year, told.at)
    owe_kick(session, "procurement", cycle.year, told.at)
    return decree


def reject_decree(session: Session, officer: Officer, cycle: Cycle, reason: str, told: Told) -> Decree:
    """Refuse the proposed version; its cases stay selected and wait for a changed list.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, NoDecreeWaiting, ReasonMissing
    """
    cycle = _now(session, cycle)
    decree = _to_decide(session, officer, cycle)
    assert decree.id is not None
    _decide(session, decree, "rejected", told, note=_needed(reason))
    queries.take_off_decree(session, decree.id)
    return decree


def withdraw_case(session: Session, officer: Officer, case_id: int, reason: str, told: Told) -> None:
    """Take a household out, before or after the decree; its place goes to the next reserve of the regency.

    A version that waits for its approver and lists the case is superseded: what is signed is exactly what was proposed.
    The reason stays with the case, not in the table of moves.

    Raises:
        NoRight, OutsideRegion, ReasonMissing, NotFound
        NoSuchMove: the case is not where it can be withdrawn.
    """
    require(officer, "case.exclude")
    case = session.get(Case, case_id, populate_existing=True)
    if case is None:
        raise NotFound(f"Kasus {case_id} tidak ada.")
    require_region(officer, case.regency_code)
    decree_id, was = case.decree_id, case.status
    record_move(session, Subject.CASE, case_id, "withdrew", told, end_reason=_needed(reason))
    if was == "selected" and decree_id is not None:
        queries.decide(session, decree_id, "superseded", decided_by=told.actor, decided_at=told.at)
        queries.take_off_decree(session, decree_id)
    owe_kick(session, "selection", session.get_one(Cycle, case.cycle_id).year, told.at)


def _now(session: Session, cycle: Cycle) -> Cycle:
    return session.get_one(Cycle, cycle.id, populate_existing=True)


def _to_decide(session: Session, officer: Officer, cycle: Cycle) -> Decree:
    """The version that waits, if this officer may decide on it."""
    assert cycle.id is not None
    require(officer, "decree.approve")
    for regency in queries.quota_of(session, cycle.id):
        require_region(officer, regency)
    versions = queries.decrees(session, cycle.id)
    if not versions or versions[0].state != "proposed":
        raise NoDecreeWaiting(f"Tidak ada usulan penetapan yang menunggu keputusan untuk siklus {cycle.year}.")
    require_other(officer, versions[0].proposed_by)
    return versions[0]


def _decide(session: Session, decree: Decree, state: str, told: Told, **fields: object) -> None:
    assert decree.id is not None
    if not queries.decide(session, decree.id, state, decided_by=told.actor, decided_at=told.at, **fields):
        raise NoDecreeWaiting("Usulan penetapan ini sudah diputuskan orang lain.")
    session.refresh(decree)


def _needed(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise ReasonMissing("Tuliskan alasannya.")
    return text[:500]
