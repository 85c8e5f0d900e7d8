"""How is one household's way told: every move in order, where it is now, and what comes next by when?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from service.api.console.showing import due_of, id_of, referral_due, term_words
from service.cohort import queries as cohort
from service.db import listings
from service.db.tables import Case, Move, Referral
from service.handoff.desks import OURS
from service.handoff.next_steps import what_follows
from service.handoff.queries.holders import ON_THE_WAY
from service.lifecycle import Subject, status_of
from service.policy import CyclePolicy
from service.words import SUBJECTS, TURNS, actor_words, code_words, event_words

NEXT = {
    "proposed": "Menunggu seleksi", "reserve": "Naik bila ada keluarga terpilih yang berhenti",
    "selected": "SK diputuskan pejabat", "decreed": "Barang dipesan", "ordered": "Barang tiba dan diserahkan",
    "delivered": "Bukti penyerahan diperiksa", "verified": "Pendamping berkunjung dan menilai kemajuan",
    "ready": "Surat rujukan dibuat", "referred": "Instansi menjawab dan memulai layanan",
    "in_service": "Instansi melaporkan hasil",
}  # fmt: skip
AGREES_AGAIN = "Dirujuk bila keluarga menyetujuinya"
NEXT_OF_LETTER = {"drafted": "Surat rujukan diparaf dan ditandatangani", "signed": "Surat rujukan dikirim ke instansi"}


@dataclass(frozen=True)
class Moment:
    """One entry of the timeline. `kind`: main (the household's own move), side (parcel, referral, order), now, ahead."""

    what: str
    who: str = ""
    at: datetime | None = None
    why: str = ""
    kind: str = "main"
    until: str = ""


def moments(session: Session, case: Case, policy: CyclePolicy, today: date, held: str = "") -> list[Moment]:
    """Every move of the case, its parcels and referrals, then where it is now and what comes next.

    `held`: why a household that is ready is not referred; then it is nobody's turn until it agrees again.
    """
    names = listings.actor_names(session)
    told = [_moment(move, names) for move in cohort.story(session, id_of(case))]
    status = status_of(Subject.CASE, case.status)
    if status.is_end:
        return told
    if held:
        return [*told, Moment(status.label, "", case.status_since, held, "now"), Moment(AGREES_AGAIN, kind="ahead")]
    under_way = _open_referral(session, case)
    turn = status_of(Subject.REFERRAL, under_way.status).turn if under_way else status.turn
    due = due_of(Subject.CASE, case.status, case.status_since, policy)
    if under_way:
        due = referral_due(session, under_way, policy, today)
    said = f"giliran {TURNS.get(turn, turn).lower()}"
    here = Moment(status.label, said, case.status_since, "", "now", term_words(today, due, policy))
    return [*told, here, Moment(_next(case, under_way), "", None, "", "ahead")]


def moments_of(session: Session, moves: Sequence[Move]) -> list[Moment]:
    """The timeline of an order, parcel or referral alone."""
    names = listings.actor_names(session)
    return [_moment(move, names, own=True) for move in moves]


def _open_referral(session: Session, case: Case) -> Referral | None:
    """The one that says who holds the baton, once the household is on the way to an agency."""
    hops = listings.referrals_of_case(session, id_of(case)) if case.status in ON_THE_WAY else []
    return next((one for one, _ in hops if not status_of(Subject.REFERRAL, one.status).is_end), None)


def _next(case: Case, under_way: Referral | None) -> str:
    if under_way and under_way.status in OURS:
        return what_follows(under_way.status, under_way.reason, under_way.needs_person).rstrip(".")
    return NEXT_OF_LETTER.get(under_way.status if under_way else "", NEXT[case.status])


def _unless_said(what: str, why: str) -> str:
    return "" if why == what else why


def _moment(move: Move, names: dict[str, str], own: bool = False) -> Moment:
    is_main = own or move.subject == "case"
    what = event_words(move.subject, move.event)
    return Moment(
        what=what if is_main else f"{SUBJECTS.get(move.subject, move.subject)}: {what[0].lower()}{what[1:]}",
        who=actor_words(move.actor, names),
        at=move.at,
        why=_unless_said(what, code_words(move.reason)),
        kind="main" if is_main else "side",
    )
