"""What do people want to see of a delivery: events, attendance, who waits for a verifier and why, one parcel's story?

Rows are dicts. `household` is the head's name: for pages of people who may see it, never for logs or Prefect.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from service.db.tables import (
    Case,
    EvidencePhoto,
    EvidenceUpload,
    HandoverEvent,
    Household,
    Move,
    Package,
    Parcel,
    Partner,
)
from service.delivery.evidence import sentences
from service.delivery.queries.work import dicts_of
from service.lifecycle import Subject

WITH_VERIFIER = ("handed_over", "partial", "disputed")
AT_HOUSEHOLD = ("handed_over", "partial", "disputed", "verified")


def events_of(session: Session, cycle_id: int, regency: str | None = None) -> list[dict[str, Any]]:
    """id, number, district_code, round, held_on, parcels, and how many of them are reported, absent, verified."""

    def count(*statuses: str) -> Any:
        return func.coalesce(func.sum(case((col(Parcel.status).in_(statuses), 1), else_=0)), 0)

    chosen = (
        select(
            col(HandoverEvent.id), col(HandoverEvent.number), col(HandoverEvent.district_code), col(HandoverEvent.round),
            col(HandoverEvent.held_on), col(HandoverEvent.parcels), count(*AT_HOUSEHOLD).label("reported"),
            count("absent").label("absent"), count("verified").label("verified"),
        )
        .outerjoin(Parcel, col(Parcel.event_id) == col(HandoverEvent.id))
        .where(col(HandoverEvent.cycle_id) == cycle_id)
        .group_by(col(HandoverEvent.id))
        .order_by(col(HandoverEvent.held_on), col(HandoverEvent.number))
    )  # fmt: skip
    if regency:
        chosen = chosen.where(col(HandoverEvent.district_code).startswith(regency))
    return dicts_of(session, chosen)


def event_numbered(session: Session, number: str) -> HandoverEvent | None:
    return session.execute(select(HandoverEvent).where(col(HandoverEvent.number) == number)).scalar_one_or_none()


def parcels_of_event(session: Session, event_id: int) -> list[dict[str, Any]]:
    """The attendance list, in the order of villages and names."""
    chosen = _parcel_rows().where(col(Parcel.event_id) == event_id)
    return dicts_of(session, chosen.order_by(col(Household.village_code), col(Household.name), col(Parcel.id)))


def parcels_for_verifier(session: Session, cycle_id: int, regency: str | None = None) -> list[dict[str, Any]]:
    """Reported parcels with doubts, disputed ones and partial ones, oldest first; `reasons` are sentences."""
    chosen = _parcel_rows().where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status).in_(WITH_VERIFIER))
    if regency:
        chosen = chosen.where(col(Case.regency_code) == regency)
    rows = dicts_of(session, chosen.order_by(col(Parcel.status_since), col(Parcel.id)))
    waiting = [row for row in rows if row["status"] != "handed_over" or row["doubts"]]
    return [{**row, "reasons": sentences(row["doubts"])} for row in waiting]


def absent_parcels(session: Session, cycle_id: int, at_least: int = 1) -> list[dict[str, Any]]:
    """Absent households; with `at_least=policy.events_per_household` it is the list of home visits."""
    chosen = _parcel_rows().where(col(Parcel.cycle_id) == cycle_id, col(Parcel.status) == "absent")
    chosen = chosen.where(col(Parcel.absences) >= at_least)
    return dicts_of(session, chosen.order_by(col(Parcel.district_code), col(Household.village_code), col(Parcel.id)))


def parcel_story(session: Session, number: str) -> dict[str, Any] | None:
    """One parcel: what was told, its photo as kept, its reasons, and every move; None when there is none."""
    rows = dicts_of(session, _parcel_rows().where(col(Parcel.number) == number))
    if not rows:
        return None
    row = rows[0]
    moves = select(
        col(Move.at), col(Move.from_status), col(Move.event), col(Move.to_status), col(Move.actor), col(Move.reason)
    ).where(col(Move.subject) == str(Subject.PARCEL), col(Move.subject_id) == row["id"])
    photo = (
        select(
            col(EvidencePhoto.sha256), col(EvidencePhoto.width), col(EvidencePhoto.height), col(EvidencePhoto.taken_at),
            col(EvidencePhoto.latitude), col(EvidencePhoto.longitude), col(EvidenceUpload.sent_at),
        )
        .join(EvidenceUpload, col(EvidenceUpload.photo_sha256) == col(EvidencePhoto.sha256))
        .where(
            col(EvidenceUpload.given_sha256) == row["photo_sha256"],
            col(EvidenceUpload.partner_id) == row["facilitator_id"],
        )
    )  # fmt: skip
    kept = dicts_of(session, photo)
    return {
        **row, "reasons": sentences(row["doubts"]), "photo": kept[0] if kept else None,
        "moves": dicts_of(session, moves.order_by(col(Move.id))),
    }  # fmt: skip


def handovers_by_facilitator(session: Session, cycle_id: int) -> list[dict[str, Any]]:
    """By facilitator: parcels, handed_over (told, proven or not), verified, disputed, absent."""

    def count(*statuses: str) -> Any:
        return func.sum(case((col(Parcel.status).in_(statuses), 1), else_=0))

    chosen = (
        select(
            col(Partner.sender).label("facilitator"), func.count().label("parcels"),
            count(*AT_HOUSEHOLD).label("handed_over"), count("verified").label("verified"),
            count("disputed").label("disputed"), count("absent").label("absent"),
        )
        .select_from(Parcel)
        .join(Partner, col(Partner.id) == col(Parcel.facilitator_id))
        .where(col(Parcel.cycle_id) == cycle_id)
        .group_by(col(Partner.sender))
        .order_by(col(Partner.sender))
    )  # fmt: skip
    return dicts_of(session, chosen)


def _parcel_rows() -> Any:
    """The columns every list of parcels shows."""
    return (
        select(
            col(Parcel.id), col(Parcel.number), col(Parcel.status), col(Parcel.status_since), col(Parcel.district_code),
            col(Parcel.case_id), col(Case.household_id), col(Household.name).label("household"),
            col(Household.village_code), col(Case.regency_code), col(Package.name).label("package"),
            col(HandoverEvent.number).label("event"), col(HandoverEvent.held_on), col(HandoverEvent.round),
            col(Partner.sender).label("facilitator"), col(Parcel.facilitator_id), col(Parcel.absences),
            col(Parcel.reported_at), col(Parcel.receiver), col(Parcel.receiver_relation), col(Parcel.items),
            col(Parcel.function_tested), col(Parcel.latitude), col(Parcel.longitude), col(Parcel.photo_sha256),
            col(Parcel.note), col(Parcel.doubts), col(Parcel.verified_by),
        )
        .join(Case, col(Case.id) == col(Parcel.case_id))
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Package, col(Package.id) == col(Parcel.package_id))
        .outerjoin(HandoverEvent, col(HandoverEvent.id) == col(Parcel.event_id))
        .outerjoin(Partner, col(Partner.id) == col(Parcel.facilitator_id))
    )  # fmt: skip
