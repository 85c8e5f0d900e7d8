"""What does the database know about events, parcels, evidence and photos? (`work` and `proof` for steps, `pages` for people)"""

from service.delivery.queries.pages import (
    absent_parcels,
    event_numbered,
    events_of,
    handovers_by_facilitator,
    parcel_story,
    parcels_for_verifier,
    parcels_of_event,
)
from service.delivery.queries.pictures import keep_photo, photo_sent
from service.delivery.queries.proof import evidence_of
from service.delivery.queries.work import (
    add_events,
    cases_of,
    event_days,
    ids_absent_from_last_event,
    ids_at,
    ids_of_ended_cases,
    ids_without_event,
    invitations,
    package_contents,
    parcel_found,
    parcel_named,
    points,
    told_parcel,
    waiting_parcels,
    write_doubts,
)

__all__ = [
    "absent_parcels", "add_events", "cases_of", "event_days", "event_numbered", "events_of", "evidence_of",
    "handovers_by_facilitator", "ids_absent_from_last_event", "ids_at", "ids_of_ended_cases", "ids_without_event",
    "invitations", "keep_photo", "package_contents", "parcel_found", "parcel_named", "parcel_story", "parcels_for_verifier",
    "parcels_of_event", "photo_sent", "points", "told_parcel", "waiting_parcels", "write_doubts",
]  # fmt: skip
