"""Who agreed to what, what does each household need, and which referrals rest on which consent?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlmodel import Session, col

from service.db.sent import WAS_SENT
from service.db.tables import (
    Case,
    CaseNeed,
    Consent,
    Household,
    OutboundMessage,
    Partner,
    Referral,
    RegistryFile,
)
from service.handoff.next_steps import CONSENT_WITHDRAWN
from service.handoff.queries.work import OPEN, chunks

MAY_BE_REFERRED = ("ready", "referred", "in_service")


@dataclass(frozen=True)
class Told:
    """What the registry says of a case, and what was made of it: `given_on` of its last consent, withdrawn or not."""

    case_id: int
    imported_at: datetime
    given_on: date | None
    was_withdrawn: bool


def told_by_registry(session: Session, cycle_id: int) -> list[Told]:
    """Cases that may be handed on whose registry says yes."""
    return _registry_says(session, col(Case.cycle_id) == cycle_id, col(Case.status).in_(MAY_BE_REFERRED))


def registry_says_of(session: Session, case_id: int) -> list[Told]:
    """One case whose registry says yes, wherever it is; else none."""
    return _registry_says(session, col(Case.id) == case_id)


def _registry_says(session: Session, *which: Any) -> list[Told]:
    kept = (
        select(
            col(Consent.case_id).label("case_id"),
            func.max(col(Consent.given_on)).label("given_on"),
            func.count(col(Consent.withdrawn_at)).label("withdrawn"),
        )
        .where(col(Consent.source) == "registry")
        .group_by(col(Consent.case_id))
        .subquery()
    )
    chosen = (
        select(col(Case.id), col(RegistryFile.imported_at), kept.c.given_on, func.coalesce(kept.c.withdrawn, 0))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(RegistryFile, col(RegistryFile.id) == col(Household.file_id))
        .join(kept, kept.c.case_id == col(Case.id), isouter=True)
        .where(col(Household.may_be_referred).is_(True), *which)
        .order_by(col(Case.id))
    )
    return [Told(row[0], row[1], row[2], bool(row[3])) for row in session.execute(chosen)]


def keep_consents(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(Consent), rows)


def consents_of(session: Session, case_ids: Collection[int], purpose: str) -> dict[int, list[Consent]]:
    """case id -> consents for the purpose that were not taken back; the registry's only while it still says yes."""
    found: dict[int, list[Consent]] = {}
    for chunk in chunks(case_ids):
        rows = session.execute(
            select(Consent)
            .join(Case, col(Case.id) == col(Consent.case_id))
            .join(Household, col(Household.id) == col(Case.household_id))
            .where(col(Consent.case_id).in_(chunk), col(Consent.purpose) == purpose, col(Consent.withdrawn_at).is_(None))
            .where((col(Consent.source) != "registry") | col(Household.may_be_referred).is_(True))
            .order_by(col(Consent.id))
        ).scalars()
        for row in rows:
            found.setdefault(row.case_id, []).append(row)
    return found


def consents_of_case(session: Session, case_id: int) -> list[tuple[Consent, Partner | None]]:
    """All of them with the receiver they name, oldest first."""
    rows = session.execute(
        select(Consent, Partner)
        .join(Partner, col(Partner.id) == col(Consent.receiver_id), isouter=True)
        .where(col(Consent.case_id) == case_id)
        .order_by(col(Consent.id))
    )
    return [(row[0], row[1]) for row in rows]


def needs_noted(session: Session, case_ids: Collection[int]) -> dict[int, tuple[str | None, list[str]]]:
    """case id -> (business type, services noted by a person)."""
    found: dict[int, tuple[str | None, list[str]]] = {}
    for chunk in chunks(case_ids):
        kinds = (
            select(col(Case.id), col(Household.business_type))
            .join(Household, col(Household.id) == col(Case.household_id))
            .where(col(Case.id).in_(chunk))
        )
        found |= {row[0]: (row[1], []) for row in session.execute(kinds)}
        noted = select(col(CaseNeed.case_id), col(CaseNeed.service)).where(col(CaseNeed.case_id).in_(chunk))
        for case_id, service in session.execute(noted.order_by(col(CaseNeed.id))):
            found[case_id][1].append(service)
    return found


def keep_need(session: Session, case_id: int, service: str, actor: str, at: datetime) -> bool:
    """False when it was noted before."""
    same = select(col(CaseNeed.id)).where(col(CaseNeed.case_id) == case_id, col(CaseNeed.service) == service)
    if session.execute(same).first():
        return False
    session.add(CaseNeed(case_id=case_id, service=service, noted_by=actor, noted_at=at))
    session.flush()
    return True


def resting_on(session: Session, consent_ids: Collection[int]) -> list[int]:
    """Open referrals that rest on these consents."""
    chosen = select(col(Referral.id)).where(col(Referral.consent_id).in_(consent_ids), OPEN)
    return list(session.execute(chosen.order_by(col(Referral.id))).scalars())


def ended_with(session: Session, consent_ids: Collection[int]) -> list[int]:
    """Referrals of these consents that an agency had and that ended before: with an answer, or because we took them back."""
    was_ours = (col(Referral.status) == "withdrawn") & (col(Referral.reason) != CONSENT_WITHDRAWN)
    held = (col(Referral.status).in_(("concluded", "rerouted")) | was_ours) & WAS_SENT
    chosen = select(col(Referral.id)).where(col(Referral.consent_id).in_(consent_ids), held)
    return list(session.execute(chosen.order_by(col(Referral.id))).scalars())


def expired_unsent(session: Session, cycle_id: int, day: date) -> list[int]:
    """Referrals no agency has seen yet whose consent has run out while they waited."""
    chosen = (
        select(col(Referral.id))
        .join(Consent, col(Consent.id) == col(Referral.consent_id))
        .where(col(Referral.cycle_id) == cycle_id, col(Referral.status).in_(("drafted", "signed")))
        .where(col(Consent.expires_on) < day)
    )
    return list(session.execute(chosen.order_by(col(Referral.id))).scalars())


def denied_by_registry(session: Session, cycle_id: int) -> list[Consent]:
    """Consents taken from a registry that says no by now, and which nobody has withdrawn yet."""
    rows = session.execute(
        select(Consent)
        .join(Case, col(Case.id) == col(Consent.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .where(col(Case.cycle_id) == cycle_id, col(Consent.source) == "registry", col(Consent.withdrawn_at).is_(None))
        .where(col(Household.may_be_referred).is_(False))
        .order_by(col(Consent.id))
    ).scalars()
    return list(rows)


def not_stopped(session: Session, cycle_id: int, regencies: Collection[str] = ()) -> list[Consent]:
    """Withdrawn consents of which it is not proven yet that their use has stopped."""
    chosen = (
        select(Consent)
        .join(Case, col(Case.id) == col(Consent.case_id))
        .where(col(Case.cycle_id) == cycle_id, col(Consent.withdrawn_at).is_not(None), col(Consent.stopped_at).is_(None))
    )
    if regencies:
        chosen = chosen.where(col(Case.regency_code).in_(regencies))
    return list(session.execute(chosen.order_by(col(Consent.id))).scalars())


def take_back(session: Session, consent_ids: Collection[int], by: str, at: datetime, stop_by: datetime) -> list[int]:
    """Mark as withdrawn those that were not; their ids."""
    chosen = (
        update(Consent)
        .where(col(Consent.id).in_(consent_ids), col(Consent.withdrawn_at).is_(None))
        .values(withdrawn_at=at, withdrawn_by=by, stop_by=stop_by)
        .returning(col(Consent.id))
        .execution_options(synchronize_session=False)
    )
    return sorted(session.execute(chosen).scalars())


def mark_stopped(session: Session, consent_ids: Collection[int], at: datetime) -> None:
    if consent_ids:
        session.execute(
            update(Consent)
            .where(col(Consent.id).in_(consent_ids))
            .values(stopped_at=at)
            .execution_options(synchronize_session=False)
        )


def still_told(session: Session, consent_ids: Collection[int]) -> dict[int, bool]:
    """consent id -> is a word to a receiver of its withdrawn referrals still on its way (or did it never arrive)?"""
    chosen = (
        select(col(Referral.consent_id))
        .join(OutboundMessage, col(OutboundMessage.subject_key) == "referral:" + col(Referral.number))
        .where(
            col(Referral.consent_id).in_(consent_ids),
            col(OutboundMessage.kind).in_(("webhook", "mail")),
            col(OutboundMessage.state) != "sent",
        )
        .distinct()
    )
    waiting = set(session.execute(chosen).scalars())
    return {consent_id: consent_id in waiting for consent_id in consent_ids}
