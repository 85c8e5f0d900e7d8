"""What do the two offices say to each other about one referral?

A line is kept with its referral; the other side is told that there is one, never what it says: mails and webhooks carry
public numbers only. Personal numbers do not belong in a conversation and are refused.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from service.clock import WIB
from service.db.history import Told
from service.db.tables import Case, Partner, Referral, ReferralNote
from service.handoff.queries import clock as mails
from service.handoff.queries import thread as queries
from service.handoff.written import check_note
from service.messages.outbox import owe_mail, owe_webhook
from service.trust.rights import Officer, require, require_region

SAME_CLICK = timedelta(minutes=5)
TITLE = "Catatan baru dari Dinas Sosial"
CORRECTED = "Nomor agenda kami diperbaiki; sebelumnya {was}."


def write_note(session: Session, officer: Officer, referral: Referral, text: str, told: Told) -> ReferralNote:
    """An officer writes; the agency is told by webhook and by one mail a day, without the text.

    Raises:
        NoRight, OutsideRegion, WrongNote
    """
    require(officer, "referral.write")
    require_region(officer, session.get_one(Case, referral.case_id).regency_code)
    kept = _keep(session, referral, text, told)
    agency = session.get_one(Partner, referral.agency_id)
    assert agency.id is not None
    body = {"referral": referral.number}
    owe_webhook(session, agency.id, f"referral:{referral.number}", "referral.note", body, told.at)
    key = f"note:{agency.id}:{told.at.astimezone(WIB).date().isoformat()}"
    if not mails.mails_owed(session, [key]):
        mail = {"template": "referral_note.txt", "agency": agency.name, "number": referral.number}
        owe_mail(session, agency.contact, key, TITLE, mail, told.at)
    return kept


def note_from_agency(session: Session, referral_id: int, text: str, told: Told) -> ReferralNote:
    """The agency writes; `told.actor` is `partner:...`. Officers see it as unread. Raises WrongNote."""
    return _keep(session, session.get_one(Referral, referral_id), text, told)


def number_corrected(session: Session, referral_id: int, was: str, told: Told) -> None:
    """The agency's own number was another before; the thread says which, for nothing else keeps it."""
    session.add(ReferralNote(referral_id=referral_id, author=told.actor, text=CORRECTED.format(was=was), at=told.at))


def read_notes(session: Session, officer: Officer, referral: Referral, told: Told) -> int:
    """An officer has seen what the agency wrote; how many lines were new.

    Raises:
        NoRight, OutsideRegion
    """
    require(officer, "referral.write")
    require_region(officer, session.get_one(Case, referral.case_id).regency_code)
    return queries.mark_read(session, _id(referral), told.at)


def _keep(session: Session, referral: Referral, text: str, told: Told) -> ReferralNote:
    """The same line again within minutes is a second click, not a second line."""
    line, last = check_note(text), queries.last_note(session, _id(referral))
    if last and (last.author, last.text) == (told.actor, line) and told.at - last.at < SAME_CLICK:
        return last
    kept = ReferralNote(referral_id=_id(referral), author=told.actor, text=line, at=told.at)
    session.add(kept)
    session.flush()
    return kept


def _id(referral: Referral) -> int:
    assert referral.id is not None
    return referral.id
