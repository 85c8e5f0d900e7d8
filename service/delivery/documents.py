"""Who brings a paper of a household's file (card copy, signed pledge, letter of authority), and how is it kept?"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from service.db.history import Told
from service.db.session import Database
from service.db.tables import CaseDocument, Cycle, Parcel
from service.db.tables.goods_after import DOCUMENT_KINDS
from service.delivery.answers import STAGE, ParcelUnknown
from service.delivery.photos import LARGEST_BYTES, harmless_picture
from service.delivery.queries import checks
from service.delivery.queries import dossiers as queries
from service.delivery.queries.work import told_parcel
from service.delivery.storage import ENDINGS, evidence_store
from service.errors import BadInput, NotAllowed, NotFound
from service.messages.outbox import owe_kick
from service.trust.rights import Officer, require, require_region

PDF, JPEG = "application/pdf", "image/jpeg"


class DocumentRefused(BadInput):
    """Neither a PDF nor a picture, too large, or of a kind nobody knows."""


class NotYourHousehold(NotAllowed):
    """A facilitator brings papers of own households only."""


class DocumentUnknown(NotFound):
    """No paper has this number."""


def add_document(
    database: Database, home: Path, officer: Officer, parcel_id: int, kind: str, content: bytes, note: str, now: datetime
) -> int:  # fmt: skip
    """Keep a paper; the same file of the same kind again changes nothing. Returns its number.

    Raises:
        NoRight, OutsideRegion, NotYourHousehold, ParcelUnknown
        DocumentRefused, PhotoRefused: says what is wrong with the file.
    """
    with database.read() as session:
        case_id = _case_for(session, officer, parcel_id)
    if kind not in DOCUMENT_KINDS:
        raise DocumentRefused("Pilih jenis dokumen.", faults=[{"field": "jenis", "fault": "Pilih jenis dokumen"}])
    media_type, kept = _checked(content)
    sha256 = hashlib.sha256(kept).hexdigest()
    evidence_store(home).write(sha256, kept, ENDINGS[media_type])
    with database.write() as session:
        known = queries.document_kept(session, case_id, kind, sha256)
        if known is None:
            known = CaseDocument(
                case_id=case_id, kind=kind, sha256=sha256, media_type=media_type, bytes=len(kept), brought_by=officer.actor,
                brought_at=now, note=note.strip()[:500] or None,
            )  # fmt: skip
            session.add(known)
            session.flush()
            _look_again(session, parcel_id, Told(officer.actor, now))
        assert known.id is not None
        return known.id


def read_document(
    session: Session, home: Path, officer: Officer, document_id: int, now: datetime
) -> tuple[CaseDocument, bytes]:
    """The file, for those who may see whole numbers; that they looked is written down.

    Raises:
        NoRight, OutsideRegion, DocumentUnknown, EvidenceGone
    """
    require(officer, "household.reveal")
    found = queries.document_of(session, document_id)
    if found is None:
        raise DocumentUnknown("Dokumen ini tidak ada.")
    document, case = found
    require_region(officer, case.regency_code)
    queries.log_access(session, officer.id, [case.household_id], "document", f"dokumen {document.kind}", now)
    return document, evidence_store(home).read(document.sha256, ENDINGS[document.media_type])


def _case_for(session: Session, officer: Officer, parcel_id: int) -> int:
    require(officer, "document.add")
    row = told_parcel(session, parcel_id)
    if row is None:
        raise ParcelUnknown("Paket ini tidak dikenal.")
    require_region(officer, row.regency_code)
    is_facilitator_only = set(officer.roles) == {"facilitator"}
    if is_facilitator_only and officer.login not in checks.tellers_of(session, parcel_id):
        raise NotYourHousehold("Keluarga ini bukan tugas Anda.")
    return int(row.case_id)


def _checked(content: bytes) -> tuple[str, bytes]:
    """Pictures are made harmless; a PDF stays as it is and is never opened here."""
    if len(content) > LARGEST_BYTES:
        raise DocumentRefused(
            f"Berkas terlalu besar: {len(content):,} bita. Batasnya {LARGEST_BYTES:,} bita.",
            faults=[{"field": "dokumen", "fault": "Berkas terlalu besar"}],
        )
    if content.startswith(b"%PDF-"):
        return PDF, content
    return JPEG, harmless_picture(content, "authority").content


def _look_again(session: Session, parcel_id: int, told: Told) -> None:
    """A letter of authority may be what the rules missed."""
    parcel = session.get_one(Parcel, parcel_id)
    owe_kick(session, STAGE, session.get_one(Cycle, parcel.cycle_id).year, told.at)
