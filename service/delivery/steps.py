"""How do goods at a point become proven handovers, and what becomes of those that were not?

Events are planned for what lies at a point; facilitators tell (`answers.py`); the rules prove (`evidence.py`); what
they doubt waits for a verifier. A case becomes `verified` in `proving.py` and `decisions.py` only.
"""

from __future__ import annotations

from service.delivery import queries
from service.delivery.decisions import ReasonNeeded, verify_parcel
from service.delivery.leaving import parcels_left, release_parcels, return_parcel, return_refused
from service.delivery.planning import plan_events, plan_second_events
from service.delivery.proving import verify_handovers
from service.delivery.records import records_to_write, write_records
from service.lifecycle import Subject
from service.stage import Step

__all__ = ["STEPS", "ReasonNeeded", "return_parcel", "verify_parcel"]

STEPS: tuple[Step, ...] = (
    Step("release_parcels", "Melepas paket rumah tangga yang mundur", Subject.PARCEL, parcels_left, release_parcels),
    Step(
        "return_refused", "Mengembalikan paket yang ditolak", Subject.PARCEL,
        lambda session, work: queries.ids_at(session, work.cycle_id, "refused"), return_refused,
    ),
    Step(
        "plan_events", "Menyusun acara penyerahan", Subject.PARCEL,
        lambda session, work: queries.ids_without_event(session, work.cycle_id), plan_events, batch=20_000,
    ),
    Step(
        "plan_second_events", "Menyusun acara kedua bagi yang tidak hadir", Subject.PARCEL,
        lambda session, work: queries.ids_absent_from_last_event(session, work.cycle_id), plan_second_events, batch=20_000,
    ),
    Step(
        "verify_handovers", "Memeriksa bukti penyerahan", Subject.PARCEL,
        lambda session, work: queries.ids_at(session, work.cycle_id, "handed_over", "partial"), verify_handovers,
    ),
    Step("write_records", "Membuat berita acara serah terima", Subject.PARCEL, records_to_write, write_records),
)  # fmt: skip
