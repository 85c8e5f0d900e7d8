"""May this household's particulars go to this agency, which of them, and what happens when it takes its word back?

A consent covers a purpose, fields and receivers until a day. What the registry says (`persetujuan_rujukan`: ya) covers every
public office; a bank or company needs a consent that names it, and gets the least there is. Once withdrawn, processing
stops here at once and its receivers are told; it has stopped when each that got something says it is deleted, within
3 x 24 hours (law 27/2022), or `watch_consents` raises an alarm.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from service.clock import WIB
from service.db.accompanied import is_accompanied_by
from service.db.history import Told
from service.db.tables import Case, Consent, Partner
from service.db.tables.trust import OFFICE
from service.errors import BadInput, NotNow
from service.handoff.baton import AT_AGENCY, withdraw_hops
from service.handoff.next_steps import CONSENT_WITHDRAWN
from service.handoff.queries import consents as queries
from service.handoff.queries import work as facts
from service.handoff.queries.deletions import held_with
from service.handoff.queries.work import Hop
from service.handoff.services import PURPOSE
from service.messages.outbox import owe_kick, owe_mail, owe_webhook
from service.policy import ReferralRules
from service.stage import Done, Work
from service.trust.reach import NotYourHousehold
from service.trust.rights import Officer, may, require, require_region

FIELDS = {
    "name": "Nama", "nik": "NIK (disamarkan)", "birth": "Tempat dan tanggal lahir", "sex": "Jenis kelamin",
    "address": "Alamat", "contact": "Telepon", "business": "Usaha", "product": "Produk",
    "capacity": "Kapasitas sebulan", "package": "Bantuan yang diterima", "movement": "Pergerakan ekonomi menurut kunjungan",
}  # fmt: skip
LEAST_FIELDS = ("name", "product", "capacity", "contact")
STOP_WITHIN = timedelta(hours=72)
NOT_STOPPED = "CONSENT_NOT_STOPPED"
NOT_TOLD = "CONSENT_RECEIVER_NOT_TOLD"
NOT_DELETED = "CONSENT_NOT_DELETED"
SOURCES = ("visit", "office")
TITLE = "Persetujuan ditarik, hentikan {number}"


class NoConsent(NotNow):
    """No consent covers this purpose, these fields and this receiver today."""


class AlreadyWithdrawn(NotNow):
    """That consent was withdrawn before."""


class ConsentChanged(NotNow):
    """The household's word was written down or taken back after the page was looked at."""


def fields_for(agency: Partner) -> tuple[str, ...]:
    """What an agency may see of a household, on letters, pages, tables and interfaces alike: codes of `FIELDS`."""
    return tuple(FIELDS) if agency.agency_kind == OFFICE else LEAST_FIELDS


def is_alive(consent: Consent, purpose: str, day: date) -> bool:
    """Does it count on this day, for this purpose?"""
    return consent.withdrawn_at is None and consent.given_on <= day <= consent.expires_on and consent.purpose == purpose


def covers(consent: Consent, purpose: str, agency: Partner, day: date) -> bool:
    """Is it alive, is the agency meant by it, with all that it would see?"""
    is_meant = consent.receiver_id == agency.id or (consent.receiver_id is None and agency.agency_kind == OFFICE)
    return is_meant and is_alive(consent, purpose, day) and set(fields_for(agency)) <= set(consent.fields)


def best_consent(consents: Iterable[Consent], purpose: str, agency: Partner, day: date) -> Consent | None:
    """Of several that cover it, the one that names the agency, then the one that lasts longest."""
    fitting = [consent for consent in consents if covers(consent, purpose, agency, day)]
    return max(fitting, key=lambda one: (one.receiver_id is not None, one.expires_on, one.id or 0), default=None)


def require_consent(session: Session, case_id: int, purpose: str, agency: Partner, day: date) -> Consent:
    """The one it rests on. Raises NoConsent."""
    found = best_consent(queries.consents_of(session, [case_id], purpose).get(case_id, []), purpose, agency, day)
    if found is None:
        raise NoConsent(f"Rumah tangga belum menyetujui datanya diberikan kepada {agency.name}.")
    return found


def receivers_allowed(consents: Collection[Consent], purpose: str, agencies: Iterable[Partner], day: date) -> frozenset[int]:
    """Ids of the agencies to which the household may be handed on today."""
    return frozenset(one.id for one in agencies if one.id is not None and best_consent(consents, purpose, one, day))


def note_from_registry(session: Session, cycle_id: int, rules: ReferralRules, told: Told, case_ids: Collection[int]) -> None:
    """Make the consents the registry's `ya` stands for; what was withdrawn is not revived by it."""
    wanted = set(case_ids)
    _keep_registry(session, [one for one in queries.told_by_registry(session, cycle_id) if one.case_id in wanted], rules, told)


def note_registry_of(session: Session, case: Case, rules: ReferralRules, told: Told) -> None:
    """The same for one case, wherever it is, so that what the registry said for a household can be taken back early."""
    _keep_registry(session, queries.registry_says_of(session, case.id or 0), rules, told)


def _keep_registry(session: Session, says: Iterable[queries.Told], rules: ReferralRules, told: Told) -> None:
    today, rows = told.at.astimezone(WIB).date(), []
    for one in says:
        given = min(one.imported_at.astimezone(WIB).date(), today)
        is_new = one.given_on is None or (not one.was_withdrawn and one.given_on < given)
        if is_new:
            rows.append(_row(one.case_id, tuple(FIELDS), None, "registry", given, rules, told))
    queries.keep_consents(session, rows)


def record_consent(
    session: Session, officer: Officer, case: Case, rules: ReferralRules, told: Told, *,
    receiver: Partner | None = None, source: str = "visit", given_on: date | None = None, purpose: str = PURPOSE,
    seen: int | None = None,
) -> Consent:  # fmt: skip
    """A household agreed, in front of a facilitator (`visit`) or an officer (`office`); no receiver named: every office.

    The same word again (a second tap, a retry) is the consent that is there. `seen` is the newest consent that was shown,
    0 for none: a form sent again after the household took its word back gives no new one.

    Raises:
        NoRight, OutsideRegion, NotYourHousehold, BadInput, ConsentChanged
    """
    require_theirs(session, officer, case)
    today = told.at.astimezone(WIB).date()
    day = given_on or today
    if source not in SOURCES:
        raise BadInput(f"Asal persetujuan harus salah satu dari: {', '.join(SOURCES)}.")
    if day > today:
        fault = "Tanggal persetujuan belum tiba."
        raise BadInput(fault, faults=[{"field": "tanggal", "fault": fault}])
    if receiver is not None and (receiver.kind != "agency" or not receiver.active):
        raise BadInput("Penerima harus instansi yang aktif.")
    assert case.id is not None
    year, receiver_id = facts.lock_cycle(session, case.cycle_id), receiver.id if receiver else None
    for kept, _ in queries.consents_of_case(session, case.id):
        word = (kept.purpose, kept.receiver_id, kept.source, kept.given_on, kept.withdrawn_at)
        if word == (purpose, receiver_id, source, day, None):
            return kept
    require_seen(session, case.id, seen)
    fields = tuple(FIELDS) if receiver is None else fields_for(receiver)
    made = Consent(**_row(case.id, fields, receiver_id, source, day, rules, told) | {"purpose": purpose})
    session.add(made)
    session.flush()
    owe_kick(session, "handoff", year, told.at)
    return made


def require_theirs(session: Session, officer: Officer, case: Case) -> None:
    """Who works in the field speaks for households he accompanies only. Raises NoRight, OutsideRegion, NotYourHousehold."""
    require(officer, "consent.record")
    require_region(officer, case.regency_code)
    if not may_record(session, officer, case):
        raise NotYourHousehold("Keluarga ini bukan dampingan Anda.")


def may_record(session: Session, officer: Officer, case: Case) -> bool:
    """Whether this officer may write down the word of a household of the region."""
    is_field = "operator" not in officer.roles
    return may(officer, "consent.record") and not (is_field and not is_accompanied_by(session, case.id or 0, officer.login))


def require_seen(session: Session, case_id: int, seen: int | None) -> None:
    """Raises ConsentChanged; `seen` None: not asked."""
    newest = max((kept.id or 0 for kept, _ in queries.consents_of_case(session, case_id)), default=0)
    if seen is not None and newest > seen:
        raise ConsentChanged(
            "Persetujuan keluarga ini berubah sejak halaman dibuka. Baca lagi yang tercatat, lalu tanyakan lagi."
        )


def withdraw_consent(session: Session, officer: Officer, consent: Consent, told: Told) -> list[Hop]:
    """The household takes its word back: everything open that rests on it is taken back now; returns those referrals.

    Raises:
        NoRight, OutsideRegion, NotYourHousehold, AlreadyWithdrawn
    """
    case = session.get_one(Case, consent.case_id)
    require_theirs(session, officer, case)
    assert consent.id is not None
    year = facts.lock_cycle(session, case.cycle_id)
    if not queries.take_back(session, [consent.id], told.actor, told.at, told.at + STOP_WITHIN):
        raise AlreadyWithdrawn(f"Persetujuan {consent.id} sudah ditarik sebelumnya.")
    session.refresh(consent)
    stopped = _stop(session, [consent.id], told)
    _tell_earlier(session, [consent.id], told)
    owe_kick(session, "handoff", year, told.at)
    return stopped


def due_to_stop(session: Session, work: Work) -> list[int]:
    """Cases whose registry says no by now."""
    return sorted({consent.case_id for consent in queries.denied_by_registry(session, work.cycle_id)})


def stop_denied(work: Work, ids: list[int]) -> Done:
    """The regency's new file says `tidak`: that is a withdrawal too."""
    told, wanted = work.told(), set(ids)
    with work.database.write() as session:
        facts.lock_cycle(session, work.cycle_id)
        denied = [c.id for c in queries.denied_by_registry(session, work.cycle_id) if c.case_id in wanted and c.id]
        taken = queries.take_back(session, denied, told.actor, told.at, told.at + STOP_WITHIN)
        _stop(session, taken, told)
        _tell_earlier(session, taken, told)
    return Done(len(taken))


def due_to_prove(session: Session, work: Work) -> list[int]:
    return sorted({consent.case_id for consent in queries.not_stopped(session, work.cycle_id)})


def watch_consents(work: Work, ids: list[int]) -> Done:
    """Nothing open rests on a withdrawn consent, and whoever got data with it has the word and says it is deleted: stopped."""
    told, wanted, codes = work.told(), set(ids), dict[int, str]()
    with work.database.write() as session:
        consents = [one for one in queries.not_stopped(session, work.cycle_id) if one.case_id in wanted]
        by_id = {one.id: one for one in consents if one.id is not None}
        _stop(session, list(by_id), told)
        open_ones = {hop.consent_id for hop in facts.hops(session, queries.resting_on(session, list(by_id)))}
        on_its_way = queries.still_told(session, list(by_id))
        unsaid = {held.consent_id for held in held_with(session, list(by_id)) if held.confirmed_at is None}
        proven = [one for one in by_id if one not in open_ones and not on_its_way[one] and one not in unsaid]
        queries.mark_stopped(session, proven, told.at)
        for consent_id in by_id.keys() - set(proven):
            if is_late(by_id[consent_id], told.at):
                why_not = NOT_TOLD if on_its_way[consent_id] else NOT_DELETED
                codes[by_id[consent_id].case_id] = NOT_STOPPED if consent_id in open_ones else why_not
    return Done(len(proven), codes)


def is_late(consent: Consent, now: datetime) -> bool:
    """Withdrawn, not proven to have stopped, and the time for it is over."""
    return consent.stop_by is not None and consent.stopped_at is None and consent.stop_by < now


def state_of(consent: Consent, now: datetime) -> str:
    """In one word: berlaku, berakhir, ditarik, berhenti, or terlambat berhenti."""
    if consent.stopped_at is not None:
        return "berhenti"
    if consent.withdrawn_at is not None:
        return "terlambat berhenti" if is_late(consent, now) else "ditarik"
    return "berlaku" if now.astimezone(WIB).date() <= consent.expires_on else "berakhir"


def _stop(session: Session, consent_ids: Collection[int], told: Told) -> list[Hop]:
    hops = facts.hops(session, queries.resting_on(session, consent_ids))
    gone = withdraw_hops(session, hops, CONSENT_WITHDRAWN, told)
    agencies = facts.partners_by_id(session, {hop.agency_id for hop in gone})
    for hop in gone:
        if hop.status in AT_AGENCY:
            _mail(session, agencies[hop.agency_id], hop, told)
    return gone


def _tell_earlier(session: Session, consent_ids: Collection[int], told: Told) -> None:
    """Agencies that had the household before, or have concluded, hold its particulars too."""
    hops = facts.hops(session, queries.ended_with(session, consent_ids))
    agencies = facts.partners_by_id(session, {hop.agency_id for hop in hops})
    for hop in hops:
        _mail(session, agencies[hop.agency_id], hop, told)
        owe_webhook(
            session, hop.agency_id, f"referral:{hop.number}", "referral.consent_withdrawn", {"referral": hop.number}, told.at
        )


def _mail(session: Session, agency: Partner, hop: Hop, told: Told) -> None:
    stop_by = (told.at + STOP_WITHIN).astimezone(WIB)
    body: Mapping[str, Any] = {
        "template": "consent_withdrawn.txt", "agency": agency.name, "number": hop.number,
        "stop_by": f"{stop_by:%d-%m-%Y} pukul {stop_by:%H.%M} WIB",
    }  # fmt: skip
    owe_mail(session, agency.contact, f"referral:{hop.number}", TITLE.format(number=hop.number), dict(body), told.at)


def _row(
    case_id: int,
    fields: tuple[str, ...],
    receiver_id: int | None,
    source: str,
    given_on: date,
    rules: ReferralRules,
    told: Told,
) -> dict[str, Any]:
    return {
        "case_id": case_id, "purpose": PURPOSE, "fields": list(fields), "receiver_id": receiver_id, "source": source,
        "given_on": given_on, "expires_on": given_on + timedelta(days=rules.consent_valid_days), "recorded_by": told.actor,
        "recorded_at": told.at,
    }  # fmt: skip
