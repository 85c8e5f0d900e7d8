"""What do officials decide about referrals: sign, withdraw, send again, send elsewhere, end?"""

from __future__ import annotations

from sqlmodel import Session

from service.clock import WIB
from service.db.history import Told, record_move, record_moves
from service.db.tables import Case, Cycle, Partner, Referral, ReferralBatch
from service.errors import BadInput, NotFound, NotNow
from service.handoff.baton import NOT_PAUSED, require_version, withdraw_hops
from service.handoff.continuing import hand_on
from service.handoff.next_steps import CASE_ENDED
from service.handoff.queries import work as queries
from service.handoff.routing import Route
from service.handoff.sending import BOOK
from service.letters import new_code, take_number
from service.lifecycle import ENDS, NoSuchMove, Subject, next_status
from service.messages.outbox import owe_kick
from service.policy import CyclePolicy
from service.trust.rights import Officer, require, require_other, require_region

WITHDRAW_REASONS = {
    "HOUSEHOLD_WISH": "Permintaan rumah tangga",
    "WRONG_AGENCY": "Salah instansi",
    "MISTAKE": "Salah isi",
    "CANNOT_REACH": "Rumah tangga tidak dapat dihubungi",
    "NO_SUITABLE_AGENCY": "Tidak ada instansi yang sesuai",
}
WHY_OFFICER = "Dipilih petugas: {note}"


class NothingToSign(NotNow):
    """The batch is signed already, or nothing is left in it."""


def sign_batch(session: Session, officer: Officer, batch: ReferralBatch, told: Told, seen: int | None = None) -> ReferralBatch:
    """Take the letter's number and sign; the letters are printed by the stage afterwards.

    `seen` is how many referrals the officer was shown; when more or fewer are in it now, nothing is signed.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, NothingToSign
    """
    require(officer, "referral.sign")
    require_other(officer, batch.drafted_by)
    _require_agency_region(session, officer, batch.agency_id)
    assert batch.id is not None
    if not queries.close_batch(session, batch.id, "drafted", "signed", signed_by=told.actor, signed_at=told.at):
        raise NothingToSign(f"Berkas rujukan {batch.number} sudah ditandatangani.", status=batch.state, event="sign")
    hops = queries.hops_of_batch(session, batch.id, "drafted")
    left = {
        hop.id for hop in withdraw_hops(session, [h for h in hops if h.case_status in ENDS[Subject.CASE]], CASE_ENDED, told)
    }
    going = [hop.id for hop in hops if hop.id not in left]
    _require_same(batch, len(hops), len(going), seen)
    record_moves(session, Subject.REFERRAL, going, "drafted", "signed", told)
    _number(session, batch, told)
    owe_kick(session, "handoff", queries.year_of(session, batch.cycle_id), told.at)
    return batch


def _require_same(batch: ReferralBatch, now: int, going: int, seen: int | None) -> None:
    if seen is not None and seen != now:
        raise NothingToSign(f"Isi berkas {batch.number} berubah: dilihat {seen}, sekarang {now}. Periksa lagi daftarnya.")
    if not going:
        raise NothingToSign(f"Tidak ada rujukan yang dapat ditandatangani dalam berkas {batch.number}.")


def _number(session: Session, batch: ReferralBatch, told: Told) -> None:
    cycle = session.get(Cycle, batch.cycle_id)
    assert cycle is not None
    numbers = CyclePolicy.model_validate(cycle.policy).numbers
    session.refresh(batch)
    batch.letter_seq, batch.letter_number = take_number(
        session, BOOK, told.at.astimezone(WIB).year, numbers, numbers.referral_code
    )
    batch.letter_code = new_code()
    session.add(batch)
    session.flush()


def withdraw_referral(
    session: Session, officer: Officer, referral: Referral, reason: str, told: Told, seen: str | None = None,
    version: int | None = None,
) -> None:  # fmt: skip
    """Take a referral back; its household is ready for another agency.

    `referral.status` (or `seen`) is what the officer saw: if the agency answered meanwhile, the answer stands. `version`,
    where given, is the version that was shown: whatever changed since, nothing is decided.

    Raises:
        NoRight, OutsideRegion, WrongReason (BadInput), NoSuchMove, StaleVersion
    """
    hop, year = _decided_by(session, officer, referral, version)
    if reason not in WITHDRAW_REASONS:
        raise BadInput(f"Alasan penarikan harus salah satu dari: {', '.join(WITHDRAW_REASONS)}.")
    _require_seen(hop.status, seen or referral.status, "withdrawn")
    next_status(Subject.REFERRAL, hop.status, "withdrawn")
    if not withdraw_hops(session, [hop], reason, told):
        raise _moved_on(hop.number, hop.status, "withdrawn")
    owe_kick(session, "handoff", year, told.at)


def end_referral(
    session: Session, officer: Officer, referral: Referral, reason: str, told: Told, version: int | None = None
) -> None:
    """Take it back and refer the household to nobody any more: its case ends, with the reason."""
    withdraw_referral(session, officer, referral, reason, told, version=version)
    why = Told(told.actor, told.at, reason)
    record_move(session, Subject.CASE, referral.case_id, "not_referred", why, end_reason=reason)


def reroute_referral(
    session: Session, officer: Officer, referral: Referral, agency: Partner, note: str, told: Told,
    version: int | None = None,
) -> Referral:  # fmt: skip
    """Send a household to an agency a person chose, also beyond the number of hops or to one asked before.

    The new hop is drafted in the officer's name, so somebody else must sign it. `note` says what changed.

    Raises:
        NoRight, OutsideRegion, BadInput (no note, no active agency, one for trying out), NoConsent, NoSuchMove, StaleVersion
    """
    hop, year = _decided_by(session, officer, referral, version)
    if agency.kind != "agency" or not agency.active or agency.id is None:
        raise BadInput("Pilih instansi yang aktif.")
    next_status(Subject.REFERRAL, hop.status, "rerouted")
    route = Route(agency.id, WHY_OFFICER.format(note=_required(note)))
    queries.lock_cycle(session, referral.cycle_id)
    if not hand_on(session, referral.cycle_id, year, [(hop, route)], told):
        raise _moved_on(hop.number, hop.status, "rerouted")
    queries.forget_set_aside(session, hop.id)
    return session.get_one(Referral, queries.earlier_hops(session, [hop.case_id], hop.purpose)[hop.case_id][-1][1])


def revise_referral(
    session: Session, officer: Officer, referral: Referral, note: str, told: Told, version: int | None = None
) -> None:
    """What the agency missed is there: send the same referral again, with a renewed sheet. `note` says what was added.

    Raises:
        NoRight, OutsideRegion, BadInput, NoSuchMove, StaleVersion
    """
    hop, year = _decided_by(session, officer, referral, version)
    fields = {"note": _required(note), "reason": None, "needs_person": None, "letter_id": None, **NOT_PAUSED}
    record_move(session, Subject.REFERRAL, hop.id, "revised", told, **fields)
    record_moves(session, Subject.CASE, [hop.case_id], "in_service", "referral_ended", told)
    record_moves(session, Subject.CASE, [hop.case_id], "ready", "referred", told)
    queries.forget_set_aside(session, hop.id)
    owe_kick(session, "handoff", year, told.at)


def _decided_by(
    session: Session, officer: Officer, referral: Referral, version: int | None
) -> tuple[queries.Hop, int]:  # fmt: skip
    """The referral as it is now, and its cycle's year."""
    require(officer, "referral.decide")
    case = session.get_one(Case, referral.case_id)
    require_region(officer, case.regency_code)
    assert referral.id is not None
    require_version(session, referral.id, version)
    found = queries.hops(session, [referral.id])
    if not found:
        raise NotFound(f"Rujukan {referral.number} tidak ada.")
    return found[0], queries.year_of(session, referral.cycle_id)


def _required(note: str) -> str:
    if not note.strip():
        raise BadInput("Tuliskan apa yang berubah.")
    return note.strip()


def _require_agency_region(session: Session, officer: Officer, agency_id: int) -> None:
    regency = session.get_one(Partner, agency_id).regency_code
    if regency:
        require_region(officer, regency)


def _require_seen(status: str, seen: str, event: str) -> None:
    if status != seen:
        raise NoSuchMove(
            f"Rujukan ini sudah berstatus '{status}', bukan '{seen}' seperti yang Anda lihat.", status=status, event=event
        )


def _moved_on(number: str, status: str, event: str) -> NoSuchMove:
    return NoSuchMove(f"Rujukan {number} baru saja dipindahkan orang lain.", status=status, event=event)
