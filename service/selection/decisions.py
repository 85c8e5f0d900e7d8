"""What do officials decide about a decree: a regency verifies its list, the province approves, rejects, signs?

Shared by the API, the console and the commands; each checks who may, for which region, and that maker, verifier and
approver are three people. Whoever decides holds the cycle, so two at the same moment come one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from service.clock import WIB
from service.db import decrees
from service.db.history import Told, record_move, record_moves
from service.db.tables import Cycle, Decree, Endorsement
from service.db.unsettled import WORDS, unsettled
from service.errors import NotNow
from service.letters import take_number
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.policy import CyclePolicy
from service.regions import name_of
from service.selection import queries
from service.selection.decree import list_hash
from service.selection.leaving import ReasonMissing, exclude_case, needed, withdraw_case
from service.selection.standing import Standing, day_of, standing_of
from service.trust.rights import Officer, require, require_other, require_region

__all__ = [
    "AlreadySaidYes", "ListChanged", "NoDecreeWaiting", "NotOnTheList", "ReasonMissing", "Unsettled", "approve_decree",
    "exclude_case", "reject_decree", "verify_decree", "withdraw_case",
]  # fmt: skip
NAMED = 20  # households a refusal names; the rest are counted


class NoDecreeWaiting(NotNow):
    """There is no proposed version to decide on (never proposed, or already decided)."""


class ListChanged(NotNow):
    """Somebody on the proposed list is no longer selected."""


class Unsettled(NotNow):
    """Households on a regency's list wait for a person: a NIK not matched, or a likely duplicate."""


class AlreadySaidYes(NotNow):
    """The regency is verified, or this approver has approved this version."""


class NotOnTheList(NotNow):
    """The version lists no household of that regency, so there is nothing to verify."""


def verify_decree(session: Session, officer: Officer, cycle: Cycle, regency: str | None, told: Told) -> list[str]:
    """Say yes for a regency's list on the proposed version; returns the regencies verified now.

    `regency` None: all of the officer's that the version lists and that nobody verified yet; one unsettled household
    leaves all as they were.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, NoDecreeWaiting, NotOnTheList, AlreadySaidYes
        Unsettled: names the households.
    """
    require(officer, "decree.verify")
    if regency:
        require_region(officer, regency)
    standing = _waiting(session, cycle)
    require_other(officer, standing.decree.proposed_by, *(one.actor for one in standing.approved))
    assert standing.decree.id is not None
    now = _to_verify(officer, standing, regency)
    for code in now:
        _require_settled(session, standing.decree.id, code)
    session.add_all(
        Endorsement(decree_id=standing.decree.id, kind="verified", regency_code=code, actor=officer.actor, at=told.at)
        for code in now
    )
    session.flush()
    return now


def approve_decree(session: Session, officer: Officer, cycle: Cycle, told: Told) -> Decree:
    """Say yes for the province. The last yes the policy asks for signs the version: it gets its number, its cases are
    decreed, procurement is woken; until then its state stays `proposed`.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, NoDecreeWaiting, AlreadySaidYes, ListChanged
        NotVerified, ObjectionsOpen, WindowOpen: what is still missing.
    """
    standing = _to_decide(session, officer, cycle)
    decree = standing.decree
    assert decree.id is not None
    if hindrances := standing.hindrances(day_of(told)):
        raise hindrances[0]
    if officer.actor in {one.actor for one in standing.approved}:
        raise AlreadySaidYes(f"Anda sudah menyetujui usulan ini ({standing.approvals}). Pejabat penetap lain melengkapinya.")
    listed = decrees.listed(session, decree.id)
    if list_hash(household for _, household in listed) != decree.list_hash:
        raise ListChanged("Daftar calon berubah sejak diusulkan. Jalankan tahap seleksi untuk mengusulkan daftar yang baru.")
    session.add(Endorsement(decree_id=decree.id, kind="approved", actor=officer.actor, at=told.at))
    session.flush()
    if len(standing.approved) + 1 >= standing.rules.approvals_needed:
        _sign(session, decree, [case for case, _ in listed], told)
    return decree


def reject_decree(session: Session, officer: Officer, cycle: Cycle, reason: str, told: Told) -> Decree:
    """Refuse the proposed version; its cases stay selected and wait for a changed list.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, NoDecreeWaiting, ReasonMissing
    """
    decree = _to_decide(session, officer, cycle).decree
    assert decree.id is not None
    _decide(session, decree, "rejected", told, note=needed(reason))
    queries.take_off_decree(session, decree.id)
    return decree


def _waiting(session: Session, cycle: Cycle) -> Standing:
    """How the version that waits stands; the cycle is held from here on. Raises NoDecreeWaiting."""
    assert cycle.id is not None
    held = decrees.hold_cycle(session, cycle.id)
    decree = decrees.waiting_version(session, cycle.id)
    if decree is None:
        raise NoDecreeWaiting(f"Tidak ada usulan penetapan yang menunggu keputusan untuk siklus {cycle.year}.")
    return standing_of(session, held, decree)


def _to_verify(officer: Officer, standing: Standing, regency: str | None) -> list[str]:
    """The regencies this officer says yes for now."""
    mine = (
        [regency] if regency else [code for code in standing.households if not officer.regencies or code in officer.regencies]
    )
    if not set(mine) & standing.households.keys():
        raise NotOnTheList("Usulan ini tidak memuat keluarga dari wilayah itu, jadi tidak perlu diverifikasi.")
    if missing := [code for code in mine if code not in standing.verified]:
        return missing
    raise AlreadySaidYes(f"Sudah diverifikasi: {', '.join(map(name_of, mine))}.")


def _require_settled(session: Session, decree_id: int, regency: str) -> None:
    found = unsettled(session, decrees.households_of(session, decree_id, regency))
    if found:
        told = [f"{household} ({'; '.join(map(WORDS.__getitem__, codes))})" for household, codes in found.items()]
        more = f" dan {len(told) - NAMED} lainnya" if len(told) > NAMED else ""
        raise Unsettled(
            f"{name_of(regency)}: putuskan dahulu keluarga {', '.join(told[:NAMED])}{more}.",
            regency=regency, households=list(found), codes=found,
        )  # fmt: skip


def _to_decide(session: Session, officer: Officer, cycle: Cycle) -> Standing:
    """The version that waits, if this officer may decide on it."""
    require(officer, "decree.approve")
    assert cycle.id is not None
    for regency in queries.quota_of(session, cycle.id):
        require_region(officer, regency)
    standing = _waiting(session, cycle)
    require_other(officer, standing.decree.proposed_by, *standing.verifiers)
    return standing


def _sign(session: Session, decree: Decree, case_ids: Sequence[int], told: Told) -> None:
    cycle = session.get_one(Cycle, decree.cycle_id)
    numbers = CyclePolicy.model_validate(cycle.policy).numbers
    seq, number = take_number(session, "decree", told.at.astimezone(WIB).year, numbers, numbers.decree_code)
    _decide(session, decree, "approved", told, seq=seq, number=number)
    record_moves(session, Subject.CASE, case_ids, "selected", "decree_approved", told)
    if cycle.status == "proposed":
        record_move(session, Subject.CYCLE, decree.cycle_id, "decree_approved", told)
    owe_kick(session, "selection", cycle.year, told.at)
    owe_kick(session, "procurement", cycle.year, told.at)


def _decide(session: Session, decree: Decree, state: str, told: Told, **fields: object) -> None:
    assert decree.id is not None
    if not queries.decide(session, decree.id, state, decided_by=told.actor, decided_at=told.at, **fields):
        raise NoDecreeWaiting("Usulan penetapan ini sudah diputuskan orang lain.")
    session.refresh(decree)
