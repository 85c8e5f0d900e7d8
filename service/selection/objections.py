"""Somebody says that a household is wrongly in or wrongly out: is it heard in time, and what follows from the answer?

An objection is heard until the decree that concerns it is signed; an open one keeps it from being signed. What the rules
computed stays as it was computed: people's decisions stand beside it, and count before it (`decrees.upheld`).
"""

from __future__ import annotations

from typing import Literal

from sqlmodel import Session

from service.db import decrees
from service.db.history import Told, record_move
from service.db.tables import Case, Cycle, Objection
from service.errors import BadInput, NotFound, NotNow
from service.lifecycle import Subject
from service.messages.outbox import owe_kick
from service.selection.leaving import held_case, needed, take_out
from service.trust.rights import Officer, require, require_other, require_region

Kind = Literal["enter", "leave"]
Answer = Literal["accepted", "refused"]
KINDS = {"enter": "seharusnya masuk daftar", "leave": "tidak seharusnya masuk daftar"}
_CONCERNED = {"enter": ("ineligible", "unplaced", "reserve"), "leave": ("selected", "reserve")}
_MAY_RETURN = ("ineligible", "unplaced")
_BEFORE_THE_FIRST = ("frozen", "proposed")


class WrongObjection(BadInput):
    """A kind or an answer nobody knows."""


class NothingToObjectTo(NotNow):
    """The household is not where this kind of objection would change anything."""


class SignedAlready(NotNow):
    """The decree that would be concerned is signed; says what can be done instead."""


class AlreadyObjected(NotNow):
    """The same objection waits for its answer."""


class AlreadyAnswered(NotNow):
    """Somebody has decided this objection."""


def file_objection(session: Session, officer: Officer, case_id: int, kind: str, grounds: str, told: Told) -> Objection:
    """Write an objection down; `grounds` are people's words and stay with it.

    Raises:
        NoRight, OutsideRegion, NotFound, WrongObjection, ReasonMissing
        SignedAlready, NothingToObjectTo, AlreadyObjected
    """
    require(officer, "objection.file")
    if kind not in KINDS:
        raise WrongObjection(f"Jenis keberatan '{kind}' tidak dikenal. Yang dikenal: {', '.join(KINDS)}.")
    case = held_case(session, case_id)
    require_region(officer, case.regency_code)
    _require_concerned(session, case, kind)
    if any(one.kind == kind and one.state == "open" for one in decrees.objections_of_case(session, case_id)):
        raise AlreadyObjected("Keberatan yang sama untuk keluarga ini sudah tercatat dan menunggu putusan.")
    objection = Objection(
        cycle_id=case.cycle_id, case_id=case_id, kind=kind, grounds=needed(grounds), filed_by=officer.actor, filed_at=told.at
    )
    session.add(objection)
    session.flush()
    return objection


def decide_objection(
    session: Session, officer: Officer, objection_id: int, decision: str, answer: str, told: Told
) -> Objection:
    """Accept or refuse, with the answer people are given.

    Accepted `leave`: the case is excluded, the next reserve moves up, a waiting version that lists it is superseded.
    Accepted `enter`: the case goes to the head of its regency's reserve list and takes the next free place.

    Raises:
        NoRight, OutsideRegion, NotFound, WrongObjection, ReasonMissing, AlreadyAnswered
        MakerIsChecker: who filed it does not decide it.
    """
    require(officer, "objection.decide")
    if decision not in ("accepted", "refused"):
        raise WrongObjection("Putusan keberatan hanya: diterima (accepted) atau ditolak (refused).")
    objection, case = _held(session, objection_id)
    require_region(officer, case.regency_code)
    require_other(officer, objection.filed_by)
    if objection.state != "open":
        raise AlreadyAnswered("Keberatan ini sudah diputuskan.", state=objection.state)
    objection.state, objection.answer = decision, needed(answer)
    objection.decided_by, objection.decided_at = told.actor, told.at
    session.add(objection)
    session.flush()
    if decision == "accepted":
        _follow(session, objection.kind, case, objection.answer, told)
    return objection


def is_open_for(cycle: Cycle, case: Case, kind: str, is_waiting: bool) -> bool:
    """May somebody object now? `is_waiting`: a version waits for its signature."""
    unsigned = cycle.status in _BEFORE_THE_FIRST or is_waiting or case.status == "selected"
    return unsigned and case.status in _CONCERNED[kind]


def _require_concerned(session: Session, case: Case, kind: str) -> None:
    cycle = session.get_one(Cycle, case.cycle_id)
    is_waiting = decrees.waiting_version(session, case.cycle_id) is not None
    if is_open_for(cycle, case, kind, is_waiting):
        return
    if case.status == "proposed":
        raise NothingToObjectTo("Keluarga ini belum dinilai. Jalankan tahap seleksi lebih dahulu.")
    raise _refusal(cycle, case, kind, is_waiting)


def _refusal(cycle: Cycle, case: Case, kind: str, is_waiting: bool) -> NotNow:
    if case.status in _CONCERNED[kind]:
        return SignedAlready(
            f"Daftar siklus {cycle.year} sudah ditetapkan. Usulkan keluarga ini pada siklus berikutnya, atau sampaikan "
            "keberatan saat SK perubahan diusulkan."
        )
    if kind == "leave" and case.decree_id is not None and not is_waiting:
        return SignedAlready(
            "Keluarga ini sudah ditetapkan dengan SK. Catat pengunduran diri atau keluarkan dengan alasan; cadangan berikutnya "
            "menggantikannya dengan SK perubahan."
        )
    return NothingToObjectTo(f"Keberatan bahwa keluarga ini {KINDS[kind]} tidak mengubah apa pun: lihat statusnya.")


def _held(session: Session, objection_id: int) -> tuple[Objection, Case]:
    found = decrees.objection_and_case(session, objection_id)
    if found is None:
        raise NotFound(f"Keberatan {objection_id} tidak ada.")
    decrees.hold_cycle(session, found[0].cycle_id)
    return decrees.objection_and_case(session, objection_id) or found


def _follow(session: Session, kind: str, case: Case, answer: str, told: Told) -> None:
    """What an accepted objection changes; a household that has left meanwhile, or is in by now, stays where it is."""
    assert case.id is not None
    if kind == "leave" and case.status in _CONCERNED["leave"]:
        take_out(session, case, "excluded", answer, told)
    if kind == "enter" and case.status in _MAY_RETURN:
        record_move(session, Subject.CASE, case.id, "objection_upheld", told)
    owe_kick(session, "selection", session.get_one(Cycle, case.cycle_id).year, told.at)
