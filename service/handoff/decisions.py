"""What do officials decide about referrals: sign, withdraw, send again, send elsewhere, end?"""

from __future__ import annotations

import re

from sqlmodel import Session

from service.clock import WIB
from service.db.history import Told, record_move, record_moves
from service.db.tables import Case, Cycle, Partner, Referral, ReferralBatch
from service.errors import BadInput, NotFound, NotNow
from service.handoff.asked_again import require_not_asked_before
from service.handoff.baton import NOT_PAUSED, require_version, withdraw_hops
from service.handoff.consents import require_consent
from service.handoff.continuing import hand_on
from service.handoff.next_steps import CASE_ENDED
from service.handoff.papers import marks_that_count, with_mark
from service.handoff.queries import letters as papers
from service.handoff.queries import work as queries
from service.handoff.routing import Route
from service.handoff.sending import BOOK
from service.handoff.written import check_note
from service.letters import new_code, take_number
from service.letters.numbering import take_typed
from service.lifecycle import ENDS, NoSuchMove, Subject, label_of, next_status
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
LONGEST_NUMBER = 60
SIXTEEN_DIGITS = re.compile(r"\d{16}")
WHY_OFFICER = "Dipilih petugas: {note}"


class NothingToSign(NotNow):
    """The batch is signed already, or nothing is left in it."""


class InitialsMissing(NotNow):
    """Not enough people put their mark on the batch as it is now."""


class NumberRefused(BadInput):
    """A typed number that is missing, not wanted, cannot be printed, or stands on another letter."""

    def __init__(self, message: str) -> None:
        super().__init__(message, faults=[{"field": "nomor", "fault": message}])


def initial_batch(
    session: Session, officer: Officer, batch: ReferralBatch, told: Told, seen: int | None = None
) -> ReferralBatch:
    """Put one's mark before the signature. Marks stand in the order they were made, each by somebody else, never the drafter.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, NothingToSign, NoMarkNeeded
    """
    require(officer, "referral.initial")
    require_other(officer, batch.drafted_by)
    require_agency_region(session, officer, batch.agency_id)
    assert batch.id is not None
    batch_id, batch = batch.id, papers.lock_batch(session, batch.id)
    needed = policy_of(session, batch).referral.initials_needed
    hops = [hop.id for hop in queries.hops_of_batch(session, batch_id, "drafted")]
    if batch.state != "drafted":
        raise NothingToSign(f"Berkas rujukan {batch.number} sudah ditandatangani.", status=batch.state, event="initial")
    _require_same(batch, len(hops), len(hops), seen)
    batch.initials = with_mark(batch, hops, needed, told)
    session.add(batch)
    return batch


def sign_batch(
    session: Session, officer: Officer, batch: ReferralBatch, told: Told, seen: int | None = None, number: str | None = None
) -> ReferralBatch:
    """Give the letter its number and sign; the letters are printed by the stage afterwards.

    `seen` is how many referrals the officer was shown; when more or fewer are in it now, nothing is signed. `number` is
    typed where the cycle's policy says that the office numbers its letters elsewhere, and only there.

    Raises:
        NoRight, OutsideRegion, MakerIsChecker, InitialsMissing, NothingToSign, NumberRefused
    """
    require(officer, "referral.sign")
    require_other(officer, batch.drafted_by)
    require_agency_region(session, officer, batch.agency_id)
    assert batch.id is not None
    batch_id, batch = batch.id, papers.lock_batch(session, batch.id)
    require_other(officer, *(mark["by"] for mark in batch.initials or ()))
    policy = policy_of(session, batch)
    if not queries.close_batch(session, batch_id, "drafted", "signed", signed_by=told.actor, signed_at=told.at):
        raise NothingToSign(f"Berkas rujukan {batch.number} sudah ditandatangani.", status=batch.state, event="sign")
    hops = queries.hops_of_batch(session, batch_id, "drafted")
    _require_marks(batch, [hop.id for hop in hops], policy.referral.initials_needed)
    left = {
        hop.id for hop in withdraw_hops(session, [h for h in hops if h.case_status in ENDS[Subject.CASE]], CASE_ENDED, told)
    }
    going = [hop.id for hop in hops if hop.id not in left]
    _require_same(batch, len(hops), len(going), seen)
    record_moves(session, Subject.REFERRAL, going, "drafted", "signed", told)
    session.refresh(batch)
    number_letter(session, batch, policy, told, number)
    owe_kick(session, "handoff", queries.year_of(session, batch.cycle_id), told.at)
    return batch


def policy_of(session: Session, batch: ReferralBatch) -> CyclePolicy:
    return CyclePolicy.model_validate(session.get_one(Cycle, batch.cycle_id).policy)


def _require_same(batch: ReferralBatch, now: int, going: int, seen: int | None) -> None:
    if seen is not None and seen != now:
        raise NothingToSign(f"Isi berkas {batch.number} berubah: dilihat {seen}, sekarang {now}. Periksa lagi daftarnya.")
    if not going:
        raise NothingToSign(f"Tidak ada rujukan yang dapat ditandatangani dalam berkas {batch.number}.")


def _require_marks(batch: ReferralBatch, hops: list[int], needed: int) -> None:
    have = len(marks_that_count(batch, hops))
    if have < needed:
        raise InitialsMissing(
            f"Berkas {batch.number} baru diparaf {have} dari {needed}; paraf atas daftar yang sudah bertambah tidak dihitung.",
            status=batch.state, event="sign",
        )  # fmt: skip


def number_letter(session: Session, batch: ReferralBatch, policy: CyclePolicy, told: Told, typed: str | None) -> None:
    """From the office's own register, or the next of our book; a number that was typed once is passed over there."""
    year, numbers = told.at.astimezone(WIB).year, policy.numbers
    if policy.referral.number_is_typed:
        batch.letter_number = _typed_number(session, typed, year)
    elif typed:
        raise NumberRefused("Nomor surat diberikan dari buku Estafet; jangan diketik.")
    else:
        seq, number = take_number(session, BOOK, year, numbers, numbers.referral_code)
        while papers.is_number_used(session, number):
            seq, number = take_number(session, BOOK, year, numbers, numbers.referral_code)
        batch.letter_seq, batch.letter_number = seq, number
    batch.letter_code = new_code()
    session.add(batch)
    session.flush()


def _typed_number(session: Session, typed: str | None, year: int) -> str:
    number = " ".join((typed or "").split())
    if not number:
        raise NumberRefused("Ketik nomor surat dari buku agenda kantor (misalnya SRIKANDI).")
    if SIXTEEN_DIGITS.search(number):
        raise NumberRefused("Ini nomor 16 angka seperti NIK, bukan nomor surat.")
    if len(number) > LONGEST_NUMBER or not number.isprintable():
        raise NumberRefused(f"Nomor surat paling panjang {LONGEST_NUMBER} huruf, tanpa tanda yang tidak dapat dicetak.")
    take_typed(session, BOOK, year)
    if papers.is_number_used(session, number):
        raise NumberRefused(f"Nomor {number} sudah dipakai surat lain.")
    return number


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
    """Send a household to an agency a person chose, also beyond the number of hops; never to one asked the same before.

    The new hop is drafted in the officer's name, so somebody else must sign it. `note` says what changed.

    Raises:
        NoRight, OutsideRegion, BadInput (no note, no active agency, one for trying out), AskedBefore, NoConsent, NoSuchMove,
        StaleVersion
    """
    hop, year = _decided_by(session, officer, referral, version)
    if agency.kind != "agency" or not agency.active or agency.id is None:
        raise BadInput("Pilih instansi yang aktif.")
    next_status(Subject.REFERRAL, hop.status, "rerouted")
    route = Route(agency.id, WHY_OFFICER.format(note=_required(note)))
    queries.lock_cycle(session, referral.cycle_id)
    require_not_asked_before(session, hop.case_id, hop.purpose, agency)
    if not hand_on(session, referral.cycle_id, year, [(hop, route)], told):
        raise _moved_on(hop.number, hop.status, "rerouted")
    queries.forget_set_aside(session, hop.id)
    return session.get_one(Referral, queries.earlier_hops(session, [hop.case_id], hop.purpose)[hop.case_id][-1][1])


def revise_referral(
    session: Session, officer: Officer, referral: Referral, note: str, told: Told, version: int | None = None
) -> None:
    """What the agency missed is there: send the same referral again, with a renewed sheet. `note` says what was added, to the
    agency and in the story of the referral.

    Raises:
        NoRight, OutsideRegion, BadInput, NoConsent (it has run out), NoSuchMove, StaleVersion
    """
    hop, year = _decided_by(session, officer, referral, version)
    next_status(Subject.REFERRAL, hop.status, "revised")
    agency, today = session.get_one(Partner, hop.agency_id), told.at.astimezone(WIB).date()
    consent = require_consent(session, hop.case_id, hop.purpose, agency, today)
    why = _required(note)
    fields = {
        "consent_id": consent.id, "note": why, "reason": None, "needs_person": None, "letter_id": None, **NOT_PAUSED,
    }  # fmt: skip
    record_move(session, Subject.REFERRAL, hop.id, "revised", Told(told.actor, told.at, why), **fields)
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
    """The agency reads it, on its page and on the letter. Raises WrongNote."""
    if not note.strip():
        raise BadInput("Tuliskan apa yang berubah.")
    return check_note(note)


def require_agency_region(session: Session, officer: Officer, agency_id: int) -> None:
    regency = session.get_one(Partner, agency_id).regency_code
    if regency:
        require_region(officer, regency)


def _require_seen(status: str, seen: str, event: str) -> None:
    if status != seen:
        raise NoSuchMove(
            f"Rujukan ini sudah berstatus {label_of(Subject.REFERRAL, status)}, bukan"
            f" {label_of(Subject.REFERRAL, seen)} seperti yang Anda lihat.",
            status=status,
            event=event,
        )


def _moved_on(number: str, status: str, event: str) -> NoSuchMove:
    return NoSuchMove(f"Rujukan {number} baru saja dipindahkan orang lain.", status=status, event=event)
