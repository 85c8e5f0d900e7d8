"""How does a verifier say which of two reports about one household counts?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from service.api.console import parcels
from service.api.console.showing import back_to
from service.api.deps import HouseOf, needs, told_by
from service.api.rendering import show_again
from service.db import listings
from service.db.tables import HandoverConflict, Parcel
from service.delivery import conflicts
from service.delivery.conflicts import ConflictUnknown
from service.errors import BadInput
from service.trust.rights import Officer

router = APIRouter()
Verifier = Annotated[Officer, needs("parcel.verify")]
CHOICES: dict[str, conflicts.Which] = {"pertama": "first_stays", "kedua": "second_counts"}


class ReportNotChosen(BadInput):
    """The form came without saying which report counts."""


@router.post("/paket/{number}/laporan-kedua")
def decide(
    request: Request, number: str, officer: Verifier, house: HouseOf,
    laporan: Annotated[int, Form()] = 0, berlaku: Annotated[str, Form()] = "", alasan: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """The first stays, or the second takes its place; then the rules look at the parcel again."""
    show_again(request, lambda error, code: parcels.parcel_page(request, number, officer, house, error, code))
    if berlaku not in CHOICES:
        raise ReportNotChosen("", faults=[{"field": f"laporan-{laporan}", "fault": "Pilih laporan yang berlaku"}])
    with house.database.write() as session:
        parcel = listings.by_number(session, Parcel, number)
        conflict = session.get(HandoverConflict, laporan)
        if conflict is None or conflict.parcel_id != parcel.id:
            raise ConflictUnknown("Laporan kedua ini bukan tentang paket itu.")
        conflicts.decide(session, officer, laporan, CHOICES[berlaku], alasan, told_by(officer, house))
    return back_to(f"/paket/{number}", "laporan-diputuskan")
