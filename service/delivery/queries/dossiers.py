"""What is kept of a household that belongs to its accountability file?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from service.db.tables import (
    AccessRecord,
    Assessment,
    Case,
    CaseDocument,
    Endorsement,
    EvidenceUpload,
    Letter,
    Parcel,
    RegistryFile,
)
from service.delivery.queries.records import Story, stories
from service.delivery.queries.work import parts_of

REACHED = ("delivered", "verified", "ready", "not_referred", "referred", "in_service", "concluded")


@dataclass(frozen=True)
class Dossier:
    """A household's papers: `verified` the regency's yes to the decree's version, `authority` the hash of a proxy's letter."""

    story: Story
    source: RegistryFile
    assessment: Assessment | None
    verified: Endorsement | None
    decree: Letter | None
    record: Letter | None
    documents: list[CaseDocument]
    authority: str | None

    @property
    def case_household(self) -> int:
        return self.story.case.household_id


def dossiers(session: Session, parcel_ids: Collection[int]) -> list[Dossier]:
    """In the order of the parcels' ids."""
    told = stories(session, parcel_ids)
    cases = {one.case.id or 0 for one in told}
    files = _by_id(session, RegistryFile, {one.household.file_id for one in told})
    letters = _by_id(
        session, Letter,
        {one.parcel.record_letter_id for one in told} | {one.decree.letter_id for one in told if one.decree},
    )  # fmt: skip
    documents, assessments = _documents(session, cases), _assessments(session, {one.household.id or 0 for one in told})
    verified = _verified(session, {one.case.decree_id for one in told if one.case.decree_id})
    authority = _authority(session, {one.parcel.authority_sha256 for one in told if one.parcel.authority_sha256})
    return [
        Dossier(
            one, files[one.household.file_id], assessments.get(one.household.id or 0),
            verified.get((one.case.decree_id or 0, one.case.regency_code)),
            letters.get(one.decree.letter_id) if one.decree else None, letters.get(one.parcel.record_letter_id),
            documents[one.case.id or 0], authority.get(one.parcel.authority_sha256 or ""),
        )
        for one in told
    ]  # fmt: skip


def parcels_for_files(
    session: Session, cycle_id: int, household_id: int | None = None, event_id: int | None = None, within: Collection[str] = ()
) -> list[int]:
    """Parcels of households whose goods were handed over; of one household, of one event, or of the whole year."""
    chosen = (
        select(col(Parcel.id))
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .where(col(Parcel.cycle_id) == cycle_id, col(Case.status).in_(REACHED), col(Parcel.reported_at).is_not(None))
    )
    if household_id is not None:
        chosen = chosen.where(col(Case.household_id) == household_id)
    if event_id is not None:
        chosen = chosen.where(col(Parcel.event_id) == event_id)
    if within:
        chosen = chosen.where(col(Case.regency_code).in_(within))
    return list(session.execute(chosen.order_by(col(Parcel.id))).scalars())


def document_kept(session: Session, case_id: int, kind: str, sha256: str) -> CaseDocument | None:
    same = (col(CaseDocument.case_id) == case_id, col(CaseDocument.kind) == kind, col(CaseDocument.sha256) == sha256)
    return session.execute(select(CaseDocument).where(*same)).scalar_one_or_none()


def document_of(session: Session, document_id: int) -> tuple[CaseDocument, Case] | None:
    chosen = select(CaseDocument, Case).join(Case, col(Case.id) == col(CaseDocument.case_id))
    row = session.execute(chosen.where(col(CaseDocument.id) == document_id)).one_or_none()
    return (row[0], row[1]) if row else None


def log_access(session: Session, user_id: int, household_ids: Collection[int], field: str, reason: str, at: datetime) -> None:
    session.add_all(
        AccessRecord(user_id=user_id, household_id=household_id, field=field, reason=reason, at=at)
        for household_id in sorted(household_ids)
    )  # fmt: skip


def _by_id(session: Session, table: Any, ids: Collection[int | None]) -> dict[int | None, Any]:
    chosen = select(table)
    known = {i for i in ids if i is not None}
    return {row.id: row for part in parts_of(known) for row in session.execute(chosen.where(col(table.id).in_(part))).scalars()}


def _documents(session: Session, case_ids: Collection[int]) -> dict[int, list[CaseDocument]]:
    found: dict[int, list[CaseDocument]] = defaultdict(list)
    chosen = select(CaseDocument).order_by(col(CaseDocument.kind), col(CaseDocument.id))
    for part in parts_of(case_ids):
        for row in session.execute(chosen.where(col(CaseDocument.case_id).in_(part))).scalars():
            found[row.case_id].append(row)
    return found


def _assessments(session: Session, household_ids: Collection[int]) -> dict[int, Assessment]:
    """The newest of each."""
    chosen = select(Assessment).order_by(col(Assessment.assessed_on), col(Assessment.id))
    return {
        row.household_id: row
        for part in parts_of(household_ids)
        for row in session.execute(chosen.where(col(Assessment.household_id).in_(part))).scalars()
    }


def _verified(session: Session, decree_ids: Collection[int]) -> dict[tuple[int, str], Endorsement]:
    chosen = select(Endorsement).where(col(Endorsement.kind) == "verified", col(Endorsement.decree_id).in_(decree_ids))
    return {(row.decree_id, row.regency_code): row for row in session.execute(chosen).scalars()}


def _authority(session: Session, given: Collection[str]) -> dict[str, str]:
    chosen = select(col(EvidenceUpload.given_sha256), col(EvidenceUpload.photo_sha256))
    return {
        row[0]: row[1]
        for part in parts_of(given)
        for row in session.execute(chosen.where(col(EvidenceUpload.given_sha256).in_(part)))
    }
