"""How do goods at a point become proven handovers, and what becomes of those that were not?

Events are planned for what lies at a point; facilitators tell (`answers.py`); the rules prove (`evidence.py`); what
they doubt waits for a verifier. A case becomes `verified` in `proving.py` and `decisions.py` only.
"""

from __future__ import annotations

from service.delivery import queries
from service.delivery.claims import (
    claims_replaced,
    claims_to_tell,
    partial_unclaimed,
    raise_claims,
    settle_replaced,
    tell_claims,
)
from service.delivery.decisions import ReasonNeeded, verify_parcel
from service.delivery.leaving import (
    goods_left,
    parcels_left,
    release_parcels,
    return_parcel,
    return_refused,
    take_into_stock,
)
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
    Step("take_into_stock", "Mencatat barang tanpa keluarga", Subject.PARCEL, goods_left, take_into_stock),
    Step("raise_claims", "Mencatat klaim atas barang kurang", Subject.PARCEL, partial_unclaimed, raise_claims),
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
    Step("settle_replaced", "Menutup klaim yang sudah diganti", Subject.CYCLE, claims_replaced, settle_replaced),
    Step("tell_claims", "Memberitahu penyedia tentang klaim", Subject.CYCLE, claims_to_tell, tell_claims),
    Step("write_records", "Membuat berita acara serah terima", Subject.PARCEL, records_to_write, write_records),
)  # fmt: skip
